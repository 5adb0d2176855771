"""Functions of arrays and tensors, with the names of `keras.ops`.

Given NumPy arrays they compute at once. Given tensors they do so as well, and the tapes of
`nanoconv.autodiff` record them.

Reference: https://keras.io/api/ops/
"""

# ruff: noqa: F403
from nanoconv.core import absent
from nanoconv.core.graph import SymbolicTensor
from nanoconv.ops import control_ops, linear_ops, math_ops, neural_ops, shape_ops
from nanoconv.ops import image_ops as image  # noqa: F401
from nanoconv.ops.control_ops import *
from nanoconv.ops.linear_ops import *
from nanoconv.ops.math_ops import *
from nanoconv.ops.neural_ops import *
from nanoconv.ops.shape_ops import *
from nanoconv.ops.shape_ops import get_item_at as get_item
from nanoconv.ops.shape_ops import slice_of as slice

_MODULES = (control_ops, linear_ops, math_ops, neural_ops, shape_ops)
__all__ = sorted(
    {name for module in _MODULES for name in module.__all__} - {"get_item_at", "slice_of"}
)
__all__ += ["get_item", "slice"]

SymbolicTensor.operations = {name: globals()[name] for name in __all__}
__getattr__, __dir__ = absent.public(__name__)
