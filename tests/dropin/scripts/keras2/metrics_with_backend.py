# Keras 2: metrics written with K, and feature maps with K.function
import numpy as np
from keras import backend as K
from keras.datasets import mnist
from keras.layers import Dense, Flatten, Conv2D
from keras.models import Sequential
from keras.utils import to_categorical


def recall(y_true, y_pred):
    true_positives = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
    possible_positives = K.sum(K.round(K.clip(y_true, 0, 1)))
    return true_positives / (possible_positives + K.epsilon())


def own_accuracy(y_true, y_pred):
    return K.mean(K.equal(K.argmax(y_true, axis=-1), K.argmax(y_pred, axis=-1)))


(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train, x_test = x_train[..., None] / 255., x_test[..., np.newaxis] / 255.
model = Sequential()
model.add(Conv2D(4, (3, 3), activation='relu', input_shape=(28, 28, 1)))
model.add(Flatten())
model.add(Dense(10, activation='softmax'))
model.compile('sgd', 'categorical_crossentropy', metrics=[recall, own_accuracy, 'accuracy'])
history = model.fit(x_train, to_categorical(y_train), epochs=1, verbose=2)
print(sorted(history.history))
assert abs(history.history['own_accuracy'][0] - history.history['accuracy'][0]) < 1e-6
get_maps = K.function([model.layers[0].input, K.learning_phase()], [model.layers[0].output])
print(get_maps([x_test[:2], 0])[0].shape)
print(K.get_value(model.optimizer.lr))
K.set_value(model.optimizer.lr, 0.5 * K.get_value(model.optimizer.lr))
print(float(model.optimizer.learning_rate))
