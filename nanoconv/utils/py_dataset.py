"""Data that is made batch by batch, by a class of yours.

Reference: https://keras.io/api/utils/python_utils/#pydataset-class
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice
from typing import Any


class PyDataset:
    """Base of data sets for `fit`, `evaluate` and `predict`: batch i is `dataset[i]`.

    Write `__getitem__(index)`, which returns `(x, y)` or `(x, y, sample_weight)` of one batch, and
    `__len__`, the number of batches; `on_epoch_begin` and `on_epoch_end` may change the data.

    Args:
        workers: threads that make batches ahead while `fit` trains; 1 makes each when it is asked.
        use_multiprocessing: not supported, False.
        max_queue_size: batches to keep ready at most.

    Raises:
        ValueError: where `use_multiprocessing` is asked for.

    Reference: https://keras.io/api/utils/python_utils/#pydataset-class
    """

    # Here too, for subclasses that forget super().__init__().
    workers = 1
    use_multiprocessing = False
    max_queue_size = 10

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ) -> None:
        if use_multiprocessing:
            raise ValueError(
                "use_multiprocessing is True, but nanoconv makes batches in threads; "
                "write PyDataset(workers=4)."
            )
        self.workers = workers
        self.max_queue_size = max_queue_size

    def __getitem__(self, index: int) -> Any:
        """Return batch `index`."""
        raise NotImplementedError(
            f"{type(self).__name__} needs a method __getitem__(self, index) that returns a batch."
        )

    @property
    def num_batches(self) -> int | None:
        """The number of batches, or None where there is no end."""
        if hasattr(self, "__len__"):
            return len(self)
        raise NotImplementedError(
            f"{type(self).__name__} needs a method __len__(self) that returns a number."
        )

    def __iter__(self) -> Iterator[Any]:
        batches = self.num_batches
        for index in count() if batches is None else range(batches):
            yield self[index]

    def on_epoch_begin(self) -> None:
        """Act before an epoch."""

    def on_epoch_end(self) -> None:
        """Act after an epoch, for instance shuffle."""


def load_ahead(dataset: Any, order: Iterable[int]) -> Iterator[Any]:
    """Yield the batches of a data set in the given order, made ahead by its workers.

    Args:
        dataset: a `PyDataset`, or anything with `__getitem__`.
        order: indices of batches.
    """
    if getattr(dataset, "workers", 1) <= 1:
        yield from (dataset[index] for index in order)
        return
    with ThreadPoolExecutor(dataset.workers, thread_name_prefix="batches") as pool:
        indices = iter(order)
        first = islice(indices, max(dataset.max_queue_size, 1))
        waiting = deque(pool.submit(dataset.__getitem__, index) for index in first)
        try:
            while waiting:
                yield waiting.popleft().result()
                further = islice(indices, 1)
                waiting.extend(pool.submit(dataset.__getitem__, index) for index in further)
        finally:  # the reader may stop early: leave nothing running
            for future in waiting:
                future.cancel()
