"""What a gradient check found: a row for each input and parameter, to print or to assert."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GradientRow:
    """What the check found for one array: an input, or a parameter.

    `difference` is relative to the array's largest gradient. `index` is the entry that is worst,
    with the two opinions about it; None where only the direction through all entries is off.
    `factor` is set where backward is the same multiple of the right gradient everywhere.
    """

    name: str
    shape: tuple[int, ...]
    ok: bool
    difference: float = 0.0
    index: tuple[int, ...] | None = None
    backward: float = 0.0
    numeric: float = 0.0
    factor: float | None = None
    problem: str = ""

    def __str__(self) -> str:
        start = f"  {self.name:<16} {self.shape!s:<16} "
        if self.ok:
            return f"{start}right    largest difference {self.difference:.1e}"
        if self.problem:
            return f"{start}WRONG    {self.problem}"
        where = "along a random direction" if self.index is None else f"at {list(self.index)}"
        text = (
            f"{where} backward says {self.backward:.6g}, but the loss changes by {self.numeric:.6g}"
        )
        if self.factor is not None:
            text += f"; backward is {self.factor:.6g} times the right gradient everywhere"
        return f"{start}WRONG    {text}"


@dataclass(frozen=True)
class GradientReport:
    """The rows of a gradient check; true in an `assert` where all are right."""

    subject: str
    rows: tuple[GradientRow, ...]

    @property
    def ok(self) -> bool:
        """Whether every gradient is right."""
        return all(row.ok for row in self.rows)

    @property
    def wrong(self) -> list[str]:
        """The names of the wrong ones."""
        return [row.name for row in self.rows if not row.ok]

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        right = sum(row.ok for row in self.rows)
        title = f"{self.subject}: {right} of {len(self.rows)} gradients are right"
        return "\n".join([title, *map(str, self.rows)])

    __repr__ = __str__
