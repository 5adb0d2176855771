"""One convolution, optimised step by step: what each rung of the ladder brings.

    python benchmarks/ladder.py

The definition in plain Python, then the same numbers by matrix products in NumPy (im2col), then
with compiled loops around the products (Numba), then without im2col's copies, multiplied in
registers (direct), then with a quarter of the multiplications (Winograd), all on one core; at last
on all cores. Forward computes y; backward computes dx,
dkernel and dbias. Beside the time stands the largest difference from the result in float64,
relative to the largest element in it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import charts
import numpy as np
from common import Report, Summary, interleave, parser, positive, ratios
from numpy.typing import NDArray

from nanoconv import kernels
from nanoconv.kernels.compiled import workers
from nanoconv.kernels.compiled.convolution import im2col
from nanoconv.kernels.compiled.convolution.choice import uses_winograd

EXAMPLES = """\
examples
  python benchmarks/ladder.py --size 14 --channels 64 --filters 128
  python benchmarks/ladder.py --kernel-size 5      where Winograd's trick does not apply
"""


@dataclass(frozen=True)
class Rung:
    """One way to compute a convolution: an implementation, and how many threads it gets."""

    title: str
    backend: str
    winograd: bool = False
    all_threads: bool = False
    functions: Any = kernels  # where conv2d_forward and conv2d_backward are

    def choose(self) -> None:
        """Let nanoconv compute this way from now on."""
        kernels.set_backend(self.backend)
        kernels.set_winograd(self.winograd)
        workers.set_threads(THREADS if self.all_threads else 1)


THREADS = workers.get_threads()
NAIVE = Rung("naive loops in Python", "naive")  # so slow that it gets one image, once
LADDER = [
    NAIVE,
    Rung("NumPy: im2col, matrix product", "numpy"),
    Rung("Numba: compiled im2col", "numba", functions=im2col),
    Rung("direct: no im2col, in registers", "numba"),
]
PASSES = ("forward", "backward")
Key = tuple[str, str]  # (title of a rung, pass)


class Convolution:
    """Random images, a kernel, and the gradient of the output.

    Shapes: x (N, H, W, C), kernel (KH, KW, C, O), bias (O,), dy (N, OH, OW, O)
    """

    def __init__(self, images: int, size: int, kernel_size: int, C: int, O: int) -> None:
        rng = np.random.default_rng(0)
        self.images = images
        self.window = kernels.window((kernel_size,) * 2, (1, 1), (1, 1), "valid", size, size)
        self.x = rng.standard_normal((images, size, size, C), np.float32)
        scale = 1 / (kernel_size * np.sqrt(C))  # so that y is about as large as x
        self.kernel = rng.standard_normal((kernel_size, kernel_size, C, O), np.float32) * scale
        self.kernel = self.kernel.astype(np.float32)
        self.bias = rng.standard_normal(O, np.float32)
        self.dy = rng.standard_normal((images, *self.window.output_size(size, size), O), np.float32)

    def rungs(self) -> list[Rung]:
        """Return the ladder: with Winograd where nanoconv would choose it."""
        kernels.set_winograd(True)
        last = f"all {THREADS} threads"
        if uses_winograd(self.x.shape, self.kernel.shape, self.x.dtype, self.window):
            trick = Rung("Winograd F(4x4, 3x3)", "numba", winograd=True)
            return [*LADDER, trick, Rung(last, "numba", winograd=True, all_threads=True)]
        return [*LADDER, Rung(last, "numba", all_threads=True)]

    def run(
        self, way: str, images: int, dtype: Any = np.float32, functions: Any = kernels
    ) -> Sequence[NDArray | None]:
        """Compute y, or the gradients, of the first images."""
        x, dy = (a[:images].astype(dtype, copy=False) for a in (self.x, self.dy))
        kernel, bias = (a.astype(dtype, copy=False) for a in (self.kernel, self.bias))
        if way == "forward":
            return (functions.conv2d_forward(x, kernel, bias, self.window),)
        return functions.conv2d_backward(x, kernel, dy, self.window)

    def timed(self, rung: Rung, way: str, images: int) -> tuple[float, Sequence[NDArray | None]]:
        """Return the milliseconds an image takes on a rung, and what was computed."""
        rung.choose()
        start = time.perf_counter()
        with workers.computing():  # BLAS on one thread: nanoconv's own threads share the work
            results = self.run(way, images, functions=rung.functions)
        return 1e3 * (time.perf_counter() - start) / images, results


def difference(results: Sequence[NDArray | None], exact: Sequence[NDArray | None]) -> float:
    """Return how far results are from those in float64, relative to the largest of each array."""
    pairs = [(a, b) for a, b in zip(results, exact, strict=True) if a is not None and b is not None]
    return max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in pairs)


def climb(
    convolution: Convolution, rungs: list[Rung], rounds: int
) -> tuple[dict[Key, list[float]], dict[Key, float]]:
    """Measure all rungs: milliseconds an image, and differences (of the first image)."""
    times: dict[Key, list[float]] = {}
    differences: dict[Key, float] = {}
    Rung("float64", "numpy").choose()
    exact = {way: convolution.run(way, 1, np.float64) for way in PASSES}
    for rung, way in product(rungs, PASSES):
        spent, results = convolution.timed(rung, way, 1)
        differences[rung.title, way] = difference(results, exact[way])
        if rung is NAIVE:
            times[rung.title, way] = [spent]
        else:
            convolution.timed(rung, way, convolution.images)  # compiles, makes its buffers
    quick = {(rung.title, way): rung for way in PASSES for rung in rungs if rung is not NAIVE}

    def measure(key: Key) -> float:
        return convolution.timed(quick[key], key[1], convolution.images)[0]

    return times | interleave(list(quick), measure, rounds, "ladder"), differences


def rows(
    rungs: list[Rung], times: dict[Key, list[float]], differences: dict[Key, float]
) -> list[list[str]]:
    """Return the lines of the table: each rung against the one before it, and against the first."""
    lines = []
    for way in PASSES:
        own = {rung: times[rung.title, way] for rung in rungs}
        for before, rung in zip([rungs[0], *rungs], rungs, strict=False):
            naive = own[NAIVE] * len(own[rung])  # measured once
            pairs = naive if before is NAIVE else own[before]
            gains = [
                "" if rung is NAIVE else figures(Summary.of(ratios(slow, own[rung])))
                for slow in (pairs, naive)
            ]
            error = f"{differences[rung.title, way]:.0e}"
            lines.append([rung.title, way, Summary.of(own[rung]).text(",.3g"), *gains, error])
    return lines


def figures(gain: Summary) -> str:
    """Write a speed-up: one decimal where it is small."""
    return gain.text(",.1f" if gain.median < 100 else ",.0f")


def draw(rungs: list[Rung], times: dict[Key, list[float]], title: str) -> Any:
    """Draw the rungs from the slowest to the fastest, each with what it gained."""
    figure, axes = charts.panels(2, 6.6, 3.6)
    for panel, way in zip(axes, PASSES, strict=True):
        medians = [Summary.of(times[rung.title, way]).median for rung in rungs]
        names = [rung.title for rung in rungs]
        shades = ["#b9c6d2", "#9db8cf", "#7fa6cc", charts.THEIRS, charts.OURS_LIGHT]
        panel.barh(names, medians, color=[*shades[: len(rungs) - 1], charts.OURS], height=0.72)
        panel.set_xscale("log")
        charts.write_plainly(panel.xaxis, steps=(1,))
        panel.invert_yaxis()
        for i, median in enumerate(medians):
            faster = medians[i - 1] / median
            gain = f",  {faster:,.{int(faster < 100)}f} times as fast" if i else ""
            unit = f"{median / 1e3:,.2g} s" if median >= 1e3 else f"{median:,.2g} ms"
            panel.annotate(f"  {unit}{gain}", (median, i), va="center", color=charts.INK)
        panel.set_xlim(min(medians) / 3, max(medians) * 30)
        charts.polish(panel, f"{way}: {medians[0] / medians[-1]:,.0f} times as fast", grid="x")
        panel.set_xlabel("milliseconds an image (ten times more from line to line)")
        if panel is not axes[0]:
            panel.set_yticklabels([])
    figure.suptitle(title, color=charts.INK, fontsize=13, x=0.01, ha="left")
    return figure


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    made = parser(__doc__ or "", EXAMPLES)
    add = made.add_argument
    add("--images", type=positive, default=64, help="in a batch; the naive loops take one (64)")
    add("--size", type=positive, default=26, help="height and width of an image (26)")
    add("--channels", type=positive, default=32, help="input channels (32)")
    add("--filters", type=positive, default=64, help="output channels (64)")
    add("--kernel-size", type=positive, default=3, help="height and width of the kernel (3)")
    add("--rounds", type=positive, default=9, help="turns; the naive loops get one (9)")
    return made.parse_args()


def main() -> None:
    """Climb, print, save, draw."""
    options = parse_arguments()
    KH, C, O = options.kernel_size, options.channels, options.filters
    title = f"Convolution {KH}x{KH}, {C} to {O} channels, images of {options.size}x{options.size}"
    report = Report("ladder", options.output, ("nanoconv", "numpy", "numba"), title)
    convolution = Convolution(options.images, options.size, KH, C, O)
    rungs = convolution.rungs()
    times, differences = climb(convolution, rungs, options.rounds)
    head = ("rung", "pass", "ms an image", "x the rung before", "x naive", "difference")
    report.print(head, rows(rungs, times, differences))
    labelled = {f"{rung}, {way}": values for (rung, way), values in times.items()}
    errors = {f"{rung}, {way}": error for (rung, way), error in differences.items()}
    report.save(draw(rungs, times, title), milliseconds=labelled, differences=errors)


if __name__ == "__main__":
    main()
