# Keras 1: functional model with input= and output=, nb_val_samples and a plain generator
import numpy as np
from keras.datasets import mnist
from keras.models import Model
from keras.layers import Input, Dense, Flatten, Convolution2D, MaxPooling2D, BatchNormalization
from keras.utils.np_utils import to_categorical

(X, y), (X_test, y_test) = mnist.load_data()
X = X.reshape(-1, 28, 28, 1).astype('float32') / 255.
Y = to_categorical(y)


def batches(size):
    while 1:
        for i in range(0, len(X), size):
            yield X[i:i + size], Y[i:i + size]


inp = Input(shape=(28, 28, 1))
x = Convolution2D(nb_filter=4, nb_row=3, nb_col=3, border_mode='same', activation='relu')(inp)
x = BatchNormalization(mode=0, axis=-1)(x)
x = MaxPooling2D((2, 2), border_mode='same')(x)
x = Flatten()(x)
out = Dense(output_dim=10, activation='softmax', W_regularizer='l2')(x)
model = Model(input=inp, output=out)
model.compile('adagrad', 'categorical_crossentropy', metrics=['accuracy'])
model.fit_generator(batches(40), samples_per_epoch=4, nb_epoch=2, verbose=2)
print(model.predict(X[:3]).shape, len(model.layers))
