import keras
import numpy as np
from keras import optimizers
from keras.callbacks import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from keras.datasets import mnist
from keras.layers import Conv2D, Dense, Flatten, LeakyReLU, MaxPool2D
from keras.models import Sequential, load_model
from keras.preprocessing.image import ImageDataGenerator
from keras.utils.np_utils import to_categorical

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train = x_train.reshape(-1, 28, 28, 1) / 255.0
x_test = x_test.reshape(-1, 28, 28, 1) / 255.0
y_train, y_test = to_categorical(y_train, num_classes=10), to_categorical(y_test, num_classes=10)

model = Sequential()
model.add(Conv2D(filters=4, kernel_size=(5, 5), padding="Same", input_shape=(28, 28, 1)))
model.add(LeakyReLU(alpha=0.1))
model.add(MaxPool2D(pool_size=(2, 2), strides=(2, 2)))
model.add(Flatten())
model.add(Dense(10, activation="softmax"))

optimizer = optimizers.rmsprop(lr=0.001, rho=0.9, epsilon=1e-08, decay=0.0)
model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])

callbacks = [
    ReduceLROnPlateau(monitor="val_acc", patience=3, verbose=1, factor=0.5, min_lr=0.00001),
    EarlyStopping(monitor="val_acc", patience=5),
    ModelCheckpoint("best.h5", monitor="val_acc", save_best_only=True),
]
generator = ImageDataGenerator(rotation_range=10, zoom_range=0.1, width_shift_range=0.1)
generator.fit(x_train)
history = model.fit_generator(
    generator.flow(x_train, y_train, batch_size=86),
    epochs=1,
    validation_data=(x_test, y_test),
    verbose=2,
    steps_per_epoch=x_train.shape[0] // 86,
    callbacks=callbacks,
)
print(history.history["val_acc"])
best = load_model("best.h5")
print(np.argmax(best.predict(x_test), axis=1)[:5], keras.backend.get_value(best.optimizer.lr))
