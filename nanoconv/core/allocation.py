"""Room for weights: drawn by their initializer, or left empty while a file is being read.

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

_room: ContextVar[list[int] | None] = ContextVar("room", default=None)  # [bytes left]


@contextmanager
def limited_to(nbytes: int) -> Iterator[None]:
    """Make weights empty, and refuse more than so many bytes of them, inside a `with` block.

    Args:
        nbytes: the bytes of all arrays in the file.
    """
    token = _room.set([nbytes])
    try:
        yield
    finally:
        _room.reset(token)


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
    room = _room.get()
    if room is None:
        return start(tuple(shape), dtype=dtype)
    needed = math.prod(shape) * np.dtype(dtype).itemsize
    if needed > room[0]:
        raise ValueError(
            f"{name} has {min(needed, 10**30):.3g} bytes, but the file has only {room[0]} bytes "
            "of arrays left for it; save the model again."
        )
    room[0] -= needed
    return np.zeros(shape, dtype)
