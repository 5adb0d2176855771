# Keras 3: augmentation layers inside the model, resume from a backup
import keras
from keras import layers

(x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()
augment = keras.Sequential([
    layers.RandomFlip("horizontal"),
    layers.RandomRotation(0.05),
    layers.RandomZoom(0.1),
    layers.RandomTranslation(0.1, 0.1),
])
inputs = keras.Input(shape=x_train.shape[1:])
x = layers.Rescaling(1.0 / 255)(augment(inputs))
x = layers.Conv2D(8, 3, activation="relu")(x)
x = layers.AveragePooling2D((4, 4))(x)
x = layers.Flatten()(x)
model = keras.Model(inputs, layers.Dense(10, activation="softmax")(x))
model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=2, callbacks=[keras.callbacks.BackupAndRestore("backup"),
                                                 keras.callbacks.TerminateOnNaN()])
print(model.evaluate(x_test, y_test, return_dict=True))
