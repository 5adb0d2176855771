"""Allocates weights: drawn by their initializer, or zeros while a file is being read.

A file says how large a model is. So that a few false bytes cannot ask for all memory, the reader
first looks at how many bytes of arrays the file really holds, and makes the model inside
`limited_to(bytes)`. The weights are zeros then, since the file's values replace them anyway. The
weights of a model that comes from JSON alone are drawn, up to a fixed number of bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass
class _Limit:
    """What may still be allocated, and whether weights begin as zeros."""

    left: int
    empty: bool


_limit: ContextVar[_Limit | None] = ContextVar("limit", default=None)


@contextmanager
def limited_to(nbytes: int, empty: bool = True) -> Iterator[None]:
    """Refuse more than so many bytes of weights inside a `with` block.

    Args:
        nbytes: the bytes of all arrays in the file.
        empty: whether weights are left zero, because the file's values follow.
    """
    token = _limit.set(_Limit(nbytes, empty))
    try:
        yield
    finally:
        _limit.reset(token)


def new_array(name: str, shape: Sequence[int], dtype: str, start: Callable[..., Any]) -> Any:
    """Return a weight's first values.

    Args:
        name: of the weight.
        shape: of the weight.
        dtype: its type.
        start: the initializer.

    Raises:
        ValueError: where a file asks for more weights than it holds, or than it may have.
    """
    limit = _limit.get()
    if limit is None:
        return start(tuple(shape), dtype=dtype)
    needed = math.prod(shape) * np.dtype(dtype).itemsize
    if needed > limit.left:
        raise ValueError(
            f"{name} has {min(needed, 10**30):.3g} bytes, but the file has only {limit.left} bytes "
            "of arrays left for it; save the model again."
        )
    limit.left -= needed
    return np.zeros(shape, dtype) if limit.empty else start(tuple(shape), dtype=dtype)
