"""Which classes a model takes for which: a table of counts, and its plot.

Reference: https://en.wikipedia.org/wiki/Confusion_matrix
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nanoconv import metrics
from nanoconv.plots.plot_style import GREEN, GRID, INK, QUIET, PathLike, finished

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def confusion_matrix(truth: Any, predictions: Any, classes: int | None = None) -> np.ndarray:
    """Count how often each class was taken for each.

    Args:
        truth: labels (N,), or one-hot (N, K).
        predictions: labels (N,), or a model's probabilities (N, K).
        classes: K; by default what truth and predictions hold.

    Returns:
        Integers (K, K): row = truth, column = guess. Right answers lie on the diagonal.

    Raises:
        ValueError: where the two do not hold equally many samples, or a label is none of K.

    Example:
        >>> from nanoconv import study
        >>> study.confusion_matrix([0, 1, 1, 2], [0, 1, 2, 2])
        array([[1, 0, 0],
               [0, 1, 1],
               [0, 0, 1]])
    """
    return metrics.confusion_matrix(truth, predictions, classes)


def plot_confusion(
    truth: Any,
    predictions: Any,
    names: Sequence[str] | None = None,
    to_file: PathLike = None,
) -> Figure:
    """Draw the confusion matrix: mistakes in red, by their share of the true class.

    Args:
        truth, predictions: as in `confusion_matrix`.
        names: of the classes; their numbers by default.
        to_file: a file to write, or None.

    Returns:
        The matplotlib figure.

    Raises:
        ValueError: as in `confusion_matrix`.
    """
    import matplotlib.pyplot as plt

    counts = confusion_matrix(truth, predictions, len(names) if names else None)
    K = len(counts)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    mistakes = np.where(np.eye(K, dtype=bool) | (counts == 0), np.nan, share)
    side = max(3.5, 0.5 * K + 1.2)
    figure, axis = plt.subplots(figsize=(side, side), layout="constrained")
    top = np.nanmax(mistakes, initial=0) or 1.0
    axis.imshow(np.where(np.eye(K), 1.0, np.nan), cmap="Greens", vmin=0, vmax=8)
    axis.imshow(mistakes, cmap="Reds", vmin=0, vmax=1.2 * top)
    for (i, j), count in np.ndenumerate(counts):
        if count:
            dark = i != j and mistakes[i, j] > 0.7 * top
            colour = "white" if dark else (INK if i != j else GREEN)
            axis.text(j, i, str(count), ha="center", va="center", fontsize=9, color=colour)
    ticks = list(names or map(str, range(K)))
    axis.set_xticks(range(K), ticks, rotation=45 if max(map(len, ticks)) > 3 else 0, ha="center")
    axis.set_yticks(range(K), ticks)
    axis.set_xticks(np.arange(K + 1) - 0.5, minor=True)
    axis.set_yticks(np.arange(K + 1) - 0.5, minor=True)
    axis.grid(which="minor", color=GRID, lw=1)
    axis.tick_params(which="both", length=0, colors=INK, labelsize=9)
    axis.spines[:].set_visible(False)
    axis.set_xlabel("the model's guess", color=QUIET)
    axis.set_ylabel("truth", color=QUIET)
    right, total = int(np.trace(counts)), int(counts.sum())
    axis.set_title(f"{right} of {total} right, {total - right} wrong", fontsize=11, color=INK)
    return finished(figure, to_file)
