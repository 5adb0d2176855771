"""The operations that can be differentiated, with their vector-Jacobian products: one table.

For y = f(a, b, ...) and the gradient dy of y, an entry gives

    da = f_a(dy, y, a, b, ...)    which is dy · ∂y/∂a, of y's shape; `unbroadcast` sums it to a's

and so on for each argument that has a gradient. The products are written with functions that have a
rule themselves, so that a gradient can be differentiated again.

Reference: Griewank and Walther, Evaluating derivatives, 2008,
https://doi.org/10.1137/1.9780898717761
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
from scipy import special

from nanoconv.autodiff.engine import (
    CONSTANT,
    LIST_RULES,
    RULES,
    Tensor,
    apply,
    cast,
    put_item,
)

# ---- elementwise, one argument ------------------------------------------------------------------

RULES[np.negative] = (lambda dy, y, x: -dy,)
RULES[np.positive] = (lambda dy, y, x: dy,)
RULES[np.absolute] = (lambda dy, y, x: dy * np.sign(x),)
RULES[np.square] = (lambda dy, y, x: dy * 2 * x,)
RULES[np.sqrt] = (lambda dy, y, x: dy / (2 * y),)
RULES[np.cbrt] = (lambda dy, y, x: dy / (3 * y * y),)
RULES[np.reciprocal] = (lambda dy, y, x: -dy * y * y,)
RULES[np.exp] = (lambda dy, y, x: dy * y,)
RULES[np.exp2] = (lambda dy, y, x: dy * y * math.log(2),)
RULES[np.expm1] = (lambda dy, y, x: dy * (y + 1),)
RULES[np.log] = (lambda dy, y, x: dy / x,)
RULES[np.log2] = (lambda dy, y, x: dy / (x * math.log(2)),)
RULES[np.log10] = (lambda dy, y, x: dy / (x * math.log(10)),)
RULES[np.log1p] = (lambda dy, y, x: dy / (1 + x),)
RULES[np.sin] = (lambda dy, y, x: dy * np.cos(x),)
RULES[np.cos] = (lambda dy, y, x: -dy * np.sin(x),)
RULES[np.tan] = (lambda dy, y, x: dy * (1 + y * y),)
RULES[np.arcsin] = (lambda dy, y, x: dy / np.sqrt(1 - x * x),)
RULES[np.arccos] = (lambda dy, y, x: -dy / np.sqrt(1 - x * x),)
RULES[np.arctan] = (lambda dy, y, x: dy / (1 + x * x),)
RULES[np.sinh] = (lambda dy, y, x: dy * np.cosh(x),)
RULES[np.cosh] = (lambda dy, y, x: dy * np.sinh(x),)
RULES[np.tanh] = (lambda dy, y, x: dy * (1 - y * y),)
RULES[np.arcsinh] = (lambda dy, y, x: dy / np.sqrt(x * x + 1),)
RULES[np.arccosh] = (lambda dy, y, x: dy / np.sqrt(x * x - 1),)
RULES[np.arctanh] = (lambda dy, y, x: dy / (1 - x * x),)
RULES[special.erf] = (lambda dy, y, x: dy * 2 / math.sqrt(math.pi) * np.exp(-x * x),)
RULES[special.expit] = (lambda dy, y, x: dy * y * (1 - y),)  # the logistic sigmoid
RULES[cast] = (lambda dy, y, x, dtype: _cast_back(dy, x),)

# ---- elementwise, two arguments -----------------------------------------------------------------

RULES[np.add] = (lambda dy, y, a, b: dy, lambda dy, y, a, b: dy)
RULES[np.subtract] = (lambda dy, y, a, b: dy, lambda dy, y, a, b: -dy)
RULES[np.multiply] = (lambda dy, y, a, b: dy * b, lambda dy, y, a, b: dy * a)
RULES[np.divide] = (lambda dy, y, a, b: dy / b, lambda dy, y, a, b: -dy * y / b)
RULES[np.power] = (
    lambda dy, y, a, b: dy * b * np.where(np.equal(b, 0), 0.0 * a, a ** (b - 1)),
    lambda dy, y, a, b: dy * y * np.log(np.where(np.equal(a, 0), 1.0 + 0 * a, a)),
)
RULES[np.maximum] = (
    lambda dy, y, a, b: dy * _share(a, b, y),
    lambda dy, y, a, b: dy * _share(b, a, y),
)
RULES[np.minimum] = RULES[np.maximum]
RULES[np.mod] = (lambda dy, y, a, b: dy, lambda dy, y, a, b: -dy * np.floor_divide(a, b))
RULES[np.arctan2] = (
    lambda dy, y, a, b: dy * b / (a * a + b * b),
    lambda dy, y, a, b: -dy * a / (a * a + b * b),
)
RULES[np.logaddexp] = (
    lambda dy, y, a, b: dy * np.exp(a - y),
    lambda dy, y, a, b: dy * np.exp(b - y),
)
RULES[np.where] = (
    lambda dy, y, c, a, b: None,
    lambda dy, y, c, a, b: dy * np.asarray(c, bool),
    lambda dy, y, c, a, b: dy * ~np.asarray(c, bool),
)


def _share(a: Any, b: Any, y: Any) -> Any:
    """Return which share of dy goes to a: 1 where it was chosen, 1/2 where both are equal."""
    return np.equal(a, y) / (1.0 + np.equal(a, b)).astype(y.dtype)


def _cast_back(dy: Any, x: Any) -> Any:
    return dy.astype(x.dtype) if np.issubdtype(x.dtype, np.inexact) else None


# ---- sums and extremes along axes ---------------------------------------------------------------


def _stretched(dy: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """Return dy with the axes that a reduction removed, of size 1."""
    if axis is None:
        return np.reshape(dy, (1,) * x.ndim)
    axes = [a % x.ndim for a in (axis if isinstance(axis, (tuple, list)) else (axis,))]
    return np.reshape(dy, tuple(1 if i in axes else n for i, n in enumerate(x.shape)))


def _sum(dy: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False, **_: Any) -> Any:
    """dx[i, j] = dy[i] for y[i] = sum over j of x[i, j]: the adjoint of adding is copying."""
    return np.broadcast_to(_stretched(dy, x, axis, keepdims), x.shape)


def _mean(dy: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False, **_: Any) -> Any:
    return _sum(dy, y, x, axis, keepdims) * (max(1, math.prod(y.shape)) / max(1, x.size))


def _extreme(dy: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False, **_: Any) -> Any:
    """dy goes to the element that was largest; equal ones share it."""
    chosen = np.equal(x, _stretched(y, x, axis, keepdims)).astype(x.dtype)
    count = np.sum(chosen, axis=axis, keepdims=True)
    return _stretched(dy, x, axis, keepdims) * chosen / count


def _prod(dy: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False, **_: Any) -> Any:
    return _stretched(dy * y, x, axis, keepdims) / x


def _cumsum(dy: Any, y: Any, x: Any, axis: Any = None, **_: Any) -> Any:
    """dx[i] = sum over j >= i of dy[j]: the sum from the other end."""
    if axis is None:
        return np.reshape(np.flip(np.cumsum(np.flip(dy, 0), axis=0), 0), x.shape)
    return np.flip(np.cumsum(np.flip(dy, axis), axis=axis), axis)


RULES[np.sum] = (_sum,)
RULES[np.mean] = (_mean,)
RULES[np.max] = RULES[np.amax] = RULES[np.min] = RULES[np.amin] = (_extreme,)
RULES[np.prod] = (_prod,)
RULES[np.cumsum] = (_cumsum,)

# ---- shapes and indices: the adjoint brings every element back to where it came from ------------

RULES[np.reshape] = (lambda dy, y, x, *shape, **_: np.reshape(dy, x.shape),)
RULES[np.squeeze] = RULES[np.expand_dims] = RULES[np.ravel] = RULES[np.reshape]
RULES[np.broadcast_to] = (lambda dy, y, x, shape: dy,)  # `unbroadcast` adds
RULES[np.transpose] = (
    lambda dy, y, x, axes=None: np.transpose(dy, None if axes is None else np.argsort(axes)),
)
RULES[np.swapaxes] = (lambda dy, y, x, i, j: np.swapaxes(dy, i, j),)
RULES[np.moveaxis] = (lambda dy, y, x, source, destination: np.moveaxis(dy, destination, source),)
RULES[np.flip] = (lambda dy, y, x, axis=None: np.flip(dy, axis),)
RULES[np.roll] = (lambda dy, y, x, shift, axis=None: np.roll(dy, np.negative(shift), axis),)
RULES[np.pad] = (
    lambda dy, y, x, width, mode="constant", **_: dy[
        tuple(slice(a, a + n) for (a, _), n in zip(_widths(width, x.ndim), x.shape, strict=True))
    ],
)
RULES[operator.getitem] = (lambda dy, y, x, index: _put(dy, index, x.shape),)
RULES[put_item] = (lambda dy, y, x, index, shape: _get(dy, index),)
RULES[np.triu] = (lambda dy, y, x, k=0: np.triu(dy, k),)
RULES[np.tril] = (lambda dy, y, x, k=0: np.tril(dy, k),)
RULES[np.take_along_axis] = (lambda dy, y, x, indices, axis: _put_along(dy, x, indices, axis),)


def _put(dy: Any, index: Any, shape: tuple[int, ...]) -> Any:
    return (
        apply(put_item, dy, index, shape) if isinstance(dy, Tensor) else put_item(dy, index, shape)
    )


def _get(dy: Any, index: Any) -> Any:
    return dy[index]


def _put_along(dy: Any, x: Any, indices: Any, axis: int) -> Any:
    places = list(np.ogrid[tuple(slice(n) for n in indices.shape)])
    places[axis] = indices
    return _put(dy, tuple(places), x.shape)


def _widths(width: Any, ndim: int) -> list[tuple[int, int]]:
    return [tuple(pair) for pair in np.broadcast_to(np.asarray(width), (ndim, 2))]


def _concatenate(i: int, dy: Any, y: Any, arrays: Any, axis: int = 0) -> Any:
    """The i-th array gets back its own part of dy."""
    edges = np.cumsum([0, *(a.shape[axis] for a in arrays)])
    index: list[Any] = [slice(None)] * y.ndim
    index[axis] = slice(edges[i], edges[i + 1])
    return dy[tuple(index)]


LIST_RULES[np.concatenate] = _concatenate
LIST_RULES[np.stack] = lambda i, dy, y, arrays, axis=0: np.moveaxis(dy, axis, 0)[i]

# ---- linear algebra -----------------------------------------------------------------------------


def _matmul_a(dy: Any, y: Any, a: Any, b: Any) -> Any:
    """da = dy b^T, for vectors as for matrices of one column or row."""
    if b.ndim == 1:
        return np.expand_dims(dy, -1) * b
    return (
        np.matmul(np.expand_dims(dy, -2), _transposed(b))[..., 0, :]
        if a.ndim == 1
        else np.matmul(dy, _transposed(b))
    )


def _matmul_b(dy: Any, y: Any, a: Any, b: Any) -> Any:
    """db = a^T dy."""
    if a.ndim == 1:
        return np.expand_dims(a, -1) * np.expand_dims(dy, -2) if b.ndim > 1 else a * dy
    return (
        np.matmul(_transposed(a), np.expand_dims(dy, -1))[..., 0]
        if b.ndim == 1
        else np.matmul(_transposed(a), dy)
    )


def _transposed(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


RULES[np.matmul] = (_matmul_a, _matmul_b)
RULES[np.linalg.inv] = (lambda dy, y, x: -np.matmul(_transposed(y), np.matmul(dy, _transposed(y))),)
RULES[np.linalg.det] = (
    lambda dy, y, x: np.reshape(dy * y, (*y.shape, 1, 1)) * _transposed(np.linalg.inv(x)),
)


def einsum(arrays: Any, subscripts: str) -> Any:
    """Return NumPy's einsum of a list of arrays."""
    return np.einsum(subscripts, *arrays)


def _einsum(i: int, dy: Any, y: Any, arrays: Any, subscripts: str) -> Any:
    """Sums over an operand's letters become products with them: "ij,jk->ik" gives "ik,jk->ij"."""
    terms, _, result = subscripts.partition("->")
    letters = terms.split(",")
    mine, others = letters[i], [*letters[:i], *letters[i + 1 :]]
    known = "".join(k for k in mine if k in result or any(k in other for other in others))
    factors = [dy, *arrays[:i], *arrays[i + 1 :]]
    dx = _product(factors, f"{','.join([result, *others])}->{known}")
    shape = [n if k in known else 1 for k, n in zip(mine, arrays[i].shape, strict=True)]
    return np.broadcast_to(np.reshape(dx, shape), arrays[i].shape)  # summed letters: copies


def _product(arrays: list[Any], subscripts: str) -> Any:
    known = any(isinstance(x, Tensor) for x in arrays)
    return apply(einsum, arrays, subscripts) if known else einsum(arrays, subscripts)


LIST_RULES[einsum] = _einsum

# ---- steps and questions: no gradient -----------------------------------------------------------

CONSTANT |= {
    np.sign, np.floor, np.ceil, np.rint, np.round, np.trunc, np.floor_divide, np.argmax,
    np.argmin, np.argsort, np.equal, np.not_equal, np.less, np.less_equal, np.greater,
    np.greater_equal, np.logical_and, np.logical_or, np.logical_not, np.logical_xor, np.isnan,
    np.isinf, np.isfinite, np.any, np.all, np.count_nonzero, np.searchsorted, np.digitize,
    np.bincount, np.zeros_like, np.ones_like, np.full_like, np.empty_like, np.shape, np.ndim,
    np.size, np.isclose, np.allclose, np.array_equal, np.unique, np.nonzero, np.invert,
    np.bitwise_and, np.bitwise_or,
}  # fmt: skip
