"""A bare `import tensorflow`: what Keras scripts use of it; all else is refused by a sentence.

Reference: https://www.tensorflow.org/api_docs/python/tf
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from nanoconv.core.absent import NotInNanoconv
from nanoconv.dropin.tensor_functions import BELOW, NAMES

_KERAS = ("losses", "metrics", "optimizers", "initializers")  # tf.losses is tf.keras.losses

# What else scripts use of TensorFlow, and what to write instead.
_INSTEAD = {
    "gradients": "layers know their own gradients; write model.fit or model.train_on_batch",
    "data": "write tf.data.Dataset.from_tensor_slices, arrays, or a keras.utils.PyDataset, for fit",
    "distribute": "nanoconv computes on one CPU; save the model as .keras and go on in Keras",
    "image": "write nanoconv.preprocessing.image or NumPy",
    "io": "write nanoconv.utils.load_img or Python's open",
    "lite": "save the model as .keras, and convert it with Keras and TensorFlow",
    "saved_model": "write model.save('model.keras')",
    "summary": "write keras.callbacks.TensorBoard",
    "placeholder": "write keras.Input(shape=...)",
    "Module": "write a keras.Model",
    "contrib": "write keras",
    "examples": "write keras.datasets.mnist",
    "estimator": "write keras.Model",
    "layers": "write keras.layers",
}


class StandIn(ModuleType):
    """Stands for the module at a place below `tensorflow`, such as `"nn"`; empty for itself."""

    def __init__(self, place: str) -> None:
        super().__init__(f"tensorflow.{place}".removesuffix("."), __doc__)
        self._place = place
        self.__path__: list[str] = []
        for name, value in NAMES[_plain(place)].items():
            if value is not BELOW:
                setattr(self, name, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        try:
            return importlib.import_module(f"{self.__name__}.{name}")
        except NotInNanoconv as refusal:
            raise AttributeError(str(refusal)) from None


def _plain(place: str) -> str:
    """Return a place without `compat.v1`, where the same names are."""
    for version in ("compat.v1", "compat.v2"):
        if place == version or place.startswith(f"{version}."):
            return place.removeprefix(version).removeprefix(".")
    return place


def module(fullname: str) -> ModuleType:
    """Return the module that stands for one of TensorFlow's, such as `"tensorflow.nn"`.

    Raises:
        NotInNanoconv: where there is none; the sentence says what to write.
    """
    full_place = fullname.removeprefix("tensorflow").removeprefix(".")
    place = _plain(full_place)
    if place in _KERAS:
        return importlib.import_module(f"nanoconv.{place}")
    if place in NAMES:
        return StandIn(full_place)
    name = place.rpartition(".")[2]
    message = _INSTEAD.get(name) or _INSTEAD.get(place.partition(".")[0])
    message = message or "of TensorFlow it has what Keras scripts use most; write it with NumPy"
    raise NotInNanoconv(f"tf.{place} is not in nanoconv: {message}.")
