"""The list calls each callback's hooks in order, with Keras' logs."""

from __future__ import annotations

import numpy as np
import pytest

from nanoconv.callbacks import Callback, CallbackList, EarlyStopping, History, ProgbarLogger
from tests.callbacks.driver import FakeModel


class Recorder:
    """Notes the calls of every hook; works as a callback of both libraries."""

    def __init__(self) -> None:
        self.calls: list = []


def recorder(base: type) -> Recorder:
    hooks = [name for name in dir(base) if name.startswith("on_")]

    def note(name):
        def hook(self, *args, **kwargs):
            self.calls.append((name, args, kwargs))
            getattr(base, name)(self, *args, **kwargs)

        return hook

    cls = type("Recording", (Recorder, base), {name: note(name) for name in hooks})
    return cls()


def call_every_hook(callbacks) -> None:
    """Call every hook once."""
    logs = {"loss": np.float32(0.5), "accuracy": np.array(0.25), "nested": {"inner": 1}}
    callbacks.on_train_begin()
    callbacks.on_epoch_begin(0)
    callbacks.on_train_batch_begin(0)
    callbacks.on_train_batch_end(0, logs)
    callbacks.on_test_begin()
    callbacks.on_test_batch_begin(0)
    callbacks.on_test_batch_end(0, logs)
    callbacks.on_test_end(logs)
    callbacks.on_epoch_end(0, logs)
    callbacks.on_train_end(logs)
    callbacks.on_predict_begin()
    callbacks.on_predict_batch_begin(0)
    callbacks.on_predict_batch_end(0, {"outputs": "y"})
    callbacks.on_predict_end()


def test_hooks_are_called_as_keras_calls_them(keras):
    ours, theirs = recorder(Callback), recorder(keras.callbacks.Callback)
    call_every_hook(CallbackList([ours]))
    call_every_hook(keras.callbacks.CallbackList([theirs]))
    assert ours.calls == theirs.calls


def test_history_and_progress_bar_join_unless_they_are_there():
    added = CallbackList([[EarlyStopping()]], add_history=True, add_progbar=True)
    assert [type(c) for c in added.callbacks] == [EarlyStopping, History, ProgbarLogger]
    mine = [ProgbarLogger(), History()]
    assert CallbackList(mine, add_history=True, add_progbar=True).callbacks == mine


def test_model_and_params_reach_every_callback():
    model, callback = FakeModel(), Callback()
    callbacks = CallbackList([callback], add_history=True, model=model, epochs=3, steps=2)
    assert callback.model is model and callback.params == {"epochs": 3, "steps": 2}
    assert model.history is callbacks.history


@pytest.mark.parametrize("wrong", [EarlyStopping, 3, "history", print])
def test_what_is_no_callback_is_refused_by_name(wrong):
    name = wrong.__name__ if isinstance(wrong, type) else repr(wrong)
    with pytest.raises(ValueError, match=r"instances of nanoconv\.callbacks\.Callback") as error:
        CallbackList([History(), wrong])
    assert name in str(error.value)


def test_history_keeps_keras_order_and_epochs(keras):
    from tests.callbacks.driver import drive

    epochs = [{"loss": 1.0, "accuracy": 0.5}, {"loss": 0.5, "accuracy": 0.7, "val_loss": 0.9}]
    ours = CallbackList(add_history=True)
    theirs = keras.callbacks.CallbackList(add_history=True)
    for callbacks in (ours, theirs):
        drive(callbacks, epochs)
    mine, other = ours.callbacks[0], theirs.callbacks[0]
    assert mine.history == other.history and list(mine.history) == list(other.history)
    assert mine.epoch == other.epoch == [0, 1] and mine.params == other.params
