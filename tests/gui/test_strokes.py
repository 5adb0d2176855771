"""Points become smooth, joined, antialiased ink."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.drawing import Drawing
from gui.strokes import curve, draw_line, rasterise

places = st.floats(0, 1, allow_nan=False)
strokes = st.lists(st.tuples(places, places), min_size=1, max_size=12)


def drawn(points) -> Drawing:
    drawing = Drawing()
    drawing.begin(*points[0])
    for point in points[1:]:
        drawing.extend(*point)
    return drawing


@given(strokes)
@settings(max_examples=50, deadline=None)
def test_curve_passes_through_every_point_and_has_no_gaps(points):
    stroke = drawn(points).strokes[0]
    line = curve(stroke)
    distances = np.hypot(*(line[:, None] - np.array(stroke)[None]).transpose(2, 0, 1))
    assert distances.min(0).max() < 1e-9
    assert len(stroke) < 3 or np.hypot(*np.diff(line, axis=0).T).max() < 0.06


def test_few_points_of_a_fast_pen_become_round():
    angles = np.linspace(0, 2 * np.pi, 9)
    circle = np.stack([0.5 + 0.4 * np.cos(angles), 0.5 + 0.4 * np.sin(angles)], 1)
    radii = np.hypot(*(curve(circle) - 0.5).T)
    assert np.abs(radii - 0.4).max() < 0.02  # the octagon's edges would be off by 0.03


@given(st.lists(st.tuples(places, places), min_size=1, max_size=4))
@settings(max_examples=12, deadline=None)
def test_ink_lies_within_the_pens_radius_and_nowhere_else(points):
    line = drawn(points).lines()[0]
    ink = rasterise([line], 60, 0.1)
    y, x = np.mgrid[:60, :60] + 0.5
    distance = np.full((60, 60), np.inf)
    for a, b in zip(line, [*line[1:], line[-1]], strict=True):
        for t in np.linspace(0, 1, 200 if len(line) == 2 else 2):
            px, py = (a + t * (b - a)) * 60
            distance = np.minimum(distance, np.hypot(x - px, y - py))
    assert (ink[distance < 2.3] > 0.9).all()
    assert (ink[distance > 3.7] == 0).all()


def test_edges_are_antialiased_and_ink_never_fades():
    ink = np.zeros((20, 20), np.float32)
    draw_line(ink, np.array([[2.0, 9.3], [18.0, 9.3]]), 4)
    before = ink.copy()
    assert 0.15 < ink[11, 10] < 0.35  # the pen's lower edge passes at 11.3
    draw_line(ink, np.array([[10.0, 2.0]]), 3)
    assert (ink >= before).all()


def test_ink_covers_as_much_paper_as_the_pen_passed_over():
    ink = rasterise([np.array([[0.2, 0.5], [0.8, 0.5]])], 200, 0.1)
    assert abs(ink.sum() - (120 * 20 + np.pi * 10**2)) < 25
