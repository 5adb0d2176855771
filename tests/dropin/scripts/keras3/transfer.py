# Keras 3: freeze a trained base, put a new head on it
import keras
from keras import layers

(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train = x_train.reshape((len(x_train), 28, 28, 1)).astype("float32") / 255
small, large = y_train < 5, y_train >= 5
base = keras.Sequential([
    layers.Conv2D(8, 3, input_shape=(28, 28, 1)),
    layers.Activation("relu"),
    layers.MaxPooling2D(pool_size=2),
    layers.Dropout(0.25),
    layers.Flatten(),
])
head = [layers.Dense(16), layers.Activation("relu"), layers.Dense(5), layers.Activation("softmax")]
first = keras.Sequential([base] + head)
first.compile(loss="sparse_categorical_crossentropy", optimizer="adadelta", metrics=["accuracy"])
first.fit(x_train[small], y_train[small], epochs=1)
base.trainable = False
before = base.get_weights()[0].copy()
inputs = keras.Input((28, 28, 1))
outputs = layers.Dense(5, activation="softmax")(base(inputs, training=False))
second = keras.Model(inputs, outputs)
second.compile(loss="sparse_categorical_crossentropy", optimizer="adagrad", metrics=["accuracy"])
second.fit(x_train[large], y_train[large] - 5, epochs=1)
assert (base.get_weights()[0] == before).all()
second.summary(show_trainable=True, expand_nested=True)
