"""The table that `model.summary()` prints: layers, output shapes, parameters.

Reference: https://keras.io/api/models/model/#summary-method
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from nanoconv.core.graph import Shape
from nanoconv.core.variable import Variable
from nanoconv.utils.model_structure import is_chain, layer_sources, output_shapes

if TYPE_CHECKING:
    from rich.table import Table

_NUMBER, _SYMBOL, _NONE = "color(34)", "color(33)", "color(45)"  # Keras' colours


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    print_fn: Callable[[str], Any] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
) -> None:
    """Print a model's layers, output shapes and parameter counts.

    Args:
        model: built or not; what is not built yet shows `?` and `0 (unbuilt)`.
        line_length: characters in a line; by default 88, or what fits the terminal.
        positions: where each column ends, as fractions of the line.
        print_fn: receives the whole text once, instead of standard output.
        expand_nested: whether to list the layers of models inside the model.
        show_trainable: whether to add a column that tells trainable layers.
        layer_range: names, or regular expressions, of the first and last layer to list.

    Raises:
        ValueError: where a column would be narrower than 4 characters, or `layer_range` is not a
            pair of strings that match layers.

    Reference: https://keras.io/api/models/model/#summary-method
    """
    from rich.console import Console, Group
    from rich.markup import escape

    sources = None if is_chain(model) else layer_sources(model)
    default_length, ends = (
        (88, [0.45, 0.80, 1.0]) if sources is None else (108, [0.3, 0.56, 0.74, 1.0])
    )
    ends = list(positions or ends)
    if show_trainable:
        default_length += 12
        ends = [0.9 * end for end in ends] + [1.0]
    length = line_length or min(default_length, shutil.get_terminal_size().columns - 4)

    table = _empty_table(length, ends, sources is not None, show_trainable)
    layers = select_layers(model.layers, layer_range)
    for layer, depth in _rows(layers, expand_nested):
        table.add_row(*_row(layer, depth, sources, show_trainable))

    console = Console(
        highlight=False,
        force_terminal=False if print_fn else None,
        color_system=None if print_fn else "auto",
    )
    console.width = max(console.width, length)
    if print_fn:
        console.begin_capture()
    title = f'[bold]Model: "{escape(model.name)}"[/]'
    console.print(Group(title, table, *_totals(model)))  # at once, for notebooks
    if print_fn:
        print_fn(console.end_capture())


def select_layers(layers: Sequence[Any], layer_range: Sequence[str] | None) -> Sequence[Any]:
    """Return the layers from the first that matches one name to the last that matches the other."""
    if layer_range is None:
        return layers
    if len(layer_range) != 2 or not all(isinstance(name, str) for name in layer_range):
        raise ValueError(
            f"layer_range is {layer_range!r}, but the names of a first and a last layer are "
            f'needed; write layer_range=("{layers[0].name}", "{layers[-1].name}").'
        )
    first, last = (
        [i for i, l in enumerate(layers) if re.match(name, l.name)] for name in layer_range
    )
    if not first or not last:
        raise ValueError(
            f"layer_range is {tuple(layer_range)}, but the model's layers are "
            f'{[layer.name for layer in layers]}; write layer_range=("{layers[0].name}", '
            f'"{layers[-1].name}").'
        )
    if min(first) > max(last):
        return layers[min(last) : max(first) + 1]
    return layers[min(first) : max(last) + 1]


def memory_size(size: float) -> str:
    """Return a number of bytes with two decimals and its unit, such as `"4.69 MB"`."""
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} PB"


def _empty_table(
    length: int, ends: Sequence[float], show_sources: bool, show_trainable: bool
) -> Table:
    """Return the table with its header, each column `ends` wide."""
    from rich.table import Column, Table

    names = ["Layer (type)", "Output Shape", "Param #"]
    names += ["Connected to"] * show_sources + ["Trainable"] * show_trainable
    stops = [int(end * length) for end in ends]
    widths = [stop - start for start, stop in zip([0, *stops], stops, strict=False)]
    if min(widths) < 4:
        raise ValueError(
            f"summary columns would be {widths} characters wide, but each needs at least 4; "
            "write summary(line_length=88)."
        )
    justify = {"Param #": "right", "Trainable": "center"}
    columns = [
        Column(name, justify=justify.get(name, "left"), width=width)  # type: ignore[arg-type]
        for name, width in zip(names, widths, strict=False)
    ]
    return Table(*columns, width=length, show_lines=True)


def _rows(layers: Sequence[Any], expand: bool, depth: int = 0) -> list[tuple[Any, int]]:
    """Return each layer with its depth, those of nested models behind their model if wanted."""
    rows = []
    for layer in layers:
        rows.append((layer, depth))
        if expand:
            rows += _rows(getattr(layer, "layers", None) or [], expand, depth + 1)
    return rows


def _row(
    layer: Any, depth: int, sources: dict[str, list[str]] | None, show_trainable: bool
) -> list[str]:
    """Return the marked-up cells of one layer."""
    from rich.markup import escape

    prefix = "   " * depth + "└ " if depth else ""
    name = escape(f"{prefix}{layer.name}")
    count = (
        f"[{_NUMBER}]{layer.count_params():,}[/]" if layer.built else f"[{_NUMBER}]0[/] (unbuilt)"
    )
    cells = [f"{name} ([{_SYMBOL}]{escape(type(layer).__name__)}[/])", _shape_cell(layer), count]
    if sources is not None:
        cells.append(escape(", ".join(sources.get(layer.name, [])) or "-"))
    if show_trainable:
        flag = f"[{_NUMBER}]Y[/]" if layer.trainable else "[color(9)]N[/]"
        cells.append(f"[bold]{flag if layer.weights else '-'}[/]")
    return cells


def _shape_cell(layer: Any) -> str:
    """Return a marked-up shape such as `(None, 26, 26, 32)`, or `?`."""

    def marked(shape: Shape) -> str:
        sizes = (f"[{_NONE if n is None else _NUMBER}]{n}[/]" for n in shape)
        return f"({', '.join(sizes)})"

    shapes = [marked(shape) for shape in output_shapes(layer)]
    if len(shapes) > 1:
        return rf"\[{', '.join(shapes)}]"
    return shapes[0] if shapes else "?"


def _totals(model: Any) -> list[str]:
    """Return the marked-up lines below the table."""

    def line(title: str, variables: Sequence[Variable]) -> str:
        distinct = list({id(v): v for v in variables}.values())
        count = sum(v.size for v in distinct)
        size = memory_size(sum(v.value.nbytes for v in distinct))
        return f"[bold] {title} params: [/][{_NUMBER}]{count:,}[/] ({size})"

    trainable, fixed = list(model.trainable_weights), list(model.non_trainable_weights)
    optimizer = getattr(model, "optimizer", None)
    state = list(optimizer.variables) if optimizer is not None and optimizer.built else []
    lines = [
        line("Total", trainable + fixed + state),
        line("Trainable", trainable),
        line("Non-trainable", fixed),
    ]
    return [*lines, line("Optimizer", state)] if state else lines
