"""Makes a callback of plain functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nanoconv.callbacks.callback import Callback
from nanoconv.core.registry import unknown

Hook = Callable[..., Any]


class LambdaCallback(Callback):
    """Calls plain functions from the hooks of a callback.

    Args:
        on_epoch_begin, on_epoch_end: called with `(epoch, logs)`.
        on_train_begin, on_train_end: called with `(logs)`.
        on_train_batch_begin, on_train_batch_end: called with `(batch, logs=logs)`.
        kwargs: functions for the other hooks of `Callback`, by name.

    Raises:
        TypeError: for a name that is no hook.

    Example:
        >>> tell = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, *logs))
        >>> history = model.fit(x, y, epochs=2, callbacks=[tell], verbose=0)
        0 accuracy loss
        1 accuracy loss

    Reference: https://keras.io/api/callbacks/lambda_callback/
    """

    def __init__(
        self,
        on_epoch_begin: Hook | None = None,
        on_epoch_end: Hook | None = None,
        on_train_begin: Hook | None = None,
        on_train_end: Hook | None = None,
        on_train_batch_begin: Hook | None = None,
        on_train_batch_end: Hook | None = None,
        **kwargs: Hook,
    ) -> None:
        super().__init__()
        hooks = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **kwargs,
        }
        known = [name for name in dir(Callback) if name.startswith("on_")]
        for name, hook in hooks.items():
            if name not in known:
                raise TypeError(unknown("callback hooks", name, known))
            if hook is not None:
                setattr(self, name, hook)
