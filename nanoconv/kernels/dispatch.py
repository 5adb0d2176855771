"""Which implementation of the kernels runs: "naive", "numpy" or "numba".

Every kernel exists three times with one signature: as plain loops that define it (`naive`), as
NumPy expressions (`vectorized`), and compiled (the module that `COMPILED` names). A line of
`COMPILED` registers a kernel. `kernels.conv2d_forward` is the implementation itself: it is imported
and bound to its name in the package when it is first asked for, so that choosing NumPy never
imports Numba, and `set_backend` takes the names away again.
"""

from __future__ import annotations

import difflib
import functools
import logging
import os
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

COMPILED = {
    "conv2d_forward": "compiled.convolution.choice",
    "conv2d_backward": "compiled.convolution.choice",
    "depthwise_conv2d_forward": "compiled.convolution.depthwise",
    "depthwise_conv2d_backward": "compiled.convolution.depthwise",
    "max_pool_forward": "compiled.pooling",
    "max_pool_backward": "compiled.pooling",
    "average_pool_forward": "compiled.pooling",
    "average_pool_backward": "compiled.pooling",
    "dense_forward": "compiled.dense_products",
    "dense_backward": "compiled.dense_products",
    "batch_moments": "compiled.normalization",
    "normalize_forward": "compiled.normalization",
    "normalize_backward": "compiled.normalization",
    "relu_forward": "compiled.elementwise",
    "relu_backward": "compiled.elementwise",
    "relu_mask": "compiled.elementwise",
    "dropout": "compiled.elementwise",
    "dropout_channels": "compiled.elementwise",
    "hashed_normal": "compiled.elementwise",
    "warp": "compiled.warping",
    "update": "compiled.update_loops",
}
BACKENDS = {"naive": "naive", "numpy": "vectorized", "numba": "compiled"}

_current: str | None = None
_lock = threading.Lock()  # held while names are bound or taken away
_bound = vars(sys.modules[__package__])  # the names of the package


def implementation(name: str) -> Callable[..., Any]:
    """The kernel of that name in the backend in use."""
    while name not in _bound:
        backend = get_backend()
        home = COMPILED[name] if backend == "numba" else BACKENDS[backend]
        kernel = getattr(import_module(f"{__package__}.{home}"), name)
        definition = getattr(import_module(f"{__package__}.naive"), name)
        if definition.__doc__ not in kernel.__doc__:  # help() shows shapes and mathematics, too
            kernel.__doc__ = f"{definition.__doc__.rstrip()}\n\n    Here: {kernel.__doc__}"
        with _lock:
            if backend == _current:  # it may have been changed meanwhile
                _bound[name] = kernel
                return kernel
    return _bound[name]


@functools.cache
def _jit_is_off() -> bool:
    """Whether Numba was asked to compile nothing; says once what that means here."""
    off = os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")
    if off:  # a warning, because that level is seen where nobody has set up logging
        logging.getLogger("nanoconv").warning(
            "nanoconv: NUMBA_DISABLE_JIT is set, so the kernels are those in NumPy; to step "
            "through plain loops, write NANOCONV_BACKEND=naive."
        )
    return off


def _checked(name: str, where: str) -> str:
    if name == "numba" and _jit_is_off():
        return "numpy"
    if name in BACKENDS:
        return name
    near = difflib.get_close_matches(str(name).lower(), BACKENDS, cutoff=0.3)
    hint = f"did you mean {' or '.join(map(repr, near))}" if near else "write 'numba'"
    raise ValueError(
        f"{where} is {name!r}, but the kernels come as 'naive', 'numpy' or 'numba': {hint}?"
    )


def get_backend() -> str:
    """Name of the implementation in use: NANOCONV_BACKEND, or "numba" where that is not set."""
    global _current
    if _current is None:
        _current = _checked(os.environ.get("NANOCONV_BACKEND") or "numba", "NANOCONV_BACKEND")
    return _current


def set_backend(name: str) -> None:
    """Choose the implementation for the whole process: "naive", "numpy" or "numba".

    Where NUMBA_DISABLE_JIT is set, "numba" is "numpy": parts of the compiled kernels are written in
    LLVM's language and cannot run uncompiled.

    Raises ValueError for any other name, and keeps the old choice.
    """
    global _current
    name = _checked(name, "The backend")
    with _lock:
        _current = name
        for kernel in COMPILED:
            _bound.pop(kernel, None)


_winograd: bool | None = None


def get_winograd() -> bool:
    """Whether Winograd's convolution may be used: set_winograd, or NANOCONV_WINOGRAD (0 is no)."""
    global _winograd
    if _winograd is None:
        wish = os.environ.get("NANOCONV_WINOGRAD") or "1"
        if wish not in ("0", "1"):
            raise ValueError(f"NANOCONV_WINOGRAD is {wish!r}, but must be 0 (off) or 1 (on).")
        _winograd = wish == "1"
    return _winograd


def set_winograd(on: bool) -> None:
    """Allow the fast 3 x 3 convolution, which rounds a little more, or forbid it (on=False)."""
    global _winograd
    _winograd = bool(on)
