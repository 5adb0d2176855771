"""The fully connected layer: every output sees every input.

Reference: https://cs231n.github.io/linear-classify/, https://keras.io/api/layers/core_layers/dense/
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv import activations, kernels
from nanoconv.core.graph import Shape
from nanoconv.core.registry import register
from nanoconv.layers.base.argument_checks import check_last, known_last, positive_int, refuse
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer import Layer


@register("layers")
class Dense(Layer):
    """y = activation(x K + b)

    Args:
        units: number of outputs O.
        activation: a name, a function of `activations`, or None for none.
        use_bias: whether b is added.
        kernel_initializer, bias_initializer: how K and b begin.
        kernel_regularizer, bias_regularizer: penalties that join the loss.
        kernel_constraint, bias_constraint: projections after each update.
        lora_rank, lora_alpha, quantization_config: not supported, None.

    Raises:
        ValueError: where units is not a positive integer, or the last dimension is not known.

    Shapes:
        x (N, ..., I), K `kernel` (I, O), b `bias` (O,), y (N, ..., O)

    Math:
        z = x K + b,  y = activation(z)
        dz = dy * activation'(z)
        dx = dz Kᵀ,  dkernel = xᵀ dz,  dbias = Σ_N dz

    Example:
        >>> Dense(4)(np.ones((2, 3))).shape
        (2, 4)

    Reference: https://keras.io/api/layers/core_layers/dense/
    """

    fuses_relu = True
    quantization_config: None = None  # as Keras writes it into configurations

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.units = positive_int(units, "units", self.name)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.keep_options("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        self.keep_options("bias", bias_initializer, bias_regularizer, bias_constraint)
        refuse(
            self.name,
            lora_rank=lora_rank,
            lora_alpha=lora_alpha,
            quantization_config=quantization_config,
        )

    def build(self, input_shape: Shape) -> None:
        """Create kernel (I, O) and bias (O,)."""
        I, O = known_last(input_shape, self.name), self.units
        self.kernel = self.add_parameter((I, O), "kernel")
        self.bias = self.add_parameter((O,), "bias") if self.use_bias else None

    def forward(self, x: np.ndarray, cache: Cache | None = None) -> np.ndarray:
        """Compute y = activation(x K + b)."""
        K, b = self.kernel.value, None if self.bias is None else self.bias.value
        x_rows = x.reshape(-1, x.shape[-1])  # (N ..., I)
        z = kernels.dense_forward(x_rows, K, b, self.fused_relu)  # (N ..., O)
        if cache is not None:
            cache.x = x
        return self.activate(z.reshape(*x.shape[:-1], self.units), cache)  # (N, ..., O)

    def backward(self, dy: np.ndarray, cache: Cache) -> np.ndarray | None:
        """Compute dx, and add dkernel and dbias."""
        x, K, mask = cache.x, self.kernel.value, cache.mask
        I, O = K.shape
        dz = self.activation_backward(dy, cache)
        dx, dkernel, dbias = kernels.dense_backward(
            x.reshape(-1, I),  # (N ..., I)
            K,
            dz.reshape(-1, O),  # (N ..., O)
            None if mask is None else mask.reshape(-1, O),
            cache.need_dx,
        )
        cache.add_gradient(self.kernel, dkernel)
        cache.add_gradient(self.bias, dbias)
        return None if dx is None else dx.reshape(x.shape)  # (N, ..., I)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (N, ..., O)."""
        return (*input_shape[:-1], self.units)

    def check_input_shape(self, input_shape: Shape) -> None:
        """Check that the number of inputs I is known and the one the kernel was built for."""
        if not self.built:
            known_last(input_shape, self.name)
        else:
            check_last(input_shape, self.kernel.shape[0], self.name, "features")
