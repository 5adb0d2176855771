"""Draws a model as a diagram: one box a layer, arrows where data flows; by matplotlib alone.

Reference: https://keras.io/api/utils/model_plotting_utils/
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nanoconv.core.graph import SymbolicTensor
from nanoconv.plots.graph_layout import Place
from nanoconv.plots.model_drawing import HEAD, WHITE, Box, Cell, draw
from nanoconv.plots.plot_style import PathLike, finished, save_figure
from nanoconv.utils.model_structure import model_nodes, output_shapes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OTHER = "#4a4a4a"
HEADERS = {  # one colour for each family of layers
    "convolutional": "#1f5fa8",
    "pooling": "#1f8a84",
    "dense": "#b3541e",
    "normalization": "#7a4fa3",
    "regularization": "#8a6d1c",
    "activation": "#a83253",
    "input": "#2f6b3a",
}
_SPLINES = ("ortho", "line", "polyline", "spline", "curved")
_DIRECTIONS = ("TB", "BT", "LR", "RL")


def plot_model(
    model: Any,
    to_file: str | os.PathLike[str] = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    **kwargs: Any,
) -> Any:
    """Draw a model into a file.

    Args:
        model: a model that is built.
        to_file: the drawing; its ending tells the format: png, svg, pdf, jpg.
        show_shapes: whether to show the shapes of input and output.
        show_dtype: whether to show the type of the output.
        show_layer_names: whether to show the layers' names beside their classes.
        rankdir: `"TB"` downwards, `"LR"` to the right, `"BT"` or `"RL"`.
        expand_nested: whether to draw the layers of models inside the model.
        dpi: dots an inch.
        show_layer_activations: whether to show activations.
        show_trainable: whether to show what is trainable, for layers with weights.
        splines: `"ortho"` lines with right angles, `"line"` or `"polyline"` straight ones,
            `"curved"` or `"spline"` round ones.
        kwargs: none are known.

    Returns:
        An image that notebooks show; None elsewhere.

    Raises:
        ValueError: where the model is not built, or an argument is unknown.

    Reference: https://keras.io/api/utils/model_plotting_utils/
    """
    from matplotlib.figure import Figure

    if kwargs:
        raise ValueError(
            f"plot_model got {', '.join(kwargs)}, which it does not know; "
            "write plot_model(model, show_shapes=True)."
        )
    _check("splines", splines, _SPLINES)
    _check("rankdir", rankdir, _DIRECTIONS)
    options = Options(
        show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable
    )
    boxes = collect(model, options, expand_nested)
    figure = Figure()
    draw(figure, boxes, rankdir, splines)
    save_figure(figure, to_file, dpi)
    if "IPython" not in sys.modules or os.fspath(to_file).endswith(".pdf"):
        return None
    from IPython.display import SVG, Image

    if os.fspath(to_file).endswith(".svg"):
        return SVG(filename=os.fspath(to_file))
    width, height = (round(96 * inches) for inches in figure.get_size_inches())
    return Image(filename=os.fspath(to_file), width=width, height=height)


def plot_diagram(
    model: Any, to_file: PathLike = None, sideways: bool = False, expand_nested: bool = False
) -> Figure:
    """Draw the layers of a model with the sizes of their outputs, and the arrows between them.

    Args:
        model: a model that is built.
        to_file: a file to write, or None.
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


def _check(argument: str, value: str, known: Iterable[str]) -> None:
    if value not in known:
        raise ValueError(
            f"{argument} is {value!r}, but one of {', '.join(known)} is needed; "
            f'write plot_model(model, {argument}="{next(iter(known))}").'
        )


@dataclass(frozen=True)
class Options:
    """What a box shows of its layer."""

    shapes: bool = False
    dtype: bool = False
    names: bool = False
    activations: bool = False
    trainable: bool = False
    sizes: bool = False  # of one output, in a few letters


def collect(model: Any, options: Options, expand_nested: bool = False) -> list[Box]:
    """Return the boxes of a model, each after those it depends on.

    Raises:
        ValueError: where the model is not built.
    """
    if not model.built:
        raise ValueError(
            "the diagram of a model needs its shapes, but this one is not built yet; "
            "write model.build((None, 28, 28, 1)) first."
        )
    boxes: list[Box] = []
    made: dict[int, Place] = {}  # symbolic tensor -> the box that makes it

    def add(
        layer: Any,
        inputs: list[SymbolicTensor],
        outputs: list[SymbolicTensor],
        frames: tuple[str, ...],
    ) -> None:
        rows = make_rows(layer, [t.shape for t in inputs], options)
        sources = [made[id(t)] for t in inputs if id(t) in made]
        width = max(sum(cell.width for cell in row) for row in rows)
        place = Place(width, sum(row[0].height for row in rows), list(dict.fromkeys(sources)))
        boxes.append(Box(rows, place, frames))
        made.update({id(t): place for t in outputs})

    def add_all(inner: Any, frames: tuple[str, ...]) -> None:
        for node in model_nodes(inner):
            if not (expand_nested and getattr(node.layer, "layers", None)):
                add(node.layer, node.inputs, node.outputs, frames)
                continue
            nested = node.layer
            for outside, inside in zip(node.inputs, nested.inputs, strict=True):
                if id(outside) in made:
                    made[id(inside)] = made[id(outside)]
            add_all(nested, (*frames, nested.name))
            for outside, inside in zip(node.outputs, nested.outputs, strict=True):
                made[id(outside)] = made[id(inside)]

    shown = {id(layer) for layer in model.layers}
    for tensor in model.inputs:  # a Sequential does not count its input among the layers
        if tensor.node is not None and id(tensor.node.layer) in shown:
            add(tensor.node.layer, [], [tensor], ())
    add_all(model, ())
    return boxes


def make_rows(layer: Any, input_shapes: list[Any], options: Options) -> list[list[Cell]]:
    """Return the rows of cells that describe one layer, called on these shapes (input: none)."""
    kind = type(layer).__name__
    family = type(layer).__module__.rpartition(".")[2]
    title = f"{layer.name} ({kind})" if options.names else kind
    rows = [[Cell(title, HEAD, WHITE, HEADERS.get(family, OTHER), bold=True)]]
    activation = getattr(layer, "activation", None)
    if options.activations and activation is not None:
        name = getattr(activation, "__name__", None) or getattr(activation, "name", activation)
        rows.append([Cell(f"Activation: {name}")])
    if options.sizes:
        sizes = [" × ".join(map(str, shape[1:])) for shape in output_shapes(layer)]
        rows.append([Cell(", ".join(sizes))])
    cells = []
    if options.shapes:
        if input_shapes:
            cells.append(Cell(f"Input shape: {_shapes(input_shapes)}"))
        cells.append(Cell(f"Output shape: {_shapes(output_shapes(layer))}"))
    if options.dtype:
        cells.append(Cell(f"Output dtype: {layer.dtype}"))
    if options.trainable and layer.weights:
        word, paper = ("Trainable", "#2e7d32") if layer.trainable else ("Non-trainable", "#b23a3a")
        cells.append(Cell(word, colour=WHITE, paper=paper, bold=True))
    return [*rows, cells] if cells else rows


def _shapes(shapes: list[Any]) -> str:
    texts = [str(tuple(shape)) for shape in shapes]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]" if texts else "?"
