"""Start here, go on with Keras: train on this CPU, then on as many devices as JAX sees.

    python examples/continue_in_keras.py

Needs Keras and JAX: pip install keras "jax[cpu]", or jax[cuda12] for GPUs. On a machine with one
device, XLA can pretend that the CPU is several, which is enough to try it out:

    XLA_FLAGS=--xla_force_host_platform_device_count=2 python examples/continue_in_keras.py
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import numpy as np


def begin(file: Path, data: Any, epochs: int) -> tuple[np.ndarray, float]:
    """Train a network with nanoconv, and save it.

    Args:
        file: where the model goes.
        data: ((x, y), (x_test, y_test)), images (N, 28, 28).
        epochs: how long.

    Returns:
        Predictions for the test images (N, 10), and the accuracy.
    """
    import nanoconv
    from nanoconv import layers

    (x, y), (x_test, y_test) = data
    model = nanoconv.Sequential(
        [
            nanoconv.Input(shape=(28, 28, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, batch_size=128, epochs=epochs, verbose=2)
    model.save(file)
    return model.predict(x_test, verbose=0), model.evaluate(x_test, y_test, verbose=0)[1]


def go_on(file: Path, data: Any, epochs: int) -> tuple[np.ndarray, float, int]:
    """Train the saved model further with Keras, on all devices: each gets a share of every batch.

    Args:
        file: the saved model; architecture, weights and the state of Adam come from it.
        data: as above.
        epochs: how long.

    Returns:
        Predictions before the training, the accuracy after it, and the number of devices.
    """
    os.environ["KERAS_BACKEND"] = "jax"
    # Simulated devices share XLA's threads: with too few, they wait for each other forever.
    os.environ.setdefault("NPROC", str(max(8, os.cpu_count() or 1)))
    import keras

    devices = keras.distribution.list_devices()
    keras.distribution.set_distribution(keras.distribution.DataParallel(devices=devices))
    (x, y), (x_test, y_test) = data
    x, x_test = x[..., None], x_test[..., None]  # (N, 28, 28) -> (N, 28, 28, 1)
    model = keras.models.load_model(file)
    predictions = model.predict(x_test, batch_size=100, verbose=0)
    batch_size = 64 * len(devices)  # more devices, larger batches
    used = len(x) - len(x) % batch_size  # whole batches, which the devices can share
    model.fit(x[:used], y[:used], batch_size=batch_size, epochs=epochs, verbose=2)
    accuracy = model.evaluate(x_test, y_test, batch_size=100, verbose=0)[1]
    return predictions, accuracy, len(devices)


def main() -> None:
    """Train here, go on there, and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=3, help="of each half (default: 3)")
    parser.add_argument("--file", type=Path, default=Path("model.keras"), help="the model's file")
    options = parser.parse_args()

    from nanoconv.datasets import mnist

    data = mnist.load_sample()
    mine, before = begin(options.file, data, options.epochs)
    theirs, after, devices = go_on(options.file, data, options.epochs)
    print(f"predictions differ by at most {np.abs(mine - theirs).max():.1e}")
    print(f"accuracy {before:.3f} with nanoconv, {after:.3f} after Keras on {devices} device(s)")


if __name__ == "__main__":
    main()
