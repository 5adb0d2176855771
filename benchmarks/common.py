"""What all benchmarks share: interleaved rounds, medians and ranges, and how results are reported.

A machine is never equally fast for long. So what is compared is measured in turns, round by round;
ratios are taken within a round; and what is reported is the median of the rounds, with the smallest
and the largest beside it. Beside each table stand the machine, the versions and the command.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import shlex
import statistics
import sys
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

K = TypeVar("K", bound=Hashable)


# Measuring ----------------------------------------------------------------------------------------


def interleave(
    keys: Sequence[K], measure: Callable[[K], float], rounds: int, what: str = ""
) -> dict[K, list[float]]:
    """Measure everything once a round; every second round goes backwards.

    Args:
        keys: what to measure.
        measure: returns the number for one of them.
        rounds: how many values each gets.
        what: shown on the terminal while it runs.

    Returns:
        The values of each key, round by round.
    """
    values: dict[K, list[float]] = {key: [] for key in keys}
    for i in range(rounds):
        for key in keys if i % 2 == 0 else reversed(keys):
            say(f"{what}: round {i + 1} of {rounds}, {key}")
            values[key].append(measure(key))
    say("")
    return values


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Divide round by round: what slows the machine in a round slows both."""
    return [a / b for a, b in zip(ours, theirs, strict=True)]


@dataclass(frozen=True)
class Summary:
    """The median of some rounds, the smallest and the largest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Summary:
        """Summarise the values of all rounds."""
        return cls(statistics.median(values), min(values), max(values))

    def text(self, form: str = ",.3g") -> str:
        """Return such as `3.1 (2.9-3.2)`; a single number where all are written alike."""
        median, low, high = (format(x, form) for x in (self.median, self.low, self.high))
        return median if low == high else f"{median} ({low}-{high})"


def say(text: str) -> None:
    """Show progress in one line of the terminal; nothing where errors go to a file."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


# The circumstances --------------------------------------------------------------------------------


def machine() -> str:
    """Describe the machine in one line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    name, vectors = platform.processor() or platform.machine(), ""
    try:
        facts = Path("/proc/cpuinfo").read_text()
        name = facts.split("model name")[1].split(":")[1].splitlines()[0].strip()
        vectors = ", AVX-512" if "avx512f" in facts else ", AVX2" if "avx2" in facts else ""
    except (OSError, IndexError):
        pass  # not Linux, or not x86
    return (
        f"{name}, {cores} cores{vectors}; {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}"
    )


def load() -> str:
    """Say how busy the machine is: processes that want to run, mean of the last minute."""
    return f"load {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else "load unknown"


def versions(packages: Iterable[str]) -> str:
    """Name packages with their versions, BLAS with them."""
    found = []
    for package in dict.fromkeys(packages):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:  # nanoconv, run from its folder
            found.append(f"{package} {importlib.import_module(package).__version__}")
    return ", ".join([*found, _blas()])


def _blas() -> str:
    """Name the library that multiplies NumPy's matrices, and the processor it was built for."""
    from threadpoolctl import threadpool_info

    importlib.import_module("numpy")  # loads it
    blas = [library for library in threadpool_info() if library["user_api"] == "blas"]
    return " ".join(
        str(blas[0].get(key) or "") for key in ("internal_api", "version", "architecture")
    )


def command() -> str:
    """Return the command that was typed, with nanoconv's own variables in front."""
    script = Path(sys.argv[0])
    words = [f"{script.parent.name}/{script.name}", *sys.argv[1:]]
    settings = sorted(name for name in os.environ if name.startswith("NANOCONV_"))
    return shlex.join([*(f"{name}={os.environ[name]}" for name in settings), "python", *words])


# Reporting ----------------------------------------------------------------------------------------


def parser(documentation: str, examples: str = "") -> argparse.ArgumentParser:
    """Return a parser whose help is the module's documentation, with the options all share."""
    made = argparse.ArgumentParser(
        description=documentation,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "--output",
        type=Path,
        default=Path("output/benchmarks"),
        metavar="FOLDER",
        help="where the .json and .png go (default: output/benchmarks)",
    )
    return made


def positive(text: str) -> int:
    """Read a whole number from 1 up, for argparse."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is too small: write 1 or more")
    return number


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table, its columns aligned."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    rule = ["-" * width if i == 0 else "-" * (width - 1) + ":" for i, width in enumerate(widths)]
    return "\n".join(
        "| "
        + " | ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        + " |"
        for line in [lines[0], rule, *lines[1:]]
    )


class Report:
    """A benchmark's results on their way to the terminal and into files.

    Args:
        name: of the files.
        folder: where they go.
        packages: whose versions matter.
        title: the first line.
    """

    def __init__(self, name: str, folder: Path, packages: Iterable[str], title: str) -> None:
        self.name, self.folder = name, folder
        self.facts = {
            "title": title,
            "machine": f"{machine()}; {load()}",
            "versions": versions(packages),
            "command": command(),
        }
        self.results: dict[str, Any] = {}

    def print(self, head: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
        """Print a table and, beside it, where it comes from."""
        facts = self.facts
        print(f"\n{title or facts['title']}\n\n{table(head, rows)}\n")
        print(f"{facts['machine']}; {facts['versions']}\n`{facts['command']}`", flush=True)

    def save(self, figure: Any = None, **results: Any) -> None:
        """Write the results as JSON, and the plot.

        Args:
            figure: a matplotlib figure, or None.
            results: anything made of numbers, texts, lists, dictionaries and dataclasses.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.results |= results
        files = [self.folder / f"{self.name}.json"]
        text = json.dumps({**self.facts, **self.results}, indent=1, default=asdict)
        files[0].write_text(text + "\n")
        if figure is not None:
            files.append(self.folder / f"{self.name}.png")
            figure.savefig(files[1], dpi=150)
        print(f"\nWritten: {', '.join(map(str, files))}")


def by_name(rounds: Mapping[K, Sequence[float]]) -> dict[str, Summary]:
    """Summarise the rounds of each key."""
    return {str(key): Summary.of(values) for key, values in rounds.items()}
