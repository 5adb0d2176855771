"""nanoconv against the frameworks that are installed, on this machine, now.

    python benchmarks/peers.py

Each framework lives in a process of its own. All are measured in turns, round by round; ratios are
taken within a round, and the table shows their median and their range. The fastest matrix product
of this machine is measured in the same rounds: it limits every program that computes convolutions
directly. Close other programs first, and look at the range before you believe a ratio.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import charts
from common import Report, Summary, parser, positive, ratios
from measurements import OTHERS, OURS, SGEMM, SINGLE, TENSORFLOW, TORCH, Measurements, Rounds
from networks import network, training_flops
from processes import PEERS, digits_file

ROWS = {
    "train": "training images/s, batch 128, Adam",
    "predict": "predict images/s, batch 256",
    "predict-one": "predict of one image, ms",
    "import": "import, s",
    "first-step": "first step, s",
    "memory": "peak memory, MB",
    "networks": "training images/s, other networks",
}
EXAMPLES = """\
rows
  train        the network of examples/train_mnist.py with model.fit
  predict      the same with model.predict
  predict-one  model.predict(x, verbose=0) of a single image
  import       the import statement in a fresh process
  first-step   from the call of fit in a fresh process to the end of its first step; nanoconv with
               kernels on disk (warm) and with none (cold)
  memory       peak of a fresh process that trains on 60,000 images of bytes (Linux only)
  networks     5x5 kernels, stride 2, padding same, 3 channels, LeNet-5, VGG, batch 32 and 512:
               nanoconv and Keras-TensorFlow

examples
  python benchmarks/peers.py --rows train predict --rounds 9
  python benchmarks/peers.py --rows train --peers nanoconv torch --seconds 10
"""


@dataclass(frozen=True)
class Goal:
    """What a ratio, or a number of nanoconv's own, should reach."""

    row: str
    ours: str
    theirs: str | None  # None: the number itself is judged
    least: float
    aim: float
    title: str
    unit: str = "x"

    @property
    def smaller_is_better(self) -> bool:
        """Whether the goal is a number not to exceed."""
        return self.aim < self.least


GOALS = [
    Goal("train", OURS, TENSORFLOW, 2.4, 3.5, "training / Keras-TensorFlow"),
    Goal("train", OURS, TORCH, 2.0, 3.0, "training / PyTorch eager"),
    Goal("train", SINGLE, TENSORFLOW, 1.4, 2.0, "training, one thread / Keras-TensorFlow"),
    Goal("train", OURS, SGEMM, 0.8, 1.0, "training / limit of direct convolution"),
    Goal("predict", OURS, TENSORFLOW, 1.3, 2.0, "predict / Keras-TensorFlow"),
    Goal("predict-one", OURS, None, 1.0, 0.3, "predict of one image", "ms"),
    Goal("import", OURS, None, 0.4, 0.2, "import", "s"),
    Goal("first-step", f"{OURS} warm", None, 1.0, 0.5, "first step, kernels on disk", "s"),
    Goal("first-step", f"{OURS} cold", None, 12.0, 6.0, "first step, no kernels yet", "s"),
    Goal("memory", OURS, TENSORFLOW, 0.5, 0.35, "peak memory / Keras-TensorFlow"),
]


def number_rows(measured: dict[str, Rounds]) -> list[list[str]]:
    """Return one line a row and peer."""
    lines = []
    for row, rounds in measured.items():
        for name, values in rounds.items():
            title = ROWS.get(row) or f"training images/s: {row}"
            lines.append([title, name, Summary.of(values).text(",.4g")])
    if SGEMM in measured.get("train", {}):
        cost = training_flops("mnist")
        rate = Summary.of([limit * cost / 1e9 for limit in measured["train"][SGEMM]])
        title = f"GFLOP/s; training costs {cost / 1e6:.1f} MFLOP an image"
        lines.append([title, "sgemm", rate.text(",.4g")])
    return lines


def goal_rows(measured: dict[str, Rounds]) -> tuple[list[list[str]], list[dict[str, Any]]]:
    """Return the ratios that were measured, as lines of a table and as data."""
    goals = list(GOALS)
    for row in measured:
        if row not in ROWS:
            name, batch = row.split(", ")
            title = f"{network(name).title}, batch {batch} / Keras-TensorFlow"
            goals.append(Goal(row, OURS, TENSORFLOW, 1.0, 1.5, title))
    lines, data = [], []
    for goal in goals:
        rounds = measured.get(goal.row, {})
        if goal.ours not in rounds or (goal.theirs and goal.theirs not in rounds):
            continue
        values = rounds[goal.ours]
        values = ratios(values, rounds[goal.theirs]) if goal.theirs else values
        summary = Summary.of(values)
        sign = -1 if goal.smaller_is_better else 1
        reached = [w for w in (goal.least, goal.aim) if sign * (summary.median - w) >= 0]
        verdict = ("no", "yes", "yes, and the aim")[len(reached)]
        bound = "at most" if goal.smaller_is_better else "at least"
        wish = f"{bound} {goal.least:g}, aim {goal.aim:g} {goal.unit}"
        lines.append([goal.title, f"{summary.text('.2f')} {goal.unit}", wish, verdict])
        data.append({"goal": goal, "summary": summary, "reached": verdict})
    return lines, data


def draw(measured: dict[str, Rounds]) -> Any:
    """Draw a panel a row; the other networks are one panel of ratios."""
    summaries = {
        ROWS[row]: {name: Summary.of(values) for name, values in rounds.items()}
        for row, rounds in measured.items()
        if row in ROWS
    }
    others = {
        f"{network(row.split(', ')[0]).title}, {row.split(', ')[1]}": Summary.of(
            ratios(rounds[OURS], rounds[TENSORFLOW])
        )
        for row, rounds in measured.items()
        if row not in ROWS and {OURS, TENSORFLOW} <= rounds.keys()
    }
    figure, axes = charts.panels(len(summaries) + bool(others), 6.2, 2.9)
    for panel, (title, rounds) in zip(axes, summaries.items(), strict=False):
        charts.bars(panel, rounds, lambda x: f"{x:,.3g}" if x < 100 else f"{x:,.0f}", colour)
        charts.polish(panel, title, grid="x")
    if others:
        charts.bars(axes[-1], others, lambda x: f"{x:.2f}", lambda name: charts.OURS)
        axes[-1].axvline(1, color=charts.INK, lw=1)
        charts.polish(axes[-1], "training, times as fast as Keras-TensorFlow", grid="x")
    return figure


def colour(name: str) -> str:
    """Return a bar's colour: nanoconv's, a peer's, or that of the limit."""
    if name == SGEMM:
        return "#bbbbbb"
    return charts.OURS if name.startswith(OURS) else charts.THEIRS


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    made = parser(__doc__ or "", EXAMPLES)
    add = made.add_argument
    add("--rows", nargs="+", choices=ROWS, default=list(ROWS), help="what to measure (all)")
    add("--peers", nargs="+", choices=PEERS, help="whom (default: all that are installed)")
    add("--networks", nargs="+", choices=[n for n, _ in OTHERS], help="of the last row (all)")
    add("--rounds", type=positive, default=5, help="turns (default: 5)")
    add("--seconds", type=float, default=4.0, help="length of one measurement (default: 4)")
    add("--memory-images", type=positive, default=60_000, help="of the row memory (60000)")
    return made.parse_args(arguments)


def main() -> None:
    """Measure, print, save, draw."""
    options = parse_arguments()
    peers = options.peers or list(PEERS)
    missing = [name for name in peers if not PEERS[name].installed]
    if missing:
        print(f"Not installed, so left out: {', '.join(missing)}", file=sys.stderr)
    peers = [name for name in peers if name not in missing]
    packages = [package for name in peers for package in PEERS[name].packages]
    report = Report("peers", options.output, packages, "nanoconv and its peers")
    measured: dict[str, Rounds] = {}
    with ExitStack() as stack:
        digits = stack.enter_context(digits_file())
        measurements = Measurements(peers, options, digits, stack)
        for row in ROWS:
            if row in options.rows:
                measured |= measurements.run(row)
    title = f"median of {options.rounds} rounds (smallest-largest)"
    report.print(("what", "who", title), number_rows(measured))
    lines, data = goal_rows(measured)
    if lines:
        head = ("nanoconv / peer, within a round", title, "goal", "reached")
        report.print(head, lines)
    report.save(draw(measured), measured=measured, ratios=data)


if __name__ == "__main__":
    main()
