# nanoconv by its own name
import nanoconv as keras

(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
model = keras.Sequential([
    keras.layers.Rescaling(1 / 255, input_shape=(28, 28, 1)),
    keras.layers.Conv2D(4, [3, 3], activation=keras.activations.relu),
    keras.layers.Flatten(),
    keras.layers.Dense(10, activation="softmax"),
])
assert model.layers[1].activation == keras.activations.relu
model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train.reshape(-1, 1), epochs=1)
print(model.evaluate(x_test, y_test) > 0)
