"""nanoconv: convolutional networks from scratch in NumPy and Numba, with Keras' names.

    import nanoconv as keras

Submodules are loaded when they are first used, so that importing nanoconv takes little time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nanoconv.core import absent

if TYPE_CHECKING:
    from nanoconv.dropin import install_as_keras as install_as_keras
    from nanoconv.layers.base.layer import Layer as Layer
    from nanoconv.layers.core.input_layer import Input as Input
    from nanoconv.models import Model as Model
    from nanoconv.models import Sequential as Sequential

__version__ = "0.1.0"

_MODULES = (
    *("activations", "autodiff", "backend", "callbacks", "config", "constraints", "datasets"),
    *("initializers", "kernels", "layers", "losses", "metrics", "mixed_precision", "models"),
    *("ops", "optimizers", "preprocessing", "random", "regularizers", "saving", "study", "utils"),
)
_NAMES = {
    "DTypePolicy": "mixed_precision",
    "Initializer": "initializers",
    "Input": "layers",
    "Layer": "layers",
    "Loss": "losses",
    "Metric": "metrics",
    "Model": "models",
    "Optimizer": "optimizers",
    "Regularizer": "regularizers",
    "Sequential": "models",
    "Variable": "core.variable",
    "install_as_keras": "dropin",
}


def version() -> str:
    """Return the version of nanoconv."""
    return __version__


__getattr__, __dir__ = absent.public(
    __name__,
    {module: f"nanoconv.{module}" for module in _MODULES}
    | {name: f"nanoconv.{module}:{name}" for name, module in _NAMES.items()},
)
