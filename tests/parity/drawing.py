"""Random recipes: the dice are thrown, and nanoconv's symbolic tensors tell the shapes."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

import nanoconv
from tests.parity import tables
from tests.parity.recipe import Call, Recipe, Step, source
from tests.parity.tables import Options


def draw(seed: int, number: int) -> Recipe:
    """The recipe of that number; the same seed and number always give the same."""
    dice = random.Random(f"{seed}/{number}")
    return _Drawing(dice).recipe(seed=number)


def now_and_then(dice: random.Random, options: Options, share: float) -> dict[str, Any]:
    """Some of these arguments."""
    return {name: dice.choice(v) for name, v in options.items() if dice.random() < share}


class _Drawing:
    """A recipe in the making."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.sequential = dice.random() < 0.4
        self.trains = dice.random() < 0.92
        many = not self.sequential and dice.random() < 0.2
        self.shapes = [dice.choice(tables.IMAGES) for _ in range(2 if many else 1)]
        self.tensors: list[Any] = [nanoconv.Input(shape=shape) for shape in self.shapes]
        self.steps: list[Step] = []
        self.final: set[int] = set()

    def recipe(self, seed: int) -> Recipe:
        """Draw everything."""
        for _ in range(self.dice.choice((0, 1, 1, 2, 2, 3, 4, 5))):
            self._grow()
        number = 2 if not self.sequential and self.dice.random() < 0.2 else 1
        heads = [self._head() for _ in range(number)]
        learning = self._learning(heads)
        labels = tuple(labels for _, _, labels in heads)
        data = now_and_then(self.dice, tables.DATA, 1.0)
        return Recipe(
            tuple(self.shapes),
            tuple(self.steps),
            tuple(tensor for tensor, _, _ in heads),
            labels,
            learning,
            self._fit(labels),
            {**data, "trains": self.trains, "seed": seed},
            self.sequential,
        ).pruned()

    # ---- the network ----------------------------------------------------------------------------

    def _grow(self) -> None:
        """Add a layer on some tensor, most often on the last."""
        dice = self.dice
        last = len(self.tensors) - 1
        on = last if self.sequential or dice.random() < 0.7 else dice.randint(0, last)
        if not self.sequential and dice.random() < 0.35 and self._merge(on):
            return
        is_image = len(self.tensors[on].shape) == 4
        if not self.trains and dice.random() < 0.4:
            known = {n: v for n, v in tables.RANDOM.items() if is_image or "Random" not in n}
            weights: dict[str, int] = {}
        elif is_image and dice.random() < 0.12:
            known, weights = tables.TO_ROWS, {}
        elif is_image:
            known, weights = tables.ON_IMAGES, tables.IMAGE_WEIGHTS
        else:
            known, weights = tables.ON_ROWS, tables.ROW_WEIGHTS
        names = list(known)
        name = dice.choices(names, [weights.get(n, 1) for n in names])[0]
        always, seldom = known[name]
        arguments = {n: dice.choice(v) for n, v in always.items()}
        self._add(f"layers.{name}", {**arguments, **now_and_then(dice, seldom, 0.25)}, (on,))

    def _merge(self, on: int) -> bool:
        """Join a tensor with others of its shape, or with one that broadcasts."""
        shape = self.tensors[on].shape
        equal = [i for i, t in enumerate(self.tensors) if t.shape == shape and i != on]
        few = [
            i
            for i, t in enumerate(self.tensors)
            if len(t.shape) == 4 == len(shape) and t.shape[1:3] == (1, 1) and t.shape[3] == shape[3]
        ]
        if not equal and not few:
            return False
        name = self.dice.choice(tables.MERGING)
        if not equal:
            return self._add("layers.Multiply", {}, (on, self.dice.choice(few)))
        others = self.dice.sample(equal, min(len(equal), self.dice.choice((1, 1, 2))))
        others = others[:1] if name == "Subtract" else others
        options: Options = {"axis": (1, -1)} if name == "Concatenate" else {}
        return self._add(f"layers.{name}", now_and_then(self.dice, options, 0.5), (on, *others))

    def _add(self, path: str, arguments: dict[str, Any], inputs: tuple[int, ...]) -> bool:
        """Add the layer where it fits and does not blow the image up."""
        call = Call(path, arguments)
        taken = [self.tensors[i] for i in inputs]
        try:
            layer = eval(source(call), {"k": nanoconv})
            made = layer(taken if len(taken) > 1 else taken[0])
        except ValueError:
            return False
        sizes = [n for n in made.shape[1:] if n is not None]
        if any(n > 100 for n in sizes) or 0 in sizes:
            return False
        # Of one value nothing is left but zero, and gamma's gradient is zero. Keras computes it in
        # float32 even where all else is float64, and Adam makes a step of what rounding leaves.
        if isinstance(layer, nanoconv.layers.LayerNormalization) and np.prod(layer.sizes) == 1:
            return False
        self.tensors.append(made)
        self.steps.append(Step(call, inputs))
        return True

    def _head(self) -> tuple[int, Any, str]:
        """Add a last layer; return its tensor, its loss and its kind of labels."""
        dice = self.dice
        name, fixed, seldom, labels, activations = dice.choice(tables.LOSSES)
        loss: Any = name
        if name[0].isupper():
            options = now_and_then(dice, {**seldom, **tables.REDUCTION}, 0.3)
            loss = Call(f"losses.{name}", {**fixed, **options})
        on = len(self.tensors) - 1 if self.sequential else dice.choice(self._ends())
        units = dice.choice((3, 4)) if labels not in ("bits", "numbers") else dice.choice((1, 3))
        last = {"activation": dice.choice(activations)}
        if len(self.tensors[on].shape) == 4 and dice.random() < 0.85:
            self._add(f"layers.{dice.choice(list(tables.TO_ROWS))}", {}, (on,))
            on = len(self.tensors) - 1
        extra = now_and_then(dice, {"kernel_regularizer": ("l2",)}, 0.1)
        if len(self.tensors[on].shape) == 4:
            convolution = {"filters": units, "kernel_size": 1, **last, **extra}
            self._add("layers.Conv2D", convolution, (on,))
        else:
            self._add("layers.Dense", {"units": units, **last, **extra}, (on,))
        if labels != "numbers":
            self.final.add(len(self.tensors) - 1)
        return len(self.tensors) - 1, loss, labels

    def _ends(self) -> list[int]:
        """Tensors that nothing takes yet, and that may be taken.

        Not the probabilities of another output: nanoconv's cross-entropy looks at the logits behind
        them where nothing else takes them, Keras' on TensorFlow always, on other backends never.
        """
        free = [i for i in range(len(self.tensors)) if i not in self.final]
        taken = {i for step in self.steps for i in step.inputs}
        return [i for i in free if i not in taken] or free

    # ---- learning -------------------------------------------------------------------------------

    def _learning(self, heads: list[tuple[int, Any, str]]) -> dict[str, Any]:
        dice = self.dice
        name = dice.choice(list(tables.OPTIMIZERS))
        always, seldom = tables.OPTIMIZERS[name]
        arguments = {n: dice.choice(v) for n, v in always.items()}
        arguments |= now_and_then(dice, seldom, 0.4)
        if dice.random() < 0.4:
            arguments |= dice.choice(tables.ALL_OPTIMIZERS)
        optimizer: Any = Call(f"optimizers.{name}", arguments)
        optimizer = name.lower() if dice.random() < 0.1 else optimizer
        losses = [loss for _, loss, _ in heads]
        one = len(heads) == 1
        learning = {"optimizer": optimizer, "loss": losses[0] if one else losses}
        if not one and dice.random() < 0.5:
            learning["loss_weights"] = [0.5, 2.0]
        for kind in ("metrics", "weighted_metrics"):
            if dice.random() < 0.5:
                drawn = [self._metrics(labels) for _, _, labels in heads]
                learning[kind] = drawn[0] if one else drawn
        if "weighted_metrics" in learning:  # names must differ
            plain, weighted = learning.get("metrics", []), learning["weighted_metrics"]
            if any(m in plain for m in weighted) or not one:
                learning.pop("metrics", None)
        return learning

    def _metrics(self, labels: str) -> list[Any]:
        known = tables.METRICS[labels]
        return self.dice.sample(known, self.dice.choice((1, 1, 2)))

    def _fit(self, labels: tuple[str, ...]) -> dict[str, Any]:
        """Arguments of `fit`; those that exclude each other are not drawn together."""
        fit = now_and_then(self.dice, tables.FIT, 0.3)
        if len(labels) > 1 or labels[0] not in ("classes", "one_hot"):
            fit.pop("class_weight", None)
        validates = "validation_split" in fit or "validation_data" in fit
        if not validates:
            for name in ("validation_freq", "validation_batch_size", "validation_steps"):
                fit.pop(name, None)
        if fit.get("initial_epoch", 0) >= fit.get("epochs", 1):
            fit.pop("initial_epoch", None)
        return fit
