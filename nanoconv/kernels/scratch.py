"""Memory for intermediate results: every thread keeps its own and uses it again.

Fresh memory comes from the operating system page by page, and the first touch of each page costs
more than the arithmetic done in it. Nothing in scratch memory may be returned to a caller.
"""

from __future__ import annotations

import math
import threading

import numpy as np
from numpy.typing import NDArray


class _Local(threading.local):
    """Each thread has buffers of its own."""

    def __init__(self) -> None:
        self.buffers: dict[tuple[str, np.dtype], NDArray] = {}


_local = _Local()


def scratch(name: str, shape: tuple[int, ...], dtype: np.dtype) -> NDArray:
    """An array of that shape whose content is arbitrary, valid until the name is asked for again.

    The memory of a name grows to the largest size asked for by this thread.
    """
    buffers = _local.buffers
    key = name, np.dtype(dtype)
    size = math.prod(shape)
    buffer = buffers.get(key)
    if buffer is None or buffer.size < size:
        buffer = buffers[key] = np.empty(size, dtype)
    return buffer[:size].reshape(shape)
