"""Files that are whole, but hold nonsense: each gives one sentence, and in no time."""

from __future__ import annotations

import copy
import json
import random
import zipfile
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np
import pytest

import nanoconv
from nanoconv import layers, saving
from tests.saving.test_damage import sentence

NONSENSE = [
    *(None, True, -1, 0, 1, 10**9, 10**400, 2**63, 1.5, float("nan"), float("inf"), -1e308),
    *("", "x", "../../etc", "a/b", "\x00", "\ud800", "x" * 5000, "float64", "channels_first"),
    *([], [[]], [1], [None], [0] * 50, [10**9, 10**9], {}, {"a": 1}),
    {"class_name": "Dense", "config": {}},
    {"class_name": "__keras_tensor__", "config": {"keras_history": ["a", 0, 0]}},
]


def chain() -> Any:
    """A chain of many layers with all that compile() takes."""
    model = nanoconv.Sequential(
        [
            nanoconv.Input((8, 8, 2)),
            layers.Conv2D(3, 3, kernel_regularizer="l2", kernel_constraint="max_norm"),
            layers.BatchNormalization(),
            layers.SeparableConv2D(2, 2),
            layers.LeakyReLU(),
            layers.ZeroPadding2D(1),
            layers.RandomRotation(0.1),
            layers.Dropout(0.2),
            layers.Reshape((-1, 2)),
            layers.Flatten(),
            layers.Dense(4, "softmax", bias_initializer=nanoconv.initializers.Constant(0.2)),
        ]
    )
    rate = nanoconv.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    loss = nanoconv.losses.CategoricalCrossentropy(label_smoothing=0.1)
    metrics = ["acc", nanoconv.metrics.TopKCategoricalAccuracy(2), nanoconv.metrics.Precision()]
    model.compile(nanoconv.optimizers.AdamW(rate, global_clipnorm=1.0), loss, metrics=metrics)
    return model


def graph() -> Any:
    """A graph of two inputs, a shared layer, an inner model and two outputs."""
    one, two = nanoconv.Input((8, 8, 2)), nanoconv.Input((8, 8, 2))
    shared = layers.Conv2D(3, 3, padding="same")
    a, b = shared(one), shared(two)
    inner = nanoconv.Sequential(
        [nanoconv.Input((8, 8, 6)), layers.GlobalAveragePooling2D(), layers.Dense(2)]
    )
    first = inner(layers.Concatenate()([a, b]))
    second = layers.Dense(3)(layers.Flatten()(layers.Add()([a, b])))
    model = nanoconv.Model([one, two], [first, second])
    model.compile("adam", ["mse", "mae"], metrics=[["mae"], ["mse"]])
    return model


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """All places within lists and dictionaries, but the whole."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, below in pairs:
        yield (*path, key)
        if isinstance(below, (dict, list)):
            yield from places(below, (*path, key))


def spoilt(config: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    """A configuration with one value replaced by nonsense or by another of its values, or lost."""
    config = copy.deepcopy(config)
    known = list(places(config))
    *path, last = dice.choice(known)
    here, other = config, config
    for key in path:
        here = here[key]
    for key in dice.choice(known):
        other = other[key]
    kind = dice.random()
    if kind < 0.1:
        del here[last]
    else:
        here[last] = copy.deepcopy(other if kind < 0.2 else dice.choice(NONSENSE))
    return config


def check(make: Any, folder: Any, n: int, seed: int) -> None:
    dice, path = random.Random(seed), folder / "m.keras"
    make().save(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    refused = 0
    for _ in range(n):
        members["config.json"] = json.dumps(spoilt(config, dice)).encode()
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        try:
            saving.load_model(path)
        except ValueError as error:
            sentence(error)
            refused += 1
    assert n / 3 < refused < n  # the rest replaced what may have other values, such as names


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("make", [chain, graph])
def test_any_value_of_a_configuration_may_be_wrong(tmp_path, make):
    check(make, tmp_path, n=150, seed=1)


@pytest.mark.full
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("make", [chain, graph])
def test_a_thousand_wrong_values(tmp_path, make):
    check(make, tmp_path, n=500, seed=2)


ATTRIBUTES = {
    "a number": 5,
    "numbers": np.zeros(10),
    "a type without a value": h5py.Empty("S1"),
    "bytes that are no text": np.array([b"\xff\xfe"]),
    "a table of texts": np.array([[b"dense/kernel"], [b"dense/bias"]]),
    "names that lead elsewhere": np.array([b"../../dense/kernel", b"/model_weights/dense/bias"]),
    "the same name many times": np.array([b"dense/kernel"] * 2000),
    "a very long name": "x" * 60_000,
}


@pytest.mark.parametrize("name", ["layer_names", "weight_names"])
@pytest.mark.parametrize("what", ATTRIBUTES)
def test_names_of_weights_may_be_anything(tmp_path, name, what):
    path = tmp_path / "m.h5"
    model = nanoconv.Sequential([nanoconv.Input((4,)), layers.Dense(2, name="dense")])
    model.save(path)
    with h5py.File(path, "a") as file:
        group = file["model_weights"] if name == "layer_names" else file["model_weights/dense"]
        group.attrs[name] = ATTRIBUTES[what]
    path.write_bytes(path.read_bytes().partition(b"\nnanoconv sha256")[0])
    before = model.get_weights()
    for load in (saving.load_model, model.load_weights):
        with pytest.raises(ValueError, match=r"cannot be loaded") as error:
            load(path)
        sentence(error.value)
    for mine, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, old)
