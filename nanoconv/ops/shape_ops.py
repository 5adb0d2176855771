"""Shapes, indices and the order of elements, with the names of `keras.ops`.

Arguments are those of Keras: `x` (or `xs`) arrays or tensors, `newshape` their new sizes, `axis`
along which to work, `dtype` the type of the result.

Reference: https://keras.io/api/ops/numpy/
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv import config
from nanoconv.autodiff.engine import apply, put_item
from nanoconv.core.graph import SymbolicTensor
from nanoconv.ops.operation import as_tensor, op

__all__ = [
    "broadcast_to", "concatenate", "diag", "diagonal", "dtype", "expand_dims", "flip",
    "get_item_at", "hstack", "in_top_k", "meshgrid", "moveaxis", "multi_hot", "ndim", "one_hot",
    "pad", "ravel", "repeat", "reshape", "roll", "scatter", "scatter_update", "shape", "size",
    "slice_of", "slice_update", "sort", "split", "squeeze", "stack", "swapaxes", "take",
    "take_along_axis", "tile", "top_k", "transpose", "tril", "triu", "unstack", "vstack",
]  # fmt: skip


@op
def reshape(x: Any, newshape: Any) -> Any:
    """Return the same elements in another shape; one size may be -1."""
    return np.reshape(as_tensor(x), newshape)


@op
def ravel(x: Any) -> Any:
    """Return the elements along one axis."""
    return np.reshape(as_tensor(x), (-1,))


@op
def transpose(x: Any, axes: Any = None) -> Any:
    """Return x with its axes in another order; reversed by default."""
    return np.transpose(as_tensor(x), axes)


@op
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Return x with two axes exchanged."""
    return np.swapaxes(as_tensor(x), axis1, axis2)


@op
def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """Return x with some axes moved to another place."""
    return np.moveaxis(as_tensor(x), source, destination)


@op
def expand_dims(x: Any, axis: Any) -> Any:
    """Return x with new axes of size 1."""
    return np.expand_dims(as_tensor(x), tuple(axis) if isinstance(axis, list) else axis)


@op
def squeeze(x: Any, axis: Any = None) -> Any:
    """Return x without axes of size 1."""
    return np.squeeze(as_tensor(x), tuple(axis) if isinstance(axis, list) else axis)


@op
def broadcast_to(x: Any, shape: Any) -> Any:
    """Return x repeated along new axes and axes of size 1."""
    return np.broadcast_to(as_tensor(x), tuple(shape))


@op
def concatenate(xs: Any, axis: int = 0) -> Any:
    """Join arrays along an axis that they have."""
    return np.concatenate([as_tensor(x) for x in xs], axis=axis)


@op
def stack(x: Any, axis: int = 0) -> Any:
    """Join arrays along a new axis."""
    return np.stack([as_tensor(one) for one in x], axis=axis)


@op
def vstack(xs: Any) -> Any:
    """Join arrays along their first axis; vectors are rows."""
    tensors = [as_tensor(x) for x in xs]
    return np.concatenate([np.reshape(x, (1, -1)) if x.ndim < 2 else x for x in tensors], axis=0)


@op
def hstack(xs: Any) -> Any:
    """Join arrays along their second axis; vectors along their only one."""
    tensors = [as_tensor(x) for x in xs]
    return np.concatenate(tensors, axis=0 if tensors[0].ndim == 1 else 1)


@op
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Cut x along an axis, into equal parts or at the given places."""
    x = as_tensor(x)
    places = np.arange(x.shape[axis])
    index: list[Any] = [slice(None)] * x.ndim
    parts = []
    for part in np.split(places, indices_or_sections):
        index[axis] = slice(part[0], part[-1] + 1) if len(part) else slice(0, 0)
        parts.append(x[tuple(index)])
    return parts


@op
def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Any]:
    """Return the parts of x along an axis, as a list."""
    return list(np.moveaxis(as_tensor(x), axis, 0))


@op
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Return x with every element along an axis repeated."""
    x = as_tensor(x)
    if axis is None:
        x, axis = np.reshape(x, (-1,)), 0
    return take(x, np.repeat(np.arange(x.shape[axis]), repeats), axis)


@op
def tile(x: Any, repeats: Any) -> Any:
    """Return x repeated as a whole, a number of times along each axis."""
    x = as_tensor(x)
    repeats = [repeats] if isinstance(repeats, int) else list(repeats)
    n = max(x.ndim, len(repeats))
    sizes, times = [1] * (n - x.ndim) + list(x.shape), [1] * (n - len(repeats)) + repeats
    ones = np.reshape(x, [size for pair in zip([1] * n, sizes, strict=True) for size in pair])
    shape = [size for pair in zip(times, sizes, strict=True) for size in pair]
    return np.reshape(
        np.broadcast_to(ones, tuple(shape)), [a * b for a, b in zip(times, sizes, strict=True)]
    )


@op
def flip(x: Any, axis: Any = None) -> Any:
    """Return x with the elements along some axes in reversed order."""
    return np.flip(as_tensor(x), axis)


@op
def roll(x: Any, shift: Any, axis: Any = None) -> Any:
    """Return x with the elements along some axes moved on; the last ones come first."""
    return np.roll(as_tensor(x), shift, axis)


@op
def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Any:
    """Return x with a border of a constant (0 by default)."""
    if mode != "constant":
        raise ValueError(f"pad got mode={mode!r}, but only 'constant' is known; leave mode out.")
    value = 0 if constant_values is None else constant_values
    return np.pad(as_tensor(x), pad_width, constant_values=value)


@op
def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Return the elements at some indices along an axis."""
    x, indices = as_tensor(x), np.asarray(as_tensor(indices))
    if axis is None:
        return np.reshape(x, (-1,))[indices]
    return x[(slice(None),) * (axis % x.ndim) + (indices,)]


@op
def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Return elements by an index for each place along an axis."""
    indices = np.asarray(as_tensor(indices))
    if axis is None:
        return np.reshape(as_tensor(x), (-1,))[indices]
    return np.take_along_axis(as_tensor(x), indices, axis)


@op
def get_item_at(x: Any, key: Any) -> Any:
    """Return x[key]."""
    return as_tensor(x)[key]


@op
def slice_of(inputs: Any, start_indices: Any, shape: Any) -> Any:
    """Return a block of x: where it starts, and its shape."""
    return as_tensor(inputs)[
        tuple(slice(int(i), int(i) + n) for i, n in zip(start_indices, shape, strict=True))
    ]


@op
def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
    """Return x with a block replaced."""
    x, updates = as_tensor(inputs), as_tensor(updates)
    widths = [
        (int(i), n - int(i) - m)
        for i, n, m in zip(start_indices, x.shape, updates.shape, strict=True)
    ]
    inside = np.pad(np.ones(updates.shape, bool), widths)
    return np.where(inside, np.pad(updates, widths), x)


@op
def scatter(indices: Any, values: Any, shape: Any) -> Any:
    """Return zeros of a shape with values added at indices (K, D)."""
    index, values = tuple(np.asarray(as_tensor(indices)).T), as_tensor(values)
    known = isinstance(values, np.ndarray)
    return (
        put_item(values, index, tuple(shape))
        if known
        else apply(put_item, values, index, tuple(shape))
    )


@op
def scatter_update(inputs: Any, indices: Any, updates: Any) -> Any:
    """Return x with the elements at indices (K, D) replaced."""
    x = as_tensor(inputs)
    index = tuple(np.asarray(as_tensor(indices)).T)
    chosen = np.zeros(x.shape, bool)
    chosen[index] = True
    order = np.zeros(x.shape, int)
    order[index] = np.arange(len(index[0]))
    return np.where(chosen, as_tensor(updates)[order], x)


@op
def sort(x: Any, axis: int = -1) -> Any:
    """Return x with the elements along an axis in rising order."""
    x = as_tensor(x)
    return take_along_axis(x, np.argsort(np.asarray(x), axis=axis, kind="stable"), axis)


@op
def top_k(x: Any, k: int, sorted: bool = True) -> tuple[Any, Any]:
    """Return the k largest elements along the last axis, and their indices."""
    x = as_tensor(x)
    indices = np.argsort(-np.asarray(x), axis=-1, kind="stable")[..., :k].astype(np.int32)
    return take_along_axis(x, indices, -1), indices


@op
def in_top_k(targets: Any, predictions: Any, k: int) -> Any:
    """Tell for each row whether the target's prediction is among the k largest."""
    p, targets = np.asarray(as_tensor(predictions)), np.asarray(as_tensor(targets))
    own = np.take_along_axis(p, targets[:, None], 1)
    return (p > own).sum(axis=1) < k


@op
def tril(x: Any, k: int = 0) -> Any:
    """Return x with zeros above the k-th diagonal."""
    return np.tril(np.ones(as_tensor(x).shape[-2:], bool), k) * as_tensor(x)


@op
def triu(x: Any, k: int = 0) -> Any:
    """Return x with zeros below the k-th diagonal."""
    return np.triu(np.ones(as_tensor(x).shape[-2:], bool), k) * as_tensor(x)


@op
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return a diagonal of x."""
    x = np.moveaxis(as_tensor(x), (axis1, axis2), (-2, -1))
    n = min(x.shape[-2] + min(offset, 0), x.shape[-1] - max(offset, 0))
    rows = np.arange(n)
    return x[..., rows - min(offset, 0), rows + max(offset, 0)]


@op
def diag(x: Any, k: int = 0) -> Any:
    """Return a matrix with x on a diagonal; of a matrix its diagonal."""
    x = as_tensor(x)
    if x.ndim == 2:
        return diagonal(x, k)
    n = x.shape[0] + abs(k)
    return np.pad(
        np.eye(x.shape[0], dtype=x.dtype) * x,
        [(max(-k, 0), n - x.shape[0] - max(-k, 0)), (max(k, 0), n - x.shape[0] - max(k, 0))],
    )


@op
def meshgrid(*x: Any, indexing: str = "xy") -> list[Any]:
    """Return coordinate matrices of coordinate vectors."""
    vectors: Any = [np.asarray(as_tensor(one)) for one in x]
    order: Any = indexing
    return list(np.meshgrid(*vectors, indexing=order))


@op
def one_hot(
    x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> Any:
    """Return 1 at each label's class and 0 elsewhere; labels out of range give zeros."""
    labels = np.asarray(as_tensor(x))
    hot = labels[..., None] == np.arange(num_classes)
    return np.moveaxis(hot, -1, axis).astype(dtype or config.floatx())


@op
def multi_hot(
    inputs: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> Any:
    """Return 1 at each of a row's labels and 0 elsewhere."""
    hot = one_hot(inputs, num_classes, dtype=dtype)
    return np.moveaxis(hot.max(axis=-2) if hot.ndim > 1 else hot, -1, axis)


def shape(x: Any) -> tuple[Any, ...]:
    """Return the sizes of all axes; None where a symbolic tensor does not know one."""
    return tuple(x.shape) if isinstance(x, SymbolicTensor) else tuple(as_tensor(x).shape)


def size(x: Any) -> int:
    """Return the number of elements."""
    return int(np.prod(shape(x)))


def ndim(x: Any) -> int:
    """Return the number of axes."""
    return len(shape(x))


def dtype(x: Any) -> str:
    """Return the type of the elements by name."""
    return np.dtype(as_tensor(x).dtype).name
