"""Conv2D, DepthwiseConv2D and SeparableConv2D."""

from nanoconv.layers.convolutional.conv2d import Conv2D
from nanoconv.layers.convolutional.depthwise_conv2d import DepthwiseConv2D, SeparableConv2D

__all__ = [
    "Conv2D",
    "DepthwiseConv2D",
    "SeparableConv2D",
]
