"""Every public name of Keras is there, or refused by a sentence that says what to write."""

from __future__ import annotations

import importlib

import pytest

from nanoconv.core.absent import NotInNanoconv, advice

FAMILIES = [
    "",
    *("activations", "backend", "callbacks", "config", "constraints", "datasets", "initializers"),
    *("layers", "losses", "metrics", "mixed_precision", "models", "optimizers", "preprocessing"),
    *("random", "regularizers", "saving", "utils", "optimizers.schedules", "preprocessing.image"),
]
INTERNAL = {"src", "legacy", "tree", "utils"}  # Keras' own, not for scripts


@pytest.mark.parametrize("family", FAMILIES)
def test_every_name_of_keras_is_there_or_refused(keras, family):
    theirs = importlib.import_module(f"keras.{family}".removesuffix("."))
    ours = importlib.import_module(f"nanoconv.{family}".removesuffix("."))
    silent = []
    for name in dir(theirs):
        if name.startswith("_") or name in INTERNAL:
            continue
        try:
            getattr(ours, name)
        except NotInNanoconv as refusal:
            assert "is not in nanoconv: " in str(refusal)
        except AttributeError:
            silent.append(name)
    assert not silent


def test_a_refused_name_can_be_caught_as_an_import_error():
    with pytest.raises(ImportError, match=r"keras\.layers\.LSTM is not in nanoconv"):
        from nanoconv.layers import LSTM  # noqa: F401


def test_an_unknown_name_is_an_attribute_error_with_near_matches():
    layers = importlib.import_module("nanoconv.layers")
    with pytest.raises(AttributeError, match="write MaxPooling2D or MaxPool2D"):
        _ = layers.MaxPoolin2D
    assert not hasattr(layers, "NothingOfTheKind")
    assert advice("layers", "NothingOfTheKind") is None
