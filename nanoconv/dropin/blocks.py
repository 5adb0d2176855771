"""Blocks of layers written as `class Block(layers.Layer)` with `call`, as Keras allows.

nanoconv differentiates what a Model calls; a Layer brings its own gradient. So a class that only
calls other layers becomes a Model where it is defined. One that has `build`, and so parameters of
its own, stays a Layer, which asks for `forward` and `backward`.

Reference: https://keras.io/guides/making_new_layers_and_models_via_subclassing/
"""

from __future__ import annotations

import inspect
from typing import Any

from nanoconv import layers, models
from nanoconv.dropin.monkey_patching import Patches

patches = Patches()
_today = inspect.getattr_static(layers.Layer, "__init_subclass__").__func__


def _init_subclass(cls: type, **options: Any) -> None:
    """Let subclasses of Layer with `call`, and without `forward` and `build`, be Models."""
    _today(cls, **options)
    own = vars(cls)
    if "call" in own and layers.Layer in cls.__bases__ and not {"build", "forward"} & {*own}:
        cls.__bases__ = tuple(
            models.Model if base is layers.Layer else base for base in cls.__bases__
        )


patches.add(layers.Layer, __init_subclass__=classmethod(_init_subclass))
