"""One experiment in nanoconv and in Keras: is it the same?

Compared are, in this order, the weights' names and shapes, the outputs, the gradients (the change
that one step of SGD with learning rate 1 makes), and after a short `fit` the weights, the History,
the evaluation and the prediction.

Errors are shares of the largest value. float32 rounds, and some models amplify that: where a
gradient is zero but for rounding, Adam makes a whole step of what is left. Nobody can agree on 5
digits there. A deviation is forgiven, and counted apart, where nanoconv's own result moves as far
when its first weights are moved by a millionth, and after outputs and gradients were found equal in
float32, where both agree in float64.

Keras' cross-entropy clips probabilities to [1e-7, 1 - 1e-7], but TensorFlow's looks at the logits
behind them, and so does nanoconv's. Where probabilities are that extreme, a difference from Keras
on another backend counts as "clipped".
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

import nanoconv
from tests.parity.experiment import Experiment, Run, as_list

TOLERANCE = 2e-5
MOST = 10.0  # by how much Keras may deviate where nanoconv's own result moves by 1
IN_DOUBLE = 1e-6  # Keras' own constants, such as its epsilons, are float32 in places


@dataclass
class Verdict:
    """What came of it.

    `kind` is "same", "rounding", "clipped", "refused by both", "Keras fails" (inside its backend,
    where it does not refuse) or "different".
    """

    kind: str
    stage: str = ""
    worst: float = 0.0
    told: str = ""


def deviation(ours: Any, theirs: Any) -> float:
    """The largest difference, as a share of the largest value; infinite where forms differ."""
    ours, theirs = as_list(ours), as_list(theirs)
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
            if not forgiven and name != "forward" and _clipped(ours, keras):
                return Verdict("clipped", name, worst)
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


def _clipped(ours: Run, keras: ModuleType) -> bool:
    """Whether a cross-entropy met probabilities that Keras clips, and this backend clips them."""
    loss = ours.experiment.learning(nanoconv)["loss"]
    names = [str(getattr(one, "name", one)) for one in as_list(loss)]
    if keras.config.backend() == "tensorflow" or not any("crossentropy" in n for n in names):
        return False
    found = []
    for prepare in (lambda: None, ours.start):  # the weights of now, and those of the beginning
        prepare()
        for x in (ours.x, ours.extra[0]):
            found += as_list(ours.model.predict_on_batch(x))
    return any(bool(((p >= 0) & (p < 1.2e-7)).any() or (1 - p < 1.2e-7).any()) for p in found)


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
