"""How the pictures of this folder look: few colours, no frames, small letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, QUIET, ACCENT = "#333333", "#8a8a8a", "#1f6fb4"
GREY, SIGNED, HEAT = "gray", "RdBu_r", "viridis"  # colour maps: pictures, signed numbers, sizes


def tile_grid(
    rows: int, columns: int, size: float = 1.2, title: str = "", head: float = 0.45
) -> tuple[Figure, np.ndarray]:
    """Return a figure of square tiles without axes, and its (rows, columns) axes.

    Args:
        rows, columns: of the grid.
        size: of a tile, in inches.
        title: over all.
        head: room for the title and for words over tiles, in inches.
    """
    import matplotlib.pyplot as plt
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(max(size * columns, 4.0), size * rows + head),
        squeeze=False,
        layout=ConstrainedLayoutEngine(w_pad=0.04, h_pad=0.04, wspace=0.03, hspace=0.03),
    )
    for axis in axes.flat:
        axis.set_axis_off()
    if title:
        figure.suptitle(title, fontsize=11, color=INK)
    return figure, axes


def show(axis: Axes, image: np.ndarray, signed: bool = False, limit: float | None = None) -> None:
    """Draw an array (H, W), (H, W, 1) or (H, W, 3) into a tile.

    Args:
        axis: the tile.
        image: the numbers.
        signed: whether zero is white, negative blue, positive red.
        limit: the largest magnitude of a signed picture; its own by default.
    """
    image = np.asarray(image)
    image = image[..., 0] if image.ndim == 3 and image.shape[-1] == 1 else image
    options: dict[str, Any] = {"cmap": GREY}
    if signed:
        limit = limit or float(np.abs(image).max(initial=0)) or 1.0
        options = {"cmap": SIGNED, "vmin": -limit, "vmax": limit}
        axis.set_axis_on()  # a frame, because white cells are numbers, too
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_color("#c8c8c8")
    axis.imshow(image, interpolation="nearest", **options)


def label(axis: Axes, text: str, colour: str = INK) -> None:
    """Write a few words over a tile."""
    axis.set_title(text, fontsize=8.5, color=colour, pad=3)


def row_name(axis: Axes, text: str) -> None:
    """Write a few words to the left of a row of tiles."""
    axis.text(
        -0.1, 0.5, text, ha="right", va="center", fontsize=8.5, color=INK, transform=axis.transAxes
    )


def write_numbers(axis: Axes, numbers: np.ndarray, dark: np.ndarray) -> None:
    """Write numbers into the cells of a picture, in white where the cell is dark; zeros are 0."""
    for (row, column), value in np.ndenumerate(numbers):
        colour = "white" if dark[row, column] else INK
        text = f"{value:.2f}" if value else "0"
        axis.text(column, row, text, ha="center", va="center", fontsize=8, color=colour)
