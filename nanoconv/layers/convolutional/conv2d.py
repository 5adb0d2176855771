"""Convolution: the same small kernel looks at every place of the image.

Reference: Dumoulin and Visin, A guide to convolution arithmetic, https://arxiv.org/abs/1603.07285
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv import activations, kernels
from nanoconv.core.graph import Shape
from nanoconv.core.registry import register
from nanoconv.layers.base.argument_checks import known_last, positive_int, refuse
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.sliding_window import SlidingWindow


@register("layers", "Convolution2D")
class Conv2D(SlidingWindow):
    """y = activation(x ⋆ K + b), where ⋆ slides the kernel K over the image x.

    Args:
        filters: number of output channels O.
        kernel_size: (KH, KW), or one size for both.
        strides: (SH, SW), how far the kernel moves.
        padding: `"valid"` (stay inside) or `"same"` (zeros around; with stride 1 the size stays).
        data_format: `"channels_last"` or None.
        dilation_rate: (DH, DW), the distance between the kernel's taps.
        groups: 1; grouped convolution is not supported.
        activation: a name, a function of `activations`, or None.
        use_bias: whether b is added.
        kernel_initializer, bias_initializer: how K and b begin.
        kernel_regularizer, bias_regularizer: penalties that join the loss.
        kernel_constraint, bias_constraint: projections after each update.

    Raises:
        ValueError: for arguments out of range, and inputs that are not (N, H, W, C).

    Shapes:
        x (N, H, W, C), K `kernel` (KH, KW, C, O), b `bias` (O,), y (N, OH, OW, O)
        valid: OH = ⌊(H - DH (KH - 1) - 1) / SH⌋ + 1;  same: OH = ⌈H / SH⌉

    Math (p is x with its padding):
        h = oh SH + kh DH,  w = ow SW + kw DW, the pixel of p under K[kh,kw]
        z[n,oh,ow,o] = Σ_{kh,kw,c} p[n,h,w,c] K[kh,kw,c,o] + b[o]
        y = activation(z)
        dz = dy * activation'(z)
        dkernel[kh,kw,c,o] = Σ_{n,oh,ow} p[n,h,w,c] dz[n,oh,ow,o]
        dp[n,h,w,c] += Σ_o dz[n,oh,ow,o] K[kh,kw,c,o],  dx = dp without padding
        dbias[o] = Σ_{n,oh,ow} dz[n,oh,ow,o]

    Example:
        >>> x = np.zeros((2, 28, 28, 1))
        >>> Conv2D(8, 3)(x).shape
        (2, 26, 26, 8)
        >>> Conv2D(8, 3, strides=2, padding="same")(x).shape
        (2, 14, 14, 8)

    Reference: https://keras.io/api/layers/convolution_layers/convolution2d/
    """

    fuses_relu = True

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        refuse(self.name, groups=groups)
        self.filters = positive_int(filters, "filters", self.name)
        self.kernel_size = self.window_size
        self.groups = 1
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.keep_options("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        self.keep_options("bias", bias_initializer, bias_regularizer, bias_constraint)

    def build(self, input_shape: Shape) -> None:
        """Create kernel (KH, KW, C, O) and bias (O,)."""
        C, O = known_last(input_shape, self.name), self.filters
        self.kernel = self.add_parameter((*self.kernel_size, C, O), "kernel")
        self.bias = self.add_parameter((O,), "bias") if self.use_bias else None

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Compute y = activation(x ⋆ K + b)."""
        K, b = self.kernel.value, None if self.bias is None else self.bias.value
        z = kernels.conv2d_forward(x, K, b, self.window(x.shape), self.fused_relu)  # (N, OH, OW, O)
        if cache is not None:
            cache.x = x
        return self.activate(z, cache)

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray | None:
        """Compute dx, and add dkernel and dbias."""
        x, K = cache.x, self.kernel.value
        dz = self.activation_backward(dy, cache)
        dx, dkernel, dbias = kernels.conv2d_backward(
            x, K, dz, self.window(x.shape), cache.mask, cache.need_dx
        )
        cache.add_gradient(self.kernel, dkernel)
        cache.add_gradient(self.bias, dbias)
        return dx

    def output_channels(self, C: int | None) -> int:
        """Return O."""
        return self.filters
