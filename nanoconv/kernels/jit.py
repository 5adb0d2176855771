"""How loops are compiled: one decorator for all of them.

`@kernel` compiles a loop when it is first called and keeps the machine code on disk for the next
process. Kernels run without Python's lock (`nogil`), so that `workers` can run several at once, and
never in parallel by themselves: no OpenMP is loaded.

Rules that keep the compiled loops fast, which the kernels follow:

- They take flat arrays (`flat`): an index with one known stride is what LLVM vectorises best.
- Inner indices are unsigned (`np.uint64`): a signed one might be negative and count from the end.
- Numbers are written np.float32(4) or taken from the data: `4 * x` would compute in double.
- fastmath allows sums to be reordered and products contracted, but keeps NaN and infinity.
"""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

FASTMATH = {"reassoc", "contract", "nsz", "arcp"}

logger = logging.getLogger("nanoconv")
_told_compiling = False
_told_no_cache = False
_compiling = threading.Lock()


def _tell_compiling() -> None:
    global _told_compiling
    if not _told_compiling:
        _told_compiling = True
        logger.info("nanoconv: compiling kernels (first run only)...")


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a loop, serial and without Python's lock, and keep the machine code on disk.

    Numba writes beside the source; where that folder is read-only, into the user's cache folder
    (NUMBA_CACHE_DIR names another); where neither can be written, code stays in memory and one
    warning says so.
    """
    options = {"nogil": True, "fastmath": FASTMATH}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError as error:  # "cannot cache function ...: no locator available"
        global _told_no_cache
        if not _told_no_cache:
            _told_no_cache = True
            warnings.warn(
                "No folder for compiled kernels can be written, so every process compiles them "
                f"anew: set NUMBA_CACHE_DIR to a folder of yours ({error}).",
                RuntimeWarning,
                stacklevel=2,
            )
        return numba.njit(**options)(function)


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
