"""Plots of results, all in one style.

nanoconv is orange, others are blue, and thin lines or pale bands show the range of the rounds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from common import Summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

OURS, OURS_LIGHT, THEIRS, INK, GRID = "#e07b28", "#f0b37e", "#1f6fb4", "#333333", "#e3e3e3"
LINES = (OURS, THEIRS, "#5a9e4b", "#8c62aa")


def panels(count: int, width: float, height: float, columns: int = 2) -> tuple[Figure, list[Axes]]:
    """Return a figure with some panels of a size in inches."""
    from matplotlib.figure import Figure

    columns = min(columns, count)
    rows = -(-count // columns)
    figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
    axes = [figure.add_subplot(rows, columns, i + 1) for i in range(count)]
    return figure, axes


def polish(axes: Axes, title: str, xlabel: str = "", ylabel: str = "", grid: str = "y") -> None:
    """Give a panel its title, and the looks that all share."""
    axes.set_title(title, color=INK, fontsize=12, loc="left")
    axes.set_xlabel(xlabel, color=INK)
    axes.set_ylabel(ylabel, color=INK)
    axes.grid(axis=grid, color=GRID, linewidth=0.8)  # type: ignore[arg-type]
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#999999")
    axes.tick_params(colors=INK, labelsize=9)


def write_plainly(axis: Axis, steps: Sequence[int] = (1, 2, 5)) -> None:
    """Write the numbers of a logarithmic axis plainly, at so many places within each tenfold."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=steps, numticks=20))
    axis.set_major_formatter(lambda x, _: f"{x:,g}")
    axis.set_minor_formatter(NullFormatter())


def bars(
    axes: Axes,
    summaries: Mapping[str, Summary],
    form: Callable[[float], str],
    colour: Callable[[str], str] | None = None,
) -> None:
    """Draw one horizontal bar each, its number behind it.

    Args:
        axes: where.
        summaries: name -> number.
        form: how a number is written.
        colour: of a name; by default orange where it begins with nanoconv.
    """
    names = list(summaries)
    chosen = colour or (lambda name: OURS if name.startswith("nanoconv") else THEIRS)
    medians = [summaries[name].median for name in names]
    errors = [
        [s.median - s.low for s in summaries.values()],
        [s.high - s.median for s in summaries.values()],
    ]
    axes.barh(names, medians, color=[chosen(n) for n in names], height=0.7)
    axes.errorbar(medians, names, xerr=errors, fmt="none", ecolor=INK, elinewidth=1, capsize=2)
    for i, summary in enumerate(summaries.values()):
        axes.annotate(
            f" {form(summary.median)}", (summary.high, i), va="center", fontsize=9, color=INK
        )
    axes.invert_yaxis()
    axes.margins(x=0.22)


def curve(
    axes: Axes, x: Sequence[float], summaries: Sequence[Summary], label: str, colour: Any
) -> None:
    """Draw medians as a line, and the range as a band around it."""
    axes.plot(x, [s.median for s in summaries], "o-", color=colour, label=label, ms=4, lw=1.8)
    lows, highs = [s.low for s in summaries], [s.high for s in summaries]
    axes.fill_between(x, lows, highs, color=colour, alpha=0.2, lw=0)
