# Keras 3: loss curves with matplotlib, wrong digits, weights as arrays
import keras
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, regularizers
from keras.models import Sequential

(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
mean, std = x_train.mean(), x_train.std()
x_train, x_test = (x_train - mean) / std, (x_test - mean) / std
model = Sequential(name="curves")
model.add(layers.Input((28, 28)))
model.add(layers.Reshape(target_shape=[28, 28, 1]))
model.add(layers.SeparableConv2D(8, 3, activation="gelu"))
model.add(layers.SpatialDropout2D(0.1))
model.add(layers.DepthwiseConv2D(3, padding="same"))
model.add(layers.PReLU(shared_axes=[1, 2]))
model.add(layers.MaxPool2D())
model.add(layers.LayerNormalization())
model.add(layers.Flatten())
model.add(layers.Dense(32, kernel_regularizer=regularizers.L1L2(1e-5, 1e-4), activation="selu",
                       kernel_initializer="lecun_normal", kernel_constraint=keras.constraints.MaxNorm(3)))
model.add(layers.GaussianNoise(0.1))
model.add(layers.Dense(10, activation="softmax"))
model.compile(optimizer=keras.optimizers.AdamW(weight_decay=1e-3, clipnorm=1.0),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, epochs=3, batch_size=64, validation_data=[x_test, y_test])
fig, (a, b) = plt.subplots(1, 2, figsize=(8, 3))
a.plot(history.history["loss"], label="loss")
a.plot(history.history["val_loss"], label="val_loss")
b.plot(history.epoch, history.history["accuracy"], "bo")
a.legend()
plt.savefig("curves.png")
wrong = np.flatnonzero(model.predict(x_test).argmax(axis=1) != y_test)
print(len(wrong), history.params, model.count_params())
kernel, bias = model.layers[-1].get_weights()
print(kernel.shape, bias.shape, model.get_layer("curves_x").name if False else model.get_layer(index=0).name)
