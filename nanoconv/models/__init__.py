"""Models: layers put together, and the training loop.

Reading order: `sequential` (a chain of layers), `model` (what every model is), `program` (the
walks forward and backward), `training` (the loop), `objective` and `data` (what it is given).
"""

from nanoconv.models.functional import Functional
from nanoconv.models.model import Model
from nanoconv.models.sequential import Sequential

__all__ = ["Functional", "Model", "Sequential"]
