# Keras 2: checkpoint, early stopping, plateau, CSV, reload
import os
import numpy as np
from keras.datasets import fashion_mnist
from keras.models import Sequential, load_model
from keras.layers import Dense, Dropout, Flatten, Conv2D, MaxPooling2D
from keras.callbacks import ModelCheckpoint, EarlyStopping, ReduceLROnPlateau, CSVLogger
from keras.callbacks import LearningRateScheduler, Callback
from keras.optimizers import Adam
from keras.utils import to_categorical


class LossHistory(Callback):
    def on_train_begin(self, logs={}):
        self.losses = []

    def on_batch_end(self, batch, logs={}):
        self.losses.append(logs.get('loss'))


def step_decay(epoch):
    return 0.01 * 0.5 ** (epoch // 2)


(x, y), (x_test, y_test) = fashion_mnist.load_data()
x = x.reshape((-1, 28, 28, 1)) / 255.0
x_test = x_test.reshape((-1, 28, 28, 1)) / 255.0
y, y_test = to_categorical(y), to_categorical(y_test)
model = Sequential([
    Conv2D(8, (5, 5), activation='relu', input_shape=(28, 28, 1), padding='SAME'),
    MaxPooling2D(2, 2),
    Flatten(),
    Dense(10, activation='softmax'),
])
model.compile(Adam(lr=0.005), 'categorical_crossentropy', ['acc'])
history = LossHistory()
path = 'best-{epoch:02d}.h5'
hist = model.fit(x, y, batch_size=50, epochs=3, validation_split=0.25, callbacks=[
    history,
    ModelCheckpoint(path, monitor='val_acc', verbose=1, save_best_only=True, mode='max'),
    EarlyStopping(monitor='val_loss', patience=1, restore_best_weights=True),
    ReduceLROnPlateau(monitor='val_acc', factor=0.5, patience=1, min_lr=1e-5),
    LearningRateScheduler(step_decay, verbose=1),
    CSVLogger('log.csv'),
])
print(len(history.losses), hist.history['acc'], hist.history['val_acc'])
saved = sorted(f for f in os.listdir('.') if f.startswith('best'))
best = load_model(saved[-1])
print(best.evaluate(x_test, y_test))
print(np.argmax(best.predict(x_test[:5]), axis=1))
