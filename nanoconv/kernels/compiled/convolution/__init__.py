"""Compiled convolution: `choice` picks Winograd, direct or im2col for each shape."""
