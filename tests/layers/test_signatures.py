"""Layers that Keras also has take the same arguments, in the same order, with the same defaults."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from nanoconv import layers
from nanoconv.core import registry
from tests.layers.cases import OWN

OURS_ALONE = {"Layer", *(case.layer for case in OWN)}
PUBLIC = [name for name in layers.__all__ if name not in OURS_ALONE]


def parameters(thing: Any) -> list[tuple[str, Any, Any]]:
    """Name, default and kind of each argument that a user may give."""
    function = thing.__init__ if inspect.isclass(thing) else thing
    found = inspect.signature(function).parameters.values()
    return [(p.name, p.default, p.kind) for p in found if p.name != "self"]


@pytest.mark.parametrize("name", PUBLIC)
def test_arguments_are_those_of_keras(keras, name):
    assert parameters(getattr(layers, name)) == parameters(getattr(keras.layers, name))


@pytest.mark.parametrize("name", PUBLIC)
def test_aliases_are_those_of_keras(keras, name):
    ours, theirs = getattr(layers, name), getattr(keras.layers, name)
    assert ours.__name__ == theirs.__name__


@pytest.mark.parametrize(
    "name", [name for name in PUBLIC if inspect.isclass(getattr(layers, name))]
)
def test_files_find_each_layer_by_each_of_its_names(name):
    assert registry.find("layers", name) is getattr(layers, name)


@pytest.mark.parametrize("name", ["Dense", "MaxPooling2D", "BatchNormalization", "ReLU"])
def test_every_layer_takes_a_name_a_type_and_whether_it_trains(name):
    arguments = {"units": 2} if name == "Dense" else {}
    options = {"name": "mine", "dtype": "float64", "trainable": False}
    layer = getattr(layers, name)(**arguments, **options)
    assert (layer.name, layer.dtype, layer.trainable) == ("mine", "float64", False)
