"""Layers as Keras 1 and 2 called them: kernels as rows and columns, `merge`, shapes as attributes.

Reference: https://github.com/keras-team/keras/wiki/Keras-2.0-release-notes
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from nanoconv import layers
from nanoconv.dropin.teaching import add, wrap

_MODES = {
    "sum": layers.Add,
    "mul": layers.Multiply,
    "ave": layers.Average,
    "max": layers.Maximum,
    "concat": layers.Concatenate,
}


def accept(old: set[str]) -> None:
    """Teach the layers their old ways.

    Args:
        old: Conv2D's arguments that only Keras 1 had.
    """
    wrap(layers.Conv2D, "__init__", lambda init: _accepting_rows_and_columns(init, old))
    wrap(layers.AveragePooling2D, "__init__", lambda init: _with_default(init, pool_size=(2, 2)))
    for name in ("input", "output"):
        add(layers.Layer, f"{name}_shape", property(_shape_of(name)))


def merge(
    inputs: Sequence[Any], mode: str = "sum", concat_axis: int = -1, name: str | None = None
) -> Any:
    """Join symbolic tensors, as the function `merge` of Keras 1 did.

    Args:
        inputs: two or more symbolic tensors.
        mode: "sum", "mul", "ave", "max" or "concat".
        concat_axis: where to concatenate.
        name: of the layer.

    Raises:
        ValueError: for another mode.
    """
    if mode not in _MODES:
        raise ValueError(f"merge got mode={mode!r}, but nanoconv has {', '.join(_MODES)}.")
    layer = _MODES[mode]
    told = f"merge(mode={mode!r}) is an old name; write {layer.__name__}()([...])."
    warnings.warn(told, DeprecationWarning, stacklevel=3)
    axis = {"axis": concat_axis} if mode == "concat" else {}
    return layer(name=name, **axis)(list(inputs))


def _accepting_rows_and_columns(init: Callable[..., None], old: set[str]) -> Callable[..., None]:
    """Return Conv2D's `__init__` that also takes Keras 1's (filters, rows, columns, ...).

    Two numbers behind the filters were the kernel's size in Keras 1, and are its size and the
    strides since then. They are read in the old way where another argument is one of Keras 1's,
    and in all layers that follow, because a script does not change its age.
    """
    keras_1 = False

    @functools.wraps(init)
    def call(self: Any, *args: Any, **kwargs: Any) -> None:
        nonlocal keras_1
        keras_1 = keras_1 or bool(old.intersection(kwargs))
        if keras_1 and len(args) >= 3 and all(isinstance(n, int) for n in args[1:3]):
            args = (args[0], tuple(args[1:3]), *args[3:])
        if "nb_row" in kwargs and "nb_col" in kwargs:
            kwargs["kernel_size"] = (kwargs.pop("nb_row"), kwargs.pop("nb_col"))
        init(self, *args, **kwargs)

    return call


def _with_default(init: Callable[..., None], **default: Any) -> Callable[..., None]:
    """Return an `__init__` whose first argument may be left out, as it once could."""

    @functools.wraps(init)
    def call(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **(kwargs if args else default | kwargs))

    return call


def _shape_of(tensor: str) -> Callable[[Any], Any]:
    """Return a getter of the shape of a layer's input or output."""

    def shape(self: Any) -> Any:
        told = f"{tensor}_shape is an old name for layers; write layer.{tensor}.shape."
        warnings.warn(told, DeprecationWarning, stacklevel=2)
        found = getattr(self, tensor)
        return [t.shape for t in found] if isinstance(found, list) else found.shape

    return shape
