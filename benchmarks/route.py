"""The way of one batch: which functions of nanoconv a training step passes, in which order.

    python benchmarks/route.py

Read it beside the code: the table is a training step of the network of `examples/train_mnist.py`
on one thread, after warm-up, in the order in which the functions are first called. Most of the
calls come from segments of layers, through which a batch goes in chunks.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import numpy as np
from common import Report, parser, positive
from networks import build_keras, network

import nanoconv
from nanoconv.kernels import dispatch
from nanoconv.kernels.compiled import workers

EXAMPLES = """\
examples
  python benchmarks/route.py --backend numpy     the same step without compiled kernels
"""
LIBRARY = Path(nanoconv.__file__).parent


class Function(NamedTuple):
    """Where a function stands: its file, seen from the library's folder, and its first line."""

    file: str
    name: str
    line: int

    @property
    def in_table(self) -> bool:
        """Whether it has a name: comprehensions, generator expressions and lambdas have none."""
        return not self.name.endswith(">")


def calls_of_step(batch_size: int) -> Counter[Function]:
    """Count the calls of nanoconv's functions during one training step on one thread.

    Returns:
        The calls of each function, in the order of the first call. Compiled kernels are among them
        where Numba tells the profiler of its calls (Python 3.11 does; there, comprehensions count,
        too).
    """
    model = build_keras("mnist", nanoconv)
    calls: Counter[Function] = Counter()

    def count(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        path = Path(code.co_filename)
        if event == "call" and path.is_relative_to(LIBRARY):
            file, name = path.relative_to(LIBRARY).as_posix(), code.co_qualname
            calls[Function(file, name.replace(".<locals>", ""), code.co_firstlineno)] += 1

    train_step = model.train_step

    def counted_step(*arguments: Any) -> Any:
        calls.clear()  # what was counted before was warm-up
        sys.setprofile(count)
        try:
            return train_step(*arguments)
        finally:
            sys.setprofile(None)

    model.train_step = counted_step
    rng = np.random.default_rng(0)
    x = rng.random((3 * batch_size, *network("mnist").shape), np.float32)
    y = rng.integers(0, 10, len(x))
    threads = workers.get_threads()
    workers.set_threads(1)
    try:
        model.fit(x, y, batch_size=batch_size, epochs=1, verbose=0)
    finally:
        workers.set_threads(threads)
    return calls


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    made = parser(__doc__ or "", EXAMPLES)
    add = made.add_argument
    add("--backend", choices=["numba", "numpy"], help="of the kernels (default: numba)")
    add("--batch-size", type=positive, default=128, help="images in the step (128)")
    return made.parse_args()


def main() -> None:
    """Count one step; print and save its route."""
    options = parse_arguments()
    if options.backend:
        dispatch.set_backend(options.backend)
    calls = calls_of_step(options.batch_size)
    files = {function.file for function in calls}
    title = (
        f"One training step of {network('mnist').title} on the {dispatch.get_backend()} backend, "
        f"batch {options.batch_size}, one thread"
    )
    report = Report("route", options.output, ("nanoconv", "numpy", "numba"), title)
    rows = [(f.name, f.file, str(times)) for f, times in calls.items() if f.in_table]
    report.print(("function", "file", "calls"), rows)
    print(
        f"\n{len(calls)} functions in {len(files)} files; {len(calls) - len(rows)} of them are "
        "comprehensions and lambdas, which the table leaves out."
    )
    report.save(functions=len(calls), files=len(files), route=rows)


if __name__ == "__main__":
    main()
