"""Random models against Keras: `python -m tests.parity.fuzz --count 1000 --seed 0`.

Draws small models, losses, optimizers and fits, runs each in nanoconv and in real Keras (on JAX, or
as the environment variable KERAS_BACKEND says), shrinks a failure to the smallest one and prints
it as a script, and ends with counts and the worst error. The same seed draws the same models.
"""

from __future__ import annotations

import argparse
import collections
import os
import sys
import time
from dataclasses import dataclass, field
from types import ModuleType

from tests.parity.drawing import draw
from tests.parity.judge import Verdict, judge, load
from tests.parity.recipe import Recipe
from tests.parity.shrinking import shrink


@dataclass
class Tally:
    """What a run found."""

    kinds: collections.Counter[str] = field(default_factory=collections.Counter)
    parts: collections.Counter[str] = field(default_factory=collections.Counter)
    faults: collections.Counter[str] = field(default_factory=collections.Counter)
    worst: float = 0.0
    failures: list[str] = field(default_factory=list)

    def add(self, recipe: Recipe, verdict: Verdict) -> None:
        """Count one draw."""
        self.kinds[verdict.kind] += 1
        self.parts.update(parts(recipe))
        self.worst = max(self.worst, verdict.worst)
        if verdict.kind == "Keras fails":
            self.faults[verdict.told.partition("\n")[0][:150]] += 1

    def __str__(self) -> str:
        total = self.kinds.total()
        lines = [f"{n:6d}  {kind}" for kind, n in self.kinds.most_common()]
        lines.append(f"{total:6d}  in all; worst error {self.worst:.2g} of the largest value")
        lines += [f"{n:6d}  times {fault}" for fault, n in self.faults.most_common()]
        lines.append("what was drawn, in how many of them:")
        lines += [f"{n:6d}  {part}" for part, n in sorted(self.parts.items())]
        return "\n".join(lines)


def parts(recipe: Recipe) -> set[str]:
    """The layers, losses, optimizers and options in a recipe."""
    found = {"model Sequential" if recipe.sequential else "model functional"}
    found |= {step.call.path for step in recipe.steps}
    found |= {f"fit {name}" for name in recipe.fit}
    optimizer = recipe.learning["optimizer"]
    found.add(f"optimizer {getattr(optimizer, 'path', optimizer).rpartition('.')[2].lower()}")
    losses = recipe.learning["loss"]
    for loss in losses if isinstance(losses, list) else [losses]:
        found.add(f"loss {getattr(loss, 'path', loss).rpartition('.')[2]}")
    if len(recipe.outputs) > 1:
        found.add("model of two outputs")
    return found


def fuzz(count: int, seed: int, keras: ModuleType, first: int = 0, loud: bool = True) -> Tally:
    """Judge some draws; failures are shrunk and kept as scripts.

    Args:
        count: how many.
        seed: of all draws.
        keras: the judge.
        first: number of the first draw.
        loud: whether to print failures and progress as they come.
    """
    tally = Tally()
    began = time.monotonic()
    for number in range(first, first + count):
        recipe = draw(seed, number)
        verdict = judge(load(recipe.script()), keras)
        tally.add(recipe, verdict)
        if verdict.kind == "different":
            title = f"Seed {seed}, draw {number} differs at {verdict.stage}"
            tally.failures.append(smallest(recipe, verdict, keras).script(title))
            if loud:
                print(f"\n{title}: {verdict.told[:800]}\n{tally.failures[-1]}", flush=True)
        if loud and number % 20 == 19:
            seconds = time.monotonic() - began
            told = ", ".join(f"{n} {kind}" for kind, n in tally.kinds.most_common())
            print(f"{number + 1 - first} draws, {seconds:.0f} s: {told}", flush=True)
    return tally


def smallest(recipe: Recipe, verdict: Verdict, keras: ModuleType) -> Recipe:
    """The smallest recipe that differs at the same stage, by a refusal or by its numbers."""

    def fails(candidate: Recipe) -> bool:
        try:
            found = judge(load(candidate.script()), keras)
        except Exception:
            return False
        refused = "refused" in found.told, "refused" in verdict.told
        return (found.kind, found.stage) == ("different", verdict.stage) and len({*refused}) == 1

    return shrink(recipe, fails)


def main() -> int:
    """Run the command; the exit code is 1 where something differs."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=1000, help="how many models to draw")
    parser.add_argument("--seed", type=int, default=0, help="the same seed draws the same models")
    parser.add_argument("--first", type=int, default=0, help="number of the first draw")
    parser.add_argument("--show", action="store_true", help="print the scripts, run nothing")
    arguments = parser.parse_args()
    if arguments.show:
        for number in range(arguments.first, arguments.first + arguments.count):
            print(draw(arguments.seed, number).script(f"Seed {arguments.seed}, draw {number}"))
        return 0
    import keras

    tally = fuzz(arguments.count, arguments.seed, keras, arguments.first)
    print(f"\nKeras {keras.version()} on {keras.backend.backend()}:\n{tally}")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
