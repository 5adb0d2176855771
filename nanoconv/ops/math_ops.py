"""Mathematics, comparisons and reductions, with the names of `keras.ops`.

Each is a line of NumPy; tensors are recorded on the way, see `nanoconv.autodiff`. Arguments are
those of Keras: `x`, `x1`, `x2` arrays or tensors, `axis` along which to compute (all by default),
`keepdims` whether a reduced axis stays as 1, `dtype` the type of the result.

Reference: https://keras.io/api/ops/numpy/
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from nanoconv import config
from nanoconv.autodiff.engine import Tensor, apply
from nanoconv.ops.operation import as_floats, as_pair, as_tensor, op

__all__ = [
    "abs", "absolute", "add", "all", "amax", "amin", "any", "arange", "arccos", "arccosh",
    "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "argmax", "argmin", "argsort", "cast",
    "cbrt", "ceil", "clip", "convert_to_numpy", "convert_to_tensor", "cos", "cosh",
    "count_nonzero", "cumsum", "divide", "divide_no_nan", "equal", "erf", "exp", "exp2",
    "expm1", "eye", "floor", "floor_divide", "full", "full_like", "greater", "greater_equal",
    "is_tensor", "isclose", "isfinite", "isinf", "isnan", "less", "less_equal", "linspace",
    "log", "log10", "log1p", "log2", "logaddexp", "logical_and", "logical_not", "logical_or",
    "logical_xor", "logsumexp", "max", "maximum", "mean", "min", "minimum", "mod", "moments",
    "multiply", "nan_to_num", "negative", "not_equal", "ones", "ones_like", "power", "prod",
    "reciprocal", "round", "rsqrt", "sign", "sin", "sinh", "sqrt", "square", "std",
    "stop_gradient", "subtract", "sum", "tan", "tanh", "true_divide", "trunc", "var", "where",
    "zeros", "zeros_like",
]  # fmt: skip


def scipy_call(function: Callable[..., Any], x: Any) -> Any:
    """Call a function of SciPy, which knows no tensors, on an array or a tensor."""
    return apply(function, x) if isinstance(x, Tensor) else function(x)


def _unary(function: Callable[..., Any], prepare: Callable[[Any], Any]) -> Callable[..., Any]:
    """Make an operation of one argument."""
    name = function.__name__

    def unary(x: Any) -> Any:
        return function(prepare(x))

    unary.__name__ = unary.__qualname__ = name
    unary.__doc__ = f"Return NumPy's {name} of every element of x."
    return op(unary)


def _binary(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make an operation of two arguments, which are broadcast."""
    name = function.__name__

    def binary(x1: Any, x2: Any) -> Any:
        return function(*as_pair(x1, x2))

    binary.__name__ = binary.__qualname__ = name
    binary.__doc__ = f"Return NumPy's {name} of x1 and x2, elementwise and broadcast."
    return op(binary)


def _reduction(function: Callable[..., Any], prepare: Callable[[Any], Any]) -> Callable[..., Any]:
    """Make an operation that reduces axes."""
    name = function.__name__

    def reduction(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        axis = tuple(axis) if isinstance(axis, list) else axis
        return function(prepare(x), axis=axis, keepdims=keepdims)

    reduction.__name__ = reduction.__qualname__ = name
    reduction.__doc__ = f"Return NumPy's {name} of x over `axis` (all by default)."
    return op(reduction)


# ---- elementwise, one argument ------------------------------------------------------------------

exp, exp2, expm1, log, log2, log10, log1p, sqrt, cbrt = (
    _unary(f, as_floats)
    for f in (np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p, np.sqrt, np.cbrt)
)
sin, cos, tan, arcsin, arccos, arctan = (
    _unary(f, as_floats) for f in (np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan)
)
sinh, cosh, tanh, arcsinh, arccosh, arctanh = (
    _unary(f, as_floats) for f in (np.sinh, np.cosh, np.tanh, np.arcsinh, np.arccosh, np.arctanh)
)
reciprocal, floor, ceil, trunc = (
    _unary(f, as_floats) for f in (np.reciprocal, np.floor, np.ceil, np.trunc)
)
negative, absolute, square, sign = (
    _unary(f, as_tensor) for f in (np.negative, np.absolute, np.square, np.sign)
)
isnan, isinf, isfinite, logical_not = (
    _unary(f, as_tensor) for f in (np.isnan, np.isinf, np.isfinite, np.logical_not)
)
abs = absolute


@op
def erf(x: Any) -> Any:
    """Return the error function of every element of x."""
    return scipy_call(special.erf, as_floats(x))


@op
def rsqrt(x: Any) -> Any:
    """Return 1 / sqrt(x)."""
    return 1 / np.sqrt(as_floats(x))


@op
def round(x: Any, decimals: int = 0) -> Any:
    """Return x rounded to a number of decimals."""
    return np.round(as_tensor(x), decimals)


@op
def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """Return x, with what is below x_min or above x_max brought there."""
    x = as_tensor(x)
    low, high = (np.asarray(v, x.dtype) if np.isscalar(v) else as_tensor(v) for v in (x_min, x_max))
    return np.minimum(np.maximum(x, low), high)


@op
def nan_to_num(
    x: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Any:
    """Return x with NaN and infinities replaced."""
    x = as_tensor(x)
    limits = np.finfo(x.dtype)
    x = np.where(np.isnan(x), np.asarray(nan, x.dtype), x)
    x = np.where(
        np.equal(x, np.inf), np.asarray(limits.max if posinf is None else posinf, x.dtype), x
    )
    return np.where(
        np.equal(x, -np.inf), np.asarray(limits.min if neginf is None else neginf, x.dtype), x
    )


# ---- elementwise, two arguments -----------------------------------------------------------------

add, subtract, multiply, maximum, minimum = map(
    _binary, (np.add, np.subtract, np.multiply, np.maximum, np.minimum)
)
equal, not_equal, greater, greater_equal, less, less_equal = map(
    _binary,
    (np.equal, np.not_equal, np.greater, np.greater_equal, np.less, np.less_equal),
)
logical_and, logical_or, logical_xor = map(_binary, (np.logical_and, np.logical_or, np.logical_xor))
power, mod, floor_divide = map(_binary, (np.power, np.mod, np.floor_divide))
isclose = _binary(np.isclose)


@op
def divide(x1: Any, x2: Any) -> Any:
    """Return x1 / x2."""
    return np.divide(as_floats(x1), as_floats(x2))


true_divide = divide


@op
def divide_no_nan(x1: Any, x2: Any) -> Any:
    """Return x1 / x2, and 0 where x2 is 0."""
    x1, x2 = as_floats(x1), as_floats(x2)
    zero = np.equal(x2, 0)
    return np.where(zero, np.zeros_like(x2), x1 / np.where(zero, np.ones_like(x2), x2))


@op
def arctan2(x1: Any, x2: Any) -> Any:
    """Return the angle of the point (x2, x1)."""
    return np.arctan2(as_floats(x1), as_floats(x2))


@op
def logaddexp(x1: Any, x2: Any) -> Any:
    """Return log(exp(x1) + exp(x2)), without overflow."""
    return np.logaddexp(as_floats(x1), as_floats(x2))


@op
def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """Return x1 where the condition is true and x2 elsewhere; without them, the true places."""
    condition = np.asarray(as_tensor(condition), bool)
    return np.nonzero(condition) if x1 is None else np.where(condition, *as_pair(x1, x2))


# ---- reductions ---------------------------------------------------------------------------------

sum, max, min, prod = (_reduction(f, as_tensor) for f in (np.sum, np.max, np.min, np.prod))
mean = _reduction(np.mean, as_floats)
any, all = (_reduction(f, as_tensor) for f in (np.any, np.all))
amax, amin = max, min


@op
def var(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the (biased) variance over some axes: the mean of (x - mean)^2."""
    x = as_floats(x)
    axis = tuple(axis) if isinstance(axis, list) else axis
    return np.mean(
        np.square(x - np.mean(x, axis=axis, keepdims=True)), axis=axis, keepdims=keepdims
    )


@op
def std(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the standard deviation over some axes."""
    return np.sqrt(var(x, axis, keepdims))


@op
def moments(x: Any, axes: Any, keepdims: bool = False, synchronized: bool = False) -> Any:
    """Return mean and variance over some axes."""
    return mean(x, axes, keepdims), var(x, axes, keepdims)


@op
def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return log(sum(exp(x))), without overflow: the largest element is taken out first."""
    x = as_floats(x)
    axis = tuple(axis) if isinstance(axis, list) else axis
    largest = stop_gradient(np.max(x, axis=axis, keepdims=True))
    total = np.log(np.sum(np.exp(x - largest), axis=axis, keepdims=True)) + largest
    return total if keepdims else np.squeeze(total, axis)


@op
def count_nonzero(x: Any, axis: Any = None) -> Any:
    """Return how many elements are not 0, over some axes."""
    return np.count_nonzero(as_tensor(x), axis=axis)


@op
def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the index of the largest element."""
    return np.argmax(as_tensor(x), axis=axis, keepdims=keepdims).astype(np.int32)


@op
def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the index of the smallest element."""
    return np.argmin(as_tensor(x), axis=axis, keepdims=keepdims).astype(np.int32)


@op
def argsort(x: Any, axis: int | None = -1) -> Any:
    """Return the indices that would sort x."""
    return np.argsort(as_tensor(x), axis=axis, kind="stable").astype(np.int32)


@op
def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Return running sums."""
    return np.cumsum(as_tensor(x, dtype), axis=axis)


# ---- types, constants, and no gradient ----------------------------------------------------------


@op
def stop_gradient(variable: Any) -> Any:
    """Return the same array, as a constant for every tape."""
    x = as_tensor(variable)
    return Tensor(x.value) if isinstance(x, Tensor) else x


@op
def cast(x: Any, dtype: Any) -> Any:
    """Return x in another type."""
    return as_tensor(x).astype(dtype)


@op
def convert_to_tensor(x: Any, dtype: Any = None, sparse: Any = None, ragged: Any = None) -> Any:
    """Return x as a tensor that a tape can watch."""
    x = as_tensor(x, dtype)
    return x if isinstance(x, Tensor) else Tensor(x)


def convert_to_numpy(x: Any) -> np.ndarray:
    """Return x as a plain NumPy array."""
    return np.asarray(x.value if isinstance(x, Tensor) else as_tensor(x))


def is_tensor(x: Any) -> bool:
    """Tell whether x is an array, tensor or variable."""
    return isinstance(x, (Tensor, np.ndarray))


@op
def zeros(shape: Any, dtype: Any = None) -> Any:
    """Return zeros."""
    return np.zeros(shape, dtype or config.floatx())


@op
def ones(shape: Any, dtype: Any = None) -> Any:
    """Return ones."""
    return np.ones(shape, dtype or config.floatx())


@op
def full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    """Return an array of one value."""
    return np.full(shape, as_tensor(fill_value), dtype or config.floatx())


@op
def zeros_like(x: Any, dtype: Any = None) -> Any:
    """Return zeros of x's shape."""
    return np.zeros_like(convert_to_numpy(x), dtype=dtype)


@op
def ones_like(x: Any, dtype: Any = None) -> Any:
    """Return ones of x's shape."""
    return np.ones_like(convert_to_numpy(x), dtype=dtype)


@op
def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Any:
    """Return an array of x's shape, of one value."""
    return np.full_like(convert_to_numpy(x), fill_value, dtype=dtype)


@op
def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    """Return ones on a diagonal and zeros elsewhere."""
    return np.eye(N, M, k, dtype or config.floatx())


@op
def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Any:
    """Return evenly spaced numbers from start up to stop, which is left out."""
    given = [v for v in (start, stop, step) if v is not None]
    kind = config.floatx() if builtins.any(isinstance(v, float) for v in given) else "int32"
    limits: Any = (0, start, step or 1) if stop is None else (start, stop, step or 1)
    return np.arange(*limits).astype(dtype or kind)


@op
def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None) -> Any:
    """Return `num` evenly spaced numbers from start to stop."""
    return np.linspace(start, stop, num, endpoint, dtype=dtype or config.floatx())
