"""Undo and redo go back and forth through strokes, Clear and photos, and lose nothing."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.digit_image import mnist_image
from gui.drawing import NEAREST, UNDO_DEPTH, Drawing
from gui.strokes import rasterise
from tests.gui.conftest import placed
from tests.gui.test_strokes import drawn


def test_the_pen_cannot_leave_the_pad_and_standing_still_makes_no_points():
    drawing = drawn([(0.5, 0.5), (0.5, 0.5 + NEAREST / 2), (1.7, -3.0)])
    assert list(drawing.strokes) == [[(0.5, 0.5), (1.0, 0.0)]]


def test_undo_takes_strokes_away_until_none_is_left():
    drawing = drawn([(0, 0), (1, 1)])
    drawing.begin(0.5, 0.5)
    assert drawing.undo() and len(drawing.strokes) == 1
    assert drawing.undo() and not drawing
    assert not drawing.undo()


def shown(drawing: Drawing) -> list[object]:
    """Return all that can be seen, to compare."""
    return [[list(stroke) for stroke in drawing.strokes], id(drawing.photo)]


@given(st.lists(st.sampled_from(["stroke", "clear", "photo", "undo", "redo"]), max_size=30))
@settings(max_examples=80, deadline=None)
def test_undo_and_redo_pass_through_the_same_states_in_both_directions(actions):
    drawing, at = Drawing(), 0
    states = [shown(drawing)]
    photo = np.ones((3, 3), np.float32)
    for i, action in enumerate(actions):
        if action in ("undo", "redo"):
            to = at + (1 if action == "redo" else -1)
            possible = 0 <= to < len(states)
            assert getattr(drawing, action)() == possible
            at = to if possible else at
        else:
            empty = not drawing
            if action == "stroke":
                drawing.begin(0.01 * i, 0.5)
                drawing.extend(0.01 * i, 0.9)
            elif action == "photo":
                drawing.show_photo(photo)
            else:
                drawing.clear()
            if action != "clear" or not empty:  # emptying an empty pad is no step
                states[at + 1 :] = [shown(drawing)]
                at += 1
        assert shown(drawing) == states[at]


def test_undo_while_the_pen_is_down_ends_the_stroke():
    drawing = drawn([(0.1, 0.1), (0.2, 0.2)])
    drawing.begin(0.5, 0.5)
    drawing.undo()
    assert not drawing.extend(0.9, 0.9)
    assert list(drawing.strokes) == [[(0.1, 0.1), (0.2, 0.2)]]


def test_the_way_back_is_long_but_not_endless():
    drawing = Drawing()
    for _ in range(UNDO_DEPTH + 50):
        drawing.begin(0.5, 0.5)
    assert sum(drawing.undo() for _ in range(UNDO_DEPTH + 50)) == UNDO_DEPTH


def test_strokes_on_a_photo_are_read_with_it():
    lines, drawing = placed(7, 1), Drawing()
    assert drawing.image(0.05) is None
    photo = rasterise(lines[:1], 200, 0.05)
    drawing.show_photo(photo)
    np.testing.assert_array_equal(drawing.image(0.05), mnist_image(photo))
    drawing.begin(*lines[1][0])
    for point in lines[1][1:]:
        drawing.extend(*point)
    whole = mnist_image(rasterise(lines, 200, 0.05))
    assert np.abs(drawing.image(0.05) - whole).mean() < 0.02
