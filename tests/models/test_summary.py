"""`summary()` prints what Keras prints, built and unbuilt."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

import nanoconv
from nanoconv.models.summary import memory_size


def add_layer(k: Any, name: str) -> Any:
    """Return a layer `Add` of either library; nanoconv's is written here."""
    if k is not nanoconv:
        return k.layers.Add(name=name)

    class Add(nanoconv.layers.Layer):
        accepts_list = True

        def forward(self, x, cache=None):
            return sum(x)

        def compute_output_shape(self, input_shape):
            return tuple(input_shape[0])

    return Add(name=name)


def chain(k: Any) -> Any:
    layers = k.layers
    return k.Sequential(
        [
            k.Input(shape=(28, 28, 1), name="image"),
            layers.Conv2D(32, 3, activation="relu", name="first"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Dropout(0.25, name="drop[0]"),
            layers.Flatten(name="flat"),
            layers.Dense(10, activation="softmax", name="a_layer_with_a_name_too_long_for_a_line"),
        ],
        name="chain",
    )


def frozen(k: Any) -> Any:
    model = chain(k)
    model.get_layer("first").trainable = False
    return model


def unbuilt(k: Any) -> Any:
    layers = [k.layers.Conv2D(8, 3, name="first"), k.layers.Dense(10, name="last")]
    return k.Sequential(layers, name="unbuilt")


def nested(k: Any) -> Any:
    return k.Sequential(
        [k.Input(shape=(28, 28, 1), name="image"), chain(k), k.layers.Dense(3, name="last")],
        name="nested",
    )


def branched(k: Any) -> Any:
    image = k.Input(shape=(8, 8, 3), name="image")
    convolve = [k.layers.Conv2D(3, 3, padding="same", name=f"conv{i}") for i in range(2)]
    y = convolve[1](convolve[0](image))
    flat = k.layers.Flatten(name="flat")(add_layer(k, "add")([image, y]))
    return k.Model(image, k.layers.Dense(4, name="last")(flat), name="branched")


def trained(k: Any) -> Any:
    model = chain(k)
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def text(model: Any, **options: Any) -> str:
    printed: list[str] = []
    model.summary(print_fn=lambda s, **_: printed.append(s), **options)
    assert len(printed) == 1
    return printed[0]


OPTIONS: list[dict[str, Any]] = [
    {},
    {"line_length": 60},
    {"positions": [0.3, 0.8, 1.0]},
    {"show_trainable": True},
    {"expand_nested": True},
]


@pytest.mark.parametrize(
    ("make", "options"),
    [
        *itertools.product([chain, frozen, unbuilt, nested, trained], OPTIONS),
        *itertools.product([branched], [o for o in OPTIONS if "positions" not in o]),
        (chain, {"layer_range": ("pool", "flat")}),
        (chain, {"layer_range": ("fl.*", "p.*")}),
    ],
)
def test_text_is_that_of_keras(keras, monkeypatch, make, options):
    monkeypatch.setenv("COLUMNS", "100")
    ours, theirs = text(make(nanoconv), **options), text(make(keras), **options)
    if make is trained:  # Keras counts the iterations in 4 or 8 bytes, depending on its backend
        ours, theirs = (re.sub(r"((Total|Opt).*) \(.*\)", r"\1", t) for t in (ours, theirs))
    assert ours == theirs


def test_a_line_length_beyond_the_terminal_is_kept(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = text(chain(nanoconv), line_length=120).splitlines()
    assert len(lines[1]) == 120


def test_it_prints_to_standard_output(capsys):
    chain(nanoconv).summary()
    assert capsys.readouterr().out.startswith('Model: "chain"')


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"line_length": 15}, "at least"),
        ({"layer_range": ("first",)}, "a first and a last layer"),
        ({"layer_range": (0, 1)}, "a first and a last layer"),
        ({"layer_range": ("first", "nobody")}, "the model's layers are"),
    ],
)
def test_what_it_cannot_print_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        chain(nanoconv).summary(**options)


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0.00 B"), (1023, "1023.00 B"), (1024, "1.00 KB"), (5 * 1024**6, "5120.00 PB")],
)
def test_sizes_have_units(keras, size, shown):
    from keras.src.utils.summary_utils import readable_memory_size

    assert memory_size(size) == shown
    if size < 1024**5:
        assert readable_memory_size(size) == shown
