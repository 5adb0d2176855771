"""Measures the time of each layer in a training step, forward and backward."""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nanoconv.callbacks.callback import Callback, Logs

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORWARD, BACKWARD, OTHER = "forward", "backward", "other"
COLOURS = {FORWARD: "#1f6fb4", BACKWARD: "#e07b28", OTHER: "#9a9a9a"}
Entry = tuple[str, str]  # (name of the row, direction)


@dataclass
class ProfileRow:
    """One row of a profile, in milliseconds a step: a layer, or what is not a layer."""

    name: str
    kind: str
    forward: float = 0.0
    backward: float = 0.0
    other: float = 0.0

    @property
    def total(self) -> float:
        """All of it."""
        return self.forward + self.backward + self.other


class Profile(Callback):
    """Measures how long each layer takes, and prints a table when training ends.

    While a batch is trained, each layer's `forward` and `backward` carry a stopwatch. A layer that
    several threads call on chunks of the batch at once has one stopwatch a thread, and counts with
    their mean, so that the rows add up to the step. What is left over (waiting for the slower
    thread, joining the chunks, updating metrics) is the last row. A stopwatch costs about a
    microsecond a call.

    Args:
        warm_up: steps at the beginning that do not count, because kernels are still compiled.
        to_file: an image file to write when training ends, such as `"profile.png"`.
        verbose: 1 prints the table when training ends, 0 does not.

    Raises:
        ValueError: where `warm_up` is negative, or a result is asked for before a step was counted.

    Example:
        model.fit(x, y, batch_size=128, epochs=1, callbacks=[Profile(to_file="profile.png")])
    """

    def __init__(
        self, warm_up: int = 3, to_file: str | os.PathLike[str] | None = None, verbose: int = 1
    ) -> None:
        super().__init__()
        if warm_up < 0:
            raise ValueError(
                f"warm_up is {warm_up}, but 0 or more is needed; write Profile(warm_up=3)."
            )
        self.warm_up = warm_up
        self.to_file = to_file
        self.verbose = verbose
        self._forget()

    def _forget(self) -> None:
        self.steps: list[float] = []  # seconds of each counted step
        self._step = 0
        self._kinds: dict[str, str] = {}
        self._times: dict[Entry, list[float]] = {}  # seconds in each counted step
        self._running: dict[tuple[str, str, int], float] = {}  # of this step, by thread
        self._wrapped: list[tuple[Any, str]] = []

    # ---- hooks ----------------------------------------------------------------------------------

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._unwrap()
        self._forget()

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        self._unwrap()  # an interrupted step may have left its stopwatches
        self._wrap_all()
        self._running.clear()
        self._start = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        seconds = time.perf_counter() - self._start
        self._unwrap()
        self._step += 1
        if self._step > self.warm_up:
            self._count(seconds)

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.steps and self.verbose:
            print(self.table())
        if self.steps and self.to_file is not None:
            self.plot(self.to_file)

    # ---- stopwatches ----------------------------------------------------------------------------

    def _wrap_all(self) -> None:
        """Put a stopwatch on every layer, the loss and the optimizer."""
        for call in self.model.program.calls:
            layer = call.layer
            self._kinds[layer.name] = type(layer).__name__
            self._wrap(layer, "forward", (layer.name, FORWARD))
            self._wrap(layer, "backward", (layer.name, BACKWARD))
        self._kinds |= {"loss": "", "optimizer": type(self.model.optimizer).__name__}
        self._wrap(self.model.objective, "loss", ("loss", OTHER))
        self._wrap(self.model.optimizer, "apply", ("optimizer", OTHER))

    def _wrap(self, owner: Any, method: str, entry: Entry) -> None:
        if method not in vars(owner):  # a layer that is called twice has one stopwatch
            setattr(owner, method, self._timed(getattr(owner, method), entry))
            self._wrapped.append((owner, method))

    def _unwrap(self) -> None:
        """Take all stopwatches off."""
        for owner, method in self._wrapped:
            delattr(owner, method)
        self._wrapped.clear()

    def _timed(self, function: Callable[..., Any], entry: Entry) -> Callable[..., Any]:
        """Return the function with a stopwatch for each thread that calls it."""
        running = self._running

        def timed(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                # No other thread writes this key, so that no lock is needed.
                key = (*entry, threading.get_ident())
                running[key] = running.get(key, 0.0) + time.perf_counter() - start

        return timed

    def _count(self, seconds: float) -> None:
        """Note the times of one step: for each entry, the mean of the threads that shared it."""
        threads: dict[Entry, list[float]] = {}
        for (name, direction, _), spent in self._running.items():
            threads.setdefault((name, direction), []).append(spent)
        for entry, times in threads.items():
            self._times.setdefault(entry, []).append(statistics.fmean(times))
        self.steps.append(seconds)

    # ---- results --------------------------------------------------------------------------------

    def rows(self) -> list[ProfileRow]:
        """Return the medians over all counted steps, in the order of the model.

        Returns:
            One row a layer, then the loss, the optimizer, and the rest of the step.
        """
        if not self.steps:
            raise ValueError(
                f"Profile has counted no step yet: the first {self.warm_up} of a fit are warm-up; "
                "train for more steps, or write Profile(warm_up=0)."
            )
        rows = {name: ProfileRow(name, kind) for name, kind in self._kinds.items()}
        for (name, direction), times in self._times.items():
            setattr(rows[name], direction, 1e3 * statistics.median(times))
        rest = self.step_milliseconds - sum(row.total for row in rows.values())
        return [*rows.values(), ProfileRow("rest", "", other=max(0.0, rest))]

    @property
    def step_milliseconds(self) -> float:
        """Median duration of a step."""
        return 1e3 * statistics.median(self.steps)

    def table(self) -> str:
        """Return the rows as a text table."""
        rows = self.rows()
        labels = [f"{row.name} ({row.kind})" if row.kind else row.name for row in rows]
        width = max(map(len, [*labels, "one step"]))
        heads = ("forward", "backward", "together", "share")
        lines = [f"{'milliseconds':{width}}" + "".join(f"{head:>10}" for head in heads)]
        for label, row in zip(labels, rows, strict=True):
            both = "".join(f"{t:10.2f}" if t else " " * 10 for t in (row.forward, row.backward))
            share = row.total / self.step_milliseconds
            lines.append(f"{label:{width}}{both}{row.total:10.2f}{share:10.0%}")
        total = f"{'one step':{width}}{'':20}{self.step_milliseconds:10.2f}"
        return "\n".join([*lines, f"{total}   median of {len(self.steps)}"])

    def plot(self, to_file: str | os.PathLike[str] | None = None) -> Figure:
        """Draw the rows as bars.

        Args:
            to_file: an image file to write, such as `"profile.png"`, or None.

        Returns:
            The matplotlib figure.
        """
        from matplotlib.figure import Figure

        rows = self.rows()
        figure = Figure(figsize=(8, 1.2 + 0.34 * len(rows)), layout="constrained")
        axes = figure.add_subplot()
        start = [0.0] * len(rows)
        for direction, colour in COLOURS.items():
            widths = [getattr(row, direction) for row in rows]
            axes.barh(range(len(rows)), widths, left=start, color=colour, label=direction)
            start = [a + b for a, b in zip(start, widths, strict=True)]
        axes.set_yticks(range(len(rows)), [row.name for row in rows])
        axes.invert_yaxis()
        axes.set_xlabel("milliseconds a step")
        axes.set_title(f"One step: {self.step_milliseconds:.1f} ms", loc="left", fontsize=12)
        axes.grid(axis="x", color="#e3e3e3")
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
        if to_file is not None:
            figure.savefig(to_file, dpi=150)
        return figure
