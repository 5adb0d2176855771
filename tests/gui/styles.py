"""How well the shipped model reads pen drawings, by writing style: `python -m tests.gui.styles`.

These hands share nothing with `gui.pens`, from which the model learnt: their digits are made of
straight lines and arcs of ellipses instead of curves through points, and they vary in other ways.
Their points go through the pad's own `Drawing`, in whole pixels, as the mouse would bring them.
"""

from __future__ import annotations

import argparse
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np

from gui.digit_image import drawing_image
from gui.drawing import Drawing
from gui.reading import load, probabilities
from gui.session import SHIPPED
from nanoconv import Model

Stroke = np.ndarray  # (M, 2), x and y from 0 to 1, y downwards


def line(*points: tuple[float, float]) -> Stroke:
    """Return straight lines through points."""
    steps = np.linspace(0, 1, 12)[:, None]
    return np.concatenate([a + (b - a) * steps for a, b in pairwise(np.array(points))])


def arc(x: float, y: float, rx: float, ry: float, start: float, stop: float) -> Stroke:
    """Return an arc of an ellipse; 0 degrees is on its right, 90 below."""
    t = np.radians(np.linspace(start, stop, max(8, int(abs(stop - start) / 8))))
    return np.stack([x + rx * np.cos(t), y + ry * np.sin(t)], 1)


def joined(*pieces: Stroke) -> Stroke:
    """Return one stroke of several pieces."""
    return np.concatenate(pieces)


_STEM = line((0.6, 0), (0.55, 1))
_BELLY = arc(0.4, 0.68, 0.42, 0.32, -95, 140)

#: A name that begins with the digit, and the strokes.
STYLES: dict[str, list[Stroke]] = {
    "0 round": [arc(0.5, 0.5, 0.42, 0.5, -90, -450)],
    "0 narrow": [arc(0.5, 0.5, 0.26, 0.5, -80, 280)],
    "0 not closed": [arc(0.5, 0.5, 0.4, 0.5, -60, -395)],
    "0 closed twice": [
        joined(arc(0.5, 0.5, 0.4, 0.5, -120, -400), arc(0.45, 0.5, 0.4, 0.4, -40, -95))
    ],
    "0 with a slash": [arc(0.5, 0.5, 0.4, 0.5, -90, 270), line((0.85, 0.1), (0.15, 0.9))],
    "1 bare": [line((0.5, 0), (0.5, 1))],
    "1 flag": [line((0.3, 0.25), (0.55, 0), (0.55, 1))],
    "1 long flag": [line((0.12, 0.42), (0.6, 0), (0.6, 1))],
    "1 flag and base": [line((0.32, 0.22), (0.55, 0), (0.55, 1)), line((0.3, 1), (0.8, 1))],
    "1 flag and wide base": [line((0.2, 0.3), (0.5, 0), (0.5, 1)), line((0.08, 0.98), (0.92, 1))],
    "1 base in one stroke": [line((0.5, 0), (0.5, 1), (0.25, 1), (0.78, 0.98))],
    "2 flat foot": [
        joined(arc(0.45, 0.27, 0.38, 0.27, -170, 30), line((0.76, 0.42), (0.08, 1), (0.92, 1)))
    ],
    "2 loop": [
        joined(
            arc(0.45, 0.25, 0.36, 0.25, -165, 25),
            line((0.76, 0.4), (0.3, 0.86)),
            arc(0.2, 0.88, 0.14, 0.12, 20, 320),
            line((0.35, 0.86), (0.95, 0.98)),
        )
    ],
    "2 like a z": [line((0.1, 0.06), (0.88, 0.04), (0.1, 0.97), (0.92, 0.95))],
    "2 swan": [
        joined(
            arc(0.44, 0.27, 0.36, 0.27, -190, 40),
            line((0.71, 0.45), (0.1, 0.94)),
            arc(0.3, 1.25, 0.35, 0.36, -120, -65),
            arc(0.65, 0.7, 0.45, 0.27, 120, 50),
        )
    ],
    "3 round": [
        joined(arc(0.42, 0.25, 0.38, 0.25, -150, 95), arc(0.42, 0.74, 0.45, 0.26, -95, 145))
    ],
    "3 flat top": [
        joined(line((0.12, 0.02), (0.82, 0.02), (0.42, 0.4)), arc(0.4, 0.7, 0.44, 0.3, -85, 150))
    ],
    "3 with a knot": [
        joined(
            arc(0.42, 0.22, 0.38, 0.22, -160, 70),
            arc(0.42, 0.47, 0.1, 0.06, 60, 300),
            arc(0.4, 0.74, 0.42, 0.26, -80, 150),
        )
    ],
    "3 angular": [line((0.1, 0.05), (0.85, 0.2), (0.35, 0.48), (0.9, 0.72), (0.1, 1))],
    "4 closed": [line((0.7, 1), (0.7, 0), (0.08, 0.68), (0.98, 0.68))],
    "4 open": [line((0.22, 0), (0.12, 0.55), (0.9, 0.55)), line((0.72, 0.08), (0.7, 1))],
    "4 open, tall arms": [line((0.15, 0), (0.12, 0.5), (0.8, 0.5)), line((0.8, 0), (0.78, 1))],
    "4 round bowl": [joined(arc(0.45, 0.15, 0.33, 0.38, 190, 20), line((0.78, 0.02), (0.74, 1)))],
    "4 short stem": [line((0.6, 0), (0.05, 0.62), (0.95, 0.62)), line((0.62, 0.4), (0.6, 1))],
    "5 one stroke": [joined(line((0.85, 0.02), (0.25, 0.02), (0.2, 0.42)), _BELLY)],
    "5 two strokes": [
        joined(line((0.25, 0.03), (0.2, 0.4)), _BELLY),
        line((0.25, 0.03), (0.9, 0.0)),
    ],
    "5 two strokes with a gap": [
        joined(line((0.22, 0.06), (0.18, 0.4)), _BELLY),
        line((0.36, 0.02), (0.95, -0.06)),
    ],
    "5 like an s": [
        joined(arc(0.55, 0.26, 0.38, 0.26, -30, -220), arc(0.45, 0.72, 0.4, 0.28, -70, 140))
    ],
    "6 curved stem": [
        joined(arc(0.8, 0.6, 0.7, 0.62, -100, -185), arc(0.47, 0.72, 0.37, 0.28, 170, -190))
    ],
    "6 straight stem": [
        joined(line((0.55, 0), (0.14, 0.66)), arc(0.47, 0.72, 0.35, 0.28, -160, -520))
    ],
    "6 small loop": [
        joined(arc(0.75, 0.5, 0.65, 0.5, -110, -240), arc(0.5, 0.8, 0.25, 0.19, 120, -210))
    ],
    "6 open loop": [
        joined(arc(0.75, 0.55, 0.68, 0.55, -100, -190), arc(0.47, 0.74, 0.36, 0.26, 180, -120))
    ],
    "7 bare": [line((0.08, 0.03), (0.9, 0.02), (0.4, 1))],
    "7 bar": [line((0.08, 0.03), (0.9, 0.02), (0.4, 1)), line((0.3, 0.5), (0.88, 0.48))],
    "7 bar and serif": [
        line((0.1, 0.18), (0.1, 0.02), (0.9, 0.02), (0.42, 1)),
        line((0.38, 0.45), (0.9, 0.5)),
    ],
    "7 curved": [joined(line((0.05, 0.08), (0.8, 0.0)), arc(1.1, 0.95, 0.6, 0.95, -120, -180))],
    "7 steep, with a bar": [
        line((0.15, 0.02), (0.72, 0.04), (0.58, 1)),
        line((0.32, 0.5), (0.92, 0.45)),
    ],
    "8 one stroke": [
        joined(
            arc(0.5, 0.25, 0.3, 0.25, -40, -250),
            line((0.4, 0.48), (0.7, 0.56)),
            arc(0.5, 0.75, 0.36, 0.25, -50, 230),
            line((0.3, 0.56), (0.7, 0.42)),
            arc(0.5, 0.25, 0.3, 0.25, 45, -30),
        )
    ],
    "8 two circles": [arc(0.5, 0.24, 0.3, 0.24, -90, 270), arc(0.5, 0.74, 0.38, 0.26, -90, 270)],
    "8 circles apart": [
        arc(0.52, 0.22, 0.28, 0.21, -60, 300),
        arc(0.48, 0.75, 0.36, 0.25, -110, 250),
    ],
    "8 open at the top": [
        joined(
            arc(0.5, 0.25, 0.32, 0.25, -60, -240),
            line((0.38, 0.48), (0.68, 0.58)),
            arc(0.5, 0.76, 0.34, 0.24, -40, 225),
            line((0.28, 0.58), (0.85, 0.08)),
        )
    ],
    "9 straight": [arc(0.45, 0.28, 0.35, 0.28, 0, -360), line((0.8, 0.1), (0.76, 1))],
    "9 one stroke": [joined(arc(0.45, 0.28, 0.36, 0.28, -20, -365), line((0.8, 0.3), (0.62, 1)))],
    "9 hooked": [
        joined(arc(0.48, 0.26, 0.34, 0.26, -20, -360), arc(0.36, 0.6, 0.46, 0.4, -30, 140))
    ],
    "9 long hooked tail": [
        joined(
            arc(0.55, 0.2, 0.28, 0.2, -20, -360),
            line((0.83, 0.22), (0.8, 0.7)),
            arc(0.42, 0.7, 0.38, 0.3, 0, 165),
        )
    ],
    "9 curly": [
        joined(
            arc(0.5, 0.22, 0.3, 0.22, 10, -350),
            line((0.8, 0.25), (0.7, 0.75)),
            arc(0.5, 0.82, 0.22, 0.18, -20, 230),
        )
    ],
    "9 open loop": [joined(arc(0.45, 0.26, 0.34, 0.26, -50, -325), line((0.82, 0.05), (0.78, 1)))],
}


def drawn(style: str, generator: np.random.Generator) -> Drawing:
    """Draw a style once on the pad: any size, place, slant and proportions, and any speed.

    The paper lies a little askew (a projection, not only a shear) and is not flat, noise of the
    hand follows its movement, strokes begin late and end early or too late, some with a tick where
    the pen touches or leaves the paper, and a fast pen leaves few points.
    """
    uniform = generator.uniform
    slant, turn = np.tan(np.radians(uniform(-30, 30))), np.radians(generator.normal(0, 4))
    aspect = np.exp(uniform(np.log(0.5), np.log(1.5)))
    tilt = generator.normal(0, 0.15, 2)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    spacing = np.exp(uniform(np.log(0.02), np.log(0.14)))  # between points; a slow or a fast pen
    sloppy = uniform(0, 0.08)
    waves = generator.normal(0, 3, (2, 2)), uniform(0, 6, 2), generator.normal(0, 0.05, (2, 2))
    strokes = []
    for stroke in STYLES[style]:
        p = _ticked(_paced(stroke, spacing, generator), generator)
        tremble = np.cumsum(generator.normal(0, sloppy, p.shape), 0) / np.sqrt(len(p))
        p = p + tremble + generator.normal(0, 0.03, 2) - 0.5
        p = p + np.sin(p @ waves[0] + waves[1]) @ waves[2]
        p = p / (1 + p @ tilt)[:, None]
        p = p * [aspect, 1] @ np.array([[1, 0], [-slant, 1]]) @ rotation
        strokes.append(p)
    every = np.concatenate(strokes)
    size = uniform(0.2, 0.95) / max(np.ptp(every, 0).max(), 1e-6)
    corner = uniform(0, 1, 2) * (1 - np.ptp(every, 0) * size) - every.min(0) * size
    pixels = int(uniform(300, 800))
    drawing = Drawing()
    for stroke in strokes:
        places = (np.floor((stroke * size + corner) * pixels) + 0.5) / pixels
        drawing.begin(*places[0])
        for place in places[1:]:
            drawing.extend(*place)
    return drawing


def _paced(stroke: Stroke, spacing: float, generator: np.random.Generator) -> Stroke:
    """Return points along a stroke at nearly regular times, its ends cut or prolonged a little."""
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
    first, last = generator.normal(0, 0.025), lengths[-1] + generator.normal(0, 0.025)
    count = max(4, int((last - first) / spacing))
    at = np.linspace(first, last, count)
    at[1:-1] += generator.uniform(-0.3, 0.3, count - 2) * (at[1] - at[0])
    p = np.stack([np.interp(at, lengths, stroke[:, i]) for i in (0, 1)], 1)
    for end, beyond, (inner, outer) in (
        (0, -min(first, 0), (stroke[2], stroke[0])),
        (-1, max(last - lengths[-1], 0), (stroke[-3], stroke[-1])),
    ):
        along = outer - inner
        p[end] += along / max(np.hypot(*along), 1e-6) * beyond
    return p


def _ticked(p: Stroke, generator: np.random.Generator) -> Stroke:
    """Return a stroke of which every fifth end has a tick in any direction."""
    for end in (0, -1):
        if generator.random() < 0.2:
            angle, length = generator.uniform(0, 2 * np.pi), generator.uniform(0.02, 0.1)
            tick = p[end] + length * np.array([np.cos(angle), np.sin(angle)])
            p = np.concatenate([tick[None], p] if end == 0 else [p, tick[None]])
    return p


def images(style: str, count: int, seed: int) -> np.ndarray:
    """Return what the network sees of `count` drawings of a style: (count, 28, 28)."""
    number = list(STYLES).index(style)
    generator = np.random.default_rng([seed, number])
    return np.stack([drawing_image(drawn(style, generator).lines()) for _ in range(count)])


def shares(model: Model, count: int, seed: int = 1) -> dict[str, float]:
    """Return the share of drawings that a model reads correctly, for each style."""
    return {
        style: float(
            (probabilities(model, images(style, count, seed)).argmax(1) == int(style[0])).mean()
        )
        for style in STYLES
    }


def main(arguments: list[str] | None = None) -> int:
    """Print the shares."""
    parser = argparse.ArgumentParser(prog="python -m tests.gui.styles", description=__doc__)
    parser.add_argument("model", nargs="?", type=Path, default=SHIPPED)
    parser.add_argument("--count", type=int, default=100, help="drawings of each style")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    found = shares(load(options.model), options.count, options.seed)
    for style, share in sorted(found.items(), key=lambda item: item[1]):
        print(f"{style:28}{share:8.1%}")
    print(f"{'all styles':28}{np.mean(list(found.values())):8.2%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
