"""Checks a backward pass: changes every value a little, and sees whether the loss agrees.

The loss here is L = Σ y * dy with fixed random dy, so that `backward(dy)` must return dL/dx. Along
a direction v, the slope of L is also a central difference:

    <dL/dx, v>  =  (L(x + h v) - L(x - h v)) / 2h      up to h²

The directions are single entries (so that the report can name one), and a random one through all
entries (so that no entry escapes). All is computed in float64.

Reference: https://cs231n.github.io/neural-networks-3/#gradcheck
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer import Layer
from nanoconv.study.gradient_report import GradientReport, GradientRow

#: A step that crosses a kink of relu or max spoils one difference, and a smaller one does not;
#: a wrong gradient is wrong at every step.
STEPS = (1e-5, 1e-6, 1e-7)
BATCH = 3  # where the given shape leaves the batch size open


def check_gradients(
    subject: Layer,
    input_shape: Any = None,
    *,
    training: bool = True,
    samples: int = 40,
    tolerance: float = 1e-5,
    seed: int = 0,
) -> GradientReport:
    """Compare a backward pass with central differences: which gradient is wrong, and by how much.

    Inputs are random, and parameters are moved a little from where they are, so that zeros hide
    nothing; afterwards the layer is as it was (built, where it was not).

    Args:
        subject: a layer or a model.
        input_shape: of a batch, such as `(2, 5, 5, 1)`; a list of shapes for several inputs; None
            for a model that knows its own. An open batch size becomes 3.
        training: whether to check a training pass (dropout drops, batch statistics are used).
        samples: how many entries of each array are checked one by one.
        tolerance: the largest right difference, as a share of the array's largest gradient.
        seed: another seed, other values.

    Returns:
        A report to print, or to `assert`.

    Raises:
        ValueError: where the input's shape is not known or does not fit; whatever the layer raises,
            for instance because it writes into its arguments, which are read-only here.

    Example:
        >>> from nanoconv import layers, study
        >>> report = study.check_gradients(layers.Dense(4, activation="tanh"), (3, 5))
        >>> report.ok, [row.name for row in report.rows]
        (True, ['x', 'kernel', 'bias'])

    Reference: https://cs231n.github.io/neural-networks-3/#gradcheck
    """
    rng = np.random.default_rng(seed)
    shapes = _input_shapes(subject, input_shape)
    takes_list = isinstance(input_shape, list) or len(shapes) > 1
    subject.build_for(list(shapes) if takes_list else shapes[0])
    xs = [rng.normal(size=shape) for shape in shapes]
    with _in_double(subject) as reset:
        for variable in subject.trainable_variables:
            variable.value += 0.1 * rng.normal(size=variable.shape)

        def forward(cache: Cache | None) -> np.ndarray:
            reset()
            return subject.forward(_read_only(xs) if takes_list else _read_only(xs)[0], cache)

        def new_cache() -> Cache:
            return Cache(training, seed=seed, call=1)

        kept = new_cache()
        y = forward(kept)
        dy = rng.normal(size=np.shape(y))
        dxs = subject.backward(_read_only([dy])[0], kept)

        def loss() -> float:
            return float((forward(new_cache()) * dy).sum())

        names = ["x"] if len(xs) == 1 else [f"x[{i}]" for i in range(len(xs))]
        arrays = list(zip(names, xs, dxs if takes_list else [dxs], strict=True))
        for variable in subject.trainable_variables:
            name = variable.path if hasattr(subject, "layers") else variable.name
            arrays.append((name, variable.value, kept.gradients.get(variable)))
        rows = [_compare(*each, loss, rng, samples, tolerance) for each in arrays]
    return GradientReport(subject.name, tuple(rows))


def _input_shapes(subject: Layer, given: Any) -> list[tuple[int, ...]]:
    """Return a shape for each input, every size known."""
    if given is None:
        given = getattr(subject, "input_shape", None)
        if given is None:
            raise ValueError(
                f"check_gradients does not know what {subject.name} takes; "
                "write check_gradients(layer, (2, 5, 5, 1))."
            )
    shapes = given if isinstance(given, list) else [given]
    full = [(shape[0] or BATCH, *shape[1:]) for shape in map(tuple, shapes)]
    if any(size is None for shape in full for size in shape):
        raise ValueError(
            f"check_gradients got the shape {given}, but needs a number for every size; "
            "write check_gradients(layer, (2, 5, 5, 1))."
        )
    return full


@contextmanager
def _in_double(subject: Layer) -> Iterator[Callable[[], None]]:
    """Let a layer compute in float64 for a while; yield what resets its state before a forward."""
    calls = subject.program.calls if hasattr(subject, "program") else []
    layers = list({id(layer): layer for layer in [subject, *(c.layer for c in calls)]}.values())
    variables = subject.variables
    values, types = [v.value for v in variables], [layer.dtype for layer in layers]
    try:
        for variable in variables:
            floats = variable.value.dtype.kind == "f"
            variable.value = variable.value.astype("float64") if floats else variable.value.copy()
        for layer in layers:
            layer.dtype = "float64"
        state = [(v, v.value.copy()) for v in variables if not v.trainable]

        def reset() -> None:
            for variable, value in state:
                variable.value[...] = value

        yield reset
    finally:
        for variable, value in zip(variables, values, strict=True):
            variable.value = value
        for layer, dtype in zip(layers, types, strict=True):
            layer.dtype = dtype


def _read_only(arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    views = [array.view() for array in arrays]
    for view in views:
        view.flags.writeable = False
    return views


def _compare(
    name: str,
    array: np.ndarray,
    gradient: np.ndarray | None,
    loss: Callable[[], float],
    rng: np.random.Generator,
    samples: int,
    tolerance: float,
) -> GradientRow:
    """Compare one array's gradient with differences of the loss; the array is changed in place."""
    if gradient is None or np.shape(gradient) != array.shape:
        return GradientRow(name, array.shape, False, problem=_problem(name, gradient))
    entries = rng.permutation(array.size)[:samples]
    probes = [_one_hot(entry, array.shape) for entry in entries]
    everywhere = rng.normal(size=array.shape)
    probes.append(everywhere / np.linalg.norm(everywhere))

    # The unit of all comparisons; where all gradients vanish, differences are rounding errors.
    unit = max(float(np.abs(gradient).max()), 1e-3)
    backward = np.array([float((gradient * probe).sum()) for probe in probes])
    numeric = np.array(
        [
            _slope(array, probe, loss, expected, unit * tolerance)
            for probe, expected in zip(probes, backward, strict=True)
        ]
    )
    differences = np.abs(backward - numeric) / max(unit, float(np.abs(numeric).max()))
    ok = bool(differences.max() <= tolerance)
    worst = int(differences[:-1].argmax())
    named = bool(differences[worst] > tolerance)
    worst = worst if named else -1  # the direction through all entries
    return GradientRow(
        name,
        array.shape,
        ok,
        float(differences.max()),
        _place(entries[worst], array.shape) if named else None,
        float(backward[worst]),
        float(numeric[worst]),
        factor=None if ok else _common_factor(backward, numeric, unit * tolerance),
    )


def _problem(name: str, gradient: np.ndarray | None) -> str:
    """Say what keeps a gradient from being compared at all."""
    if gradient is not None:
        return f"backward's gradient has shape {np.shape(gradient)}"
    if name.startswith("x"):
        return "backward returned None; return dx"
    return "backward added no gradient; write cache.add_gradient(variable, gradient)"


def _one_hot(entry: int, shape: tuple[int, ...]) -> np.ndarray:
    probe = np.zeros(shape)
    probe.flat[entry] = 1
    return probe


def _place(entry: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(entry, shape))


def _slope(
    array: np.ndarray,
    probe: np.ndarray,
    loss: Callable[[], float],
    expected: float,
    tolerance: float,
) -> float:
    """Return the loss's slope along a direction: of the steps tried, the nearest to expected."""
    value, best = array.copy(), np.inf
    for step in STEPS:
        ends = []
        for signed in (step, -step):
            array[...] = value + signed * probe
            ends.append(loss())
        array[...] = value
        slope = (ends[0] - ends[1]) / (2 * step)
        if abs(slope - expected) < abs(best - expected):
            best = slope
        if abs(best - expected) <= tolerance:
            break
    return best


def _common_factor(backward: np.ndarray, numeric: np.ndarray, tolerance: float) -> float | None:
    """Return f where backward = f * numeric everywhere, else None."""
    factor = float(backward @ numeric) / max(float(numeric @ numeric), 1e-300)
    fits = np.abs(backward - factor * numeric).max() <= 10 * tolerance * max(abs(factor), 1)
    return factor if factor != 0 and fits and len(numeric) > 2 else None
