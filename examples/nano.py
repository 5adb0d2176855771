"""nanoconv in one file: a convolutional network that reads handwritten digits, in NumPy alone.

    python examples/nano.py

It does what the library does, without its speed, options and error messages: from the same weights
it takes the same steps. Beside each class stands its file in `nanoconv/`, where to read on.

A layer has two passes. `forward` computes y from x and keeps what the way back needs. `backward`
gets dy, the gradient of the loss with respect to y; it stores the gradients of the layer's weights
and returns dx, which is the dy of the layer before: the chain rule, one layer at a time.

The letters: N images of H rows, W columns and C channels; a kernel of KH x KW elements, which makes
O output channels at OH x OW places. Small letters count through them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Array = np.ndarray
DIGITS = Path(__file__).parents[1] / "nanoconv" / "datasets" / "data" / "mnist_sample.npz"
rng = np.random.default_rng(0)


class Dense:  # layers/core/dense.py
    """y = x kernel + bias."""

    def __init__(self, inputs: int, outputs: int, area: int = 1) -> None:
        limit = np.sqrt(6 / (area * inputs + area * outputs))  # Glorot: y is about as large as x
        kernel = rng.uniform(-limit, limit, (area * inputs, outputs)).astype(np.float32)
        self.weights = [kernel, np.zeros(outputs, np.float32)]

    def forward(self, x: Array, training: bool) -> Array:
        kernel, bias = self.weights
        self.x = x
        return x @ kernel + bias  # (N, inputs) @ (inputs, outputs) -> (N, outputs)

    def backward(self, dy: Array) -> Array:
        kernel, _ = self.weights
        dkernel = self.x.T @ dy  # (inputs, N) @ (N, outputs) -> (inputs, outputs)
        dbias = dy.sum(axis=0)  # (N, outputs) -> (outputs,)
        self.gradients = [dkernel, dbias]
        return dy @ kernel.T  # (N, outputs) @ (outputs, inputs) -> (N, inputs)


class Conv2D(Dense):  # layers/convolutional/conv2d.py
    """y[n, oh, ow, o] = bias[o] + sum over kh, kw, c of x[n, oh+kh, ow+kw, c] kernel[kh, kw, c, o].

    The patch of x that the kernel sees at each place (oh, ow) becomes a row of a matrix (im2col).
    Then a convolution is a Dense layer: patches are its samples, and its kernel is (KH KW C, O).
    """

    def __init__(self, channels: int, filters: int, size: int) -> None:
        super().__init__(channels, filters, area=size * size)
        self.size = size, size

    def forward(self, x: Array, training: bool) -> Array:
        patches = sliding_window_view(x, self.size, axis=(1, 2))  # (N, OH, OW, C, KH, KW), no copy
        N, OH, OW, C, KH, KW = self.shape = patches.shape
        patches = patches.transpose(0, 1, 2, 4, 5, 3)  # (N, OH, OW, KH, KW, C), still no copy
        patches = patches.reshape(N * OH * OW, KH * KW * C)  # im2col: this one copies
        y = super().forward(patches, training)  # (N OH OW, KH KW C) -> (N OH OW, O)
        return y.reshape(N, OH, OW, -1)  # (N, OH, OW, O)

    def backward(self, dy: Array) -> Array:
        N, OH, OW, C, KH, KW = self.shape
        dpatches = super().backward(dy.reshape(N * OH * OW, -1))  # -> (N OH OW, KH KW C)
        dpatches = dpatches.reshape(N, OH, OW, KH, KW, C)
        dx = np.zeros((N, OH + KH - 1, OW + KW - 1, C), np.float32)  # (N, H, W, C)
        for kh in range(KH):
            for kw in range(KW):  # an element of x lies in several patches: add them up (col2im)
                dx[:, kh : kh + OH, kw : kw + OW] += dpatches[:, :, :, kh, kw]
        return dx


class ReLU:  # activations/rectified.py
    """y = max(x, 0)."""

    def forward(self, x: Array, training: bool) -> Array:
        self.mask = x > 0
        return x * self.mask

    def backward(self, dy: Array) -> Array:
        return dy * self.mask


class MaxPooling2D:  # layers/pooling/pooling2d.py
    """y = the largest element of each 2 x 2 window."""

    def forward(self, x: Array, training: bool) -> Array:
        N, H, W, C = x.shape
        OH, OW = H // 2, W // 2
        windows = x.reshape(N, OH, 2, OW, 2, C).swapaxes(2, 3).reshape(N, OH, OW, 4, C)
        self.argmax = windows.argmax(axis=3, keepdims=True)  # (N, OH, OW, 1, C), first of equals
        return np.take_along_axis(windows, self.argmax, axis=3)[:, :, :, 0]  # (N, OH, OW, C)

    def backward(self, dy: Array) -> Array:
        N, OH, OW, C = dy.shape
        dwindows = np.zeros((N, OH, OW, 4, C), np.float32)
        np.put_along_axis(dwindows, self.argmax, dy[:, :, :, None], axis=3)  # the largest gets dy
        dx = dwindows.reshape(N, OH, OW, 2, 2, C).swapaxes(2, 3)  # (N, OH, 2, OW, 2, C)
        return dx.reshape(N, OH * 2, OW * 2, C)


class Dropout:  # layers/regularization.py
    """y = x with a random share set to zero in training; the rest grows, so that the mean stays."""

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def forward(self, x: Array, training: bool) -> Array:
        if not training:
            return x
        self.mask = (rng.random(x.shape) < 1 - self.rate) / np.float32(1 - self.rate)
        return x * self.mask

    def backward(self, dy: Array) -> Array:
        return dy * self.mask


class Flatten:  # layers/reshaping/flatten.py
    """y = the elements of each image in one row."""

    def forward(self, x: Array, training: bool) -> Array:
        self.shape = x.shape
        return x.reshape(len(x), -1)  # (N, H, W, C) -> (N, H W C)

    def backward(self, dy: Array) -> Array:
        return dy.reshape(self.shape)  # (N, H W C) -> (N, H, W, C)


def crossentropy(z: Array, labels: Array) -> tuple[float, Array]:  # losses/crossentropy.py
    """Return the mean of -log p[label] over the images, where p = softmax(z), and its gradient."""
    z = z - z.max(axis=1, keepdims=True)  # (N, classes); changes no p, and keeps exp finite
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))  # (N, classes)
    N, at_labels = len(z), (np.arange(len(z)), labels)
    dz = np.exp(log_p)  # p; the gradient of softmax and logarithm together is simple:
    dz[at_labels] -= 1  # p, less 1 at the label
    return -log_p[at_labels].mean(), dz / N


class SGD:  # optimizers/sgd.py
    """w <- w - lr g."""

    def __init__(self, learning_rate: float = 0.01) -> None:
        self.lr = learning_rate

    def update(self, weights: list[Array], gradients: list[Array]) -> None:
        for w, g in zip(weights, gradients, strict=True):
            w -= self.lr * g


class Adam:  # optimizers/adam.py
    """w <- w - lr m / sqrt(v): the mean gradient over its usual size, so all weights move alike."""

    def __init__(self, learning_rate: float = 0.001) -> None:
        self.lr, self.beta_1, self.beta_2, self.epsilon = learning_rate, 0.9, 0.999, 1e-7
        self.t = 0

    def update(self, weights: list[Array], gradients: list[Array]) -> None:
        if self.t == 0:
            self.m, self.v = ([np.zeros_like(w) for w in weights] for _ in range(2))
        self.t += 1
        # m and v start from zero and are too small at first; alpha makes up for it.
        alpha = self.lr * (1 - self.beta_2**self.t) ** 0.5 / (1 - self.beta_1**self.t)
        for w, g, m, v in zip(weights, gradients, self.m, self.v, strict=True):
            m += (1 - self.beta_1) * (g - m)
            v += (1 - self.beta_2) * (g * g - v)
            w -= alpha * m / (np.sqrt(v) + self.epsilon)


class Sequential:  # models/sequential.py
    """Layers one after the other."""

    def __init__(self, *layers: Any) -> None:
        self.layers = layers
        self.trainable = [layer for layer in layers if isinstance(layer, Dense)]  # and Conv2D
        self.weights = [w for layer in self.trainable for w in layer.weights]

    def forward(self, x: Array, training: bool = False) -> Array:
        for layer in self.layers:
            x = layer.forward(x, training)
        return x  # logits z, (N, classes)

    def train_step(self, x: Array, labels: Array, optimizer: SGD | Adam) -> float:
        z = self.forward(x, training=True)
        loss, dy = crossentropy(z, labels)
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        gradients = [g for layer in self.trainable for g in layer.gradients]
        optimizer.update(self.weights, gradients)
        return loss

    def fit(self, x: Array, labels: Array, optimizer: SGD | Adam, epochs: int, size: int) -> None:
        for epoch in range(1, epochs + 1):
            batches = np.array_split(rng.permutation(len(x)), len(x) // size)
            losses = [self.train_step(x[batch], labels[batch], optimizer) for batch in batches]
            print(f"epoch {epoch} of {epochs}: loss {np.mean(losses):.4f}")

    def accuracy(self, x: Array, labels: Array) -> float:
        z = np.concatenate([self.forward(batch) for batch in np.array_split(x, len(x) // 100)])
        return (z.argmax(axis=1) == labels).mean()


def build_model() -> Sequential:
    return Sequential(  # the network of train_mnist.py
        Conv2D(1, 32, 3),  # (N, 28, 28, 1) -> (N, 26, 26, 32)
        ReLU(),
        Conv2D(32, 64, 3),  # -> (N, 24, 24, 64)
        ReLU(),
        MaxPooling2D(),  # -> (N, 12, 12, 64)
        Dropout(0.25),
        Flatten(),  # -> (N, 9216)
        Dense(9216, 256),
        ReLU(),
        Dropout(0.5),
        Dense(256, 10),  # -> (N, 10)
    )


if __name__ == "__main__":
    digits = np.load(DIGITS)
    x_train, x_test = (digits[key][..., None] / np.float32(255) for key in ("x_train", "x_test"))
    model = build_model()
    model.fit(x_train, digits["y_train"], Adam(), epochs=2, size=32)
    print(f"Test accuracy: {model.accuracy(x_test, digits['y_test']):.4f}")
