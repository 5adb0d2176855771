"""Which implementation runs: "naive", "numpy" or "numba".

Every kernel exists three times with one signature: as plain loops that define it, as NumPy
expressions, and as compiled loops. A module is imported when one of its functions is first called,
so choosing NumPy never imports Numba.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import os
from collections.abc import Callable
from typing import Any

_NUMBA = {
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
    "relu_gate": "compiled.elementwise",
    "dropout": "compiled.elementwise",
    "dropout_channels": "compiled.elementwise",
    "hashed_normal": "compiled.elementwise",
    "warp": "compiled.warping",
    "update": "compiled.update_loops",
}
_NOISE = {"hashed_normal": "hashing"}  # defined in NumPy: loops would tell no more
_HOMES = {
    "naive": dict.fromkeys(_NUMBA, "naive") | {"warp": "naive_warping"} | _NOISE,
    "numpy": dict.fromkeys(_NUMBA, "vectorized") | _NOISE,
    "numba": _NUMBA,
}


def _checked(name: str, where: str) -> str:
    if name in _HOMES:
        return name
    near = difflib.get_close_matches(str(name).lower(), _HOMES, cutoff=0.3)
    hint = f"did you mean {' or '.join(map(repr, near))}" if near else "write 'numba'"
    raise ValueError(
        f"{where} is {name!r}, but the kernels come as 'naive', 'numpy' or 'numba': {hint}?"
    )


_current: str | None = None


def get_backend() -> str:
    """Name of the implementation in use: NANOCONV_BACKEND, or "numba" where that is not set."""
    global _current
    if _current is None:
        _current = _checked(os.environ.get("NANOCONV_BACKEND") or "numba", "NANOCONV_BACKEND")
    return _current


def set_backend(name: str) -> None:
    """Choose the implementation for the whole process: "naive", "numpy" or "numba".

    Raises ValueError for any other name, and keeps the old choice.
    """
    global _current
    _current = _checked(name, "The backend")


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


@functools.cache
def _load(backend: str, function: str) -> Callable[..., Any]:
    module = importlib.import_module(f"{__package__}.{_HOMES[backend][function]}")
    return getattr(module, function)


def implementation(function: str) -> Callable[..., Any]:
    """The function of that name in the implementation in use."""
    return _load(get_backend(), function)
