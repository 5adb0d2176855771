"""How long from a cold start until the digits are read: 98 % and 99 % on MNIST's test set.

    python benchmarks/time_to_accuracy.py --data FOLDER

The clock starts when the process is asked for: imports, data, compilation, training and every look
at the test set count. Both frameworks train the example's network with Adam, batch 128, on the
same images in the same order, and look at the test set every so many steps.
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import charts
import numpy as np
from common import Report, Summary, parser, positive, ratios, say
from processes import PEERS, digits_file, start

from nanoconv.datasets import DatasetNotFound, mnist

EXAMPLES = """\
data
  --data FOLDER     a folder with the four files of MNIST, or an .npz file
  NANOCONV_DATA     the same as an environment variable; else the caches of nanoconv and Keras
  --sample          4,000 + 1,000 digits that come with nanoconv: for a quick look, not for 99 %

examples
  python benchmarks/time_to_accuracy.py --rounds 1 --levels 0.98
  python benchmarks/time_to_accuracy.py --cold-kernels        first run after installing nanoconv
"""

Curve = list[tuple[float, float]]  # (seconds, test accuracy)


def reached(curve: Curve, level: float) -> float:
    """Return the seconds until a curve first shows an accuracy; infinity where it never does."""
    return next((seconds for seconds, accuracy in curve if accuracy >= level), math.inf)


def data_file(options: argparse.Namespace, folder: Path) -> Path:
    """Write the digits into one file for all processes.

    Raises:
        SystemExit: where MNIST is not on this machine, with what to write instead.
    """
    try:
        if options.sample:
            (x, y), (x_test, y_test) = mnist.load_sample()
        else:
            path = options.data or "mnist.npz"
            (x, y), (x_test, y_test) = mnist.load_local(path)
    except DatasetNotFound as error:
        raise SystemExit(f"{error}\nOr write --sample to train on nanoconv's own digits.") from None
    file = folder / "mnist.npz"
    np.savez(file, x_train=x, y_train=y, x_test=x_test, y_test=y_test)
    return file


def learn(name: str, data: Path, digits: Path, seed: int, options: argparse.Namespace) -> Curve:
    """Train one peer in a fresh process."""
    with tempfile.TemporaryDirectory() as empty:
        cold = {"NUMBA_CACHE_DIR": empty} if options.cold_kernels else {}
        with start(PEERS[name], digits, cold) as worker:
            curve = worker.ask(
                "learn",
                data=str(data),
                seed=seed,
                batch=128,
                every=options.every,
                goal=max(options.levels),
                epochs=options.epochs,
            )
    return [(seconds, accuracy) for seconds, accuracy in curve]


def rows(curves: dict[str, list[Curve]], levels: Sequence[float]) -> list[list[str]]:
    """Return the lines of the table: seconds to each level, and the ratio to nanoconv."""
    lines = []
    for level in levels:
        times = {name: [reached(c, level) for c in some] for name, some in curves.items()}
        ours = times.get("nanoconv")
        for name, seconds in times.items():
            finite = math.isfinite(max(seconds))
            factor = ""
            if ours and finite and math.isfinite(max(ours)):
                factor = Summary.of(ratios(seconds, ours)).text(".2f")
            shown = Summary.of(seconds).text(".1f") if finite else "not reached"
            lines.append([f"{100 * level:g} %", name, shown, factor])
    return lines


def draw(curves: dict[str, list[Curve]], levels: Sequence[float]) -> Any:
    """Draw test accuracy against seconds, one line a round."""
    figure, (axes,) = charts.panels(1, 8, 4.5)
    for (name, some), colour in zip(curves.items(), charts.LINES, strict=False):
        for number, curve in enumerate(some):
            seconds = [point[0] for point in curve]
            error = [max(100 * (1 - point[1]), 1e-2) for point in curve]
            label = name if number == 0 else None
            axes.plot(seconds, error, "o-", color=colour, label=label, ms=3, lw=1.5)
    for level in levels:
        axes.axhline(100 * (1 - level), color=charts.INK, lw=0.8, ls="--")
        axes.annotate(f"{100 * level:g} %", (0, 100 * (1 - level)), va="bottom", fontsize=9)
    axes.set_yscale("log")
    charts.write_plainly(axes.yaxis)
    axes.set_xlim(left=0)
    title = "Test digits misread, after a cold start"
    charts.polish(axes, title, "seconds since the process was started", "% misread")
    axes.legend(frameon=False)
    return figure


def fraction(text: str) -> float:
    """Read a number between 0 and 1, for argparse."""
    number = float(text)
    if not 0 < number < 1:
        raise argparse.ArgumentTypeError(f"{text} is no accuracy: write such as 0.99")
    return number


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    made = parser(__doc__ or "", EXAMPLES)
    add = made.add_argument
    add("--data", default=os.environ.get("NANOCONV_DATA"), metavar="PATH", help="MNIST's files")
    add("--sample", action="store_true", help="the digits that come with nanoconv")
    add("--peers", nargs="+", choices=PEERS, default=["nanoconv", "keras-tensorflow"], help="whom")
    add("--levels", nargs="+", type=fraction, default=[0.98, 0.99], help="accuracies (.98 .99)")
    add("--rounds", type=positive, default=3, help="trainings of each, seeds 0, 1, ... (3)")
    add("--every", type=positive, default=117, help="steps between looks (117: 4 an epoch)")
    add("--epochs", type=positive, default=6, help="give up after so many (6)")
    add("--cold-kernels", action="store_true", help="nanoconv compiles its kernels anew")
    return made.parse_args()


def main() -> None:
    """Train in turns, print, save, draw."""
    options = parse_arguments()
    peers = [name for name in options.peers if PEERS[name].installed]
    packages = [package for name in peers for package in PEERS[name].packages]
    title = "Seconds from a cold start to a test accuracy" + " (sample)" * options.sample
    report = Report("time_to_accuracy", options.output, packages, title)
    curves: dict[str, list[Curve]] = {name: [] for name in peers}
    with tempfile.TemporaryDirectory() as folder, digits_file() as digits:
        data = data_file(options, Path(folder))
        for seed in range(options.rounds):
            for name in peers if seed % 2 == 0 else reversed(peers):
                say(f"round {seed + 1} of {options.rounds}, {name}")
                curves[name].append(learn(name, data, digits, seed, options))
    say("")
    head = ("accuracy", "who", f"seconds, median of {options.rounds} (range)", "times nanoconv's")
    report.print(head, rows(curves, options.levels))
    report.save(draw(curves, options.levels), curves=curves)


if __name__ == "__main__":
    main()
