"""`tf.data`: data sets as chains of small steps, in plain Python.

    Dataset.from_tensor_slices((x, y)).shuffle(1000).batch(32)

An element is an array, or a tuple or dictionary of arrays; each step of a chain takes an iterator
of elements and gives another one. Nothing is computed before it is asked for.

Reference: https://www.tensorflow.org/api_docs/python/tf/data/Dataset
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nanoconv import random
from nanoconv.core.arrays import as_array, as_plain

AUTOTUNE = -1
INFINITE, UNKNOWN = -1, -2  # what `cardinality` says of endless sets, and where nobody knows
_DONE = object()


class Dataset:
    """A data set that is read from its beginning by each `for`.

    Args:
        begin: gives an iterator over the elements.
        size: how many there are; infinite without an end, None where nobody knows.

    Attributes:
        class_names, file_paths: of `image_dataset_from_directory`.
    """

    class_names: list[str] | None
    file_paths: list[str]

    def __init__(self, begin: Callable[[], Iterator[Any]], size: float | None) -> None:
        self._begin = begin
        self._size = size

    def __iter__(self) -> Iterator[Any]:
        return (_each(as_array, element) for element in self._begin())

    def __len__(self) -> int:
        if self._size is None or math.isinf(self._size):
            raise TypeError("the data set has no known length; write for element in dataset.")
        return int(self._size)

    # ---- sources --------------------------------------------------------------------------------

    @classmethod
    def from_tensor_slices(cls, tensors: Any, name: str | None = None) -> Dataset:
        """Return the set of an array's rows; of those of several arrays side by side.

        Args:
            tensors: an array, or a tuple or dictionary of arrays of equal length.
            name: accepted.

        Raises:
            ValueError: where the lengths differ.
        """
        tensors = _each(np.ascontiguousarray, _each(as_plain, tensors))
        lengths = {len(array) for array in _leaves(tensors)}
        if len(lengths) != 1:
            raise ValueError(f"the arrays have {sorted(lengths)} rows, but need equally many.")
        n = lengths.pop()
        return cls(lambda: (_row(tensors, i) for i in range(n)), n)

    @classmethod
    def from_tensors(cls, tensors: Any, name: str | None = None) -> Dataset:
        """Return the set of one element."""
        element = _each(as_plain, tensors)
        return cls(lambda: iter([element]), 1)

    @classmethod
    def from_generator(cls, generator: Callable[..., Any], *_: Any, args: Any = ()) -> Dataset:
        """Return the set of what a generator function yields, called with `args`."""
        return cls(lambda: iter(generator(*args)), None)

    @classmethod
    def range(cls, *args: int, **_: Any) -> Dataset:
        """Return the set of integers of Python's `range`."""
        integers = range(*args)
        return cls(lambda: (np.int64(i) for i in integers), len(integers))

    @classmethod
    def zip(cls, *datasets: Any, name: str | None = None) -> Dataset:
        """Return the set of tuples of one element of each."""
        sets = datasets[0] if isinstance(datasets[0], (tuple, list)) else datasets
        sizes = [each._size for each in sets]
        size = None if None in sizes else min(sizes)

        def tuples() -> Iterator[Any]:
            return zip(*(each._begin() for each in sets), strict=False)

        return cls(tuples, size)

    # ---- steps ----------------------------------------------------------------------------------

    def batch(self, batch_size: int, drop_remainder: bool = False, **_: Any) -> Dataset:
        """Return the set of batches; the last may hold fewer, or is dropped."""
        size = None if self._size is None or math.isinf(self._size) else self._size / batch_size
        size = self._size if size is None else (math.floor if drop_remainder else math.ceil)(size)

        def batches() -> Iterator[Any]:
            elements = self._begin()
            while batch := list(itertools.islice(elements, batch_size)):
                if len(batch) == batch_size or not drop_remainder:
                    yield _stack(batch)

        return Dataset(batches, size)

    def unbatch(self) -> Dataset:
        """Return the set of the batches' elements."""

        def elements() -> Iterator[Any]:
            for batch in self._begin():
                for i in range(len(_leaves(batch)[0])):
                    yield _row(batch, i)

        return Dataset(elements, None)

    def shuffle(
        self,
        buffer_size: int,
        seed: int | None = None,
        reshuffle_each_iteration: bool = True,
        **_: Any,
    ) -> Dataset:
        """Return the set in random order: each element is drawn from the next `buffer_size`."""
        first_seed = int(random.generator(seed).integers(1 << 31))
        seeds = itertools.count(first_seed)

        def shuffled() -> Iterator[Any]:
            rng = np.random.default_rng(next(seeds) if reshuffle_each_iteration else first_seed)
            elements = self._begin()
            buffer = list(itertools.islice(elements, buffer_size))
            for element in elements:
                i = int(rng.integers(len(buffer)))
                yield buffer[i]
                buffer[i] = element
            yield from (buffer[i] for i in rng.permutation(len(buffer)))

        return Dataset(shuffled, self._size)

    def map(self, map_func: Callable[..., Any], *_: Any, **__: Any) -> Dataset:
        """Return the set of a function's results; a tuple's members are its arguments."""
        return Dataset(lambda: (_call(map_func, each) for each in self._begin()), self._size)

    def filter(self, predicate: Callable[..., Any], name: str | None = None) -> Dataset:
        """Return the set of those elements for which a function says True."""
        return Dataset(lambda: (e for e in self._begin() if np.all(_call(predicate, e))), None)

    def repeat(self, count: int | None = None, name: str | None = None) -> Dataset:
        """Return the set some times over; without an end by default."""
        times = None if count in (None, -1) else count
        rounds = itertools.count if times is None else lambda: iter(range(times))
        size = None if self._size is None else self._size * (math.inf if times is None else times)
        return Dataset(lambda: (each for _ in rounds() for each in self._begin()), size)

    def take(self, count: int, name: str | None = None) -> Dataset:
        """Return the first elements; all for -1."""
        if count < 0:
            return self
        size = None if self._size is None else min(self._size, count)
        return Dataset(lambda: itertools.islice(self._begin(), count), size)

    def skip(self, count: int, name: str | None = None) -> Dataset:
        """Return all but the first elements."""
        size = None if self._size is None else max(self._size - count, 0)
        return Dataset(lambda: itertools.islice(self._begin(), count, None), size)

    def concatenate(self, dataset: Dataset, name: str | None = None) -> Dataset:
        """Return this set and another one after it."""
        sizes = (self._size, dataset._size)
        size = None if None in sizes else sum(sizes)  # type: ignore[arg-type]
        return Dataset(lambda: itertools.chain(self._begin(), dataset._begin()), size)

    def enumerate(self, start: int = 0, name: str | None = None) -> Dataset:
        """Return the set of pairs (index, element)."""
        return Dataset(lambda: enumerate(self._begin(), start), self._size)

    def cache(self, filename: str = "", name: str | None = None) -> Dataset:
        """Return the set, which is kept in memory once it has been read to its end."""
        kept: list[Any] = []

        def elements() -> Iterator[Any]:
            if kept:
                yield from kept
                return
            now = []
            for element in self._begin():
                now.append(element)
                yield element
            kept[:] = now

        return Dataset(elements, self._size)

    def prefetch(self, buffer_size: int, name: str | None = None) -> Dataset:
        """Return the set itself."""
        return self

    def with_options(self, options: Any, name: str | None = None) -> Dataset:
        """Return the set itself."""
        return self

    # ---- looking at it --------------------------------------------------------------------------

    def cardinality(self) -> Any:
        """Return the number of elements; -1 where it has no end, -2 where nobody knows."""
        if self._size is None:
            return as_array(np.int64(UNKNOWN))
        return as_array(np.int64(INFINITE if math.isinf(self._size) else self._size))

    def as_numpy_iterator(self) -> Iterator[Any]:
        """Return an iterator over the elements."""
        return self._begin()


def _each(function: Callable[[Any], Any], element: Any) -> Any:
    """Apply a function to every array of an element."""
    if isinstance(element, dict):
        return {key: _each(function, value) for key, value in element.items()}
    if isinstance(element, tuple):
        return tuple(_each(function, value) for value in element)
    return function(element)


def _row(element: Any, i: int) -> Any:
    """Return element i: row i of every array."""
    return _each(lambda array: array[i], element)


def _leaves(element: Any) -> list[Any]:
    """Return all arrays of an element."""
    found: list[Any] = []
    _each(found.append, element)
    return found


def _stack(elements: list[Any]) -> Any:
    """Return one element whose arrays hold those of all."""
    first = elements[0]
    if isinstance(first, dict):
        return {key: _stack([each[key] for each in elements]) for key in first}
    if isinstance(first, tuple):
        return tuple(_stack(list(each)) for each in zip(*elements, strict=True))
    return np.stack([as_plain(each) for each in elements])


def _call(function: Callable[..., Any], element: Any) -> Any:
    """Call a user's function with an element, as arrays that have `.numpy()`."""
    element = _each(as_array, element)
    result = function(*element) if isinstance(element, tuple) else function(element)
    return tuple(result) if isinstance(result, list) else result
