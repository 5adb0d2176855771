"""Equal models in nanoconv and Keras, and data to train them on."""

from __future__ import annotations

from typing import Any

import numpy as np

import nanoconv


def digits(rng: np.random.Generator, n: int = 22, size: int = 8, classes: int = 4) -> Any:
    """Return small random images (N, size, size, 1) and integer labels (N,)."""
    x = rng.random((n, size, size, 1), dtype=np.float32)
    return x, rng.integers(0, classes, n)


def small_cnn(k: Any, dropout: float = 0.0, classes: int = 4, **dense: Any) -> Any:
    """Build the mission's network in miniature, from Keras or from nanoconv (`k`)."""
    layers = k.layers
    return k.Sequential(
        [
            k.Input(shape=(8, 8, 1)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.Conv2D(6, (3, 3), activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(dropout),
            layers.Flatten(),
            layers.Dense(12, activation="relu", **dense),
            layers.Dense(classes, activation="softmax"),
        ]
    )


def twins(keras: Any, **options: Any) -> tuple[Any, Any]:
    """Return a nanoconv model and a Keras model with the same weights."""
    ours, theirs = small_cnn(nanoconv, **options), small_cnn(keras, **options)
    theirs.set_weights(ours.get_weights())
    return ours, theirs


def assert_same_weights(ours: Any, theirs: Any, tolerance: float = 1e-5) -> None:
    """Compare all weights of two models."""
    for mine, other, variable in zip(
        ours.get_weights(), theirs.get_weights(), ours.weights, strict=True
    ):
        np.testing.assert_allclose(
            mine, other, rtol=tolerance, atol=tolerance, err_msg=variable.path
        )


def assert_same_history(ours: Any, theirs: Any, tolerance: float = 1e-5) -> None:
    """Compare keys, their order, epochs and values of two histories."""
    assert list(ours.history) == list(theirs.history)
    assert ours.epoch == theirs.epoch
    for key, values in theirs.history.items():
        np.testing.assert_allclose(
            ours.history[key], values, rtol=tolerance, atol=tolerance, err_msg=key
        )
