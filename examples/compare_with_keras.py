"""Compare nanoconv with Keras yourself: the same weights, the same digits, layer by layer.

    pip install "nanoconv[test]"
    python examples/compare_with_keras.py

Prints the largest differences in outputs and gradients of every layer: in float64, where the same
mathematics gives the same digits (about seven, because Keras' BatchNormalization and tanh round to
float32 on the way), and in float32, in which networks are trained. Then trains both networks and
draws both curves in one plot. Keras runs on JAX here.
"""

from __future__ import annotations

import argparse
import inspect
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import nanoconv
from nanoconv.layers.base.cache import Cache

os.environ.setdefault("KERAS_BACKEND", "jax")


@dataclass
class Step:
    """What one layer made of the batch, forward and backward."""

    name: str
    y: np.ndarray
    dx: np.ndarray
    gradients: list[np.ndarray]  # in the order of its parameters


def build(keras: Any, dtype: str) -> Any:
    """Build one network, from nanoconv or from Keras: every line is the same."""
    keras.config.set_floatx(dtype)
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(8, (5, 5), activation="relu", name="conv1"),
            keras.layers.MaxPooling2D((2, 2), name="pool1"),
            keras.layers.BatchNormalization(name="norm"),
            keras.layers.Conv2D(16, (3, 3), padding="same", activation="relu", name="conv2"),
            keras.layers.AveragePooling2D((2, 2), name="pool2"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(32, activation="tanh", name="dense"),
            keras.layers.Dense(10, name="logits"),
        ]
    )


def pass_through_nanoconv(model: Any, x: np.ndarray, labels: np.ndarray) -> list[Step]:
    """Pass the batch forward and backward through nanoconv's layers."""
    caches, ys = [Cache(training=True) for _ in model.layers], [x]
    for layer, cache in zip(model.layers, caches, strict=True):
        ys.append(layer.forward(ys[-1], cache))
    loss = nanoconv.losses.SparseCategoricalCrossentropy(from_logits=True)
    _, dy = loss.value_and_gradient(labels, ys[-1])
    steps = []
    for layer, cache, y in zip(model.layers[::-1], caches[::-1], ys[:0:-1], strict=True):
        dy = layer.backward(dy, cache)
        gradients = [cache.gradient(v) for v in layer.trainable_variables]
        steps.append(Step(layer.name, y, dy, gradients))
    return steps[::-1]


def pass_through_keras(model: Any, x: np.ndarray, labels: np.ndarray) -> list[Step]:
    """Pass the batch forward and backward through Keras' layers, whose gradients come from JAX."""
    import jax
    import keras

    pull_backs, ys = [], [jax.numpy.asarray(x)]
    for layer in model.layers:
        state = [v.value for v in layer.non_trainable_variables]
        trains = "training" in inspect.signature(layer.call).parameters
        options = {"training": True} if trains else {}

        def call(
            parameters: Any, inputs: Any, layer: Any = layer, s: Any = state, o: Any = options
        ) -> Any:
            return layer.stateless_call(parameters, s, inputs, **o)[0]

        y, pull_back = jax.vjp(call, [v.value for v in layer.trainable_variables], ys[-1])
        ys.append(y)
        pull_backs.append(pull_back)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    dy = jax.grad(lambda z: loss(labels, z))(ys[-1])
    steps = []
    for layer, pull_back, y in zip(model.layers[::-1], pull_backs[::-1], ys[:0:-1], strict=True):
        gradients, dy = pull_back(dy)
        steps.append(Step(layer.name, np.asarray(y), np.asarray(dy), [*map(np.asarray, gradients)]))
    return steps[::-1]


def difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return the largest difference, as a share of the largest element."""
    return float(np.abs(ours - theirs).max() / max(float(np.abs(theirs).max()), 1e-12))


def compare(keras: Any, x: np.ndarray, labels: np.ndarray, dtype: str) -> float:
    """Print a table of differences; return the largest."""
    ours, theirs = build(nanoconv, dtype), build(keras, dtype)
    ours.set_weights(theirs.get_weights())
    x = x.astype(dtype)
    print(f"\n{dtype:<10}{'output':<20}{'Δ output':>10}{'Δ dx':>10}   Δ gradients of parameters")
    worst = 0.0
    both = pass_through_nanoconv(ours, x, labels), pass_through_keras(theirs, x, labels)
    for a, b in zip(*both, strict=True):
        found = [difference(a.y, b.y), difference(a.dx, b.dx)]
        found += [difference(g, h) for g, h in zip(a.gradients, b.gradients, strict=True)]
        worst = max(worst, *found)
        rest = "  ".join(f"{d:.1e}" for d in found[2:])
        print(f"{a.name:<10}{a.y.shape!s:<20}{found[0]:>10.1e}{found[1]:>10.1e}   {rest}")
    return worst


def train(library: Any, model: Any, data: Any, epochs: int) -> dict[str, list[float]]:
    """Train one of the two; return its history."""
    (x, y), test = data
    loss = library.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(library.optimizers.Adam(0.001), loss, metrics=["accuracy"])
    options = {"batch_size": 64, "epochs": epochs, "shuffle": False, "verbose": 0}
    return model.fit(x, y, validation_data=test, **options).history


def draw(curves: dict[str, dict[str, list[float]]], path: Path) -> None:
    """Draw the curves of both networks over one another."""
    import matplotlib

    matplotlib.use("Agg")  # a file only: no window is needed
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    figure, axes = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    looks: dict[str, Any] = {
        "nanoconv": {"lw": 6, "alpha": 0.35},
        "Keras": {"lw": 1.5, "ls": "--", "marker": "o"},
    }
    for axis, name in zip(axes, ("loss", "accuracy"), strict=True):
        for who, history in curves.items():
            for key, colour in ((name, "#1f6fb4"), (f"val_{name}", "#e07b28")):
                what = "validation" if key.startswith("val_") else "training"
                epochs = range(1, len(history[key]) + 1)
                axis.plot(epochs, history[key], color=colour, label=f"{who}, {what}", **looks[who])
        axis.set(xlabel="epoch", title=name)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].legend(frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main() -> None:
    """Compare, train, draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--epochs", type=int, default=5, help="of training (default: 5)")
    parser.add_argument("--images", type=int, default=4000, help="to train on (default: 4000)")
    parser.add_argument("--output", type=Path, default=Path("output"), help="folder of the plot")
    options = parser.parse_args()
    import jax
    import keras

    jax.config.update("jax_enable_x64", True)  # JAX knows float64 only when asked
    (x, y), (x_test, y_test) = nanoconv.datasets.mnist.load_sample()
    x, x_test = (v[..., None].astype("float32") / 255 for v in (x, x_test))
    worst = compare(keras, x[:64], y[:64], "float64")
    print(f"largest difference: {worst:.1e} of the largest element")
    compare(keras, x[:64], y[:64], "float32")
    print(
        "where a sum lies within rounding of relu's kink, a gradient passes in one of the two only"
    )

    ours, theirs = build(nanoconv, "float32"), build(keras, "float32")
    ours.set_weights(theirs.get_weights())
    data = (x[: options.images], y[: options.images]), (x_test, y_test)
    curves = {
        "nanoconv": train(nanoconv, ours, data, options.epochs),
        "Keras": train(keras, theirs, data, options.epochs),
    }
    print("\nepoch      loss: nanoconv, Keras       val_accuracy: nanoconv, Keras")
    for epoch in range(options.epochs):
        row = [curves[who][key][epoch] for key in ("loss", "val_accuracy") for who in curves]
        print(f"{epoch + 1:>5}{row[0]:>16.5f}{row[1]:>10.5f}{row[2]:>25.4f}{row[3]:>9.4f}")
    path = options.output / "compare_with_keras.png"
    draw(curves, path)
    print(f"both curves: {path}")


if __name__ == "__main__":
    main()
