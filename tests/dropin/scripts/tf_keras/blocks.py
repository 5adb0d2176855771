# Blocks of layers as subclasses of Layer, and TensorFlow's checkpoints
import os
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers


class Block(layers.Layer):
    def __init__(self, filters, **kwargs):
        super(Block, self).__init__(**kwargs)
        self.filters = filters
        self.conv = layers.Conv2D(filters, 3, padding='same', use_bias=False)
        self.norm = layers.BatchNormalization()

    def call(self, x, training=False):
        return tf.nn.relu(self.norm(self.conv(x), training=training))

    def get_config(self):
        config = super().get_config()
        config.update({'filters': self.filters})
        return config


def create_model():
    inputs = tf.keras.Input((28, 28, 1))
    x = layers.AveragePooling2D(4)(inputs)
    for filters in (2, 3):
        x = Block(filters)(x)
    outputs = layers.Dense(10)(layers.GlobalAveragePooling2D()(x))
    model = tf.keras.Model(inputs, outputs)
    model.compile(
        optimizer='adam',
        loss=tf.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=['accuracy'],
    )
    return model


(images, labels), _ = tf.keras.datasets.mnist.load_data()
images = images[..., tf.newaxis] / 255.0
path = 'training/cp-{epoch:04d}.ckpt'
saving = tf.keras.callbacks.ModelCheckpoint(filepath=path, save_weights_only=True, verbose=1)
model = create_model()
before = [w.copy() for w in model.layers[2].get_weights()]
model.save_weights(path.format(epoch=0))
model.fit(images, labels, epochs=2, callbacks=[saving])
after = model.layers[2].get_weights()
assert len(after) == 5 and all(np.abs(a - b).max() > 0 for a, b in zip(after, before))

assert sorted(os.listdir('training')) == [f'cp-000{n}.ckpt' for n in range(3)]
latest = tf.train.latest_checkpoint('training')
assert latest.endswith('cp-0002.ckpt')
again = create_model()
again.load_weights(latest)
np.testing.assert_allclose(again.predict(images), model.predict(images), atol=1e-6)
model.save('saved_model/digits')
whole = tf.keras.models.load_model('saved_model/digits', custom_objects={'Block': Block})
np.testing.assert_allclose(whole.predict(images), model.predict(images), atol=1e-6)
