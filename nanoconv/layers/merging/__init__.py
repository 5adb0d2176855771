"""Layers with several inputs: sums, products, extremes, concatenation."""

from nanoconv.layers.merging.arithmetic import (
    Add,
    Average,
    Multiply,
    Subtract,
    add,
    average,
    multiply,
    subtract,
)
from nanoconv.layers.merging.concatenation import Concatenate, concatenate
from nanoconv.layers.merging.extremes import Maximum, Minimum, maximum, minimum

__all__ = [
    "Add",
    "Average",
    "Concatenate",
    "Maximum",
    "Minimum",
    "Multiply",
    "Subtract",
    "add",
    "average",
    "concatenate",
    "maximum",
    "minimum",
    "multiply",
    "subtract",
]
