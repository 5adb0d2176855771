"""A picture of a model as boxes and arrows, as a figure; `utils.plot_model` writes it to a file.

Reference: https://keras.io/api/utils/model_plotting_utils/
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from nanoconv.plots.figures import finished
from nanoconv.plots.model_drawing import draw
from nanoconv.plots.plot_model import Options, collect

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_diagram(
    model: Any,
    to_file: str | os.PathLike[str] | None = None,
    sideways: bool = False,
    expand_nested: bool = False,
) -> Figure:
    """Draw the layers of a model with the sizes of their outputs, and the arrows between them.

    Args:
        model: a model that is built.
        to_file: a picture to write, or None.
        sideways: whether data flow to the right instead of down.
        expand_nested: whether to draw the layers of models inside the model.

    Returns:
        The matplotlib figure.

    Raises:
        ValueError: where the model is not built.
    """
    import matplotlib.pyplot as plt

    boxes = collect(model, Options(sizes=True, activations=True), expand_nested)
    figure = plt.figure()
    draw(figure, boxes, "LR" if sideways else "TB", "ortho")
    return finished(figure, to_file)
