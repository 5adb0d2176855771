"""Models: layers put together, and the training loop.

Reading order: `model` (what every model is, and the training loop), `program` (the passes forward
and backward), `objective` (losses and metrics), `data` (batches), `sequential` (a chain of layers).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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

__getattr__, __dir__ = absent.public(
    __name__,
    {name: f"nanoconv.saving:{name}" for name in ("load_model", "model_from_json", "save_model")},
)
