"""The arithmetic of nanoconv: arrays in, arrays out, nothing kept.

Three implementations of one set of functions: `naive` (plain loops, the definition: read it first),
`numpy` and `numba` (compiled, several threads; the default). Choose with `set_backend` or the
environment variable NANOCONV_BACKEND. What each function does stands in `naive`; `dispatch` binds
the implementation in use to its name here.

Arguments that many share: `window` says how a window slides (make one with the function `window`);
`kernel` holds the weights; `dy` is the gradient of the output y; `argmax` is what max_pool_forward
returned; `need_dx=False` leaves dx out (None); `rate`, `seed` and `call` are those of `dropout`.

Arrays are float32 or float64; images (N, H, W, C), kernels (KH, KW, C, O); see `shapes` for words
and letters. Results have the type of x, arguments are never written to (but for the optimizer
updates, which change w and its state in place).

Reference: Goodfellow, Bengio, Courville, "Deep learning", 2016, chapters 6 to 9,
https://www.deeplearningbook.org
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .dispatch import (
    COMPILED,
    get_backend,
    get_winograd,
    implementation,
    set_backend,
    set_winograd,
)
from .hashing import hashed_uniform
from .shapes import Window, output_length, window
from .updates import (
    adadelta_update,
    adagrad_update,
    adam_update,
    adamax_update,
    momentum_update,
    nadam_update,
    rmsprop_update,
    sgd_update,
)

if TYPE_CHECKING:
    from .naive import *  # noqa: F403

__all__ = [
    "Window",
    "adadelta_update",
    "adagrad_update",
    "adam_update",
    "adamax_update",
    "get_backend",
    "get_winograd",
    "hashed_uniform",
    "momentum_update",
    "nadam_update",
    "output_length",
    "rmsprop_update",
    "set_backend",
    "set_winograd",
    "sgd_update",
    "window",
]
__all__ += sorted(COMPILED.keys() - {"update"})


def __getattr__(name: str) -> Any:
    """Bind a kernel when it is first asked for, and after `set_backend`."""
    if name in COMPILED:
        return implementation(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}.")


def __dir__() -> list[str]:
    return sorted(__all__)
