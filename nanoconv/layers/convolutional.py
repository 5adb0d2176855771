"""Convolution: the same small kernel looks at every place of the image.

Reference: Dumoulin and Visin, A guide to convolution arithmetic, https://arxiv.org/abs/1603.07285
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv import activations, constraints, initializers, kernels, regularizers
from nanoconv.config import check_data_format
from nanoconv.graph import Shape
from nanoconv.kernels.shapes import Window, output_length, window
from nanoconv.layers.base import Layer
from nanoconv.layers.cache import Cache
from nanoconv.layers.checks import check_last, check_rank, padding_name, pair, positive_int
from nanoconv.registry import register


@register("layers", "Convolution2D")
class Conv2D(Layer):
    """y = activation(x ⋆ K + b), where ⋆ slides the kernel K over the image x.

    Args:
        filters: number of output channels O.
        kernel_size: (KH, KW), or one number for both.
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
        z[n,i,j,o] = Σ_{k,l,c} p[n, i SH + k DH, j SW + l DW, c] K[k,l,c,o] + b[o],  y = activation(z)
        dz = dy * activation'(z)
        dkernel[k,l,c,o] = Σ_{n,i,j} p[n, i SH + k DH, j SW + l DW, c] dz[n,i,j,o]
        dp[n, i SH + k DH, j SW + l DW, c] += Σ_o dz[n,i,j,o] K[k,l,c,o],  dx = dp without padding
        dbias[o] = Σ_{n,i,j} dz[n,i,j,o]

    Reference: https://keras.io/api/layers/convolution_layers/convolution2d/
    """

    per_image = True

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
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        if groups != 1:
            raise ValueError(
                f"{self.name} got groups={groups!r}, but nanoconv convolves all channels "
                "together; leave groups out, or write DepthwiseConv2D for one group a channel."
            )
        self.filters = positive_int(filters, "filters", self.name)
        self.kernel_size = pair(kernel_size, "kernel_size", self.name)
        self.strides = pair(strides, "strides", self.name)
        self.padding = padding_name(padding, self.name)
        self.data_format = check_data_format(data_format)
        self.dilation_rate = pair(dilation_rate, "dilation_rate", self.name)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{self.name} got strides={self.strides} and dilation_rate={self.dilation_rate}, "
                "but Keras allows only one of them above 1; leave one out."
            )
        self.groups = 1
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def build(self, input_shape: Shape) -> None:
        """Create kernel (KH, KW, C, O) and bias (O,)."""
        C, O = input_shape[-1], self.filters
        self.kernel = self.add_weight(
            (*self.kernel_size, C, O),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.bias = (
            self.add_weight(
                (O,),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )
            if self.use_bias
            else None
        )

    def window(self, x: np.ndarray) -> Window:
        """Return the sliding window's sizes, strides and padding on an image of x's size."""
        return window(
            self.kernel_size, self.strides, self.dilation_rate, self.padding, *x.shape[1:3]
        )

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Compute y = activation(x ⋆ K + b)."""
        K, b = self.kernel.value, self.bias.value if self.bias else None
        fused = self.activation is activations.relu  # relu is applied by the kernel itself
        z = kernels.conv2d_forward(x, K, b, self.window(x), relu=fused)  # (N, OH, OW, O)
        if cache is not None:
            cache.x, cache.y = x, z
        return z if fused else self.activate(self.activation, z, cache)

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray | None:
        """Compute dx, and add dkernel and dbias."""
        x, K = cache.x, self.kernel.value
        fused = self.activation is activations.relu
        dz = dy if fused else self.activation_backward(self.activation, dy, cache)
        dx, dkernel, dbias = kernels.conv2d_backward(
            x, K, dz, self.window(x), y=cache.y if fused else None, need_dx=cache.need_dx
        )
        cache.add_gradient(self.kernel, dkernel)
        if self.bias:
            cache.add_gradient(self.bias, dbias)
        return dx

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (N, OH, OW, O)."""
        N, *image, _ = input_shape
        OH, OW = (
            None if n is None else output_length(n, k, s, d, self.padding)
            for n, k, s, d in zip(
                image, self.kernel_size, self.strides, self.dilation_rate, strict=True
            )
        )
        return (N, OH, OW, self.filters)

    def check_input_shape(self, input_shape: Shape) -> None:
        """Check (N, H, W, C): rank, channels, and room for the kernel."""
        check_image(self, input_shape)
        if input_shape[-1] is None and not self.built:
            raise ValueError(
                f"{self.name} got an input of shape {tuple(input_shape)}, but the number of "
                "channels must be known; write Input(shape=(None, None, 3))."
            )
        if self.built:
            check_last(input_shape, self.kernel.shape[2], self.name, "channels")
        check_room(self, input_shape)


def check_image(layer: Layer, input_shape: Shape) -> None:
    """Check that an input is a batch of images (N, H, W, C)."""
    check_rank(
        input_shape,
        4,
        layer.name,
        "(N, H, W, C)",
        "grey images (N, H, W) get their channel axis by x[..., None]",
    )


def check_room(layer: Any, input_shape: Shape) -> None:
    """Check that a layer's window fits into the image at least once."""
    shape = layer.compute_output_shape(input_shape)
    if any(size is not None and size < 1 for size in shape[1:3]):
        raise ValueError(
            f"{layer.name} got an input of shape {tuple(input_shape)}, but its window does not fit "
            f"into {input_shape[1]} x {input_shape[2]} pixels; write padding='same', or use larger "
            "images or fewer pooling layers."
        )
