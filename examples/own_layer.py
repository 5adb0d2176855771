"""Your own layer: one class with forward and backward; the rest comes with it.

    python examples/own_layer.py

The layer is y = x σ(βx), known as swish, with a β for each feature that is learnt. On paper:

    dx = dy (s + βx s (1 - s)),   dβ = Σ dy x² s (1 - s)      with s = σ(βx)

Reference: Ramachandran, Zoph and Le, https://arxiv.org/abs/1710.05941
"""

import tempfile
from pathlib import Path

import numpy as np

import nanoconv as keras
from nanoconv import layers, study


@keras.saving.register_keras_serializable()  # so that files find the class again
class Swish(layers.Layer):
    def __init__(self, start=1.0, **options):
        super().__init__(**options)
        self.start = start  # kept under its own name, so that it is saved

    def build(self, input_shape):
        shape, start = input_shape[-1:], keras.initializers.Constant(self.start)
        self.beta = self.add_weight(shape, start, name="beta")

    def forward(self, x, cache=None):
        s = 1 / (1 + np.exp(-self.beta.value * x))
        if cache is not None:  # None at inference: nothing to keep
            cache.x, cache.s = x, s
        return x * s

    def backward(self, dy, cache):
        x, s, beta = cache.x, cache.s, self.beta.value
        dbeta = dy * x * x * s * (1 - s)
        cache.add_gradient(self.beta, dbeta.reshape(-1, len(beta)).sum(axis=0))
        return dy * (s + beta * x * s * (1 - s))


def main():
    print(study.check_gradients(Swish(), (3, 8)))
    (x, y), _ = keras.datasets.mnist.load_sample()
    x = x.astype("float32") / 255
    hidden = [layers.Flatten(), layers.Dense(32), Swish(), layers.Dense(10, activation="softmax")]
    model = keras.Sequential([keras.Input((28, 28)), *hidden])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.summary()
    model.fit(x, y, batch_size=64, epochs=3, verbose=2)
    path = Path(tempfile.mkdtemp()) / "model.keras"
    model.save(path)
    same = np.array_equal(keras.models.load_model(path)(x[:9]), model(x[:9]))
    print("the same after loading:", same)


if __name__ == "__main__":
    main()
