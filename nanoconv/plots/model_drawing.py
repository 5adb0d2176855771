"""How a model is drawn: boxes of cells, frames around nested models, arrows from row to row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from nanoconv.plots.graph_layout import Place, arrange

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FONT = "DejaVu Sans"  # comes with matplotlib, so that widths are the same everywhere
HEAD, BODY = 11.0, 9.5  # font sizes in points, the unit of all lengths here
PAD, GAP_X, GAP_Y, MARGIN = 8.0, 26.0, 26.0, 14.0
LINE, PAPER, INK, WHITE = "#555555", "#ffffff", "#222222", "#ffffff"


@dataclass(frozen=True)
class Cell:
    """A cell of a box: text, and how it looks."""

    text: str
    size: float = BODY
    colour: str = INK
    paper: str = PAPER
    bold: bool = False

    @property
    def width(self) -> float:
        """The space it takes, in points."""
        return _text_width(self.text, self.size, self.bold) + 2 * PAD

    @property
    def height(self) -> float:
        """The space it takes, in points."""
        return self.size + 1.6 * PAD


@lru_cache(maxsize=1000)
def _text_width(text: str, size: float, bold: bool) -> float:
    """Return how wide a text is drawn, in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    font = FontProperties(family=FONT, weight="bold" if bold else "normal")
    return float(TextPath((0, 0), text, size, prop=font).get_extents().width)


@dataclass
class Box:
    """One layer: its rows of cells and its place; `frames` are the models it lies in."""

    rows: list[list[Cell]]
    place: Place
    frames: tuple[str, ...]


def draw(figure: Figure, boxes: list[Box], rankdir: str, splines: str) -> None:
    """Draw boxes, frames and arrows into an empty figure.

    Args:
        figure: receives its size, too.
        boxes: each after those it depends on.
        rankdir, splines: as in `plot_model`.
    """
    sideways = rankdir in ("LR", "RL")
    for box in boxes if sideways else ():
        box.place.width, box.place.height = box.place.height, box.place.width
    gap_y = GAP_Y * (1 + 0.6 * max((len(box.frames) for box in boxes), default=0))
    connections = arrange([box.place for box in boxes], GAP_X, gap_y)
    passed = {id(place): place for _, path in connections for place in path}
    places = list((passed | {id(box.place): box.place for box in boxes}).values())
    for place in places:
        _turn(place, rankdir)
    frames = _frames(boxes)
    rectangles = [_edges(place) for place in places] + [rectangle for _, rectangle in frames]
    left = min(r[0] for r in rectangles) - MARGIN
    bottom = min(r[1] for r in rectangles) - MARGIN
    right = max(r[2] for r in rectangles) + MARGIN
    top = max(r[3] for r in rectangles) + MARGIN

    figure.set_size_inches((right - left) / 72, (top - bottom) / 72)
    figure.set_facecolor(PAPER)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(left, right), ylim=(bottom, top))
    axes.set_axis_off()
    for name, rectangle in frames:
        _draw_frame(axes, name, rectangle)
    for _, path in connections:
        _draw_arrow(axes, path, splines, sideways)
    for box in boxes:
        _draw_box(axes, box)


def _turn(place: Place, rankdir: str) -> None:
    """Turn a place from rows downwards to the wanted direction, y upwards as in matplotlib."""
    if rankdir in ("LR", "RL"):
        place.x, place.y = place.y, -place.x
        place.width, place.height = place.height, place.width
    if rankdir == "TB":
        place.y, place.turn = -place.y, -place.turn
    elif rankdir == "RL":
        place.x, place.turn = -place.x, -place.turn


def _edges(place: Place) -> tuple[float, float, float, float]:
    """Return left, bottom, right, top."""
    return (
        place.x - place.width / 2,
        place.y - place.height / 2,
        place.x + place.width / 2,
        place.y + place.height / 2,
    )


def _frames(boxes: list[Box]) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Return name and rectangle of each nested model, the outer ones first."""
    members: dict[tuple[str, ...], list[Place]] = {}
    for box in boxes:
        for depth in range(1, len(box.frames) + 1):
            members.setdefault(box.frames[:depth], []).append(box.place)
    deepest = max(map(len, members), default=0)
    frames = []
    for path, places in sorted(members.items(), key=lambda item: len(item[0])):
        lefts, bottoms, rights, tops = zip(*map(_edges, places), strict=True)
        margin = GAP_Y * 0.45 * (1 + deepest - len(path))
        left, bottom = min(lefts) - margin, min(bottoms) - margin
        right, top = max(rights) + margin, max(tops) + margin + BODY
        frames.append((path[-1], (left, bottom, right, top)))
    return frames


def _draw_frame(axes: Axes, name: str, edges: tuple[float, float, float, float]) -> None:
    from matplotlib.patches import Rectangle

    left, bottom, right, top = edges
    style: Any = {"facecolor": "#f3f5f8", "edgecolor": "#9aa4b2", "linestyle": (0, (4, 3))}
    axes.add_patch(Rectangle((left, bottom), right - left, top - bottom, linewidth=0.8, **style))
    axes.text(
        left + 5, top - 3, name, ha="left", va="top", fontsize=BODY, family=FONT, color="#5b6675"
    )


def _draw_box(axes: Axes, box: Box) -> None:
    """Draw the rows of a box from its top downwards; cells share what space is left over."""
    from matplotlib.patches import Rectangle

    left, _, right, top = _edges(box.place)
    y = top
    for row in box.rows:
        height = row[0].height
        y -= height
        spare = (right - left - sum(cell.width for cell in row)) / len(row)
        x = left
        for cell in row:
            width = cell.width + spare
            style: Any = {"facecolor": cell.paper, "edgecolor": LINE, "linewidth": 0.8}
            axes.add_patch(Rectangle((x, y), width, height, **style))
            axes.text(
                x + width / 2,
                y + height / 2,
                cell.text,
                ha="center",
                va="center_baseline",
                fontsize=cell.size,
                family=FONT,
                color=cell.colour,
                weight="bold" if cell.bold else "normal",
            )
            x += width


def _draw_arrow(axes: Axes, path: list[Place], splines: str, sideways: bool) -> None:
    """Draw the arrow that runs through these places, from border to border."""
    from matplotlib.patches import FancyArrowPatch, PathPatch
    from matplotlib.path import Path

    along = 0 if sideways else 1  # the coordinate that grows from row to row
    points = [(place.x, place.y) for place in path]
    sign = 1.0 if points[-1][along] > points[0][along] else -1.0
    points[0] = _on_border(path[0], along, sign)
    points[-1] = _on_border(path[-1], along, -sign)
    vertices, codes = [points[0]], [Path.MOVETO]
    for place, a, b in zip(path, points, points[1:], strict=False):
        bends = [(place.turn, a[1]), (place.turn, b[1])]
        if not sideways:
            bends = [(a[0], place.turn), (b[0], place.turn)]
        if splines in ("line", "polyline"):
            vertices.append(b)
            codes.append(Path.LINETO)
        else:
            vertices += [*bends, b]
            codes += [Path.LINETO if splines == "ortho" else Path.CURVE4] * 3
    axes.add_patch(PathPatch(Path(vertices, codes), fill=False, edgecolor=LINE, linewidth=1.1))
    head: Any = {
        "arrowstyle": "-|>",
        "mutation_scale": 12,
        "linewidth": 0,
        "shrinkA": 0,
        "shrinkB": 0,
    }
    axes.add_patch(FancyArrowPatch(vertices[-2], points[-1], color=LINE, **head))


def _on_border(place: Place, along: int, sign: float) -> tuple[float, float]:
    """Return the middle of the border that faces the next row."""
    if along == 0:
        return place.x + sign * place.width / 2, place.y
    return place.x, place.y + sign * place.height / 2
