"""Input and Dense."""

from nanoconv.layers.core.dense import Dense
from nanoconv.layers.core.input_layer import Input, InputLayer

__all__ = [
    "Dense",
    "Input",
    "InputLayer",
]
