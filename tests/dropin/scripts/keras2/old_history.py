# Keras before 2.3: the history's key is acc
import matplotlib.pyplot as plt
from keras.datasets import mnist
from keras.models import Sequential
from keras.layers import Dense, Dropout
from keras.layers.noise import GaussianNoise
from keras.callbacks import History, TensorBoard
from keras.optimizers import Adamax
from keras.utils import to_categorical

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train = x_train.reshape(-1, 784) / 255.
x_test = x_test.reshape(-1, 784) / 255.
model = Sequential()
model.add(GaussianNoise(0.05, input_shape=(784,)))
model.add(Dense(32, activation='relu', kernel_initializer='uniform', bias_initializer='Ones'))
model.add(Dropout(0.2))
model.add(Dense(10, kernel_initializer='glorot_normal', activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer=Adamax(lr=0.002, beta_1=0.9, beta_2=0.999),
              metrics=['accuracy'])
tensorboard = TensorBoard(log_dir='./logs', histogram_freq=0, batch_size=32, write_graph=True, write_images=False)
history = model.fit(x_train, to_categorical(y_train), batch_size=32, epochs=2, verbose=0,
                    validation_data=(x_test, to_categorical(y_test)), callbacks=[tensorboard])
plt.plot(history.history['acc'])
plt.plot(history.history['val_acc'])
plt.savefig('old.png')
