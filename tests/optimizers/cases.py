"""What the optimizer tests share: the rules to compare, and one way to drive both libraries."""

from __future__ import annotations

import numpy as np

from nanoconv import optimizers
from nanoconv.core.variable import Variable

NAMES = ["SGD", "Adam", "AdamW", "RMSprop", "Adadelta", "Adagrad", "Adamax", "Nadam"]
RULES = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("Adam", {}),
    ("Adam", {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3}),
    ("Adam", {"amsgrad": True}),
    ("AdamW", {}),
    ("AdamW", {"weight_decay": 0.1, "amsgrad": True}),
    ("RMSprop", {}),
    ("RMSprop", {"rho": 0.8, "epsilon": 1e-4}),
    ("RMSprop", {"centered": True}),
    ("RMSprop", {"momentum": 0.9}),
    ("RMSprop", {"momentum": 0.9, "centered": True}),
    ("Adadelta", {}),
    ("Adadelta", {"rho": 0.8, "epsilon": 1e-4}),
    ("Adagrad", {}),
    ("Adagrad", {"initial_accumulator_value": 0.0, "epsilon": 1e-3}),
    ("Adamax", {}),
    ("Adamax", {"beta_1": 0.8, "beta_2": 0.9}),
    ("Nadam", {}),
    ("Nadam", {"beta_1": 0.8, "beta_2": 0.9}),
]
SHAPES = {"dense/kernel": (3, 4), "dense/bias": (4,)}


def variables(size=1.0):
    """A small model's variables, the same at each call."""
    rng = np.random.default_rng(1)
    return [
        Variable(
            (size * rng.normal(size=shape)).astype(np.float32), name=path.split("/")[1], path=path
        )
        for path, shape in SHAPES.items()
    ]


def keras_variables(keras, size=1.0):
    """The same variables for Keras."""
    made = []
    for v in variables(size):
        made.append(keras.Variable(v.value, name=v.name))
        made[-1]._path = v.path
    return made


def gradients(steps, scale=1.0):
    """Gradients for some steps; with scale=None of all sizes from 1 to 1e-8."""
    rng = np.random.default_rng(2)
    for _ in range(steps):
        sizes = [
            10.0 ** -rng.integers(0, 9, s) if scale is None else scale for s in SHAPES.values()
        ]
        yield [
            (rng.normal(size=shape) * size).astype(np.float32)
            for shape, size in zip(SHAPES.values(), sizes, strict=True)
        ]


def run_both(keras, name, options, steps=12, scale=1.0, size=1.0):
    """Drive both libraries with the same gradients.

    Returns:
        (our optimizer, our variables, Keras' optimizer, Keras' variables)
    """
    ours = getattr(optimizers, name)(**options)
    theirs = getattr(keras.optimizers, name)(**options)
    mine, others = variables(size), keras_variables(keras, size)
    for g in gradients(steps, scale):
        ours.apply(g, mine)
        theirs.apply(g, others)
    return ours, mine, theirs, others


def assert_same(mine, others, rtol=2e-6, atol=2e-6):
    """Compare lists of variables of the two libraries."""
    assert len(mine) == len(others)
    for v, k in zip(mine, others, strict=True):
        np.testing.assert_allclose(v.value, np.asarray(k), rtol=rtol, atol=atol, err_msg=v.path)
