"""From a recipe that fails to the smallest one that fails in the same way.

Hypothesis could draw recipes and shrink its draws, but each try costs a run of Keras, and of its
hundreds most misalign what was drawn afterwards. Here each try is a smaller model by construction,
also smaller than any that is drawn (one unit, one pixel), so that a hundred are enough. And the
draws stay numbered: a run counts a thousand models, whatever fails among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.parity.recipe import Call, Recipe, Step

_SIZES = ("filters", "units", "kernel_size", "pool_size")


def shrink(recipe: Recipe, fails: Callable[[Recipe], bool], most: int = 100) -> Recipe:
    """Try simpler recipes, and go on from each that still fails, until none does.

    Args:
        recipe: one that fails.
        fails: whether a recipe fails in the same way.
        most: how many to try at most.
    """
    tried, going = 0, True
    while going:
        going = False
        for candidate in simpler(recipe):
            if tried >= most:
                return recipe
            tried += 1
            if fails(candidate):
                recipe, going = candidate, True
                break
    return recipe


def simpler(recipe: Recipe) -> Iterator[Recipe]:
    """Recipes with one thing less, the greatest savings first."""
    yield from _fewer_outputs(recipe)
    yield from _fewer_steps(recipe)
    for part in ("fit", "learning"):
        whole = getattr(recipe, part)
        for name in whole:
            if name not in ("optimizer", "loss"):
                rest = {n: v for n, v in whole.items() if n != name}
                yield replace(recipe, **{part: rest})
    yield from _plainer_learning(recipe)
    yield from _plainer_steps(recipe)
    yield from _smaller_data(recipe)


def _fewer_outputs(recipe: Recipe) -> Iterator[Recipe]:
    if len(recipe.outputs) < 2:
        return
    for i, output in enumerate(recipe.outputs):
        learning = {
            n: v[i] if isinstance(v, list) else v
            for n, v in recipe.learning.items()
            if n != "loss_weights"
        }
        one = replace(recipe, outputs=(output,), labels=(recipe.labels[i],), learning=learning)
        yield one.pruned()


def _fewer_steps(recipe: Recipe) -> Iterator[Recipe]:
    """Leave one step out: what took its output takes its first input."""
    first = len(recipe.shapes)
    for i, step in enumerate(recipe.steps):
        for way in dict.fromkeys(step.inputs):

            def number(t: int, gone: int = first + i, way: int = way) -> int:
                t = way if t == gone else t
                return t - (t > gone)

            steps = [
                Step(s.call, tuple(number(t) for t in s.inputs))
                for j, s in enumerate(recipe.steps)
                if j != i
            ]
            outputs = tuple(number(t) for t in recipe.outputs)
            if min(outputs) >= first and len(set(outputs)) == len(outputs):
                yield replace(recipe, steps=tuple(steps), outputs=outputs).pruned()


def _plainer_learning(recipe: Recipe) -> Iterator[Recipe]:
    plain = Call("optimizers.SGD")
    optimizer = recipe.learning["optimizer"]
    if optimizer != plain:
        yield replace(recipe, learning={**recipe.learning, "optimizer": plain})
    if isinstance(optimizer, Call):
        for name in optimizer.arguments:
            less = optimizer.without(name)
            yield replace(recipe, learning={**recipe.learning, "optimizer": less})
    loss = recipe.learning["loss"]
    if isinstance(loss, Call):
        for name in loss.arguments:
            yield replace(recipe, learning={**recipe.learning, "loss": loss.without(name)})


def _plainer_steps(recipe: Recipe) -> Iterator[Recipe]:
    """Leave an argument out, or make a size 1."""

    def changed(i: int, call: Call) -> Recipe:
        steps = list(recipe.steps)
        steps[i] = Step(call, steps[i].inputs)
        return replace(recipe, steps=tuple(steps))

    for i, step in enumerate(recipe.steps):
        for name, value in step.call.arguments.items():
            if name not in _SIZES:
                yield changed(i, step.call.without(name))
            elif value != 1:
                yield changed(i, step.call.but(**{name: 1}))


def _smaller_data(recipe: Recipe) -> Iterator[Recipe]:
    def with_data(**other: Any) -> Recipe:
        return replace(recipe, data={**recipe.data, **other})

    if recipe.data["inputs"] != "float32":
        yield with_data(inputs="float32")
    for samples in (1, 2, 4):
        if samples < recipe.data["samples"]:
            yield with_data(samples=samples)
    for i, shape in enumerate(recipe.shapes):
        for axis, size in enumerate(shape):
            for less in (1, size // 2, size - 1):
                if 0 < less < size:
                    shapes = list(recipe.shapes)
                    shapes[i] = (*shape[:axis], less, *shape[axis + 1 :])
                    yield replace(recipe, shapes=tuple(shapes))
