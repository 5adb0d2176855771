"""Keras' modules, their deeper and older places, and what nanoconv has there.

A module of Keras' public API is nanoconv's module of the same name. Deeper paths, such as
`keras.layers.convolutional` or `keras.utils.np_utils`, once existed and are still imported; they
become a `Door`, through which the names of nanoconv's modules are seen.
"""

from __future__ import annotations

import importlib.util
from types import ModuleType
from typing import Any

from nanoconv.core import absent
from nanoconv.core.absent import NotInNanoconv
from nanoconv.dropin.monkey_patching import warn

# Where Keras itself may lie, the longest first.
PREFIXES = (
    "tensorflow.python.keras.api._v2.keras",
    "tensorflow.compat.v1.keras",
    "tensorflow.compat.v2.keras",
    "tensorflow.contrib.keras.python.keras",
    "tensorflow.contrib.keras",
    "tensorflow.python.keras",
    "tensorflow.keras",
    "keras.api._v2.keras",
    "keras.api",
    "keras.src",
    "keras",
    "tf_keras",
)

PUBLIC = {
    *("activations", "backend", "callbacks", "config", "constraints", "datasets", "initializers"),
    *("layers", "losses", "metrics", "mixed_precision", "models", "ops", "optimizers"),
    *("preprocessing", "random", "regularizers", "saving", "utils"),
    *("optimizers.schedules", "preprocessing.image"),
    *(f"datasets.{name}" for name in ("mnist", "fashion_mnist", "cifar10", "cifar100")),
}

# Keras' older places -> the modules of nanoconv that have their names now.
OLD = {
    "backend.tensorflow_backend": ("backend",),
    "engine": ("models", "layers"),
    "legacy": ("layers", "models"),
    "optimizer_v1": ("optimizers",),
    "optimizer_v2": ("optimizers", "optimizers.schedules"),
    "saving": ("saving", "models"),
    "saving.save": ("saving", "models"),
    "utils.generic_utils": ("utils", "saving"),
    "utils.io_utils": ("utils",),
    "utils.vis_utils": ("utils",),
}


class Door(ModuleType):
    """A module, imported by an old path, that shows the names of other modules, in order."""

    def __init__(self, name: str, modules: list[ModuleType]) -> None:
        super().__init__(name, f"The names of {', '.join(m.__name__ for m in modules)}.")
        self._modules = modules
        self.__path__: list[str] = []  # so that deeper paths are asked for, too

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("__"):
            for module in self._modules[:-1]:
                if name in vars(module):
                    return vars(module)[name]
            return getattr(self._modules[-1], name)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")


def resolve(fullname: str) -> ModuleType:
    """Return the module that `import fullname` shall give.

    Args:
        fullname: below `keras`, `tensorflow`, `tf_keras` or `tensorflow_datasets`.

    Raises:
        NotInNanoconv: where nanoconv has nothing of the kind.
    """
    for prefix in PREFIXES:
        if fullname == prefix:
            return importlib.import_module("nanoconv")
        if fullname.startswith(f"{prefix}."):
            return _resolve_keras(fullname, fullname.removeprefix(f"{prefix}."))
    if fullname.partition(".")[0] == "tensorflow_datasets":
        raise NotInNanoconv(
            f"{fullname} needs TensorFlow itself; write keras.datasets.mnist.load_data(), which "
            "also reads what tensorflow_datasets has downloaded."
        )
    from nanoconv.dropin import tensorflow

    return tensorflow.module(fullname)


def _resolve_keras(fullname: str, place: str) -> ModuleType:
    """Return nanoconv's module for a place below `keras`."""
    if place in PUBLIC:
        return importlib.import_module(f"nanoconv.{place}")
    parent, _, name = place.rpartition(".")
    family = place.partition(".")[0]
    message = absent.advice(parent, name) or absent.advice("", family)
    if message is not None and place not in OLD:
        raise NotInNanoconv(message)
    if family not in PUBLIC and family not in OLD:
        raise NotInNanoconv(f"{fullname} is not in nanoconv; write it without this import.")
    warn(f"{fullname} is an old or inner place of Keras; write keras.{family}.")
    if place == "layers.merge":  # a function, too
        return importlib.import_module("nanoconv.layers").merge
    names = list(OLD.get(place) or OLD.get(family) or (family,))
    # Python will bind the door in the parent, where nanoconv may have a module of that name.
    if importlib.util.find_spec(f"nanoconv.{parent}") and importlib.util.find_spec(
        f"nanoconv.{place}"
    ):
        names.insert(0, place)
    return Door(fullname, [importlib.import_module(f"nanoconv.{each}") for each in names])
