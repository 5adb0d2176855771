"""From what users pass to `fit` to batches of arrays.

Arrays, lists and dictionaries of arrays, generators, `PyDataset`s and other iterables of batches
all become one thing: something to iterate over, once an epoch, that yields `Batch`es of checked
arrays (see `input_checks`). `make_data` is where the model's own shapes and names come in.

Reference: https://keras.io/api/models/model_training_apis/
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nanoconv import random
from nanoconv.core.arrays import as_plain
from nanoconv.models.input_checks import (
    Arrays,
    as_list,
    check_finite,
    check_labels,
    check_lengths,
    fit_inputs,
)
from nanoconv.utils.py_dataset import load_ahead


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
        self._batch_size, self._steps = batch_size, steps

    @property
    def batch_size(self) -> int:
        """Number of samples in a batch, the last may hold fewer."""
        return int(self._batch_size or (-(-self.all.size // self._steps) if self._steps else 32))

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

    def hold_back(self, share: float, batch_size: int | None, steps: int | None) -> ArrayData:
        """Cut off the last samples for validation, before anything is shuffled, as Keras does.

        Args:
            share: of the samples to hold back, between 0 and 1.
            batch_size: of the samples that are held back.
            steps: how many batches are wanted of them; all by default.

        Returns:
            The samples held back, in their order.

        Raises:
            ValueError: where one of the two parts would be empty.
        """
        n = self.all.size
        if not 0 < share < 1 or not 0 < int(n * (1 - share)) < n:
            raise ValueError(
                f"validation_split is {share!r} of {n} samples, but both parts need at least one; "
                "write validation_split=0.1."
            )
        at = int(n * (1 - share))
        rest = take(self.all, slice(at, n))
        self.all = take(self.all, slice(0, at))
        return ArrayData(rest, batch_size, False, steps, self.dtypes)


def to_types(xs: Arrays, dtypes: Sequence[str]) -> Arrays:
    """Return the inputs in the model's types, each contiguous in memory."""
    return [np.ascontiguousarray(x, dtype) for x, dtype in zip(xs, dtypes, strict=True)]


def take(batch: Batch, index: Any) -> Batch:
    """Return some samples of a batch."""
    ys, weights = batch.ys, batch.weights
    return replace(
        batch,
        xs=[x[index] for x in batch.xs],
        ys=None if ys is None else [y[index] for y in ys],
        weights=None if weights is None else [None if w is None else w[index] for w in weights],
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

    def hold_back(self, share: float, batch_size: int | None, steps: int | None) -> ArrayData:
        """Refuse: nobody knows which batches are the last.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            "validation_split needs arrays, but batches came; write validation_data=other_batches."
        )


def is_array_like(x: Any) -> bool:
    """Tell arrays (and lists or dictionaries of them) from things to iterate over."""
    if isinstance(x, dict):
        return all(is_array_like(v) for v in x.values())
    return isinstance(x, (np.ndarray, list, tuple)) or hasattr(x, "__array__")


def class_weights(y: np.ndarray, class_weight: dict[int, float]) -> np.ndarray:
    """Return each sample's weight by its class.

    Args:
        y: integer labels (N,) or (N, 1), or one-hot rows (N, C).
        class_weight: class -> weight; other classes weigh 1.

    Raises:
        ValueError: where a sample has several labels.
    """
    if y.ndim > 2:
        raise ValueError(
            f"class_weight needs one label for each sample, but the labels have shape {y.shape}; "
            f"write sample_weight= with an array of shape {y.shape[:-1]}."
        )
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


# ---- from the arguments of `fit` to data -------------------------------------------------------


def make_data(
    model: Any,
    x: Any,
    y: Any,
    sample_weight: Any,
    batch_size: int | None,
    shuffle: bool,
    class_weight: dict[int, float] | None = None,
    steps: int | None = None,
) -> ArrayData | IterableData:
    """Return checked data to iterate over.

    Args:
        x, y, sample_weight, batch_size, class_weight: as for `fit`.
        shuffle: whether each epoch has another order.
        steps: number of batches that are wanted of it; all by default.

    Raises:
        ValueError: where anything does not fit; nothing is trained then.
    """
    if is_array_like(x):
        if batch_size is not None and (
            not isinstance(batch_size, (int, np.integer)) or batch_size < 1
        ):
            raise ValueError(
                f"batch_size is {batch_size!r}, but a positive integer is needed; "
                "write batch_size=128."
            )
        batch = make_batch(model, x, y, sample_weight, class_weight, cast=False)
        return ArrayData(batch, batch_size, bool(shuffle), steps, model.program.dtypes)
    if x is None or not (hasattr(x, "__iter__") or hasattr(x, "__getitem__")):
        raise ValueError(
            f"x is {x!r}, but arrays or an iterable of batches are needed; "
            "write model.fit(x_train, y_train)."
        )
    if y is not None:
        raise ValueError(
            f"y was given beside x of type {type(x).__name__}, which yields the labels itself; "
            "leave y out."
        )

    def checked(x: Any, y: Any = None, w: Any = None) -> Batch:
        return make_batch(model, x, y, w, class_weight)

    return IterableData(x, checked, shuffle)


def make_validation_data(
    make: Callable[..., ArrayData | IterableData],
    data: Any,
    batch_size: int | None,
    steps: int | None,
) -> ArrayData | IterableData:
    """Return checked data for `validation_data=`, by `make_data` of a model.

    Raises:
        ValueError: where it is neither (x, y), (x, y, weight) nor an iterable of batches.
    """
    if isinstance(data, (tuple, list)):
        if len(data) not in (2, 3):
            raise ValueError(
                f"validation_data holds {len(data)} items, but (x, y) or (x, y, sample_weight) "
                "is needed; write validation_data=(x_test, y_test)."
            )
        x, y, w = (*data, None)[:3]
        return make(x, y, w, batch_size, shuffle=False, steps=steps)
    return make(data, None, None, batch_size, shuffle=False)


def make_batch(
    model: Any,
    x: Any,
    y: Any,
    sample_weight: Any = None,
    class_weight: dict[int, float] | None = None,
    cast: bool = True,
) -> Batch:
    """Return all samples as one checked batch; cast to the model's type where wanted."""
    program = model.program_for(x)
    xs = fit_inputs(x, model.inputs, model.input_names)
    lengths = {f"x ({t.name})": len(a) for t, a in zip(model.inputs, xs, strict=True)}
    for array, tensor in zip(xs, model.inputs, strict=True):
        check_finite(array, tensor.name)
    if cast:
        xs = to_types(xs, program.dtypes)
    if y is None:
        check_lengths(lengths)
        return Batch(xs)
    names = model.label_names
    ys = [as_plain(one) for one in as_list(y, names)]
    for name, one in zip(names, ys, strict=True):
        check_labels(one, f"y ({name})")
    weights = _weights(ys, sample_weight, class_weight, names)
    lengths |= {f"y ({name})": len(a) for name, a in zip(names, ys, strict=True)}
    for name, weight in zip(names, weights or [], strict=False):
        if weight is not None:
            check_labels(weight, f"sample_weight ({name})")
            lengths[f"sample_weight ({name})"] = len(weight)
    check_lengths(lengths)
    for name, one in zip(names, ys, strict=True):
        check_finite(one, f"y ({name})")
    batch = Batch(xs, ys, weights)
    if model.objective is not None:
        model._built_objective(batch).check(batch, model.graph)
    return batch


def _weights(
    ys: Sequence[np.ndarray],
    sample_weight: Any,
    class_weight: dict[int, float] | None,
    names: Sequence[str],
) -> list[np.ndarray | None] | None:
    """Return the samples' weights for each output, or None where all weigh 1."""
    if class_weight is not None:
        if sample_weight is not None or len(ys) > 1:
            raise ValueError(
                "class_weight goes with one output and without sample_weight; write "
                "sample_weight=[class_weight[label] for label in y] instead."
            )
        return [class_weights(ys[0], class_weight)]
    if sample_weight is None:
        return None
    if len(names) > 1 and not isinstance(sample_weight, (list, tuple, dict)):
        return [as_plain(sample_weight)] * len(names)
    return [None if w is None else as_plain(w) for w in as_list(sample_weight, names)]
