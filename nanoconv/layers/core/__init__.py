"""Input and Dense."""

from nanoconv.layers.core.dense import Dense
from nanoconv.layers.core.input_layer import Input, InputLayer
from nanoconv.layers.core.lambda_layer import ActivityRegularization, Identity, Lambda

__all__ = [
    "ActivityRegularization",
    "Dense",
    "Identity",
    "Input",
    "InputLayer",
    "Lambda",
]
