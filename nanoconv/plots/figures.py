"""The last step of every picture: into a file where one is named, and into a notebook just once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nanoconv.utils.progbar import in_notebook

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def finished(figure: Figure, to_file: str | os.PathLike[str] | None = None) -> Figure:
    """Return a figure made by `matplotlib.pyplot`, written to a file where one is named.

    A notebook shows what the last line of a cell returns; a figure that stayed open would be shown
    a second time.

    Args:
        figure: the picture.
        to_file: such as `"history.png"`, or None.
    """
    import matplotlib.pyplot as plt

    if to_file is not None:
        figure.savefig(to_file, dpi=150)
    if in_notebook():
        plt.close(figure)
    return figure
