"""nanoconv: convolutional networks from scratch in NumPy and Numba, with Keras' names.

    import nanoconv as keras

Submodules are loaded when they are first used, so that importing nanoconv takes little time.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nanoconv.layers.base import Layer as Layer
    from nanoconv.layers.input import Input as Input
    from nanoconv.models import Model as Model
    from nanoconv.models import Sequential as Sequential

__version__ = "0.1.0"

_MODULES = (
    "activations",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "initializers",
    "kernels",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "random",
    "regularizers",
    "saving",
    "utils",
)
_NAMES = {
    "Input": "layers",
    "Layer": "layers",
    "Model": "models",
    "Sequential": "models",
    "Variable": "variable",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"nanoconv.{name}")
    if name in _NAMES:
        return getattr(importlib.import_module(f"nanoconv.{_NAMES[name]}"), name)
    raise AttributeError(f"module 'nanoconv' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *_NAMES})
