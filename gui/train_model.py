"""Trains the model that comes with the window.

    python -m gui.train_model              # three seeds; ships the best on held-out digits
    python -m gui.train_model --seeds 1 --epochs 2 1 --output trial.keras

It learns from MNIST's training digits, distorted anew in every epoch, with digits drawn by a pen
among them (see `pens`). Two groups of training digits are never learnt from: the bundled 1,000
held-out digits, on which the window shows before and after, recognised by their pixels; and 5,000
digits on which settings and seed were chosen. Robustness was watched on the drawings of
`tests.gui.styles`, made by other hands. One seed each:

| compared                                            | held-out loss | right   | drawings |
|-----------------------------------------------------|---------------|---------|----------|
| 2 epochs, a tenth pen digits of few, tidy shapes    | 0.0291        | 99.10 % | 94.5 %   |
| the same, batch normalization: 1.6 times as long    | 0.0346        | 98.80 % |          |
| 2 epochs, a quarter pen digits of today's shapes    | 0.0280        | 99.10 % | 97.0 %   |
| 12 epochs (the first stage below)                   | 0.0272        | 99.32 % | 98.5 %   |
| and 4 epochs, milder, the learning rate risen again | 0.0202        | 99.48 % | 98.4 %   |

The test set is read at the end, for each of the three seeds. It had been read once before: 99.42 %
after the first stage of seed 1. Seeds 1, 2, 3 ended at 99.48, 99.46, 99.40 % of the held-out digits
and 99.58, 99.59, 99.47 % of the test set; seed 1 is shipped. For these figures the stages were run
one after the other from files, so that chance fell differently than it does in one run.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import nanoconv
from nanoconv import Input, Sequential
from nanoconv.core.graph import SymbolicTensor
from nanoconv.layers import Conv2D, Dense, Dropout, Flatten, Layer, MaxPooling2D
from nanoconv.optimizers import Adam
from nanoconv.optimizers.schedules import CosineDecay

from . import pens
from .distortion import Distortion
from .reading import Digits, score, to_unit
from .session import SHIPPED

BATCH = 128
LAST_RATE = 1e-5  # the learning rate at a stage's end
PEN_DIGITS = 10_000  # how many different ones
HELD_OUT = 5_000


@dataclass(frozen=True)
class Stage:
    """Some epochs, through which the learning rate rises and falls once.

    Args:
        epochs: passes over MNIST's digits.
        peak_rate: the highest learning rate.
        warm_up: steps until the learning rate is there.
        pen_share: the share of pen digits in each batch.
        distortion: what happens to every image.
    """

    epochs: int
    peak_rate: float
    warm_up: int
    pen_share: float
    distortion: Distortion


#: First much variety; then images nearer to real ones.
STAGES = (
    Stage(12, 2e-3, 400, 0.25, Distortion(12, 0.2, 0.12, 1.5, 1.5, 0.5)),
    Stage(4, 1e-3, 100, 0.15, Distortion(8.4, 0.14, 0.084, 1.05, 1.05, 0.35)),
)


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
        (to_unit(x[learnt]), y[learnt]),
        (to_unit(x[chosen]), y[chosen]),
        (to_unit(x_test), y_test),
    )


def batches(
    stage: Stage, digits: Digits, pen: Digits, generator: np.random.Generator
) -> Iterator[Digits]:
    """Yield distorted batches without end; every digit once in each epoch."""
    drawn = round(BATCH * stage.pen_share)
    while True:
        order = generator.permutation(len(digits[1]))
        for start in range(0, len(order) - (BATCH - drawn) + 1, BATCH - drawn):
            mine = order[start : start + BATCH - drawn]
            other = generator.integers(0, len(pen[1]), drawn)
            images = np.concatenate([digits[0][mine], pen[0][other]])
            labels = np.concatenate([digits[1][mine], pen[1][other]])
            yield stage.distortion(images, generator)[..., None], labels


def train(
    digits: Digits, held_out: Digits, seed: int, stages: Sequence[Stage], filters: tuple[int, ...]
) -> Sequential:
    """Train one network; print how it goes."""
    nanoconv.random.set_random_seed(seed)
    generator = np.random.default_rng(seed)
    pen = pens.images(PEN_DIGITS, generator)
    model = build(filters)
    for stage in stages:
        steps = len(digits[1]) // (BATCH - round(BATCH * stage.pen_share))
        rate = CosineDecay(
            stage.peak_rate / 10,
            decay_steps=steps * stage.epochs - stage.warm_up,
            alpha=LAST_RATE / stage.peak_rate,
            warmup_target=stage.peak_rate,
            warmup_steps=stage.warm_up,
        )
        model.compile(Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(
            batches(stage, digits, pen, generator),
            epochs=stage.epochs,
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
    epochs = [stage.epochs for stage in STAGES]
    parser.add_argument("--epochs", type=int, nargs=len(STAGES), default=epochs, help="per stage")
    parser.add_argument("--filters", type=int, nargs="+", default=(16, 32, 64))
    parser.add_argument("--output", type=Path, default=SHIPPED, help="where the best one goes")
    parser.add_argument("--no-test", action="store_true", help="leave the test set alone")
    options = parser.parse_args(arguments)

    digits, held_out, test = load_digits()
    print(f"{len(digits[1])} digits to learn from, {len(held_out[1])} held out", flush=True)
    lengths = zip(STAGES, options.epochs, strict=True)
    stages = [replace(stage, epochs=count) for stage, count in lengths]
    best = -1
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        started = time.perf_counter()
        model = train(digits, held_out, seed, stages, tuple(options.filters))
        minutes = (time.perf_counter() - started) / 60
        chosen_on = score(model, held_out)
        if chosen_on.right > best:
            best = chosen_on.right
            model.compile()  # the file needs no optimizer's memory
            options.output.parent.mkdir(parents=True, exist_ok=True)
            model.save(options.output)
        words = f"seed {seed}: {minutes:.1f} minutes, held out {chosen_on.share:.2%}"
        if not options.no_test:
            words += f", test {score(model, test).share:.2%}"
        print(words, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
