"""Which compiled convolution runs."""

from __future__ import annotations

from .im2col import conv2d_backward, conv2d_forward

__all__ = ["conv2d_backward", "conv2d_forward"]
