"""Calls all callbacks of a `fit`: every hook is passed on to each of them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from nanoconv.callbacks.callback import Callback, Logs
from nanoconv.callbacks.history import History
from nanoconv.callbacks.progbar_logger import ProgbarLogger


class CallbackList(Callback):
    """Calls every callback of a list, in order; the training loop talks to it alone.

    Args:
        callbacks: callbacks, in any nesting of lists.
        add_history: append a `History` unless one is there.
        add_progbar: append a `ProgbarLogger` unless one is there; it comes last, so that what the
            others add to `logs` is shown.
        model: the model that runs, given to each callback.
        params: given to each callback.

    Raises:
        ValueError: where an item is not a callback.

    Reference: https://keras.io/api/callbacks/
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        super().__init__()
        self.callbacks = _flatten(callbacks)
        self._history = self._find_or_add(History, add_history)
        self._find_or_add(ProgbarLogger, add_progbar)
        self.set_model(model)
        self.set_params(params)

    def _find_or_add(self, kind: type[Callback], add: bool) -> Any:
        """Return the last callback of one kind, appending a new one where none is there."""
        found = [callback for callback in self.callbacks if isinstance(callback, kind)]
        if not found and add:
            found = [kind()]
            self.callbacks += found
        return found[-1] if found else None

    @property
    def history(self) -> History | None:
        """The list's `History`, or None."""
        return self._history

    def set_params(self, params: dict[str, Any]) -> None:
        """Give every callback the arguments of `fit`."""
        super().set_params(params)
        if params:
            for callback in self.callbacks:
                callback.set_params(params)

    def set_model(self, model: Any) -> None:
        """Give every callback the model that runs."""
        if model is None:
            return
        super().set_model(model)
        if self._history is not None:
            model.history = self._history
        for callback in self.callbacks:
            callback.set_model(model)


def _passed_on(name: str) -> Callable[..., None]:
    """Return the hook of that name for the list: it calls the same hook of every callback.

    All callbacks share one dictionary of plain floats, so that each sees what those before it
    added. Batch hooks get it by name and the others by position, as in Keras: a user's hook may
    call its arguments what it likes only where Keras lets it.
    """
    signature = inspect.signature(getattr(Callback, name))

    @functools.wraps(getattr(Callback, name))
    def hook(self: CallbackList, *args: Any, **kwargs: Any) -> None:
        given = signature.bind(self, *args, **kwargs)
        given.apply_defaults()
        _, *index, logs = given.arguments.values()
        logs = _plain(logs)
        for callback in self.callbacks:
            if "batch" in name:
                getattr(callback, name)(*index, logs=logs)
            else:
                getattr(callback, name)(*index, logs)

    return hook


for _name in dir(Callback):
    if _name.startswith("on_"):
        setattr(CallbackList, _name, _passed_on(_name))


def _flatten(callbacks: Any) -> list[Callback]:
    """Return the callbacks of any nesting of lists, refusing what is none."""
    if callbacks is None:
        return []
    if isinstance(callbacks, (list, tuple)):
        return [callback for item in callbacks for callback in _flatten(item)]
    if isinstance(callbacks, type) or not hasattr(callbacks, "on_epoch_end"):
        shown = callbacks.__name__ if isinstance(callbacks, type) else repr(callbacks)
        raise ValueError(
            f"callbacks holds {shown}, but instances of nanoconv.callbacks.Callback are needed; "
            "write callbacks=[EarlyStopping(patience=3)]."
        )
    return [callbacks]


def _plain(logs: Logs | None) -> Logs:
    """Return the logs by name, as plain floats; nested dictionaries are flattened."""
    plain: Logs = {}
    for key, value in sorted((logs or {}).items()):
        if isinstance(value, dict):
            plain.update(_plain(value))
            continue
        try:
            plain[key] = float(value)
        except (TypeError, ValueError):  # arrays, such as predict's outputs, stay as they are
            plain[key] = value
    return plain
