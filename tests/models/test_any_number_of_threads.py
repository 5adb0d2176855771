"""Same seed, same bits, for any number of threads."""

from __future__ import annotations

import numpy as np
import pytest

import nanoconv
from nanoconv import layers
from nanoconv.kernels.compiled import workers

NETWORKS = {
    "mnist": [
        lambda: layers.Conv2D(32, 3, activation="relu"),
        lambda: layers.Conv2D(64, 3, activation="relu"),
        lambda: layers.MaxPooling2D(2),
        lambda: layers.Dropout(0.25),
        lambda: layers.Flatten(),
        lambda: layers.Dense(64, activation="relu"),
        lambda: layers.Dropout(0.5),
        lambda: layers.Dense(10, activation="softmax"),
    ],
    "normalized": [
        lambda: layers.SeparableConv2D(8, 3, padding="same", use_bias=False),
        lambda: layers.BatchNormalization(),
        lambda: layers.ReLU(),
        lambda: layers.Conv2D(8, 3, strides=2, dilation_rate=1, activation="tanh"),
        lambda: layers.AveragePooling2D(2),
        lambda: layers.GlobalAveragePooling2D(),
        lambda: layers.LayerNormalization(),
        lambda: layers.Dense(10, activation="softmax"),
    ],
}


def trained(network: str, threads: int) -> list[np.ndarray]:
    """Return the weights after three steps."""
    before = workers.get_threads()
    workers.set_threads(threads)
    try:
        nanoconv.utils.set_random_seed(4)
        rng = np.random.default_rng(4)
        x, y = rng.random((150, 28, 28, 1), dtype=np.float32), rng.integers(0, 10, 150)
        made = [make() for make in NETWORKS[network]]
        model = nanoconv.Sequential([nanoconv.Input((28, 28, 1)), *made])
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(x, y, batch_size=64, verbose=0)
        return model.get_weights()
    finally:
        workers.set_threads(before)


@pytest.mark.parametrize("network", NETWORKS)
def test_three_steps_have_the_same_bits_for_any_number_of_threads(network):
    expected = trained(network, 1)
    for threads in (2, 3, 7):
        for a, b in zip(expected, trained(network, threads), strict=True):
            np.testing.assert_array_equal(a, b, err_msg=f"{threads} threads")
