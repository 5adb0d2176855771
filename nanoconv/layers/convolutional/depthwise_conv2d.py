"""Convolution with fewer parameters: every channel is filtered by itself.

Reference: Howard et al., MobileNets, https://arxiv.org/abs/1704.04861;
    Chollet, Xception, https://arxiv.org/abs/1610.02357
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv import activations, kernels
from nanoconv.core.graph import Shape
from nanoconv.core.registry import register
from nanoconv.kernels.shapes import window
from nanoconv.layers.base.argument_checks import known_last, positive_int
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.sliding_window import SlidingWindow


@register("layers")
class DepthwiseConv2D(SlidingWindow):
    """y = activation(x ⋆ K + b), where each channel of x meets M kernels of its own.

    Args:
        kernel_size: (KH, KW), or one size for both.
        strides: (SH, SW), how far the kernels move.
        padding: `"valid"` (stay inside) or `"same"` (zeros around).
        depth_multiplier: M, how many output channels each channel gives.
        data_format: `"channels_last"` or None.
        dilation_rate: (DH, DW), the distance between the kernels' taps.
        activation: a name, a function of `activations`, or None.
        use_bias: whether b is added.
        depthwise_initializer, bias_initializer: how K and b begin.
        depthwise_regularizer, bias_regularizer: penalties that join the loss.
        depthwise_constraint, bias_constraint: projections after each update.

    Raises:
        ValueError: for arguments out of range, and inputs that are not (N, H, W, C).

    Shapes:
        x (N, H, W, C), K `kernel` (KH, KW, C, M), b `bias` (C M,), y (N, OH, OW, C M)

    Math (p is x with its padding):
        z[n,oh,ow,c M + m] = Σ_{kh,kw} p[n,h,w,c] K[kh,kw,c,m] + b[c M + m], h and w as in Conv2D
        y = activation(z)
        dz = dy * activation'(z), then dx, dkernel and dbias as in Conv2D, channel by channel

    Example:
        >>> DepthwiseConv2D(3, depth_multiplier=2)(np.zeros((2, 28, 28, 8))).shape
        (2, 26, 26, 16)

    Reference: https://keras.io/api/layers/convolution_layers/depthwise_convolution2d/
    """

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        kwargs.update(activity_regularizer=activity_regularizer)
        super().__init__(kernel_size, strides, padding, data_format, dilation_rate, **kwargs)
        self.kernel_size = self.window_size
        self.depth_multiplier = positive_int(depth_multiplier, "depth_multiplier", self.name)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.keep_options(
            "depthwise", depthwise_initializer, depthwise_regularizer, depthwise_constraint
        )
        self.keep_options("bias", bias_initializer, bias_regularizer, bias_constraint)

    def build(self, input_shape: Shape) -> None:
        """Create kernel (KH, KW, C, M) and bias (C M,)."""
        C, M = known_last(input_shape, self.name), self.depth_multiplier
        self.kernel = self.add_parameter((*self.kernel_size, C, M), "kernel", "depthwise")
        self.bias = self.add_parameter((C * M,), "bias") if self.use_bias else None

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Compute y = activation(x ⋆ K + b)."""
        K, b = self.kernel.value, None if self.bias is None else self.bias.value
        z = kernels.depthwise_conv2d_forward(x, K, b, self.window(x.shape))  # (N, OH, OW, C M)
        if cache is not None:
            cache.x = x
        return self.activate(z, cache)

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray | None:
        """Compute dx, and add dkernel and dbias."""
        x, K = cache.x, self.kernel.value
        dz = self.activation_backward(dy, cache)
        dx, dkernel, dbias = kernels.depthwise_conv2d_backward(
            x, K, dz, self.window(x.shape), need_dx=cache.need_dx
        )
        cache.add_gradient(self.kernel, dkernel)
        cache.add_gradient(self.bias, dbias)
        return dx

    def output_channels(self, C: int | None) -> int | None:
        """Return C M."""
        return None if C is None else C * self.depth_multiplier


@register("layers", "SeparableConvolution2D")
class SeparableConv2D(SlidingWindow):
    """y = activation((x ⋆ D) P + b): filter each channel by itself, then mix the channels.

    Args:
        filters: number of output channels O.
        kernel_size: (KH, KW) of D, or one size for both.
        strides: (SH, SW), how far D moves.
        padding: `"valid"` (stay inside) or `"same"` (zeros around).
        data_format: `"channels_last"` or None.
        dilation_rate: (DH, DW), the distance between the taps of D.
        depth_multiplier: M, how many channels D makes of each one.
        activation: a name, a function of `activations`, or None.
        use_bias: whether b is added.
        depthwise_initializer, pointwise_initializer, bias_initializer: how D, P and b begin.
        depthwise_regularizer, pointwise_regularizer, bias_regularizer: penalties.
        depthwise_constraint, pointwise_constraint, bias_constraint: projections.

    Raises:
        ValueError: for arguments out of range, and inputs that are not (N, H, W, C).

    Shapes:
        x (N, H, W, C), D `depthwise_kernel` (KH, KW, C, M), h (N, OH, OW, C M),
        P `pointwise_kernel` (1, 1, C M, O), b `bias` (O,), y (N, OH, OW, O)

    Math:
        h = x ⋆ D as in DepthwiseConv2D, without bias
        z[n,oh,ow,o] = Σ_c h[n,oh,ow,c] P[0,0,c,o] + b[o],  y = activation(z)
        dz = dy * activation'(z),  dh = dz Pᵀ,  dP = hᵀ dz,  dbias = Σ dz
        dx and dD from dh as in DepthwiseConv2D

    Example:
        >>> SeparableConv2D(16, 3)(np.zeros((2, 28, 28, 8))).shape
        (2, 26, 26, 16)

    Reference: https://keras.io/api/layers/convolution_layers/separable_convolution2d/
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        kwargs.update(activity_regularizer=activity_regularizer)
        super().__init__(kernel_size, strides, padding, data_format, dilation_rate, **kwargs)
        self.filters = positive_int(filters, "filters", self.name)
        self.kernel_size = self.window_size
        self.depth_multiplier = positive_int(depth_multiplier, "depth_multiplier", self.name)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.keep_options(
            "depthwise", depthwise_initializer, depthwise_regularizer, depthwise_constraint
        )
        self.keep_options(
            "pointwise", pointwise_initializer, pointwise_regularizer, pointwise_constraint
        )
        self.keep_options("bias", bias_initializer, bias_regularizer, bias_constraint)

    def build(self, input_shape: Shape) -> None:
        """Create depthwise_kernel, pointwise_kernel and bias."""
        C, O = known_last(input_shape, self.name), self.filters
        M = self.depth_multiplier
        self.depthwise_kernel = self.add_parameter(
            (*self.kernel_size, C, M), "depthwise_kernel", "depthwise"
        )
        self.pointwise_kernel = self.add_parameter(
            (1, 1, C * M, O), "pointwise_kernel", "pointwise"
        )
        self.bias = self.add_parameter((O,), "bias") if self.use_bias else None

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Compute h = x ⋆ D, then y = activation(h P + b)."""
        D, P = self.depthwise_kernel.value, self.pointwise_kernel.value
        b = None if self.bias is None else self.bias.value
        h = kernels.depthwise_conv2d_forward(x, D, None, self.window(x.shape))  # (N, OH, OW, C M)
        z = kernels.conv2d_forward(h, P, b, _pointwise(h))  # (N, OH, OW, O)
        if cache is not None:
            cache.x, cache.h = x, h
        return self.activate(z, cache)

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray | None:
        """Compute dx, and add the gradients of D, P and b."""
        x, h, D, P = cache.x, cache.h, self.depthwise_kernel.value, self.pointwise_kernel.value
        dz = self.activation_backward(dy, cache)
        dh, dP, dbias = kernels.conv2d_backward(h, P, dz, _pointwise(h))
        assert dh is not None  # it was asked for
        dx, dD, _ = kernels.depthwise_conv2d_backward(
            x, D, dh, self.window(x.shape), need_dx=cache.need_dx
        )
        cache.add_gradient(self.depthwise_kernel, dD)
        cache.add_gradient(self.pointwise_kernel, dP)
        cache.add_gradient(self.bias, dbias)
        return dx

    def output_channels(self, C: int | None) -> int:
        """Return O."""
        return self.filters


def _pointwise(h: np.ndarray) -> kernels.Window:
    """Return the window of 1 x 1 pixel on h."""
    return window((1, 1), (1, 1), (1, 1), "valid", *h.shape[1:3])
