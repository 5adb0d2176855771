"""When to save, for callbacks that save every so many batches."""

from __future__ import annotations

from typing import Any


class BatchCounter:
    """Counts batches across epochs and tells when the next save is due.

    Args:
        save_freq: `"epoch"` or False for never, or the number of batches between two saves.

    Raises:
        ValueError: for anything else.
    """

    def __init__(self, save_freq: Any) -> None:
        positive = isinstance(save_freq, int) and save_freq is not True and save_freq > 0
        if save_freq != "epoch" and save_freq is not False and not positive:
            raise ValueError(
                f'save_freq is {save_freq!r}, but "epoch" or a number of batches is needed; '
                'write save_freq="epoch".'
            )
        self._interval = 0 if save_freq == "epoch" else int(save_freq)
        self._count = 0
        self._last: int | None = None

    def is_due(self, batch: int) -> bool:
        """Count the batches up to this one (from 0 in each epoch)."""
        if not self._interval:
            return False
        new_epoch = self._last is None or batch <= self._last
        self._count += batch + 1 if new_epoch else batch - (self._last or 0)
        self._last = batch
        if self._count < self._interval:
            return False
        self._count = 0
        return True
