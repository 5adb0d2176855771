"""Linear algebra, with the names of `keras.ops`.

Reference: https://keras.io/api/ops/linalg/
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nanoconv.autodiff import rules
from nanoconv.autodiff.engine import Tensor, apply
from nanoconv.ops.operation import as_floats, as_tensor, op

__all__ = [
    "det", "dot", "einsum", "inner", "inv", "matmul", "norm", "normalize", "outer", "solve",
    "tensordot", "trace", "vdot",
]  # fmt: skip


@op
def matmul(x1: Any, x2: Any) -> Any:
    """Return the matrix product over the last two axes."""
    return np.matmul(as_tensor(x1), as_tensor(x2))


@op
def dot(x1: Any, x2: Any) -> Any:
    """Return the sum over x1's last axis and x2's last but one."""
    x1, x2 = as_tensor(x1), as_tensor(x2)
    if x1.ndim == 0 or x2.ndim == 0:
        return x1 * x2
    return tensordot(x1, x2, ((-1,), (-2 if x2.ndim > 1 else -1,)))


@op
def tensordot(x1: Any, x2: Any, axes: Any = 2) -> Any:
    """Return the sum of products over some axes of x1 and x2."""
    a, b = as_tensor(x1), as_tensor(x2)
    if isinstance(axes, int):
        axes = (range(a.ndim - axes, a.ndim), range(axes))
    first, second = (
        [i % x.ndim for i in np.atleast_1d(list(ax) if not isinstance(ax, int) else ax)]
        for x, ax in zip((a, b), axes, strict=True)
    )
    left = [i for i in range(a.ndim) if i not in first]
    right = [i for i in range(b.ndim) if i not in second]
    inner = math.prod(a.shape[i] for i in first)
    rows = np.reshape(np.transpose(a, left + first), (-1, inner))
    columns = np.reshape(np.transpose(b, second + right), (inner, -1))
    shape = [a.shape[i] for i in left] + [b.shape[i] for i in right]
    return np.reshape(np.matmul(rows, columns), shape)


@op
def inner(x1: Any, x2: Any) -> Any:
    """Return the sum over the last axes of both."""
    return tensordot(x1, x2, ((-1,), (-1,)))


@op
def outer(x1: Any, x2: Any) -> Any:
    """Return all products of an element of x1 with one of x2."""
    return np.reshape(as_tensor(x1), (-1, 1)) * np.reshape(as_tensor(x2), (1, -1))


@op
def vdot(x1: Any, x2: Any) -> Any:
    """Return the sum of the products of all elements."""
    return np.sum(np.reshape(as_tensor(x1), (-1,)) * np.reshape(as_tensor(x2), (-1,)))


@op
def einsum(subscripts: str, *operands: Any, **kwargs: Any) -> Any:
    """Return a sum of products, in Einstein's notation."""
    arrays = [as_tensor(x) for x in operands]
    subscripts = explicit(subscripts.replace(" ", ""), arrays)
    known = any(isinstance(x, Tensor) for x in arrays)
    return apply(rules.einsum, arrays, subscripts) if known else rules.einsum(arrays, subscripts)


def explicit(subscripts: str, arrays: list[Any]) -> str:
    """Return subscripts with letters for an ellipsis, and with the result's letters."""
    terms, arrow, result = subscripts.partition("->")
    free = [k for k in "ZYXWVUTSRQ" if k not in subscripts]
    spread = ""
    letters = []
    for term, x in zip(terms.split(","), arrays, strict=True):
        extra = "".join(reversed(free[: x.ndim - len(term.replace("...", ""))]))
        spread = max(spread, extra if "..." in term else "", key=len)
        letters.append(term.replace("...", extra))
    if not arrow:
        every = terms.replace("...", "").replace(",", "")
        result = "..." + "".join(sorted(k for k in set(every) if every.count(k) == 1))
    return f"{','.join(letters)}->{result.replace('...', spread)}"


@op
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the norm of vectors: 2 by default, 1, infinity, or a number p."""
    x = as_floats(x)
    axis = tuple(axis) if isinstance(axis, list) else axis
    if ord in (None, 2, "fro", "euclidean"):
        return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))
    size = np.absolute(x)
    if ord in (np.inf, -np.inf):
        return (np.max if ord > 0 else np.min)(size, axis=axis, keepdims=keepdims)
    return np.power(np.sum(np.power(size, ord), axis=axis, keepdims=keepdims), 1 / ord)


@op
def normalize(x: Any, axis: int = -1, order: Any = 2, epsilon: float | None = None) -> Any:
    """Return x divided by its norm along an axis."""
    x = as_floats(x)
    smallest = np.asarray(1e-12 if epsilon is None else epsilon, x.dtype)
    if order == 2:
        square = np.sum(np.square(x), axis=axis, keepdims=True)
        return x / np.sqrt(np.maximum(square, smallest))
    return x / np.maximum(norm(x, order, axis, True), smallest)


@op
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return the sum of a diagonal."""
    from nanoconv.ops.shape_ops import diagonal

    return np.sum(diagonal(x, offset, axis1, axis2), axis=-1)


@op
def inv(x: Any) -> Any:
    """Return the inverse of square matrices."""
    return np.linalg.inv(as_floats(x))


@op
def det(x: Any) -> Any:
    """Return the determinant of square matrices."""
    return np.linalg.det(as_floats(x))


@op
def solve(a: Any, b: Any) -> Any:
    """Return x with a x = b."""
    b = as_floats(b)
    column = np.matmul(np.linalg.inv(as_floats(a)), b if b.ndim > 1 else np.expand_dims(b, -1))
    return column if b.ndim > 1 else column[..., 0]
