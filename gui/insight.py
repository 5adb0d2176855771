"""Looking into a network: feature maps, where one cell comes from, which ink pushed for the guess.

The mathematics is `nanoconv.study`'s, done with the user's own model on the user's own digit; here
it is put in the order in which the window draws it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nanoconv import Model, layers, study
from nanoconv.models.layer_outputs import named_outputs

Cell = tuple[int, ...]  # (row, column, channel) of a map, or (unit,) of a flat layer
KINDS: dict[type[layers.Layer], str] = {
    layers.Conv2D: "convolution",
    layers.Dense: "dense",
    layers.MaxPooling2D: "maximum",
    layers.GlobalMaxPooling2D: "maximum",
    layers.AveragePooling2D: "average",
    layers.GlobalAveragePooling2D: "average",
}


@dataclass(frozen=True)
class LayerView:
    """What one layer made of the digit: maps (H, W, C), or one row of units (C,)."""

    layer: layers.Layer
    x: np.ndarray
    y: np.ndarray


def look(model: Model, batch: np.ndarray) -> list[LayerView]:
    """Return what each layer of a model gets and answers; of several inputs, the first.

    Args:
        model: with one input, the image.
        batch: one image, as the model takes it.
    """
    values = {name: y[0] for name, y in study.activations(model, batch).items()}
    tensors = named_outputs(model)
    images = {id(model.inputs[0]): batch[0]}
    images |= {id(tensor): values[name] for name, tensor in tensors.items()}
    return [
        LayerView(tensor.node.layer, images[id(tensor.node.inputs[0])], values[name])
        for name, tensor in tensors.items()
        if tensor.node is not None
    ]


# Where a cell comes from --------------------------------------------------------------------------


@dataclass(frozen=True)
class Term:
    """One input channel's share of a cell: patch * kernel = products, all (KH, KW).

    `inside` is False where the patch reaches over the image's edge, and holds 0.
    """

    channel: int
    patch: np.ndarray
    kernel: np.ndarray
    inside: np.ndarray

    @property
    def products(self) -> np.ndarray:
        """patch * kernel."""
        return self.patch * self.kernel

    @property
    def total(self) -> float:
        """The sum of the products."""
        return float(self.products.sum())


def explain(view: LayerView, cell: Cell) -> study.Explanation:
    """Say where a cell of a layer comes from.

    Args:
        view: what the layer got and answered.
        cell: (row, column, channel) of maps, or (unit,) of a flat layer.

    Returns:
        The explanation; without products for a layer that `study.explain` does not know.
    """
    layer = view.layer
    kind = _kind_of(layer)
    if kind == "other" or (kind == "dense" and view.x.ndim != 1):
        none = np.zeros(0, np.float32)
        y = float(view.y[cell])
        return study.Explanation(layer, (0, *cell), none, none, none > 0, none, None, 0.0, y)
    return study.explain(layer, view.x[None], (0, *cell))


def kind_of(e: study.Explanation) -> str:
    """Return one of the words in `KINDS`, or "other" where there are no products."""
    return _kind_of(e.layer) if e.values.size else "other"


def _kind_of(layer: layers.Layer) -> str:
    return next((word for kind, word in KINDS.items() if isinstance(layer, kind)), "other")


def terms_of(e: study.Explanation) -> list[Term]:
    """Return an explanation's products by input channel, the heaviest channel first."""
    kind = kind_of(e)
    values, weights, inside = e.values, e.weights, e.inside
    if kind == "other":
        return []
    if kind in ("maximum", "average"):  # (KH, KW), of one channel
        return [Term(e.index[-1], values, weights, inside)]
    if kind == "dense":  # (I,) -> (1, 1, I)
        values, weights, inside = (a[None, None] for a in (values, weights, inside))
    terms = [
        Term(c, values[..., c], weights[..., c], inside[..., c]) for c in range(values.shape[-1])
    ]
    return sorted(terms, key=lambda term: -abs(term.total))


# Which ink counts ---------------------------------------------------------------------------------


def heat_map(model: Model, batch: np.ndarray, digit: int) -> np.ndarray:
    """Return how each pixel's ink pushed for (> 0) or against (< 0) a digit.

    Math:
        heat = x * ds/dx, with s of `study.saliency`: the digit's logit over the mean of all

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
    return (batch * study.saliency(model, batch, digit))[0]
