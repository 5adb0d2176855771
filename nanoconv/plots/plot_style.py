"""How plots look (few colours, no frames, small letters), their grids of tiles, and their files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from nanoconv.core.safe_files import replacing
from nanoconv.utils.progbar import in_notebook

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PathLike = str | os.PathLike[str] | None

INK, QUIET, GRID = "#333333", "#8a8a8a", "#e5e5e5"
BLUE, ORANGE, GREEN, RED = "#1f6fb4", "#e07b28", "#2f6b3a", "#c0392b"
GREY, SIGNED = "gray", "RdBu_r"  # colour maps: images, signed values


def save_figure(figure: Figure, to_file: str | os.PathLike[str], dpi: float) -> None:
    """Write a figure into a file; an older one stays as it was until the new one is complete.

    Args:
        figure: the figure.
        to_file: its ending says the format; `.png` is added where there is none.
        dpi: dots per inch.
    """
    path, ending = os.path.splitext(os.fspath(to_file))
    with replacing(path + (ending or ".png")) as file:
        figure.savefig(file, dpi=dpi, format=ending[1:] or "png")


def finished(figure: Figure, to_file: PathLike = None) -> Figure:
    """Return a figure made by `matplotlib.pyplot`, written to a file where one is named.

    A notebook shows what the last line of a cell returns; a figure that stayed open would be shown
    a second time.

    Args:
        figure: the plot.
        to_file: such as `"history.png"`, or None.
    """
    import matplotlib.pyplot as plt

    if to_file is not None:
        save_figure(figure, to_file, dpi=150)
    if in_notebook():
        plt.close(figure)
    return figure


def tile_grid(
    rows: int, columns: int, size: float = 1.2, title: str = "", head: float = 0.45
) -> tuple[Figure, np.ndarray]:
    """Return a figure of square tiles without axes, and its (rows, columns) axes.

    Args:
        rows, columns: of the grid.
        size: of a tile, in inches.
        title: over all.
        head: space for the title and for words over tiles, in inches.
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
        image: its values.
        signed: whether zero is white, negative blue, positive red.
        limit: the largest magnitude of a signed image; its own by default.
    """
    image = np.asarray(image)
    image = image[..., 0] if image.ndim == 3 and image.shape[-1] == 1 else image
    options: dict[str, Any] = {"cmap": GREY}
    if signed:
        limit = limit or float(np.abs(image).max(initial=0)) or 1.0
        options = {"cmap": SIGNED, "vmin": -limit, "vmax": limit}
        axis.set_axis_on()  # a frame, because white cells are values, too
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


def write_values(axis: Axes, values: np.ndarray, dark: np.ndarray) -> None:
    """Write values into the cells of an image, in white where the cell is dark; zeros are 0."""
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if dark[row, column] else INK
        text = f"{value:.2f}" if value else "0"
        axis.text(column, row, text, ha="center", va="center", fontsize=8, color=colour)
