"""From what users pass to `fit` to batches of arrays.

Arrays, lists and dictionaries of arrays, generators, `PyDataset`s and other iterables of batches
all become one thing: something to iterate over, once an epoch, that yields `Batch`es. Shapes,
lengths and numbers are checked here, before anything is trained.

Reference: https://keras.io/api/models/model_training_apis/
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nanoconv import random
from nanoconv.arrays import as_plain
from nanoconv.graph import SymbolicTensor
from nanoconv.utils.dataset import load_ahead

Arrays = list[np.ndarray]


@dataclass
class Batch:
    """Some samples: inputs, and labels and weights for each output (None where there are none)."""

    xs: Arrays
    ys: Arrays | None = None
    weights: list[np.ndarray | None] | None = None

    @property
    def size(self) -> int:
        """Number of samples."""
        return len(self.xs[0])


def as_list(value: Any, names: Sequence[str]) -> list[Any]:
    """Return what belongs to each name: from a dictionary, a list of that length, or one thing.

    Raises:
        ValueError: where names are missing, or the numbers differ.
    """
    if isinstance(value, dict):
        missing = [name for name in names if name not in value]
        if missing:
            raise ValueError(
                f"data came for {sorted(value)}, but the model also needs {missing}; "
                f"write {{{missing[0]!r}: ...}}."
            )
        return [value[name] for name in names]
    several = isinstance(value, (list, tuple)) and len(value) == len(names)
    if several and (len(names) > 1 or (value and np.ndim(value[0]) > 1)):
        return list(value)
    if len(names) == 1:
        return [value]
    raise ValueError(
        f"the model needs {len(names)} arrays for {list(names)}, but "
        f"{f'{len(value)} came' if isinstance(value, (list, tuple)) else 'one came'}; "
        "write a list with one array for each."
    )


def fit_inputs(inputs: Any, tensors: Sequence[SymbolicTensor], names: Sequence[str]) -> Arrays:
    """Return one checked array for each input of a model.

    A missing channel axis is added: (N, 28, 28) is taken for (N, 28, 28, 1), as in Keras.

    Args:
        inputs: an array, or a list or dictionary of arrays.
        tensors: the model's symbolic inputs.
        names: by which a dictionary tells them apart.

    Raises:
        ValueError: where number, rank or sizes do not fit, there is no sample, or numbers are not
            finite.
    """
    return [fit_input(x, tensor) for x, tensor in zip(as_list(inputs, names), tensors, strict=True)]


def fit_input(x: Any, tensor: SymbolicTensor) -> np.ndarray:
    """Return one checked array for one input; see `fit_inputs`."""
    x = as_plain(x)
    came, expected = x.shape, tensor.shape
    if x.dtype.kind not in "biuf":
        raise ValueError(
            f"{tensor.name} got an array of type {x.dtype}, but numbers are needed; "
            "write x.astype('float32')."
        )
    if x.ndim == len(expected) - 1 and expected[-1] == 1:
        x = x[..., None]  # (N, H, W) -> (N, H, W, 1)
    elif x.ndim == len(expected) + 1 and x.shape[-1] == 1:
        x = x[..., 0]
    sizes = zip(x.shape[1:], expected[1:], strict=False)
    if x.ndim != len(expected) or any(e is not None and e != s for s, e in sizes):
        raise ValueError(
            f"{tensor.name} got an array of shape {came}, but the model was built for "
            f"{expected}; " + _reshape_hint(came, expected)
        )
    if len(x) == 0:
        raise ValueError(
            f"{tensor.name} got an empty array of shape {x.shape}, but at least one sample is "
            "needed; check how the data was selected."
        )
    return x


def _reshape_hint(shape: tuple[int, ...], expected: tuple[int | None, ...]) -> str:
    if shape == expected[1:]:
        return "write x[None] to make one sample a batch of one."
    sizes = list(expected[1:])
    known = [size for size in sizes if size is not None]
    if len(known) == len(sizes) and np.prod(shape[1:]) == np.prod(known):
        return f"write x.reshape(-1, {', '.join(str(size) for size in known)})."
    return f"write Input(shape={shape[1:]}) for such samples."


def check_finite(x: np.ndarray, what: str) -> None:
    """Refuse NaN and infinity.

    Raises:
        ValueError: names the first sample that holds one.
    """
    if x.dtype.kind != "f" or np.isfinite(x.sum()):  # one pass; the sum of finite numbers is finite
        return
    finite = np.isfinite(x).reshape(len(x), -1).all(axis=1)
    if not finite.all():
        raise ValueError(
            f"{what} holds NaN or infinity (first in sample {int(np.argmin(finite))}), but finite "
            "numbers are needed; write np.nan_to_num(x), or leave these samples out."
        )


def check_lengths(arrays: dict[str, int]) -> None:
    """Refuse arrays of different lengths.

    Raises:
        ValueError: names each length.
    """
    if len(set(arrays.values())) > 1:
        told = ", ".join(f"{name} has {length}" for name, length in arrays.items())
        raise ValueError(
            f"the arrays hold different numbers of samples ({told}), but each sample needs one of "
            "each; check how they were selected."
        )


class ArrayData:
    """Arrays in memory, cut into batches; shuffled anew for each epoch where wanted.

    Args:
        batch: all samples.
        batch_size: samples in a batch, the last may hold fewer; None for 32, or as many as give
            that number of steps.
        shuffle: whether each epoch has another order.
        steps: how many batches are wanted; all by default.
        dtypes: of the model's inputs; each batch is cast to them, not the whole data.
    """

    def __init__(
        self,
        batch: Batch,
        batch_size: int | None,
        shuffle: bool,
        steps: int | None,
        dtypes: Sequence[str],
    ) -> None:
        self.all, self.shuffle, self.dtypes = batch, shuffle, dtypes
        self.batch_size = int(batch_size or (-(-batch.size // steps) if steps else 32))

    @property
    def steps(self) -> int | None:
        """Number of batches in an epoch."""
        return -(-self.all.size // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        n = self.all.size
        order = random.generator().permutation(n) if self.shuffle else None
        for first in range(0, n, self.batch_size):
            stop = min(first + self.batch_size, n)
            batch = take(self.all, slice(first, stop) if order is None else order[first:stop])
            batch.xs = to_types(batch.xs, self.dtypes)
            yield batch

    def on_epoch_end(self) -> None:
        """Nothing to do between epochs."""


def to_types(xs: Arrays, dtypes: Sequence[str]) -> Arrays:
    """Return the inputs in the model's types, each in one piece of memory."""
    return [np.ascontiguousarray(x, dtype) for x, dtype in zip(xs, dtypes, strict=True)]


def take(batch: Batch, index: Any) -> Batch:
    """Return some samples of a batch."""
    return Batch(
        [x[index] for x in batch.xs],
        None if batch.ys is None else [y[index] for y in batch.ys],
        None if batch.weights is None else [None if w is None else w[index] for w in batch.weights],
    )


class IterableData:
    """A generator, a `PyDataset`, or any iterable that yields x, (x, y) or (x, y, weight).

    Args:
        source: what to iterate over; an iterator goes on where the last epoch stopped.
        make_batch: from one yielded item to a `Batch`.
        shuffle: whether a `PyDataset`'s batches come in random order.
    """

    def __init__(
        self, source: Any, make_batch: Callable[..., Batch], shuffle: bool = False
    ) -> None:
        self.source, self.make_batch, self.shuffle = source, make_batch, shuffle
        self.indexed = hasattr(source, "__getitem__") and hasattr(source, "__len__")
        self._iterator: Iterator[Any] | None = None

    @property
    def steps(self) -> int | None:
        """Number of batches in an epoch, or None where the source does not tell."""
        if self.indexed:
            number = getattr(self.source, "num_batches", None)
            return len(self.source) if number is None else number
        try:
            return len(self.source)
        except TypeError:
            return None

    def __iter__(self) -> Iterator[Batch]:
        for item in self._items():
            yield self.make_batch(*item) if isinstance(item, tuple) else self.make_batch(item)

    def _items(self) -> Iterator[Any]:
        if self.indexed:
            steps = self.steps
            order: Iterable[int] = itertools.count() if steps is None else range(steps)
            if steps is not None and self.shuffle:
                order = random.generator().permutation(steps).tolist()
            if hasattr(self.source, "on_epoch_begin"):
                self.source.on_epoch_begin()
            return load_ahead(self.source, order)
        if isinstance(self.source, Iterator):
            return self.source
        return iter(self.source)

    def on_epoch_end(self) -> None:
        """Tell the source that an epoch ended, where it wants to know."""
        if hasattr(self.source, "on_epoch_end"):
            self.source.on_epoch_end()


def is_array_like(x: Any) -> bool:
    """Tell arrays (and lists or dictionaries of them) from things to iterate over."""
    if isinstance(x, dict):
        return all(is_array_like(v) for v in x.values())
    return isinstance(x, (np.ndarray, list, tuple)) or hasattr(x, "__array__")


def split_validation(batch: Batch, share: float) -> tuple[Batch, Batch]:
    """Cut off the last samples for validation, before anything is shuffled, as Keras does.

    Args:
        batch: all samples.
        share: of the samples to hold back, between 0 and 1.

    Raises:
        ValueError: where one of the two parts would be empty.
    """
    n = batch.size
    if not 0 < share < 1 or not 0 < int(n * (1 - share)) < n:
        raise ValueError(
            f"validation_split is {share!r} of {n} samples, but both parts need at least one; "
            "write validation_split=0.1."
        )
    at = int(n * (1 - share))
    return take(batch, slice(0, at)), take(batch, slice(at, n))


def class_weights(y: np.ndarray, class_weight: dict[int, float]) -> np.ndarray:
    """Return each sample's weight by its class.

    Args:
        y: integer labels (N,) or (N, 1), or one-hot rows (N, C).
        class_weight: class -> weight; other classes weigh 1.
    """
    labels = y.argmax(axis=-1) if y.ndim > 1 and y.shape[-1] > 1 else y.reshape(len(y))
    known = np.array([class_weight.get(int(label), 1.0) for label in np.unique(labels)])
    return known[np.searchsorted(np.unique(labels), labels)].astype("float32")


class Epochs:
    """Cuts data into epochs: all batches, or `steps` of them, going on where the last one stopped.

    Args:
        data: what to cut.
        steps: batches in an epoch; all by default.
    """

    def __init__(self, data: ArrayData | IterableData, steps: int | None = None) -> None:
        self.data = data
        self.limit = None if steps is None else math.ceil(steps)  # len(x) / 32 is no integer
        self._iterator: Iterator[Batch] | None = None
        self._seen = 0

    @property
    def steps(self) -> int | None:
        """Number of batches to expect in an epoch, or None where nobody knows."""
        known = [n for n in (self.limit, self.data.steps) if n is not None]
        return min(known) if known else None

    def __iter__(self) -> Iterator[Batch]:
        if self.limit is None:
            yield from self.data
        else:
            yield from self._some(self.limit)
        self.data.on_epoch_end()

    def _some(self, limit: int) -> Iterator[Batch]:
        for _ in range(limit):
            if self._iterator is None:
                self._iterator, self._seen = iter(self.data), 0
            batch = next(self._iterator, None)
            if batch is None:
                warnings.warn(
                    f"the data ran out after {self._seen} batches, in the middle of an epoch of "
                    f"{limit} steps; pass a generator that goes on, or a smaller steps_per_epoch.",
                    stacklevel=4,
                )
                self._iterator = None
                return
            self._seen += 1
            yield batch
        if self._seen == self.data.steps:
            self._iterator = None
