"""Allocates weights: drawn by their initializer, or zeros while a file is being read.

A file says how large a model is. So that a few false bytes cannot ask for all memory, the reader
first looks at how many bytes of arrays the file really holds, and makes the model inside
`limited_to(bytes)`. The weights are zeros then, since the file's values replace them anyway.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

_budget: ContextVar[list[int] | None] = ContextVar("budget", default=None)  # [bytes left]


@contextmanager
def limited_to(nbytes: int) -> Iterator[None]:
    """Make weights empty, and refuse more than so many bytes of them, inside a `with` block.

    Args:
        nbytes: the bytes of all arrays in the file.
    """
    token = _budget.set([nbytes])
    try:
        yield
    finally:
        _budget.reset(token)


def new_array(name: str, shape: Sequence[int], dtype: str, start: Callable[..., Any]) -> Any:
    """Return a weight's first values.

    Args:
        name: of the weight.
        shape: of the weight.
        dtype: its type.
        start: the initializer.

    Raises:
        ValueError: where a file asks for more weights than it holds.
    """
    budget = _budget.get()
    if budget is None:
        return start(tuple(shape), dtype=dtype)
    needed = math.prod(shape) * np.dtype(dtype).itemsize
    if needed > budget[0]:
        raise ValueError(
            f"{name} has {min(needed, 10**30):.3g} bytes, but the file has only {budget[0]} bytes "
            "of arrays left for it; save the model again."
        )
    budget[0] -= needed
    return np.zeros(shape, dtype)
