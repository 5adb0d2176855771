"""Automatic differentiation: tensors, a tape, and a table of vector-Jacobian products.

Read `engine` first (how a gradient is found), then `rules` (what each operation gives back).
"""

from nanoconv.autodiff import rules as rules
from nanoconv.autodiff.engine import Record, Tape, Tensor, apply, node, unbroadcast, vjp
from nanoconv.core import absent

__all__ = ["Record", "Tape", "Tensor", "apply", "node", "unbroadcast", "vjp"]

__getattr__, __dir__ = absent.public(__name__)
