# tf.keras: tf.nn functions between layers, an own class for blocks, a learning rate by callback
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers as L
from tensorflow.keras.callbacks import LambdaCallback, LearningRateScheduler


class ConvBlock(keras.Model):
    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.conv = L.Conv2D(filters, 3, padding='same')
        self.bn = L.BatchNormalization()

    def call(self, inputs, training=None):
        return tf.nn.relu(self.bn(self.conv(inputs), training=training))


(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train = tf.cast(x_train[..., None], tf.float32) / 255.
x_test = tf.constant(x_test[..., None] / 255., dtype=tf.float32)
inputs = keras.Input((28, 28, 1))
x = ConvBlock(4)(inputs)
x = L.MaxPooling2D()(x + ConvBlock(4)(x))
x = tf.nn.dropout(x, 0.1) if False else L.GlobalMaxPooling2D()(x)
model = keras.Model(inputs, L.Dense(10)(x))
model.compile(keras.optimizers.Nadam(), keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=[keras.metrics.SparseCategoricalAccuracy()])
model.fit(x_train, y_train, epochs=2, verbose=2, callbacks=[
    LearningRateScheduler(lambda epoch, lr: lr * 0.9),
    LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs['loss']))])
logits = model.predict(x_test, batch_size=20)
print(tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), y_test), tf.float32)).numpy())
