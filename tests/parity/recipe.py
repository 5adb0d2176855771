"""A random experiment as plain data, and as the Python script that a reader can run.

What is compared is the script itself: `Recipe.script()` is executed once, with nanoconv and with
Keras in the place of `k`, so that a printed failure is exactly what failed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """A call such as `k.layers.Dense(units=3)`: path below `k`, and arguments."""

    path: str
    arguments: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"k.{self.path}({keywords(self.arguments)})"

    def but(self, **changes: Any) -> Call:
        """The same call with other arguments."""
        return Call(self.path, {**self.arguments, **changes})

    def without(self, name: str) -> Call:
        """The same call with one argument less."""
        return Call(self.path, {n: v for n, v in self.arguments.items() if n != name})


def source(value: Any) -> str:
    """Python's text for a value, where calls are calls."""
    if isinstance(value, Call):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {source(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(source(v) for v in value) + "]"
    if isinstance(value, tuple):
        return f"({', '.join(source(v) for v in value)}{',' if len(value) == 1 else ''})"
    return repr(value)


def keywords(arguments: dict[str, Any]) -> str:
    """Python's text for keyword arguments."""
    return ", ".join(f"{name}={source(value)}" for name, value in arguments.items())


@dataclass(frozen=True)
class Step:
    """One call of a layer; tensors are numbered, the model's inputs first."""

    call: Call
    inputs: tuple[int, ...]


@dataclass(frozen=True)
class Recipe:
    """A model, its data, how it learns, and how it is fitted.

    Args:
        shapes: of the inputs, without the batch size.
        steps: calls of layers in order; step i makes tensor len(shapes) + i.
        outputs: numbers of tensors.
        labels: a kind of labels (see `experiment.labels`) for each output.
        learning: `compile`'s arguments.
        fit: `fit`'s arguments; `sample_weight=True` and `validation_data=True` stand for data.
        data: further arguments of `Experiment`.
        sequential: whether it is written as Sequential.
    """

    shapes: tuple[tuple[int, ...], ...]
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]
    labels: tuple[str, ...]
    learning: dict[str, Any]
    fit: dict[str, Any]
    data: dict[str, Any]
    sequential: bool

    def script(self, title: str = "") -> str:
        """The whole experiment in Python."""
        body = self._chain() if self.sequential else self._graph()
        return "\n".join(
            [
                f'"""{title or "A random model"}: run it from the top of the repository."""',
                "",
                "from tests.parity.experiment import Experiment",
                "from tests.parity.judge import tell",
                "",
                "",
                "def network(k):",
                *(f"    {line}" for line in body),
                "",
                "",
                "def learning(k):",
                "    return {",
                *(f"        {name!r}: {source(value)}," for name, value in self.learning.items()),
                "    }",
                "",
                "",
                "experiment = Experiment(",
                "    network,",
                "    learning,",
                f"    labels={list(self.labels)!r},",
                f"    fit={source(self.fit)},",
                *(f"    {name}={value!r}," for name, value in self.data.items()),
                ")",
                "",
                'if __name__ == "__main__":',
                "    tell(experiment)",
                "",
            ]
        )

    def _name(self, tensor: int) -> str:
        return f"x{tensor}" if tensor < len(self.shapes) else f"y{tensor}"

    def _chain(self) -> list[str]:
        calls = [
            f"    {step.call.but(name=self._name(i))},"
            for i, step in enumerate(self.steps, start=1)
        ]
        return ["return k.Sequential([", f"    k.Input(shape={self.shapes[0]}),", *calls, "])"]

    def _graph(self) -> list[str]:
        lines = [
            f"{self._name(i)} = k.Input(shape={shape}, name={self._name(i)!r})"
            for i, shape in enumerate(self.shapes)
        ]
        for i, step in enumerate(self.steps, start=len(self.shapes)):
            taken = ", ".join(self._name(t) for t in step.inputs)
            taken = f"[{taken}]" if len(step.inputs) > 1 else taken
            lines.append(f"{self._name(i)} = {step.call.but(name=self._name(i))}({taken})")
        ends = [self._name(i) for i in range(len(self.shapes))], map(self._name, self.outputs)
        inputs, outputs = (", ".join(names) for names in ends)
        return [*lines, f"return k.Model([{inputs}], [{outputs}])"]

    def pruned(self) -> Recipe:
        """The same without steps and inputs that do not lead to an output."""
        first = len(self.shapes)
        used = set(self.outputs)
        for i in range(len(self.steps) - 1, -1, -1):
            if first + i in used:
                used |= set(self.steps[i].inputs)
        keep = sorted(used)
        if self.sequential and 0 not in keep:
            keep.insert(0, 0)
        number = {old: new for new, old in enumerate(keep)}
        return Recipe(
            tuple(self.shapes[t] for t in keep if t < first),
            tuple(
                Step(s.call, tuple(number[t] for t in s.inputs))
                for s in (self.steps[t - first] for t in keep if t >= first)
            ),
            tuple(number[t] for t in self.outputs),
            self.labels,
            self.learning,
            self.fit,
            self.data,
            self.sequential,
        )
