"""Callbacks and utilities take what Keras' take: same names, order and defaults."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import nanoconv

CALLBACKS = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "MonitorCallback",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "TensorBoard",
    "TerminateOnNaN",
]
UTILITIES = [
    "Progbar",
    "PyDataset",
    "Sequence",
    "array_to_img",
    "img_to_array",
    "load_img",
    "normalize",
    "plot_model",
    "save_img",
    "set_random_seed",
    "to_categorical",
]


def parameters(thing: Any) -> list[tuple[str, Any, Any]]:
    thing = thing.__init__ if isinstance(thing, type) else thing
    found = inspect.signature(thing).parameters.values()
    return [(p.name, p.kind, p.default) for p in found]


@pytest.mark.parametrize("name", CALLBACKS)
def test_callback_takes_what_keras_takes(keras, name):
    if name == "MonitorCallback":  # not exported by Keras
        from keras.src.callbacks.monitor_callback import MonitorCallback as theirs
    else:
        theirs = getattr(keras.callbacks, name)
    assert parameters(getattr(nanoconv.callbacks, name)) == parameters(theirs)


@pytest.mark.parametrize("name", UTILITIES)
def test_utility_takes_what_keras_takes(keras, name):
    ours, theirs = getattr(nanoconv.utils, name), getattr(keras.utils, name)
    assert parameters(ours) == parameters(theirs)


def test_callback_has_every_hook_of_keras(keras):
    def hooks(cls: type) -> dict[str, Any]:
        return {n: parameters(getattr(cls, n)) for n in dir(cls) if n.startswith(("on_", "set_"))}

    assert hooks(nanoconv.callbacks.Callback) == hooks(keras.callbacks.Callback)


def test_summary_takes_what_keras_takes(keras):
    from keras.src.utils.summary_utils import print_summary as theirs

    from nanoconv.models.summary import print_summary as ours

    assert parameters(ours) == parameters(theirs)
