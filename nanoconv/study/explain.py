"""Explains one output value of a layer: the products it is the sum of.

    z = Σ value * weight + bias,   y = activation(z)

holds for convolution and dense layers, with the layer's kernel as weights, and for pooling, too: an
average weighs its R cells by 1/R, a maximum weighs the winner by one and the others by zero (the
weights are dy/dx, the share of each input in the gradient).

Reference: https://cs231n.github.io/convolutional-networks/#conv
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nanoconv.layers.base.layer import Layer
from nanoconv.layers.convolutional.conv2d import Conv2D
from nanoconv.layers.core.dense import Dense
from nanoconv.layers.pooling.global_pooling import GlobalAveragePooling2D, GlobalMaxPooling2D
from nanoconv.layers.pooling.pooling2d import AveragePooling2D, MaxPooling2D

LINES = 12  # products that a printed explanation shows


@dataclass(frozen=True)
class Product:
    """One value of the input, its weight, and their product."""

    place: tuple[int, ...]  # where the value lies in x
    value: float
    weight: float
    product: float


@dataclass(frozen=True)
class Explanation:
    """The products behind one output value: print it, or draw it with `plot_explanation`.

    `values`, `weights`, `products` and `inside` have one shape: (KH, KW, C) under a convolution's
    window, (KH, KW) for pooling, (I,) for a dense layer. Cells outside the image hold 0, and False
    in `inside`. `window` is (top, left, height, width) in the image, and may reach over its edge.
    """

    layer: Layer
    index: tuple[int, ...]
    values: np.ndarray
    weights: np.ndarray
    inside: np.ndarray
    places: np.ndarray  # (..., x.ndim): where each value lies in x
    window: tuple[int, int, int, int] | None
    bias: float
    y: float

    @property
    def products(self) -> np.ndarray:
        """values * weights."""
        return self.values * self.weights

    @property
    def z(self) -> float:
        """The sum of the products, and the bias."""
        return float(self.products.sum(dtype=np.float64)) + self.bias

    @property
    def activation(self) -> str:
        """The name of the function that makes y of z."""
        function = getattr(self.layer, "activation", None)
        return "linear" if function is None else getattr(function, "__name__", "activation")

    def terms(self) -> list[Product]:
        """Return the products, the weightiest first; cells outside the image do not count."""
        cells = [
            Product(tuple(map(int, place)), float(value), float(weight), float(value * weight))
            for place, value, weight in zip(
                self.places[self.inside],
                self.values[self.inside],
                self.weights[self.inside],
                strict=True,
            )
        ]
        return sorted(cells, key=lambda cell: -abs(cell.product))

    def __str__(self) -> str:
        terms = self.terms()
        rest = sum(term.product for term in terms[LINES:])
        made = "" if self.activation == "linear" else f" = {self.activation}({self.z:.4f})"
        lines = [
            f"{self.layer.name}: y{list(self.index)} = {self.y:.4f}{made}",
            f"{'':>22}   value ×  weight  = product",
        ]
        lines += [
            f"{'x' + str(list(t.place)):>22} {t.value:7.4f} × {t.weight:7.4f}  = {t.product:7.4f}"
            for t in terms[:LINES]
        ]
        if len(terms) > LINES:
            lines.append(f"{f'and {len(terms) - LINES} smaller ones':>22} {'':21}{rest:7.4f}")
        lines.append(f"{'bias':>22} {'':21}{self.bias:7.4f}")
        lines.append(f"{'sum':>22} {'':21}{self.z:7.4f}")
        return "\n".join(lines)


def explain(layer: Layer, x: Any, index: Sequence[int]) -> Explanation:
    """List the products behind one output value of a layer.

    Args:
        layer: Conv2D, Dense, or a pooling layer.
        x: what the layer is given, (N, ...); for a layer inside a model, take the output of the one
            before from `model.activations(x)`.
        index: of the value in the layer's output, such as `(n, oh, ow, o)`.

    Returns:
        The products, to print, to draw, or to compute with.

    Raises:
        TypeError: for other layers.
        ValueError: where x does not fit the layer.
        IndexError: where the output has no such value.

    Example:
        >>> import numpy as np
        >>> from nanoconv import layers, study
        >>> x = np.arange(16.0).reshape(1, 4, 4, 1)
        >>> print(study.explain(layers.AveragePooling2D(2, name="pool"), x, (0, 0, 1, 0)))
        pool: y[0, 0, 1, 0] = 4.5000
                                 value ×  weight  = product
                 x[0, 1, 3, 0]  7.0000 ×  0.2500  =  1.7500
                 x[0, 1, 2, 0]  6.0000 ×  0.2500  =  1.5000
                 x[0, 0, 3, 0]  3.0000 ×  0.2500  =  0.7500
                 x[0, 0, 2, 0]  2.0000 ×  0.2500  =  0.5000
                          bias                       0.0000
                           sum                       4.5000
    """
    x = np.asarray(x, layer.dtype)
    layer.build_for(x.shape)
    layer.check_input_shape(x.shape)
    where = _checked(index, layer.compute_output_shape(x.shape), layer.name)
    if isinstance(layer, Dense):
        found = _dense(layer, x, where)
    elif isinstance(layer, Conv2D):
        found = _convolution(layer, x, where)
    elif isinstance(layer, (MaxPooling2D, AveragePooling2D)):
        found = _pooling(layer, x, where)
    elif isinstance(layer, (GlobalMaxPooling2D, GlobalAveragePooling2D)):
        found = _global_pooling(layer, x, where)
    else:
        raise TypeError(
            f"{layer.name} is {type(layer).__name__}, but explain knows Conv2D, Dense and pooling; "
            "write explain(model.layers[0], x, (0, 3, 4, 7))."
        )
    bias = getattr(layer, "bias", None)
    bias = float(bias.value[where[-1]]) if bias is not None else 0.0
    y = layer.forward(x[where[0] : where[0] + 1])[0][where[1:]]
    return Explanation(layer, where, *found, bias=bias, y=float(y))


Found = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, tuple[int, int, int, int] | None]


def _checked(index: Sequence[int], shape: Any, name: str) -> tuple[int, ...]:
    """Return the index without negative values."""
    where = tuple(int(i) for i in index)
    if len(where) != len(shape) or not all(-n <= i < n for i, n in zip(where, shape, strict=True)):
        raise IndexError(
            f"{name} answers with the shape {shape}, which has no value at {where}; "
            f"write an index such as {tuple(n // 2 for n in shape)}."
        )
    return tuple(i % n for i, n in zip(where, shape, strict=True))


def _dense(layer: Dense, x: np.ndarray, where: tuple[int, ...]) -> Found:
    values = x[where[:-1]]  # (I,)
    front = np.tile(where[:-1], (len(values), 1))
    places = np.column_stack([front, np.arange(len(values))])
    weights = layer.kernel.value[:, where[-1]]
    return values, weights, np.ones(len(values), bool), places, None


def _convolution(layer: Conv2D, x: np.ndarray, where: tuple[int, ...]) -> Found:
    n, oh, ow, o = where
    values, inside, places, window = _under(layer, x, n, oh, ow)  # (KH, KW, C)
    return values, layer.kernel.value[..., o], inside, places, window


def _pooling(
    layer: MaxPooling2D | AveragePooling2D, x: np.ndarray, where: tuple[int, ...]
) -> Found:
    n, oh, ow, c = where
    values, inside, places, window = _under(layer, x, n, oh, ow)
    values, inside, places = values[..., c], inside[..., c], places[..., c, :]  # (KH, KW)
    weights = _pool_weights(isinstance(layer, MaxPooling2D), values, inside)
    return values, weights, inside, places, window


def _global_pooling(
    layer: GlobalMaxPooling2D | GlobalAveragePooling2D, x: np.ndarray, where: tuple[int, ...]
) -> Found:
    n, c = where[0], where[-1]
    _, H, W, _ = x.shape
    values, inside = x[n, :, :, c], np.ones((H, W), bool)
    rows, columns = np.indices((H, W))
    places = np.stack([np.full((H, W), n), rows, columns, np.full((H, W), c)], axis=-1)
    weights = _pool_weights(isinstance(layer, GlobalMaxPooling2D), values, inside)
    return values, weights, inside, places, (0, 0, H, W)


def _pool_weights(is_maximum: bool, values: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Return the first of the largest, or an equal share for every cell inside the image."""
    if not is_maximum:
        return (inside / inside.sum()).astype(values.dtype)
    weights = np.zeros_like(values)
    weights.flat[np.where(inside, values, -np.inf).argmax()] = 1
    return weights


def _under(
    layer: Any, x: np.ndarray, n: int, oh: int, ow: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[int, int, int, int]]:
    """Return what lies under a window: values, inside (KH, KW, C), places, and the window."""
    _, H, W, C = x.shape
    w = layer.window(x.shape)
    top, left = oh * w.SH - w.top, ow * w.SW - w.left
    h, v, c = np.meshgrid(
        top + w.DH * np.arange(w.KH), left + w.DW * np.arange(w.KW), np.arange(C), indexing="ij"
    )
    inside = (h >= 0) & (h < H) & (v >= 0) & (v < W)
    values = np.where(inside, x[n, h.clip(0, H - 1), v.clip(0, W - 1), c], 0)
    places = np.stack([np.full(h.shape, n), h, v, c], axis=-1)
    return values, inside, places, (top, left, (w.KH - 1) * w.DH + 1, (w.KW - 1) * w.DW + 1)
