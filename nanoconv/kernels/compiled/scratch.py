"""Memory: where arrays begin, flat views, and scratch arrays, of which every thread has its own.

An array of NumPy may begin anywhere; then half or more of the vectors that a kernel loads and
stores lie in two lines of the cache, and cost twice. `empty` begins at a line of the cache.

Fresh memory comes from the operating system page by page, and the first touch of each page costs
more than the arithmetic done in it. Nothing in scratch memory may be returned to a caller.
"""

from __future__ import annotations

import math
import threading

import numpy as np
from numpy.typing import NDArray

LINE = 64  # bytes


class _Local(threading.local):
    """Each thread has buffers of its own."""

    def __init__(self) -> None:
        self.buffers: dict[tuple[str, np.dtype], NDArray] = {}


_local = _Local()


def empty(shape: tuple[int, ...], dtype: np.dtype | str | type) -> NDArray:
    """As np.empty, but the first element lies where a line of the cache begins.

    Args:
        shape: of the array, whose content is arbitrary. dtype: of its elements.

    Reference: Drepper, "What every programmer should know about memory", 2007, section 6.2
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(size + LINE, np.uint8)
    first = -memory.ctypes.data % LINE
    return memory[first : first + size].view(dtype).reshape(shape)


def scratch(name: str, shape: tuple[int, ...], dtype: np.dtype) -> NDArray:
    """An array of that shape whose content is arbitrary, valid until the name is asked for again.

    The memory of a name grows to the largest size asked for by this thread.
    """
    buffers = _local.buffers
    key = name, np.dtype(dtype)
    size = math.prod(shape)
    buffer = buffers.get(key)
    if buffer is None or buffer.size < size:
        buffer = buffers[key] = empty((size,), dtype)
    return buffer[:size].reshape(shape)


class _Borrowed:
    """The memory of an array, as if it could be written."""

    def __init__(self, array: NDArray) -> None:
        self.array = array  # keeps the memory alive
        self.__array_interface__ = array.__array_interface__ | {
            "data": (array.__array_interface__["data"][0], False)
        }


def flat(array: NDArray) -> NDArray:
    """A flat view for a kernel to read (a copy only where the array is not contiguous).

    Numba compiles a kernel again for read-only arrays. Kernels never write their inputs, so here
    all inputs look alike, and one compilation serves both.
    """
    view = np.ascontiguousarray(array).reshape(-1)
    return view if view.flags.writeable else np.asarray(_Borrowed(view))
