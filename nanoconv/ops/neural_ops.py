"""Activations, convolution, pooling and cross-entropies, with the names of `keras.ops`.

Activations and cross-entropies are written in functions that have a rule, so that they can be
differentiated twice; convolution and pooling are one record each, whose gradient a kernel computes.
Arguments are those of Keras: `target` labels and `output` predictions, `from_logits` whether these
are logits, `axis` of the classes.

Reference: https://keras.io/api/ops/nn/
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from nanoconv import config, kernels
from nanoconv.autodiff.engine import Tensor, node
from nanoconv.kernels.shapes import window
from nanoconv.ops.math_ops import clip, logsumexp, scipy_call
from nanoconv.ops.operation import as_floats, as_tensor, op
from nanoconv.ops.shape_ops import one_hot

__all__ = [
    "average_pool", "batch_normalization", "binary_crossentropy", "categorical_crossentropy",
    "celu", "conv", "conv_transpose", "depthwise_conv", "elu", "gelu", "hard_sigmoid",
    "hard_silu", "hard_swish", "hard_tanh", "leaky_relu", "log_sigmoid", "log_softmax",
    "max_pool", "relu", "relu6", "selu", "separable_conv", "sigmoid", "silu", "softmax",
    "softplus", "softsign", "sparse_categorical_crossentropy", "swish",
]  # fmt: skip

# ---- activations --------------------------------------------------------------------------------


@op
def relu(x: Any) -> Any:
    """Return max(x, 0); the gradient at 0 is 0."""
    x = as_tensor(x)
    return np.where(np.greater(x, 0), x, np.zeros_like(x))


@op
def relu6(x: Any) -> Any:
    """Return min(max(x, 0), 6)."""
    x = as_tensor(x)
    return np.where(np.less(x, 6), relu(x), np.full_like(x, 6))


@op
def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """Return x where it is positive, else negative_slope x."""
    x = as_floats(x)
    return np.where(np.greater(x, 0), x, negative_slope * x)


@op
def elu(x: Any, alpha: float = 1.0) -> Any:
    """Return x where it is positive, else alpha (exp(x) - 1)."""
    x = as_floats(x)
    positive = np.greater(x, 0)
    return np.where(positive, x, alpha * np.expm1(np.where(positive, np.zeros_like(x), x)))


@op
def selu(x: Any) -> Any:
    """Return elu with the scale that keeps mean 0 and variance 1."""
    return 1.0507009873554805 * elu(x, 1.6732632423543772)


@op
def celu(x: Any, alpha: float = 1.0) -> Any:
    """Return x where it is positive, else alpha (exp(x / alpha) - 1)."""
    x = as_floats(x)
    return alpha * elu(x / alpha)


@op
def sigmoid(x: Any) -> Any:
    """Return 1 / (1 + exp(-x))."""
    return scipy_call(special.expit, as_floats(x))


@op
def log_sigmoid(x: Any) -> Any:
    """Return log(sigmoid(x)), without overflow."""
    return -softplus(-as_floats(x))


@op
def softplus(x: Any) -> Any:
    """Return log(1 + exp(x)), without overflow."""
    x = as_floats(x)
    return np.logaddexp(x, np.zeros_like(x))


@op
def softsign(x: Any) -> Any:
    """Return x / (1 + |x|)."""
    x = as_floats(x)
    return x / (1 + np.absolute(x))


@op
def silu(x: Any) -> Any:
    """Return x sigmoid(x)."""
    x = as_floats(x)
    return x * sigmoid(x)


swish = silu


@op
def gelu(x: Any, approximate: bool = True) -> Any:
    """Return x times the probability that a standard normal value is below x."""
    x = as_floats(x)
    if approximate:
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
    return 0.5 * x * (1 + scipy_call(special.erf, x / math.sqrt(2)))


@op
def hard_sigmoid(x: Any) -> Any:
    """Return x / 6 + 1/2 between 0 and 1."""
    return relu6(as_floats(x) + 3) / 6


@op
def hard_silu(x: Any) -> Any:
    """Return x hard_sigmoid(x)."""
    return as_floats(x) * hard_sigmoid(x)


hard_swish = hard_silu


@op
def hard_tanh(x: Any) -> Any:
    """Return x between -1 and 1."""
    return clip(as_floats(x), -1, 1)


@op
def softmax(x: Any, axis: Any = -1) -> Any:
    """Return exp(x) divided by its sum along an axis."""
    x = as_floats(x)
    return np.exp(x - logsumexp(x, axis, keepdims=True))


@op
def log_softmax(x: Any, axis: Any = -1) -> Any:
    """Return log(softmax(x)), without overflow."""
    x = as_floats(x)
    return x - logsumexp(x, axis, keepdims=True)


# ---- convolution and pooling --------------------------------------------------------------------


def _two(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))


def _check_format(data_format: str | None, x: Any, name: str) -> None:
    if data_format not in (None, "channels_last") or x.ndim != 4:
        raise ValueError(
            f"ops.{name} got inputs of shape {x.shape} with data_format={data_format!r}, but "
            "images (N, H, W, C) are needed; write ops.transpose(x, (0, 2, 3, 1))."
        )


@op
def conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """Convolve images (N, H, W, C) with a kernel (KH, KW, C, O). See `kernels.conv2d_forward`."""
    x, k = as_floats(inputs), as_floats(kernel)
    _check_format(data_format, x, "conv")
    return _windowed(
        "conv",
        kernels.conv2d_forward,
        kernels.conv2d_backward,
        x,
        k,
        strides,
        padding,
        dilation_rate,
    )


@op
def depthwise_conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """Convolve each channel on its own with a kernel (KH, KW, C, M)."""
    x, k = as_floats(inputs), as_floats(kernel)
    _check_format(data_format, x, "depthwise_conv")
    forward, backward = kernels.depthwise_conv2d_forward, kernels.depthwise_conv2d_backward
    return _windowed("depthwise_conv", forward, backward, x, k, strides, padding, dilation_rate)


def _windowed(
    name: str,
    forward: Any,
    backward: Any,
    x: Any,
    k: Any,
    strides: Any,
    padding: str,
    dilation: Any,
) -> Any:
    images, weights = _plain(x), _plain(k)
    sizes = (weights.shape[0], weights.shape[1])
    w = window(sizes, _two(strides), _two(dilation), padding, images.shape[1], images.shape[2])
    y = forward(images, weights, None, w)
    if not (isinstance(x, Tensor) or isinstance(k, Tensor)):
        return y
    return node(name, y, [x, k], lambda dy: backward(images, weights, _plain(dy), w)[:2])


def _plain(x: Any) -> np.ndarray:
    return np.ascontiguousarray(x.value if isinstance(x, Tensor) else x)


@op
def separable_conv(
    inputs: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """Convolve each channel, then mix the channels."""
    y = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(y, pointwise_kernel)


@op
def conv_transpose(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    output_padding: Any = None,
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """Apply the adjoint of a convolution: images (N, H, W, C), kernel (KH, KW, O, C).

    Math: y is what `conv2d_backward` gives as dx for dy = inputs.
    """
    x, k = as_floats(inputs), as_floats(kernel)
    _check_format(data_format, x, "conv_transpose")
    images, weights = _plain(x), _plain(k)
    N, H, W, _ = images.shape
    KH, KW, O, _ = weights.shape
    (SH, SW), (DH, DW) = _two(strides), _two(dilation_rate)
    extra = (None, None) if output_padding is None else _two(output_padding)
    OH = _transposed_length(H, KH, SH, DH, padding, extra[0])
    OW = _transposed_length(W, KW, SW, DW, padding, extra[1])
    w = window((KH, KW), (SH, SW), (DH, DW), padding, OH, OW)
    probe = np.zeros((N, OH, OW, O), images.dtype)
    y = kernels.conv2d_backward(probe, weights, images, w)[0]
    if not (isinstance(x, Tensor) or isinstance(k, Tensor)):
        return y

    def backward(dy: Any) -> tuple[Any, Any]:
        dy = _plain(dy)
        dx = kernels.conv2d_forward(dy, weights, None, w)
        return dx, kernels.conv2d_backward(dy, weights, images, w, need_dx=False)[1]

    return node("conv_transpose", y, [x, k], backward)


def _transposed_length(n: int, k: int, s: int, d: int, padding: str, extra: int | None) -> int:
    reach = (k - 1) * d + 1
    if extra is not None:
        sides = reach // 2 * 2 if padding == "same" else 0
        return (n - 1) * s + reach - sides + extra
    return n * s if padding == "same" else n * s + max(reach - s, 0)


@op
def max_pool(
    inputs: Any,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """Return the largest element under each window of images (N, H, W, C)."""
    x = as_floats(inputs)
    _check_format(data_format, x, "max_pool")
    images, sizes = _plain(x), _two(pool_size)
    w = window(sizes, _two(strides or sizes), (1, 1), padding, images.shape[1], images.shape[2])
    y, argmax = kernels.max_pool_forward(images, w)
    if not isinstance(x, Tensor):
        return y
    return node(
        "max_pool", y, [x], lambda dy: [kernels.max_pool_backward(_plain(dy), argmax, w, x.shape)]
    )


@op
def average_pool(
    inputs: Any,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """Return the mean under each window of images (N, H, W, C)."""
    x = as_floats(inputs)
    _check_format(data_format, x, "average_pool")
    images, sizes = _plain(x), _two(pool_size)
    w = window(sizes, _two(strides or sizes), (1, 1), padding, images.shape[1], images.shape[2])
    y = kernels.average_pool_forward(images, w)
    if not isinstance(x, Tensor):
        return y
    return node(
        "average_pool", y, [x], lambda dy: [kernels.average_pool_backward(_plain(dy), w, x.shape)]
    )


@op
def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    axis: int,
    offset: Any = None,
    scale: Any = None,
    epsilon: float = 1e-3,
) -> Any:
    """Return (x - mean) / sqrt(variance + epsilon) scale + offset, along an axis."""
    x = as_floats(x)
    shape = [1] * x.ndim
    shape[axis] = x.shape[axis]
    mean, variance = (np.reshape(as_tensor(v), shape) for v in (mean, variance))
    y = (x - mean) / np.sqrt(variance + epsilon)
    y = y if scale is None else y * np.reshape(as_tensor(scale), shape)
    return y if offset is None else y + np.reshape(as_tensor(offset), shape)


# ---- cross-entropies ----------------------------------------------------------------------------


@op
def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """Return -sum of target log(output) along an axis.

    Math: probabilities are divided by their sum, and kept between epsilon and 1 - epsilon.
    """
    y, p = as_floats(target), as_floats(output)
    if from_logits:
        return -np.sum(y * log_softmax(p, axis), axis=axis)
    p = p / np.sum(p, axis=axis, keepdims=True)
    epsilon = config.epsilon()
    return -np.sum(y * np.log(clip(p, epsilon, 1 - epsilon)), axis=axis)


@op
def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """Return -log(output of the label's class)."""
    p = as_floats(output)
    labels = np.asarray(as_tensor(target)).astype(np.int64)
    if labels.ndim == p.ndim and labels.shape[-1] == 1:
        labels = labels[..., 0]
    hot = one_hot(labels, p.shape[axis], axis, p.dtype)
    return categorical_crossentropy(hot, p, from_logits, axis)


@op
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """Return -(target log(output) + (1 - target) log(1 - output)), elementwise."""
    y, p = as_floats(target), as_floats(output)
    if from_logits:
        return relu(p) - p * y + np.log1p(np.exp(-np.absolute(p)))
    p = clip(p, config.epsilon(), 1 - config.epsilon())
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))
