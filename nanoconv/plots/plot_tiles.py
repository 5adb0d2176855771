"""Plots of images in tiles: misread ones, filters, feature maps, saliency.

Reference: Zeiler and Fergus, Visualizing and understanding convolutional networks,
https://arxiv.org/abs/1311.2901
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nanoconv.models.layer_outputs import activations
from nanoconv.plots.plot_style import (
    GREEN,
    RED,
    PathLike,
    finished,
    label,
    row_name,
    show,
    tile_grid,
)
from nanoconv.study.saliency import saliency

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_misread(
    images: Any,
    truth: Any,
    predictions: Any,
    to_file: PathLike = None,
    names: Sequence[str] | None = None,
    most: int = 40,
) -> Figure:
    """Draw the misread images, the most confident mistakes first.

    Args:
        images: (N, H, W) or (N, H, W, C), dark is 0.
        truth: the labels (N,).
        predictions: the model's probabilities (N, classes).
        to_file: a file to write, such as `"misread.png"`, or None.
        names: of the classes; their numbers by default.
        most: how many images at most.

    Returns:
        The matplotlib figure.

    Raises:
        ValueError: where the three do not hold equally many samples.
    """
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
    columns, title = 8, f"{len(wrong)} of {len(truth)} misread: truth → guess"
    figure, axes = tile_grid(max(1, -(-len(shown) // columns)), columns, 1.3, title, head=0.8)
    for axis, i in zip(axes.flat, shown, strict=False):
        show(axis, images[i])
        label(axis, f"{names[truth[i]]} → {names[guess[i]]}  {p[i, guess[i]]:.0%}", RED)
    if not len(shown):
        label(axes[0, 0], "nothing misread", GREEN)
    return finished(figure, to_file)


def plot_filters(layer: Any, to_file: PathLike = None, most: int = 32, channels: int = 8) -> Figure:
    """Draw the kernels of a convolution: red adds, blue takes away, white does nothing.

    A kernel over one channel is one tile. Kernels over several are columns, with one row for each
    of the first input channels.

    Args:
        layer: Conv2D or DepthwiseConv2D, built.
        to_file: a file to write, or None.
        most: how many kernels at most.
        channels: how many input channels at most.

    Returns:
        The matplotlib figure.

    Raises:
        ValueError: where the layer has no kernel (KH, KW, C, O).
    """
    kernel = getattr(getattr(layer, "kernel", None), "value", None)
    if kernel is None or kernel.ndim != 4:
        raise ValueError(
            f"plot_filters got {layer.name}, which has no kernel (KH, KW, C, O); "
            "write plot_filters(model.layers[0]) where that is a built Conv2D."
        )
    _, _, C, O = kernel.shape
    O, limit = min(O, most), float(np.abs(kernel).max())
    columns = min(O, 8 if C == 1 else 16)
    rows = -(-O // columns) if C == 1 else min(C, channels)
    shown = O if C == 1 else columns
    title = f"{layer.name}: {shown} of {kernel.shape[3]} kernels {kernel.shape[:3]}"
    if C > 1:
        title += f", a row for each of {rows} input channels"
    figure, axes = tile_grid(rows, columns, 1.0 if C == 1 else 0.65, title)
    for o in range(shown):
        for c in range(rows if C > 1 else 1):
            axis = axes.flat[o] if C == 1 else axes[c, o]
            show(axis, kernel[:, :, c, o], signed=True, limit=limit)
    return finished(figure, to_file)


def plot_feature_maps(
    model: Any,
    image: Any,
    layers: Sequence[str] | None = None,
    to_file: PathLike = None,
    most: int = 10,
) -> Figure:
    """Draw what the layers make of one image: a row for each layer, the liveliest maps first.

    Args:
        model: a model that takes images.
        image: one image (H, W) or (H, W, C), as the model takes it.
        layers: names; by default all whose output is (H, W, C).
        to_file: a file to write, or None.
        most: how many maps of each layer.

    Returns:
        The matplotlib figure.

    Raises:
        ValueError: where a name is no layer of the model, or no layer answers with maps.
    """
    image = np.asarray(image)
    image = image[..., None] if image.ndim == 2 else image
    maps = {name: y[0] for name, y in activations(model, image[None]).items() if y.ndim == 4}
    missing = [name for name in layers or () if name not in maps]
    if missing or not maps:
        raise ValueError(
            f"plot_feature_maps finds no maps of {missing[0] if missing else model.name!r}; "
            f"maps (H, W, C) come from {', '.join(maps) or 'no layer of this model'}."
        )
    chosen = {name: maps[name] for name in layers or maps}
    figure, axes = tile_grid(1 + len(chosen), most, 0.95, head=0.3 * (1 + len(chosen)))
    show(axes[0, 0], image)
    label(axes[0, 0], "the image")
    for row, (name, y) in zip(axes[1:], chosen.items(), strict=True):
        order = np.argsort(-y.std(axis=(0, 1)))[:most]
        for axis, c in zip(row, order, strict=False):
            axis.imshow(y[:, :, c], cmap="magma", vmin=min(0, y.min()), vmax=y.max() or 1)
            label(axis, f"map {c}")
        row_name(row[0], f"{name}\n{y.shape[0]} × {y.shape[1]} × {y.shape[2]}")
    return finished(figure, to_file)


def plot_saliency(
    model: Any,
    images: Any,
    labels: Any = None,
    to_file: PathLike = None,
    names: Sequence[str] | None = None,
) -> Figure:
    """Draw images, and below them which pixels speak for (red) and against (blue) a class.

    The middle row is the gradient: what more ink would do. The last is gradient times image: what
    the ink that is there does.

    Args:
        model: with one output of K classes.
        images: (N, H, W) or (N, H, W, C); a row holds at most twelve.
        labels: as in `saliency`; the predicted classes by default.
        to_file: a file to write, or None.
        names: of the classes; their numbers by default.

    Returns:
        The matplotlib figure.

    Raises:
        ValueError: as in `saliency`.
    """
    images = np.asarray(images)[:12]
    images = images[..., None] if images.ndim == 3 else images
    p = np.asarray(model(images))
    chosen = np.broadcast_to(p.argmax(axis=1) if labels is None else labels, (len(images),))
    slopes = saliency(model, images, chosen)
    figure, axes = tile_grid(3, len(images), 1.25, head=0.5)
    for column, (image, slope, k) in enumerate(zip(images, slopes, chosen, strict=True)):
        show(axes[0, column], image)
        label(axes[0, column], f"{names[k] if names else k}: {p[column, k]:.0%}")
        show(axes[1, column], slope.mean(axis=-1), signed=True)
        show(axes[2, column], (slope * image).mean(axis=-1), signed=True)
    for axis, text in zip(axes[:, 0], ("image", "gradient", "gradient\n× image"), strict=True):
        row_name(axis, text)
    return finished(figure, to_file)
