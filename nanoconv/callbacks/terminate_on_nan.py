"""Stops training when the loss becomes NaN or infinite."""

from __future__ import annotations

import math

from nanoconv.callbacks.callback import Callback, Logs


class TerminateOnNaN(Callback):
    """Stops training after a batch whose loss is not a finite number.

    Args:
        raise_error: whether to raise at once instead of ending training in order.

    Raises:
        RuntimeError: while training, where the loss is not finite and `raise_error` is True.

    Reference: https://keras.io/api/callbacks/terminate_on_nan/
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = raise_error

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(
                f"the loss is {loss} at batch {batch}; lower the learning rate, or clip gradients "
                "with optimizer=Adam(clipnorm=1.0)."
            )
        print(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
