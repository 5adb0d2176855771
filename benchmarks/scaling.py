"""What an image costs: against the batch size, the number of images, the threads, the channels.

    python benchmarks/scaling.py

Flat lines are good news: a cost that does not grow with the batch or the data. Small batches cost
more, because each step has fixed costs; more threads help until the cores are used up; the work of
a convolution grows with the square of its channels.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import charts
from common import Report, Summary, interleave, parser, positive
from networks import training_flops
from processes import PEERS, Peer, Worker, digits_file, start, threads

EXAMPLES = """\
examples
  python benchmarks/scaling.py --panels batch --peers nanoconv keras-tensorflow
  python benchmarks/scaling.py --panels threads --threads 1 2 4 8
"""
TASKS = ("train", "predict")
Key = tuple[str, str, int]  # peer, task, point


@dataclass(frozen=True)
class Panel:
    """One question: what changes from point to point, and what a point tells the worker."""

    title: str
    xlabel: str
    words: Callable[[int], dict[str, Any]]


PANELS = {
    "batch": Panel("batch size", "images in a step", lambda n: {"batch": n}),
    "images": Panel("number of images", "images in an epoch, batch 128", lambda n: {"images": n}),
    "threads": Panel("threads", "threads, batch 128", lambda n: {}),
    "channels": Panel(
        "channels",
        "channels of both convolutions, batch 128",
        lambda n: {"network": f"channels-{n}"},
    ),
}


class Measurements:
    """Asks workers for the microseconds that an image costs."""

    def __init__(self, options: argparse.Namespace, digits: Path, stack: ExitStack) -> None:
        self.options, self.digits, self.stack = options, digits, stack
        self._workers: dict[str, Worker] = {}

    def worker(self, peer: Peer) -> Worker:
        """Return the process of a peer, started once."""
        if peer.name not in self._workers:
            self._workers[peer.name] = self.stack.enter_context(start(peer, self.digits))
        return self._workers[peer.name]

    def run(self, name: str) -> dict[Key, list[float]]:
        """Measure one panel: microseconds an image, round by round."""
        panel, options = PANELS[name], self.options
        points: Sequence[int] = getattr(options, name)
        peers = ["nanoconv"] if name == "threads" else options.peers
        keys = [(peer, task, point) for point in points for peer in peers for task in TASKS]

        def measure(key: Key) -> float:
            peer, task, point = key
            chosen = threads(point) if name == "threads" else PEERS[peer]
            words = {"network": "mnist", "batch": 128, "seconds": options.seconds}
            words |= panel.words(point)
            return 1e6 / self.worker(chosen).ask("rate", task=task, **words)

        return interleave(keys, measure, options.rounds, panel.title)


def draw(measured: dict[str, dict[Key, list[float]]]) -> Any:
    """Draw a panel for each question."""
    figure, axes = charts.panels(len(measured), 5.6, 3.6)
    for panel, (name, rounds) in zip(axes, measured.items(), strict=True):
        lines = list(dict.fromkeys((peer, task) for peer, task, _ in rounds))
        for (peer, task), colour in zip(lines, charts.LINES * 3, strict=False):
            points = [key[2] for key in rounds if key[:2] == (peer, task)]
            summaries = [Summary.of(rounds[peer, task, point]) for point in points]
            charts.curve(panel, points, summaries, f"{peer}, {task}", colour)
        ticks = sorted({point for _, _, point in rounds})
        panel.set_xscale("log", base=2)
        panel.set_xticks(ticks, [f"{point:,}" for point in ticks])
        panel.minorticks_off()
        if name == "channels":
            panel.set_yscale("log")
            charts.write_plainly(panel.yaxis)
        else:
            panel.set_ylim(bottom=0)
        charts.polish(panel, PANELS[name].title, PANELS[name].xlabel, "µs an image")
        panel.legend(frameon=False, fontsize=9)
    return figure


def rows(measured: dict[str, dict[Key, list[float]]]) -> list[list[str]]:
    """Return the lines of the table, with the rate of arithmetic where channels change."""
    lines = []
    for name, rounds in measured.items():
        for (peer, task, point), times in rounds.items():
            summary = Summary.of(times)
            rate = ""
            if name == "channels" and task == "train":
                rate = f"{training_flops(f'channels-{point}') / summary.median / 1e3:,.0f}"
            line = [PANELS[name].title, f"{point:,}", peer, task, summary.text(",.1f"), rate]
            lines.append(line)
    return lines


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    cores = os.cpu_count() or 1
    counts = sorted({1, 2, cores, 2 * cores})
    made = parser(__doc__ or "", EXAMPLES)
    add = made.add_argument
    add("--panels", nargs="+", choices=PANELS, default=list(PANELS), help="questions (all)")
    add("--peers", nargs="+", choices=PEERS, default=["nanoconv"], help="whom (nanoconv)")
    several: dict[str, Any] = {"nargs": "+", "type": positive, "metavar": "N"}
    add("--batch", default=[16, 32, 64, 128, 256, 512, 1024], help="batch sizes", **several)
    add("--images", default=[1000, 4000, 15000, 60000], help="numbers of images", **several)
    add("--threads", default=counts, help=f"threads (default: {counts})", **several)
    add("--channels", default=[8, 16, 32, 64, 128], help="channels", **several)
    add("--rounds", type=positive, default=3, help="turns (3)")
    add("--seconds", type=float, default=2.0, help="length of one measurement (2)")
    return made.parse_args()


def main() -> None:
    """Measure, print, save, draw."""
    options = parse_arguments()
    packages = [package for name in options.peers for package in PEERS[name].packages]
    title = "Microseconds that an image costs"
    report = Report("scaling", options.output, packages, title)
    with ExitStack() as stack:
        measurements = Measurements(options, stack.enter_context(digits_file()), stack)
        measured = {name: measurements.run(name) for name in options.panels}
    head = ("what", "point", "who", "task", f"µs, median of {options.rounds} (range)", "GFLOP/s")
    report.print(head, rows(measured))
    labelled = {
        name: {f"{peer}, {task}, {point}": times for (peer, task, point), times in rounds.items()}
        for name, rounds in measured.items()
    }
    report.save(draw(measured), microseconds=labelled)


if __name__ == "__main__":
    main()
