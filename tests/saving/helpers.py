"""Models to save, made by nanoconv or by Keras, and data to train them on."""

from __future__ import annotations

from typing import Any

import numpy as np

import nanoconv


def data(n: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Return small random images (N, 8, 8, 1) and labels (N,)."""
    rng = np.random.default_rng(99)
    return rng.random((n, 8, 8, 1), dtype=np.float32), rng.integers(0, 4, n)


def cnn(k: Any = nanoconv, dropout: float = 0.25, optimizer: Any = "adam", **options: Any) -> Any:
    """Build and compile a small convolutional network, from Keras or from nanoconv (`k`)."""
    layers = k.layers
    model = k.Sequential(
        [
            k.Input(shape=(8, 8, 1)),
            layers.Conv2D(3, 3, activation="relu", kernel_regularizer="l2", **options),
            layers.MaxPooling2D(2),
            layers.Dropout(dropout),
            layers.Flatten(),
            layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train(model: Any, epochs: int = 1) -> Any:
    """Train a model for a few steps in a fixed order; return it."""
    x, y = data()
    model.fit(x, y, batch_size=8, epochs=epochs, shuffle=False, verbose=0)
    return model


def assert_equal_predictions(ours: Any, theirs: Any, tolerance: float = 1e-5) -> None:
    """Compare what two models say about the same images; tolerance 0 means bit for bit."""
    x, _ = data()
    mine, other = ours.predict(x, verbose=0), theirs.predict(x, verbose=0)
    np.testing.assert_allclose(mine, other, rtol=tolerance, atol=tolerance)


def assert_same_state(one: Any, two: Any) -> None:
    """Compare all variables of two nanoconv models, random state and optimizer too, by bits."""
    for a, b in zip(one.variables, two.variables, strict=True):
        np.testing.assert_array_equal(a.value, b.value, err_msg=a.path)
    for a, b in zip(one.optimizer.variables, two.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.value, b.value, err_msg=a.path)
