"""Looking into a network: feature maps, where one cell comes from, which ink pushed for the guess.

Everything here is computed by the user's own model on the user's own digit; nothing is a drawing of
how it might be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nanoconv import Model
from nanoconv.layers import Conv2D, Dense, Layer, MaxPooling2D

Cell = tuple[int, ...]  # (row, column, channel) of a map, or (unit,) of a flat layer


@dataclass(frozen=True)
class LayerView:
    """What one layer made of the digit: maps (H, W, C), or one row of units (C,)."""

    layer: Layer
    x: np.ndarray
    y: np.ndarray


class Inspector:
    """Runs a model and keeps what each of its layers answers.

    Args:
        model: a chain of layers, or any graph of layers with one input.
    """

    def __init__(self, model: Model) -> None:
        self.layers = [layer for layer in model.layers if not _is_input(layer)]
        tensors = [t for layer in self.layers for t in (_only(layer.input), layer.output)]
        unique = list({id(tensor): tensor for tensor in tensors}.values())
        self.places = {id(tensor): i for i, tensor in enumerate(unique)}
        self.watcher = Model(model.inputs, unique)

    def look(self, batch: np.ndarray) -> list[LayerView]:
        """Return what each layer gets and answers for a batch of one image."""
        values = self.watcher(batch)
        values = [np.asarray(v)[0] for v in (values if isinstance(values, list) else [values])]
        return [
            LayerView(
                layer,
                values[self.places[id(_only(layer.input))]],
                values[self.places[id(layer.output)]],
            )
            for layer in self.layers
        ]


def _is_input(layer: Layer) -> bool:
    return type(layer).__name__ == "InputLayer"


def _only(tensors: Any) -> Any:
    """Return a layer's input; of several, the first."""
    return tensors[0] if isinstance(tensors, (list, tuple)) else tensors


# Where a cell comes from --------------------------------------------------------------------------


@dataclass(frozen=True)
class Term:
    """One input channel's share of a cell: patch * kernel = products, all (KH, KW)."""

    channel: int
    patch: np.ndarray
    kernel: np.ndarray
    products: np.ndarray

    @property
    def total(self) -> float:
        """The sum of the products."""
        return float(self.products.sum())


@dataclass(frozen=True)
class Explanation:
    """How one cell of one layer was computed.

    `kind` is "convolution", "dense", "maximum" or "other". y = activation(z) and, for the first
    two, z = (sum of all terms' totals) + bias. `window` is the part (top, left, height, width) of
    the layer's input that the cell looks at; it may reach over the edge, where padding lies.
    """

    kind: str
    layer: Layer
    cell: Cell
    y: float
    terms: tuple[Term, ...] = ()
    bias: float = 0.0
    z: float = 0.0
    activation: str = "linear"
    window: tuple[int, int, int, int] | None = None


def explain(view: LayerView, cell: Cell) -> Explanation:
    """Say where a cell of a layer comes from.

    Args:
        view: what the layer got and answered.
        cell: (row, column, channel) of maps, or (unit,) of a flat layer.

    Returns:
        The explanation; its terms are in the order of their weight, the heaviest first.
    """
    if isinstance(view.layer, Conv2D):
        return _explain_convolution(view, view.layer, cell)
    if isinstance(view.layer, Dense) and view.x.ndim == 1:
        return _explain_dense(view, view.layer, cell)
    if isinstance(view.layer, MaxPooling2D):
        return _explain_maximum(view, view.layer, cell)
    return Explanation("other", view.layer, cell, float(view.y[cell]))


def _explain_convolution(view: LayerView, layer: Conv2D, cell: Cell) -> Explanation:
    row, column, o = cell
    w = layer.window((1, *view.x.shape))
    top, left = row * w.SH - w.top, column * w.SW - w.left
    patch = _patch(view.x, top, left, (w.KH, w.KW), (w.DH, w.DW))  # (KH, KW, C)
    kernel = layer.kernel.value[..., o]  # (KH, KW, C)
    terms = [
        Term(c, patch[..., c], kernel[..., c], patch[..., c] * kernel[..., c])
        for c in range(patch.shape[-1])
    ]
    window = (top, left, (w.KH - 1) * w.DH + 1, (w.KW - 1) * w.DW + 1)
    return _weighted("convolution", view, cell, terms, window)


def _explain_dense(view: LayerView, layer: Dense, cell: Cell) -> Explanation:
    weights = layer.kernel.value[:, cell[0]]  # (I,)
    terms = [
        Term(i, np.full((1, 1), x), np.full((1, 1), k), np.full((1, 1), x * k))
        for i, (x, k) in enumerate(zip(view.x, weights, strict=True))
    ]
    return _weighted("dense", view, cell, terms, None)


def _weighted(
    kind: str,
    view: LayerView,
    cell: Cell,
    terms: list[Term],
    window: tuple[int, int, int, int] | None,
) -> Explanation:
    """Explain z = (sum of products) + bias, y = activation(z)."""
    layer: Any = view.layer
    bias = float(layer.bias.value[cell[-1]]) if layer.bias else 0.0
    return Explanation(
        kind,
        layer,
        cell,
        y=float(view.y[cell]),
        terms=tuple(sorted(terms, key=lambda term: -abs(term.total))),
        bias=bias,
        z=sum(term.total for term in terms) + bias,
        activation=getattr(layer.activation, "__name__", "activation"),
        window=window,
    )


def _explain_maximum(view: LayerView, layer: MaxPooling2D, cell: Cell) -> Explanation:
    row, column, c = cell
    w = layer.window((1, *view.x.shape))
    top, left = row * w.SH - w.top, column * w.SW - w.left
    patch = _patch(view.x[..., c : c + 1], top, left, (w.KH, w.KW), (1, 1), outside=-np.inf)[..., 0]
    largest = np.zeros_like(patch)
    largest.flat[patch.argmax()] = 1
    products = np.where(largest > 0, patch, 0)
    return Explanation(
        "maximum",
        layer,
        cell,
        y=float(view.y[cell]),
        terms=(Term(c, patch, largest, products),),
        z=float(patch.max()),
        window=(top, left, w.KH, w.KW),
    )


def _patch(
    x: np.ndarray,
    top: int,
    left: int,
    size: tuple[int, int],
    step: tuple[int, int],
    outside: float = 0.0,
) -> np.ndarray:
    """Return (KH, KW, C): what lies under a window, `outside` where it reaches over the edge."""
    rows, columns = top + step[0] * np.arange(size[0]), left + step[1] * np.arange(size[1])
    H, W, _ = x.shape
    inside = ((rows >= 0) & (rows < H))[:, None] & ((columns >= 0) & (columns < W))
    found = x[np.clip(rows, 0, H - 1)[:, None], np.clip(columns, 0, W - 1)]
    return np.where(inside[..., None], found, np.float32(outside))


# Which ink counts ---------------------------------------------------------------------------------


def heat_map(model: Model, batch: np.ndarray, digit: int) -> np.ndarray:
    """Return how each pixel's ink pushed for (> 0) or against (< 0) a digit.

    Math:
        s = z[digit] - mean(z), with z the logits;  heat = x * ds/dx

    To first order, heat is how much less the network would prefer the digit without that ink.

    Args:
        model: with one output of ten logits or probabilities.
        batch: one image, as the model takes it.
        digit: 0 ... 9.

    Returns:
        An array of the image's shape.

    Reference: A. Shrikumar et al., "Not just a black box: learning important features through
        propagating activation differences" (2016), gradient * input
    """
    program = model.program
    xs = model.prepare_inputs(batch)
    ys, tape = program.forward(xs, keep=True, keep_logits=True, need_dx=True)
    ds = np.full_like(ys[0], -0.1)  # (1, 10): ds/dz
    ds[0, digit] += 1
    dxs, _ = program.backward([ds], tape, from_logits=tuple(program.logit_calls))
    gradient = dxs[0]
    assert gradient is not None
    return (xs[0] * gradient)[0]
