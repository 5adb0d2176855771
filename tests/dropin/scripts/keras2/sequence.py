# Keras 2: a Sequence of batches
import numpy as np
import keras
from keras.utils import Sequence


class DataGenerator(keras.utils.Sequence):
    def __init__(self, x, y, batch_size=32, shuffle=True):
        self.x, self.y = x, y
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.on_epoch_end()

    def __len__(self):
        return int(np.floor(len(self.x) / self.batch_size))

    def __getitem__(self, index):
        chosen = self.indexes[index * self.batch_size:(index + 1) * self.batch_size]
        return self.x[chosen] / 255.0, keras.utils.to_categorical(self.y[chosen], 10)

    def on_epoch_end(self):
        self.indexes = np.arange(len(self.x))
        if self.shuffle:
            np.random.shuffle(self.indexes)


(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
model = keras.models.Sequential()
model.add(keras.layers.Reshape((28, 28, 1), input_shape=(28, 28)))
model.add(keras.layers.Conv2D(4, 5, strides=2, activation='relu'))
model.add(keras.layers.GlobalAveragePooling2D())
model.add(keras.layers.Dense(10, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit_generator(generator=DataGenerator(x, y), validation_data=DataGenerator(x_test, y_test),
                    epochs=2, use_multiprocessing=False, workers=2)
print(model.evaluate_generator(DataGenerator(x_test, y_test, shuffle=False)))
print(model.predict_generator(DataGenerator(x_test, y_test, shuffle=False)).shape)
