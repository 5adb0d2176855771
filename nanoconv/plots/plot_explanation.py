"""Draws the explanation of one output value: the window, its weights, and the products that add up.

Reference: https://cs231n.github.io/convolutional-networks/#conv
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nanoconv.plots.plot_style import (
    GREY,
    INK,
    SIGNED,
    PathLike,
    finished,
    label,
    tile_grid,
    write_values,
)
from nanoconv.study.explain import Explanation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CHANNELS = 4  # rows of the plot: the channels whose products weigh most
CELLS = 49  # a window up to this size shows its values
BARS = 15


def plot_explanation(explanation: Explanation, to_file: PathLike = None) -> Figure:
    """Draw value × weight = product under a window, or the weightiest inputs of a dense layer.

    Args:
        explanation: from `explain`.
        to_file: a file to write, or None.

    Returns:
        The matplotlib figure.
    """
    draw = _bars if explanation.values.ndim == 1 else _tiles
    return finished(draw(explanation), to_file)


def _title(explanation: Explanation) -> str:
    e = explanation
    made = f" = {e.activation}({e.z:.3f})" if e.activation != "linear" else ""
    total = float(e.products.sum())
    bias = f" {e.bias:+.3f} (bias)" if getattr(e.layer, "bias", None) is not None else ""
    return f"{e.layer.name}: y{list(e.index)} = {e.y:.3f}{made},  Σ products {total:.3f}{bias}"


def _tiles(explanation: Explanation) -> Figure:
    e = explanation
    arrays = [a if a.ndim == 3 else a[..., None] for a in (e.values, e.weights, e.products)]
    totals = arrays[2].sum(axis=(0, 1))
    order = np.argsort(-np.abs(totals))[:CHANNELS]
    figure, axes = tile_grid(len(order), 3, 2.2, _title(e), head=0.9)
    limits = [float(np.abs(a).max()) or 1.0 for a in arrays]
    for row, c in zip(axes, order, strict=True):
        channel = f"channel {c}: " if arrays[0].shape[2] > 1 else ""
        words = ("value", "× weight", f"= product, Σ {totals[c]:.3f}")
        for axis, array, limit, word in zip(row, arrays, limits, words, strict=True):
            signed = axis is not row[0] or bool((arrays[0] < 0).any())
            _values(axis, array[:, :, c], limit, signed)
            label(axis, f"{channel if axis is row[0] else ''}{word}")
    return figure


def _values(axis: Axes, array: np.ndarray, limit: float, signed: bool) -> None:
    """Draw one channel as coloured cells, small ones with their values."""
    low = -limit if signed else 0
    axis.imshow(array, cmap=SIGNED if signed else GREY, vmin=low, vmax=limit)
    if array.size <= CELLS:
        dark = np.abs(array) > 0.6 * limit if signed else array < 0.5 * limit
        write_values(axis, array, dark)


def _bars(explanation: Explanation) -> Figure:
    import matplotlib.pyplot as plt

    terms = explanation.terms()
    shown = terms[:BARS]
    rest = sum(term.product for term in terms[BARS:])
    names = [f"x[{t.place[-1]}] = {t.value:.2f}  ×  {t.weight:+.2f}" for t in shown]
    sizes = [t.product for t in shown]
    if len(terms) > BARS:
        names.append(f"{len(terms) - BARS} smaller ones")
        sizes.append(rest)
    names.append("bias")
    sizes.append(explanation.bias)
    figure, axis = plt.subplots(figsize=(7, 0.27 * len(names) + 0.9), layout="constrained")
    colours = ["#b2182b" if size > 0 else "#2166ac" for size in sizes]
    bars = axis.barh(range(len(sizes)), sizes, color=colours, height=0.7)
    axis.bar_label(bars, fmt="%+.3f", fontsize=8, padding=3, color=INK)
    axis.set_yticks(range(len(names)), names, fontsize=8.5, family="monospace")
    axis.invert_yaxis()
    axis.axvline(0, color=INK, lw=0.8)
    axis.margins(x=0.15)
    axis.spines[["top", "right", "left", "bottom"]].set_visible(False)
    axis.tick_params(left=False, bottom=False, labelbottom=False)
    axis.set_title(_title(explanation), fontsize=10, color=INK, loc="left")
    return figure
