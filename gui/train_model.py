"""Trains the model that comes with the window.

    python -m gui.train_model                 # three seeds; the first is shipped
    python -m gui.train_model --seeds 1 --epochs 2 --output trial.keras

It learns from MNIST's training digits, distorted anew in every epoch, with some digits drawn by a
pen among them (see `pens`). Two groups of training digits are never learnt from: nanoconv's bundled
1,000 held-out digits, on which the window shows before and after, recognised by their pixels; and
5,000 digits on which the settings of this file were chosen. The test set is read once, at the end.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import nanoconv
from gui import pens
from gui.augmentation import Distortion
from gui.reading import Digits, score
from gui.session import SHIPPED
from nanoconv import Input, Sequential
from nanoconv.graph import SymbolicTensor
from nanoconv.layers import Conv2D, Dense, Dropout, Flatten, Layer, MaxPooling2D
from nanoconv.optimizers import Adam
from nanoconv.optimizers.schedules import CosineDecay

BATCH = 128
EPOCHS = 13
PEAK_RATE, LAST_RATE, WARM_UP = 2e-3, 1e-5, 400  # learning rates, and steps up to the peak
PEN_DIGITS, PEN_SHARE = 4_000, 0.1  # how many different ones, and their share of each batch
HELD_OUT = 5_000

DISTORTION = Distortion(rotation=12, shear=0.2, scale=0.12, shift=1.5, elastic=1.5, thickness=0.5)


def build(filters: tuple[int, ...] = (16, 32, 64)) -> Sequential:
    """Return the network: pairs of 3x3 convolutions, each pair at half the resolution."""
    layers: list[Layer | SymbolicTensor] = [Input(shape=(28, 28, 1))]
    for block, count in enumerate(filters, 1):
        layers += [
            Conv2D(
                count,
                3,
                padding="same",
                activation="relu",
                kernel_initializer="he_normal",
                name=f"conv{block}{letter}",
            )
            for letter in "ab"
        ]
        layers.append(MaxPooling2D(name=f"pool{block}"))
    layers += [
        Flatten(name="flatten"),
        Dropout(0.3, name="dropout1"),
        Dense(128, activation="relu", kernel_initializer="he_normal", name="hidden"),
        Dropout(0.3, name="dropout2"),
        Dense(10, activation="softmax", name="digits"),
    ]
    return Sequential(layers, name="mnist")


def load_digits() -> tuple[Digits, Digits, Digits]:
    """Return digits to learn from, to choose settings on, and to test on; pixels from 0 to 1."""
    from nanoconv.datasets import mnist

    (x, y), (x_test, y_test) = mnist.load_data()
    _, (x_bundled, _) = mnist.load_sample()
    bundled = {image.tobytes() for image in x_bundled}
    free = np.array([image.tobytes() not in bundled for image in x])
    x, y = x[free], y[free]
    order = np.random.default_rng(0).permutation(len(y))
    chosen, learnt = order[:HELD_OUT], order[HELD_OUT:]
    return (
        (_to_unit(x[learnt]), y[learnt]),
        (_to_unit(x[chosen]), y[chosen]),
        (_to_unit(x_test), y_test),
    )


def _to_unit(images: np.ndarray) -> np.ndarray:
    return (images / np.float32(255)).astype(np.float32)


def batches(digits: Digits, pen: Digits, generator: np.random.Generator) -> Iterator[Digits]:
    """Yield distorted batches without end; every digit once in each epoch."""
    drawn = round(BATCH * PEN_SHARE)
    while True:
        order = generator.permutation(len(digits[1]))
        for start in range(0, len(order) - (BATCH - drawn) + 1, BATCH - drawn):
            mine = order[start : start + BATCH - drawn]
            other = generator.integers(0, len(pen[1]), drawn)
            images = np.concatenate([digits[0][mine], pen[0][other]])
            labels = np.concatenate([digits[1][mine], pen[1][other]])
            yield DISTORTION(images, generator)[..., None], labels


def train(
    digits: Digits, held_out: Digits, seed: int, epochs: int, filters: tuple[int, ...]
) -> Sequential:
    """Train one network; print how it goes."""
    nanoconv.random.set_random_seed(seed)
    generator = np.random.default_rng(seed)
    pen = pens.images(PEN_DIGITS, generator)
    steps = len(digits[1]) // (BATCH - round(BATCH * PEN_SHARE))
    model = build(filters)
    rate = CosineDecay(
        PEAK_RATE / 10,
        decay_steps=steps * epochs - WARM_UP,
        alpha=LAST_RATE / PEAK_RATE,
        warmup_target=PEAK_RATE,
        warmup_steps=WARM_UP,
    )
    model.compile(Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(
        batches(digits, pen, generator),
        epochs=epochs,
        steps_per_epoch=steps,
        validation_data=(held_out[0][..., None], held_out[1]),
        validation_batch_size=500,
        verbose=2,
    )
    return model


def main(arguments: list[str] | None = None) -> int:
    """Train, measure, save."""
    parser = argparse.ArgumentParser(prog="python -m gui.train_model", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="how many networks to train")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--filters", type=int, nargs="+", default=(16, 32, 64))
    parser.add_argument("--output", type=Path, default=SHIPPED, help="where the first one goes")
    parser.add_argument("--no-test", action="store_true", help="leave the test set alone")
    options = parser.parse_args(arguments)

    digits, held_out, test = load_digits()
    print(f"{len(digits[1])} digits to learn from, {len(held_out[1])} held out", flush=True)
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        started = time.perf_counter()
        model = train(digits, held_out, seed, options.epochs, tuple(options.filters))
        minutes = (time.perf_counter() - started) / 60
        if seed == options.first_seed:
            model.compile()  # the file needs no optimizer's memory
            options.output.parent.mkdir(parents=True, exist_ok=True)
            model.save(options.output)
        words = f"seed {seed}: {minutes:.1f} minutes, held out {score(model, held_out).share:.2%}"
        if not options.no_test:
            words += f", test {score(model, test).share:.2%}"
        print(words, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
