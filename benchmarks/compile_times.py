"""What each kernel costs to compile: the very first `fit` of the example's network, with no cache.

    python benchmarks/compile_times.py

The first fit after installing nanoconv waits for Numba; later processes load the machine code from
disk. Seconds of a kernel are its own: what it calls, and is compiled meanwhile, has its own line;
what is inlined into it has none.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common import Report, parser, positive

EXAMPLES = """\
examples
  python benchmarks/compile_times.py --network vgg
"""


@dataclass
class Cost:
    """How often a function was compiled, for different types, and the seconds that it took."""

    times: int = 0
    seconds: float = 0.0


class Recorder:
    """Adds up the compilations that Numba announces; they may be nested."""

    def __init__(self) -> None:
        from numba.core import event

        self.costs: dict[tuple[str, str], Cost] = defaultdict(Cost)
        self._running: list[list[float]] = []  # (start, seconds of what was compiled meanwhile)
        recorder = self

        class Listener(event.Listener):
            def on_start(self, event: Any) -> None:
                recorder._running.append([time.perf_counter(), 0.0])

            def on_end(self, event: Any) -> None:
                recorder._end(event.data["dispatcher"].py_func)

        event.register("numba:compile", Listener())

    def _end(self, function: Any) -> None:
        start, inside = self._running.pop()
        total = time.perf_counter() - start
        if self._running:
            self._running[-1][1] += total
        path = Path(function.__code__.co_filename)
        cost = self.costs[function.__qualname__.replace(".<locals>", ""), path.name]
        cost.times += 1
        cost.seconds += total - inside


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    from networks import NETWORKS

    made = parser(__doc__ or "", EXAMPLES)
    made.add_argument("--network", choices=NETWORKS, default="mnist", help="what to train (mnist)")
    made.add_argument("--batch-size", type=positive, default=128, help="images in a step (128)")
    return made.parse_args()


def main() -> None:
    """Fit in an empty cache; print and save what was compiled."""
    options = parse_arguments()
    with tempfile.TemporaryDirectory() as empty:
        os.environ["NUMBA_CACHE_DIR"] = empty  # before Numba is imported, which reads it then
        assert "numba" not in sys.modules
        measure(options)


def measure(options: argparse.Namespace) -> None:
    """Fit once, two steps."""
    import numpy as np
    from networks import build_keras, network

    import nanoconv

    recorder = Recorder()
    rng = np.random.default_rng(0)
    x = rng.random((2 * options.batch_size, *network(options.network).shape), np.float32)
    y = rng.integers(0, 10, len(x))
    model = build_keras(options.network, nanoconv)
    start = time.perf_counter()
    model.fit(x, y, batch_size=options.batch_size, verbose=0)
    first = time.perf_counter() - start
    start = time.perf_counter()
    model.fit(x, y, batch_size=options.batch_size, verbose=0)
    second = time.perf_counter() - start

    title = f"Compiling the kernels of {network(options.network).title}, seconds"
    report = Report("compile_times", options.output, ("nanoconv", "numpy", "numba"), title)
    costs = sorted(recorder.costs.items(), key=lambda item: -item[1].seconds)
    total = sum(cost.seconds for _, cost in costs)
    rows = [
        [name, file, str(cost.times), f"{cost.seconds:.2f}", f"{cost.seconds / total:.0%}"]
        for (name, file), cost in costs
    ]
    rows.append(["all", "", str(sum(cost.times for _, cost in costs)), f"{total:.2f}", ""])
    report.print(("function", "file", "times", "seconds", "share"), rows)
    print(f"\nThe first fit took {first:.1f} s, the same again {second:.1f} s.")
    report.save(first=first, second=second, kernels=rows)


if __name__ == "__main__":
    main()
