# Keras 3: an own layer's worth of saving: config, clone, own learning rate schedule
import keras
import numpy as np

(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
x, x_test = x.reshape(-1, 784) / 255, x_test.reshape(-1, 784) / 255


def build():
    inputs = keras.Input(shape=(784,))
    x = keras.layers.Dense(32)(inputs)
    x = keras.layers.BatchNormalization(momentum=0.9)(x)
    x = keras.layers.ReLU(max_value=6.0)(x)
    return keras.Model(inputs, keras.layers.Dense(10, "softmax")(x))


model = build()
rate = keras.optimizers.schedules.CosineDecay(0.01, 20)
model.compile(keras.optimizers.SGD(rate, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1, batch_size=100, verbose=0)
copy = keras.Model.from_config(model.get_config())
copy.set_weights(model.get_weights())
np.testing.assert_array_equal(copy.predict(x_test, verbose=0), model.predict(x_test, verbose=0))
clone = keras.models.clone_model(model)
print(clone.count_params() == model.count_params(), len(model.to_json()))
for i in range(3):
    print(model.train_on_batch(x[i * 10:i * 10 + 10], y[i * 10:i * 10 + 10]))
print(model.test_on_batch(x_test, y_test), model.predict_on_batch(x_test).shape)
model.trainable = False
print(len(model.trainable_weights), len(model.non_trainable_weights))
