"""One experiment in nanoconv and in Keras: is it the same?

Compared are, in this order, the weights' names and shapes, the outputs, the gradients (the change
that one step of SGD with learning rate 1 makes), and after a short `fit` the weights, the History,
the evaluation and the prediction.

Errors are shares of the largest value. float32 rounds, and some models amplify that: where a
gradient is zero but for rounding, Adam makes a whole step of what is left. Nobody can agree on 5
digits there. A deviation is forgiven, and counted apart, where nanoconv's own result moves as far
when its first weights are moved by a millionth, and after outputs and gradients were found equal in
float32, where both agree in float64.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

import nanoconv

TOLERANCE = 2e-5
NUDGE = 1e-6
MOST = 10.0  # by how much Keras may deviate where nanoconv's own result moves by 1
IN_DOUBLE = 1e-6  # Keras' own constants, such as its epsilons, are float32 in places


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


@dataclass
class Verdict:
    """What came of it.

    `kind` is "same", "rounding", "refused by both", "Keras fails" (inside its backend, where it
    does not refuse) or "different".
    """

    kind: str
    stage: str = ""
    worst: float = 0.0
    told: str = ""


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
        weights: to begin with; drawn at random where None.
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
        return {"output": [np.asarray(y) for y in _all(self.model.predict_on_batch(self.x))]}

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
            "prediction": [np.asarray(p) for p in _all(self.model.predict(x, 4, verbose=0))],
        }


def _one(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def _all(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def deviation(ours: Any, theirs: Any) -> float:
    """The largest difference, as a share of the largest value; infinite where forms differ."""
    ours, theirs = _all(ours), _all(theirs)
    if len(ours) != len(theirs):
        return np.inf
    worst = 0.0
    for a, b in zip(ours, theirs, strict=True):
        a, b = np.asarray(a), np.asarray(b)
        if a.dtype.kind not in "biuf" or b.dtype.kind not in "biuf":
            worst = max(worst, 0.0 if np.array_equal(a, b) else np.inf)
        elif a.shape != b.shape or not np.array_equal(np.isnan(a), np.isnan(b)):
            return np.inf
        else:
            a, b = (np.nan_to_num(np.asarray(v, "float64")) for v in (a, b))
            scale = max(1.0, float(np.abs(b).max(initial=0)))
            worst = max(worst, float(np.abs(a - b).max(initial=0)) / scale)
    return worst


def attempt(stage: Callable[[], dict[str, Any]]) -> dict[str, Any] | Exception:
    """The stage's results, or why it refused."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return stage()
        except Exception as error:
            return error


def judge(experiment: Experiment, keras: ModuleType) -> Verdict:
    """Run the experiment in both, stage by stage, until one differs."""
    ours = Run(experiment, nanoconv, None)
    theirs = Run(experiment, keras, ours)
    worst, rounding = 0.0, ""
    for (name, mine), (_, other) in zip(ours.stages(), theirs.stages(), strict=True):
        a, b = attempt(mine), attempt(other)
        if isinstance(a, Exception) or isinstance(b, Exception):
            return _refused(name, a, b)
        for what, value in a.items():
            off = deviation(value, b[what])
            if off <= TOLERANCE:
                worst = max(worst, off)
                continue
            forgiven = off <= MOST * _own_movement(ours, name, what, value)
            forgiven = forgiven or (
                name in ("fit", "evaluate")
                and _in_double(experiment, keras, name, what) <= IN_DOUBLE
            )
            if not forgiven:
                told = f"{what} differs by {off:.2g}\nnanoconv {value}\nKeras    {b[what]}"
                return Verdict("different", name, worst, told)
            rounding = rounding or name
    return Verdict("rounding" if rounding else "same", rounding, worst)


def _refused(stage: str, ours: Any, theirs: Any) -> Verdict:
    sides = {"nanoconv": ours, "Keras": theirs}
    told = [f"{n} refused: {e!r}" for n, e in sides.items() if isinstance(e, Exception)]
    both = isinstance(ours, Exception) and isinstance(theirs, Exception)
    kind = "refused by both" if both else "different"
    if not isinstance(ours, Exception) and not isinstance(theirs, (ValueError, TypeError)):
        kind = "Keras fails"
    return Verdict(kind, stage, 0.0, "\n".join(told)[:1500])


def _own_movement(ours: Run, stage: str, what: str, value: Any) -> float:
    """How far nanoconv's own result moves when its first weights are moved by a millionth."""
    moved = []
    for nudge in (1, 2, 3):
        run = Run(ours.experiment, nanoconv, ours, nudge)
        for name, step in run.stages():
            found = attempt(step)
            if isinstance(found, Exception):
                return 0.0
            if name == stage:
                moved.append(deviation(found[what], value))
                break
    return max(moved)


def _in_double(experiment: Experiment, keras: ModuleType, stage: str, what: str) -> float:
    """How far the two are apart where both compute in float64."""
    with double_precision(keras):
        ours = Run(experiment, nanoconv, None)
        theirs = Run(experiment, keras, ours)
        for (name, mine), (_, other) in zip(ours.stages(), theirs.stages(), strict=True):
            a, b = attempt(mine), attempt(other)
            if isinstance(a, Exception) or isinstance(b, Exception):
                return np.inf
            if name == stage:
                return deviation(a[what], b[what])
    return np.inf


@contextmanager
def double_precision(keras: ModuleType) -> Iterator[None]:
    """Let both libraries make models that compute in float64."""

    def choose(floatx: str) -> None:
        nanoconv.config.set_floatx(floatx)
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(floatx)  # Keras remembers the first
        if keras.config.backend() == "jax":
            import jax

            jax.config.update("jax_enable_x64", floatx == "float64")

    choose("float64")
    try:
        yield
    finally:
        choose("float32")


def load(script: str) -> Experiment:
    """The experiment that a script describes."""
    names: dict[str, Any] = {"__name__": "draw"}
    exec(compile(script, "<draw>", "exec"), names)
    return names["experiment"]


def tell(experiment: Experiment) -> None:
    """Judge an experiment and print what came of it."""
    import keras

    verdict = judge(experiment, keras)
    print(f"{verdict.kind} {verdict.stage}: {verdict.worst:.3g}\n{verdict.told}")
