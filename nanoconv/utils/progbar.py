"""A progress bar that knows where it is shown: a terminal, a notebook or a log file.

In a terminal and a notebook one line is rewritten in place, at most twenty times a second. A log
file gets the finished line only, without control characters.

Reference: https://keras.io/api/utils/python_utils/#progbar-class
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

Values = Iterable[tuple[str, Any]]


class Progbar:
    """Shows `32/32 ━━━━━━━━━━━━━━━━━━━━ 3s 23ms/step - loss: 0.1234`.

    Args:
        target: the number of steps expected, or None where it is unknown.
        width: the bar's width in characters.
        verbose: 0 nothing, 1 the bar, 2 one line at the end.
        interval: the shortest time between two drawings, in seconds.
        stateful_metrics: names shown as they come; the others are averaged over the steps.
        stateless_metrics: names averaged over the steps; the others are shown as they come. Give
            one of the two; without either, everything is averaged.
        unit_name: what a step is called.

    Raises:
        ValueError: where both lists of names are given.

    Reference: https://keras.io/api/utils/python_utils/#progbar-class
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError(
                "Progbar got both stateful_metrics and stateless_metrics, but each is the rest of "
                'the other; write stateful_metrics=["accuracy"] alone.'
            )
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self.stateful_metrics = None if stateful_metrics is None else set(stateful_metrics)
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)
        self._means: dict[str, tuple[float, int]] = {}  # name -> (sum, number of steps)
        self._seen = 0
        self._start = time.time()
        self._first_step_ended: float | None = None
        self._drawn_at = 0.0
        self._drawn_width = 0
        self._console = _console() if verbose == 1 else None
        self._rewrites = (
            self._console is not None
            and self._console.is_terminal
            and not self._console.is_dumb_terminal
        )

    def update(
        self, current: int, values: Values | None = None, finalize: bool | None = None
    ) -> None:
        """Record the metrics of a step and draw.

        Args:
            current: the number of steps done.
            values: pairs of name and value of this step.
            finalize: whether this is the last drawing; by default once `target` is reached.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        self._record(current, values or (), finalize)
        now = time.time()
        duration = self._step_duration(current, now)
        if self.verbose == 1:
            if finalize or now - self._drawn_at >= self.interval:
                self._draw(current, now, duration, finalize)
                self._drawn_at = now
        elif self.verbose == 2 and finalize and self.target:
            print(
                f"{self._count(current)} - {now - self._start:.0f}s - "
                f"{format_duration(duration)}/{self.unit_name}{self._metrics()}",
                flush=True,
            )

    def add(self, n: int, values: Values | None = None) -> None:
        """Record `n` further steps and draw."""
        self.update(self._seen + n, values)

    def _is_averaged(self, name: str) -> bool:
        if self.stateless_metrics is not None:
            return name in self.stateless_metrics
        return name not in (self.stateful_metrics or ())

    def _record(self, current: int, values: Values, finalize: bool) -> None:
        steps = max(current - self._seen, 1)
        for name, value in values:
            value = float(np.mean(value))
            if finalize or not self._is_averaged(name):
                self._means[name] = (value, 1)
            else:
                total, count = self._means.get(name, (0.0, 0))
                self._means[name] = (total + value * steps, count + steps)
        self._seen = current

    def _step_duration(self, current: int, now: float) -> float:
        """Return seconds a step, leaving the first step out once there are others: it compiles."""
        if not current:
            return 0.0
        if self._first_step_ended is not None and current > 1:
            return (now - self._first_step_ended) / (current - 1)
        if current == 1:
            self._first_step_ended = now
        return (now - self._start) / current

    def _count(self, current: int) -> str:
        if not self.target:
            return f"{current:7d}/Unknown"
        return f"{current:{len(str(self.target))}d}/{self.target}"

    def _metrics(self) -> str:
        means = ((name, total / count) for name, (total, count) in self._means.items())
        return "".join(f" - {name}: {format_metric(mean)}" for name, mean in means)

    def _draw(self, current: int, now: float, duration: float, finalize: bool) -> None:
        console = self._console
        if console is None or not (finalize or self._rewrites):
            return
        elapsed = f"{now - self._start:.0f}s"
        if self.target and not finalize:
            elapsed = format_eta(duration * (self.target - current))
        line = self._line(console, current, elapsed, duration)
        if self._rewrites:
            if not finalize:  # a line that wraps cannot be rewritten in place
                line.truncate(console.width - 1, overflow="ellipsis")
            width = line.cell_len
            line.pad_right(min(self._drawn_width, console.width - 1) - width)
            self._drawn_width = width
        with console.capture() as capture:
            console.print(line, end="\n" if finalize else "", soft_wrap=True)
        sys.stdout.write("\r" + capture.get() if self._rewrites else capture.get())
        sys.stdout.flush()

    def _line(self, console: Console, current: int, elapsed: str, duration: float) -> Text:
        from rich.text import Text

        line = Text(self._count(current), style="bold" if self.target else "")
        if self.target:
            dash = "━" if console.encoding.startswith("utf") else "-"
            done = int(self.width * min(current / self.target, 1.0))
            line = Text.assemble(
                line, " ", (dash * done, "green"), (dash * (self.width - done), "bright_black")
            )
        line.append(f" {elapsed}", "bold")
        line.append(f" {format_duration(duration)}/{self.unit_name}{self._metrics()}", "none")
        return line


def in_notebook() -> bool:
    """Tell whether this runs in a notebook: whether standard output is a Jupyter kernel's."""
    return "ipykernel" in type(sys.stdout).__module__


def _console() -> Console:
    """Return a console on the present `sys.stdout`; a notebook counts as a terminal."""
    from rich.console import Console

    if in_notebook():
        # Notebooks understand \r and colours; rich's own notebook mode would add a block a drawing.
        return Console(
            file=sys.stdout,
            force_jupyter=False,
            force_terminal=True,
            color_system="standard",
            width=200,
        )
    # Asked of the stream itself: variables such as FORCE_COLOR make no terminal of a log file.
    return Console(file=sys.stdout, force_jupyter=False, force_terminal=sys.stdout.isatty())


def format_metric(value: float) -> str:
    """Return four decimals, or four digits and an exponent for 1e-3 and less."""
    return f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}"


def format_duration(seconds: float) -> str:
    """Return a short duration in its natural unit, such as `23ms`."""
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"


def format_eta(seconds: float) -> str:
    """Return the time left: `42s`, `3:07` or `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if seconds > 3600:
        return f"{hours}:{minutes:02d}:{rest:02d}"
    return f"{minutes}:{rest:02d}" if seconds > 60 else f"{int(seconds)}s"
