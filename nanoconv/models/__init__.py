"""Models: layers put together, and the training loop.

Reading order: `sequential` (a chain of layers), `model` (what every model is), `program` (the
walks forward and backward), `training` (the loop), `objective` and `data` (what it is given).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from nanoconv.core import absent
from nanoconv.models.cloning import clone_model
from nanoconv.models.functional import Functional
from nanoconv.models.model import Model
from nanoconv.models.sequential import Sequential

if TYPE_CHECKING:
    from nanoconv.saving import load_model as load_model
    from nanoconv.saving import model_from_json as model_from_json
    from nanoconv.saving import save_model as save_model

__all__ = ["Functional", "Model", "Sequential", "clone_model"]

_OF_SAVING = ("load_model", "model_from_json", "save_model")  # kept there, offered here as well


def __getattr__(name: str) -> Any:
    if name in _OF_SAVING:
        return getattr(importlib.import_module("nanoconv.saving"), name)
    return absent.refuse(__name__)(name)
