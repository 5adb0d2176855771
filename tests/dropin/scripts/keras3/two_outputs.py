# Keras 3: two inputs, two outputs, dictionaries
import keras
import numpy as np

(x, y), _ = keras.datasets.mnist.load_data()
x = x[:, :, :, np.newaxis] / 255.0
other = np.roll(x, 1, axis=0)
total = (y.astype(int) + np.roll(y, 1)).astype("float32") / 18
left, right = keras.Input((28, 28, 1), name="left"), keras.Input((28, 28, 1), name="right")
features = keras.Sequential([
    keras.layers.Conv2D(4, 5, strides=2, activation="relu"),
    keras.layers.Flatten(),
    keras.layers.Dense(16, activation="relu"),
], name="features")
both = keras.layers.Concatenate()([features(left), features(right)])
digit = keras.layers.Dense(10, activation="softmax", name="digit")(both)
sum_ = keras.layers.Dense(1, name="total")(both)
model = keras.Model(inputs={"left": left, "right": right}, outputs={"digit": digit, "total": sum_})
model.compile(
    optimizer="adam",
    loss={"digit": "sparse_categorical_crossentropy", "total": "mse"},
    loss_weights={"digit": 1.0, "total": 0.2},
    metrics={"digit": ["accuracy"], "total": ["mae"]},
)
history = model.fit({"left": x, "right": other}, {"digit": y, "total": total}, epochs=2, verbose=2)
print(sorted(history.history))
print({k: v.shape for k, v in model.predict({"left": x[:3], "right": other[:3]}).items()})
keras.utils.plot_model(model, "two.png", show_shapes=True, expand_nested=True)
