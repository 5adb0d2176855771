"""Pictures of images that a model misread: what it saw, what it guessed, what was true."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nanoconv.plots.figures import finished

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GUESS, TRUTH = "#c0392b", "#2f6b3a"


def plot_misread(
    images: Any,
    truth: Any,
    predictions: Any,
    to_file: str | os.PathLike[str] | None = None,
    names: Sequence[str] | None = None,
    most: int = 40,
) -> Figure:
    """Draw the misread images, the most confident mistakes first.

    Args:
        images: (N, H, W) or (N, H, W, C), dark is 0.
        truth: the labels (N,).
        predictions: the model's probabilities (N, classes).
        to_file: a picture to write, such as `"misread.png"`, or None.
        names: of the classes; their numbers by default.
        most: how many images at most.

    Returns:
        The matplotlib figure.

    Raises:
        ValueError: where the three do not hold equally many samples.
    """
    import matplotlib.pyplot as plt

    images, truth, p = np.asarray(images), np.asarray(truth).reshape(-1), np.asarray(predictions)
    if not len(images) == len(truth) == len(p):
        raise ValueError(
            f"plot_misread got {len(images)} images, {len(truth)} labels and {len(p)} predictions, "
            "but needs one of each; write plot_misread(x_test, y_test, model.predict(x_test))."
        )
    guess = p.argmax(axis=1)
    wrong = np.flatnonzero(guess != truth)
    shown = wrong[np.argsort(-p[wrong, guess[wrong]])][:most]
    names = names or [str(label) for label in range(p.shape[1])]
    columns = 8
    rows = max(1, -(-len(shown) // columns))
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(1.25 * columns, 1.55 * rows + 0.5),
        squeeze=False,
        layout="constrained",
    )
    figure.suptitle(f"{len(wrong)} of {len(truth)} misread: truth → guess", fontsize=12)
    for axis in axes.flat:
        axis.axis("off")
    for axis, i in zip(axes.flat, shown, strict=False):
        axis.imshow(images[i].squeeze(), cmap="gray")
        axis.set_title(
            f"{names[truth[i]]} → {names[guess[i]]}  {p[i, guess[i]]:.0%}", fontsize=9, color=GUESS
        )
    if not len(shown):
        axes[0, 0].set_title("nothing misread", fontsize=9, color=TRUTH, loc="left")
    return finished(figure, to_file)
