"""Plots of a training: how loss and accuracy went, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nanoconv.plots.plot_style import BLUE, GRID, INK, ORANGE, PathLike, finished

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS_A_ROW = 3
Record = Mapping[str, Sequence[float]]


def plot_history(
    history: Any, to_file: PathLike = None, metrics: Sequence[str] | None = None
) -> Figure:
    """Draw one panel a metric, with training and validation together.

    A notebook shows what the last line of a cell returns; a script calls
    `matplotlib.pyplot.show()`.

    Args:
        history: what `fit` returned, or its `.history` dictionary.
        to_file: a file to write, such as `"history.png"`, or None.
        metrics: names without `val_`, such as `["loss"]`; by default all, the loss first.

    Returns:
        The matplotlib figure.

    Raises:
        ValueError: where nothing was recorded, or a name was not.
    """
    import matplotlib.pyplot as plt

    record: Record = getattr(history, "history", history)
    length = max(map(len, record.values()), default=0)
    epochs = list(getattr(history, "epoch", ()))
    if len(epochs) < length:
        epochs = list(range(length))
    metrics = choose_metrics(record, metrics)
    figure = plt.figure()
    draw_history(figure, record, epochs, metrics)
    return finished(figure, to_file)


def choose_metrics(record: Record, metrics: Sequence[str] | None) -> list[str]:
    """Return the names to draw: those asked for, or all without `val_`, the loss first.

    Raises:
        ValueError: where there is nothing to draw, or a name was not recorded.
    """
    known = list(dict.fromkeys(name.removeprefix("val_") for name in record))
    known.sort(key=lambda name: name != "loss")
    if not known:
        raise ValueError("the history is empty; call plot_history(model.fit(...)).")
    missing = [name for name in metrics or () if name not in known]
    if missing:
        raise ValueError(
            f"metrics names {missing[0]!r}, but recorded were {', '.join(known)}; "
            f"write metrics=[{known[0]!r}]."
        )
    return list(metrics or known)


def draw_history(
    figure: Figure, record: Record, epochs: Sequence[int], metrics: Sequence[str]
) -> None:
    """Draw one panel a metric into an empty figure.

    Args:
        figure: receives its size, too.
        record: metric name -> values; shorter lists belong to the later epochs of equal distance
            (`validation_freq=2` reports every second epoch).
        epochs: the epochs that ran, from 0.
        metrics: names without `val_`.
    """
    columns = min(len(metrics), PANELS_A_ROW)
    rows = -(-len(metrics) // columns)
    figure.set_size_inches(4.8 * columns, 3.5 * rows)
    figure.set_layout_engine("constrained")
    for index, name in enumerate(metrics):
        axes = figure.add_subplot(rows, columns, index + 1)
        _draw_panel(axes, record, epochs, name)


def _draw_panel(axes: Axes, record: Record, epochs: Sequence[int], name: str) -> None:
    """Draw training and validation values of one metric, and mark the best validation epoch."""
    from matplotlib.ticker import MaxNLocator

    curves = (("training", name, BLUE), ("validation", f"val_{name}", ORANGE))
    for label, key, colour in curves:
        values = np.asarray(record.get(key, ()), float)
        if values.size:
            x = _epochs_of(len(values), epochs)
            marker = "o" if len(values) <= 30 else None
            axes.plot(x, values, color=colour, label=label, marker=marker, markersize=3.5, lw=1.8)
    axes.set_title(name.replace("_", " "), color=INK, fontsize=12, loc="left")
    axes.set_xlabel("epoch", color=INK)
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#999999")
    axes.tick_params(colors=INK, labelsize=9)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.margins(x=0.03, y=0.08)
    if len(axes.lines) > 1:
        axes.legend(frameon=False, fontsize=9, labelcolor=INK)


def _epochs_of(count: int, epochs: Sequence[int]) -> list[int]:
    """Return the epochs, counted from 1, at which a list of so many values was reported."""
    step = max(len(epochs) // count, 1)
    return [epoch + 1 for epoch in epochs][step - 1 :: step][:count]
