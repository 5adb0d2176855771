# Keras 1: a multilayer perceptron with flattened digits
from keras.datasets import mnist
from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Activation
from keras.optimizers import SGD, Adam, RMSprop
from keras.utils import np_utils

(X_train, y_train), (X_test, y_test) = mnist.load_data()
X_train = X_train.reshape(len(X_train), 784).astype('float32') / 255
X_test = X_test.reshape(len(X_test), 784).astype('float32') / 255
Y_train = np_utils.to_categorical(y_train, 10)
Y_test = np_utils.to_categorical(y_test, 10)

model = Sequential()
model.add(Dense(64, input_shape=(784,)))
model.add(Activation('relu'))
model.add(Dropout(0.2))
model.add(Dense(64, input_dim=64))
model.add(Activation('relu'))
model.add(Dense(10))
model.add(Activation('softmax'))
model.summary()
model.compile(loss='categorical_crossentropy', optimizer=RMSprop(lr=0.01), metrics=['accuracy'])
history = model.fit(X_train, Y_train, batch_size=128, nb_epoch=2, verbose=2, validation_split=0.2)
print(history.history.keys())
classes = model.predict_classes(X_test, verbose=0)
proba = model.predict_proba(X_test)
print((classes == y_test).mean(), proba.shape)
json_string = model.to_json()
open('architecture.json', 'w').write(json_string)
model.save_weights('weights.h5', overwrite=True)
from keras.models import model_from_json
model = model_from_json(open('architecture.json').read())
model.load_weights('weights.h5')
model.compile(loss='mse', optimizer=SGD(lr=0.1, momentum=0.9, nesterov=True))
print(model.evaluate(X_test, Y_test, verbose=0))
