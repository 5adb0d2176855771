"""Control flow, with the names of `keras.ops`: Python's own, because everything runs eagerly.

Reference: https://keras.io/api/ops/core/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nanoconv.ops.operation import as_tensor

__all__ = [
    "cond", "fori_loop", "map", "scan", "vectorized_map", "while_loop",
]  # fmt: skip


def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """Return true_fn() or false_fn()."""
    return true_fn() if bool(pred) else false_fn()


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    maximum_iterations: int | None = None,
) -> Any:
    """Repeat loop_vars = body(*loop_vars) while cond(*loop_vars)."""
    single = not isinstance(loop_vars, (list, tuple))
    values = (loop_vars,) if single else tuple(loop_vars)
    count = 0
    while bool(cond(*values)) and (maximum_iterations is None or count < maximum_iterations):
        new = body(*values)
        values = tuple(new) if isinstance(new, (list, tuple)) else (new,)
        count += 1
    return values[0] if single else values


def fori_loop(lower: int, upper: int, body_fun: Callable[[int, Any], Any], init_val: Any) -> Any:
    """Return val after val = body_fun(i, val) for every i from lower to upper - 1."""
    for i in range(int(lower), int(upper)):
        init_val = body_fun(i, init_val)
    return init_val


def map(f: Callable[[Any], Any], xs: Any) -> Any:
    """Return the stacked results of f for every element along the first axis."""
    results = [f(x) for x in as_tensor(xs)]
    if results and isinstance(results[0], (list, tuple)):
        return type(results[0])(np.stack(part) for part in zip(*results, strict=True))
    return np.stack(results)


def vectorized_map(function: Callable[[Any], Any], elements: Any) -> Any:
    """Return the stacked results of a function for every element along the first axis."""
    return map(function, elements)


def scan(f: Callable[[Any, Any], Any], init: Any, xs: Any = None, length: int | None = None) -> Any:
    """Return (carry, ys) after carry, y = f(carry, x) for every x along the first axis."""
    elements = range(length or 0) if xs is None else as_tensor(xs)
    ys = []
    for x in elements:
        init, y = f(init, None if xs is None else x)
        ys.append(y)
    return init, np.stack(ys) if ys and ys[0] is not None else None


def unstacked(x: Any) -> list[Any]:
    """Return the elements along the first axis."""
    return list(as_tensor(x))
