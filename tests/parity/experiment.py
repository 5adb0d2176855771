"""One experiment with nanoconv or with Keras: a model built, run, and trained for a moment.

Both begin with the same weights and the same data; `judge` compares what comes out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

import nanoconv

NUDGE = 1e-6  # share by which weights are moved


@dataclass
class Experiment:
    """A model, its data and its training, for nanoconv or Keras (`k`)."""

    network: Callable[[Any], Any]
    learning: Callable[[Any], dict[str, Any]]
    labels: list[str]
    fit: dict[str, Any] = field(default_factory=dict)
    samples: int = 10
    inputs: str = "float32"
    trains: bool = True
    seed: int = 0


Stage = tuple[str, Callable[[], dict[str, Any]]]


def labels(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Random labels of a kind for outputs of this shape (N, ..., classes)."""
    if kind == "classes":
        return rng.integers(0, shape[-1], shape[:-1])
    if kind == "one_hot":
        return np.eye(shape[-1], dtype="float32")[rng.integers(0, shape[-1], shape[:-1])]
    if kind == "bits":
        return rng.integers(0, 2, shape)
    if kind == "signs":
        return rng.choice(np.float32([-1, 1]), shape)
    values = rng.normal(size=shape).astype("float32")
    if kind == "numbers":
        return values
    if kind == "shares":
        return np.exp(values) / np.exp(values).sum(axis=-1, keepdims=True)
    raise ValueError(f"{kind!r} is no kind of labels.")


class Run:
    """An experiment with one of the two libraries.

    Args:
        experiment: what to do.
        k: nanoconv or keras.
        like: whose weights and data to begin with; drawn at random where None.
        nudge: number of the small random change of these weights; 0 for none.
    """

    def __init__(self, experiment: Experiment, k: ModuleType, like: Run | None, nudge: int = 0):
        self.experiment, self.k = experiment, k
        self.like = like
        self.nudge = nudge

    def stages(self) -> list[Stage]:
        """The comparisons, each by its name; to be run in this order."""
        stages: list[Stage] = [("build", self.build), ("forward", self.forward)]
        if self.experiment.trains:
            return [*stages, ("gradient", self.gradient), ("fit", self.fit)]
        return [*stages, ("evaluate", self.evaluate)]

    def build(self) -> dict[str, Any]:
        """Make the model, give it its weights, and draw the data."""
        nanoconv.random.set_random_seed(self.experiment.seed)
        self.model = self.experiment.network(self.k)
        shapes = [list(w.shape) for w in self.model.weights]
        if self.like is None:
            self._draw()
        else:
            self.x, self.y, self.weight, self.extra = (
                self.like.x,
                self.like.y,
                self.like.weight,
                self.like.extra,
            )
            self.weights = [w.copy() for w in self.like.weights]
            if self.nudge:
                rng = np.random.default_rng(self.nudge)
                for w in self.weights:
                    w *= (1 + NUDGE * rng.normal(size=w.shape)).astype(w.dtype)
        result = {"names": [w.name for w in self.model.weights], "shapes": shapes}
        result["output"] = [list(t.shape) for t in self.model.outputs]
        return result

    def _draw(self) -> None:
        e, rng = self.experiment, np.random.default_rng(self.experiment.seed)
        self.weights = []
        for variable, w in zip(self.model.weights, self.model.get_weights(), strict=True):
            w = w + rng.normal(scale=0.1, size=w.shape).astype(w.dtype)
            self.weights.append(np.abs(w) + np.float32(0.2) if "variance" in variable.name else w)
        sets = []
        for n in (e.samples, 7):
            x = [rng.normal(size=(n, *t.shape[1:])) for t in self.model.inputs]
            x = [np.abs(2 * a) if e.inputs == "uint8" else a for a in x]
            ys = [
                labels(kind, (n, *t.shape[1:]), rng)
                for kind, t in zip(e.labels, self.model.outputs, strict=True)
            ]
            ws = [
                rng.random((n, *t.shape[1:-1]), dtype=np.float32) + np.float32(0.1)
                for t in self.model.outputs  # one for each value of the loss
            ]
            sets.append((_one([a.astype(e.inputs) for a in x]), _one(ys), _one(ws)))
        (self.x, self.y, self.weight), self.extra = sets

    def forward(self) -> dict[str, Any]:
        """The outputs at inference."""
        self.start()
        return {"output": [np.asarray(y) for y in as_list(self.model.predict_on_batch(self.x))]}

    def start(self, **other: Any) -> None:
        """Make the model anew and compile it: Keras' metrics outlive a second `compile`.

        Keras runs without its compiler, which would take most of the time.
        """
        self.model = self.experiment.network(self.k)
        self.model.set_weights(self.weights)
        eager = {} if self.k is nanoconv else {"run_eagerly": True, "jit_compile": False}
        self.model.compile(**{**self.experiment.learning(self.k), **other}, **eager)

    def gradient(self) -> dict[str, Any]:
        """One step of SGD with learning rate 1 moves each weight by minus its gradient."""
        weight = self.weight if self.experiment.fit.get("sample_weight") else None
        plain = {"optimizer": self.k.optimizers.SGD(1.0), "metrics": None}
        self.start(**plain, weighted_metrics=None)
        loss = self.model.train_on_batch(self.x, self.y, sample_weight=weight)
        after = self.model.get_weights()
        return {"loss": loss, "change": [a - b for a, b in zip(after, self.weights, strict=True)]}

    def fit(self) -> dict[str, Any]:
        """Weights, History, evaluation and prediction after a short training."""
        options = dict(self.experiment.fit)
        if options.pop("sample_weight", False):
            options["sample_weight"] = self.weight
        if options.pop("validation_data", False):
            options["validation_data"] = self.extra[:2]
        self.start()
        history = self.model.fit(self.x, self.y, shuffle=False, verbose=0, **options)
        return {
            "epochs": list(history.epoch),
            "keys": list(history.history),
            "history": [np.asarray(v, "float64") for v in history.history.values()],
            "weights": self.model.get_weights(),
            **self._measure(),
        }

    def evaluate(self) -> dict[str, Any]:
        """Evaluation and prediction of a model that is not trained."""
        return self._measure()

    def _measure(self) -> dict[str, Any]:
        x, y, w = self.extra
        found = self.model.evaluate(x, y, 4, verbose=0, sample_weight=w, return_dict=True)
        return {
            "evaluated": list(found),
            "evaluation": [np.asarray(v, "float64") for v in found.values()],
            "prediction": [np.asarray(p) for p in as_list(self.model.predict(x, 4, verbose=0))],
        }


def _one(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def as_list(value: Any) -> list[Any]:
    """A list of what may be one thing or several."""
    return list(value) if isinstance(value, (list, tuple)) else [value]
