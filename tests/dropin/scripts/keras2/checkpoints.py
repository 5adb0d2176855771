# Keras 2: weights in .hdf5 and in files without an ending, val_acc in names and logs, lr
import glob
import numpy as np
from keras import backend as K
from keras.callbacks import Callback, LearningRateScheduler, ModelCheckpoint
from keras.constraints import maxnorm
from keras.datasets import mnist
from keras.layers import Conv2D, Dense, Flatten
from keras.models import Sequential, load_model
from keras.optimizers import Nadam
from keras.preprocessing.image import array_to_img, load_img, img_to_array

(x_train, y_train), _ = mnist.load_data()
x_train = x_train.reshape(-1, 28, 28, 1) / 255.

model = Sequential()
model.add(Conv2D(2, (3, 3), strides=4, input_shape=(28, 28, 1), kernel_constraint=maxnorm(3)))
model.add(Flatten())
model.add(Dense(10, activation='softmax'))
model.compile(Nadam(lr=0.002, schedule_decay=0.004), 'sparse_categorical_crossentropy',
              metrics=['accuracy'])


class Watch(Callback):
    def on_batch_end(self, batch, logs={}):
        assert logs.get('acc') == logs['accuracy']

    def on_epoch_end(self, epoch, logs={}):
        assert logs.get('val_acc') is not None and logs.get('val_nothing') is None
        assert self.model.optimizer.decay == 0


history = model.fit(x_train, y_train, epochs=2, validation_split=0.2, callbacks=[
    Watch(),
    LearningRateScheduler(lambda epoch: 0.01 / (epoch + 1)),
    ModelCheckpoint('weights-{epoch:02d}-{val_acc:.2f}.hdf5', monitor='val_acc', mode='max'),
    ModelCheckpoint('weights-only.hdf5', save_weights_only=True, period=1),
    ModelCheckpoint('whole.ckpt'),
])
assert np.allclose(history.history['lr'], [0.01, 0.005])
assert model.layers[0].output_shape == (None, 7, 7, 2)
assert model.layers[0].input_shape == (None, 28, 28, 1)
assert len(glob.glob('weights-0[12]-?.??.hdf5')) == 2

expected = model.predict(x_train[:5])
for path in glob.glob('weights-02*.hdf5') + ['whole.ckpt']:
    np.testing.assert_allclose(load_model(path).predict(x_train[:5]), expected, atol=1e-6)
model.save_weights('my_weights')
for path in ('weights-only.hdf5', 'my_weights'):
    model.set_weights([0 * w for w in model.get_weights()])
    model.load_weights(path)
    np.testing.assert_allclose(model.predict(x_train[:5]), expected, atol=1e-6)

array_to_img(x_train[0]).save('digit.png')
assert img_to_array(load_img('digit.png', grayscale=True)).shape == (28, 28, 1)
assert K.get_session() is not None
