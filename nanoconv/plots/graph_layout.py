"""Where to draw the boxes of a graph: in rows, connected ones near each other, none overlapping.

The method of Sugiyama, Tagawa and Toda (1981) in its simplest form. A box goes one row below the
lowest box it depends on. A connection that passes a row gets a thin place of its own there, so that
its line runs beside the boxes. Within a row everything moves as near to its predecessors as the
others allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

Point = tuple[float, float]


@dataclass(eq=False)
class Place:
    """A box to put somewhere, or the spot where a long connection passes a row.

    Attributes:
        width, height: its size, in any unit.
        sources: the boxes it depends on.
        row: its row, from 0.
        x, y: its centre; y grows downwards.
        turn: the y between its row and the next, where lines may go sideways.
    """

    width: float
    height: float
    sources: list[Place] = field(default_factory=list)
    row: int = 0
    x: float = 0.0
    y: float = 0.0
    turn: float = 0.0
    is_box: bool = True


def arrange(boxes: Sequence[Place], gap_x: float, gap_y: float) -> list[tuple[Place, list[Place]]]:
    """Give every box its place.

    Args:
        boxes: each after those in its `sources`.
        gap_x: space between two boxes of a row.
        gap_y: space between two rows.

    Returns:
        The connections: the box each ends at, and the places it runs through, first to last.
    """
    for box in boxes:
        box.row = 1 + max((source.row for source in box.sources), default=-1)
    rows: list[list[Place]] = [[] for _ in range(1 + max((b.row for b in boxes), default=-1))]
    connections = []
    for box in boxes:
        rows[box.row].append(box)
        for source in box.sources:
            path = [source]
            for row in range(source.row + 1, box.row):
                path.append(Place(gap_x, 0.0, [path[-1]], row, is_box=False))
                rows[row].append(path[-1])
            connections.append((box, [*path, box]))
    top = 0.0
    for row_places in rows:
        height = max(place.height for place in row_places)
        _put_side_by_side(row_places, gap_x)
        for place in row_places:
            place.y = top + height / 2
            place.turn = top + height + gap_y / 2
        top += height + gap_y
    return connections


def _put_side_by_side(places: list[Place], gap: float) -> None:
    """Put the places of one row side by side, each as near below its sources as possible."""
    wanted = {}
    for place in places:
        xs = [source.x for source in place.sources]
        wanted[id(place)] = sum(xs) / len(xs) if xs else 0.0
    # Where two want the same spot the box takes it, and the passing line goes beside it.
    places.sort(key=lambda place: (wanted[id(place)], not place.is_box))
    right = None
    for place in places:
        place.x = wanted[id(place)]
        if right is not None:
            place.x = max(place.x, right + gap + place.width / 2)
        right = place.x + place.width / 2
    counted = [place for place in places if place.is_box] or places
    shift = sum(wanted[id(place)] - place.x for place in counted) / len(counted)
    for place in places:
        place.x += shift
