"""How loops are compiled: one decorator for all of them.

`@kernel` compiles a loop when it is first called and keeps the machine code on disk for the next
process. Kernels run without the GIL (`nogil`), so that `workers` can run several at once, and
never in parallel by themselves: no OpenMP is loaded.

Rules that keep the compiled loops fast, which the kernels follow:

- They take flat arrays (`scratch.flat`): LLVM vectorises an index with one known stride best.
- Inner indices are unsigned (`np.uint64`): a signed one might be negative and count from the end.
- Constants are written np.float32(4) or taken from the data: `4 * x` would compute in double.
- Division follows NumPy (x / 0 is infinite): a loop that may raise an error stays scalar.
- fastmath allows sums to be reordered and products contracted, but keeps NaN and infinity.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba.core import event

OPTIONS: dict[str, Any] = {
    "nogil": True,
    "fastmath": {"reassoc", "contract", "nsz", "arcp"},
    "error_model": "numpy",
}

logger = logging.getLogger("nanoconv")


class _Notice(event.Listener):
    """Says once that kernels are being compiled: the first run of a new version takes longer."""

    def on_start(self, event: Any) -> None:
        if self.waiting and event.data.get("module", "").startswith(__package__):
            self.waiting = False
            # A warning, because that level is seen where nobody has set up logging.
            logger.warning("nanoconv: compiling kernels (first run only)...")

    def on_end(self, event: Any) -> None:
        """Needed by the interface; the end of a compilation is not worth a line."""

    waiting = True


event.register("numba:run_pass", _Notice())  # passes of the compiler run only on a cold cache


# Compiled into the kernels of other files.
SHARED = (
    "blas.py",
    "elementwise.py",
    "../hashing.py",
    "jit.py",
    "convolution/patches.py",
    "register_block.py",
    "../shapes.py",
    "../updates.py",
    "convolution/winograd_transforms.py",
)


@functools.cache
def _fingerprint(source: str) -> str:
    """Changes with the file of a kernel and with those whose code or constants it may contain."""
    files = [Path(source), *(Path(__file__).parent / name for name in SHARED)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


@functools.cache
def _warn_no_cache(reason: str) -> None:
    warnings.warn(
        "No folder for compiled kernels can be written, so every process compiles them anew: set "
        f"NUMBA_CACHE_DIR to a folder of yours ({reason}).",
        RuntimeWarning,
        stacklevel=3,
    )


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a loop, serial and without the GIL, and keep the machine code on disk.

    Numba writes beside the source; where that folder is read-only, into the user's cache folder
    (NUMBA_CACHE_DIR names another); where neither can be written, code stays in memory and one
    warning says so.
    """
    try:
        compiled = numba.njit(cache=True, **OPTIONS)(function)
    except RuntimeError:  # "cannot cache function ...: no locator available"
        _warn_no_cache("neither this package nor the user's cache folder")
        return numba.njit(**OPTIONS)(function)
    # Numba compiles anew when the file of a kernel has changed, but not when what it calls has, in
    # another file: whoever edits a rule in `updates` would go on running the old one.
    cache_file = getattr(compiled._cache, "_cache_file", None)
    if cache_file is not None:
        cache_file._source_stamp = _fingerprint(function.__code__.co_filename)
    return compiled


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """A part of a kernel: copied into each kernel that calls it, so that what is constant there
    (a channel count, a stride) is constant in the part."""
    return numba.njit(inline="always", **OPTIONS)(function)


@inlined
def address(array, i):
    """Where element i of a flat array is in memory: for `blas.gemm` and `product`."""
    return array.ctypes.data + np.uint64(array.itemsize) * np.uint64(i)
