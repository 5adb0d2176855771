"""What every layer promises, as checks that run on any of them; `cases` lists what they run on.

A new layer gets its tests by one more entry in `cases`.
"""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from nanoconv import layers, study
from nanoconv.core import registry
from nanoconv.layers import Layer
from nanoconv.layers.base.cache import Cache

#: Here the gradient at a kink or a tie is that of Keras on TensorFlow, and JAX has another one.
KINKS = ("LeakyReLU", "Maximum", "Minimum")


@dataclass(frozen=True)
class Case:
    """A layer with its arguments, and the shape (N, ...) of its input, or shapes for a list."""

    layer: str
    shape: Any
    arguments: dict[str, Any] = field(default_factory=dict)

    def make(self, module: Any = layers, **more: Any) -> Any:
        """Make the layer, nanoconv's or that of Keras."""
        return getattr(module, self.layer)(**self.arguments, **more)

    def __str__(self) -> str:
        arguments = ",".join(f"{key}={value}" for key, value in self.arguments.items())
        return f"{self.layer}({arguments})-{self.shape}".replace(" ", "")


def draw(shape: Any, dtype: str = "float64", seed: int = 0) -> Any:
    """Normal values that may only be read; a list of arrays for a list of shapes."""
    if isinstance(shape, list):
        return [draw(each, dtype, seed + i) for i, each in enumerate(shape)]
    values = np.random.default_rng([seed, *shape]).normal(size=shape).astype(dtype)
    values.flags.writeable = False
    return values


def plateaus(shape: Any, seed: int = 0) -> Any:
    """Images with a black border whose pixels have few values: exact zeros and many ties."""
    if isinstance(shape, list):
        return [plateaus(each, seed + i) for i, each in enumerate(shape)]
    x = np.random.default_rng([seed, *shape]).integers(-2, 3, shape).astype("float32") / 2
    if x.ndim == 4:
        x[:, :2] = x[:, :, :2] = 0
    return x


def built(case: Case, dtype: str = "float64", seed: int = 7) -> Layer:
    """The layer with random weights, so that none hides behind zeros."""
    layer = case.make(dtype=dtype)
    layer.build_for(case.shape)
    for i, weight in enumerate(layer.weights):
        values = draw(weight.shape, dtype, seed + i)
        weight.value[...] = np.abs(values) + 0.5 if weight.name == "moving_variance" else values
    return layer


def cache(training: bool, first: int = 0) -> Cache:
    """A cache of some call of a random layer."""
    return Cache(training, first=first, seed=11, call=3)


def as_list(value: Any) -> list[Any]:
    """A list of what may be one array or several."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def like(case: Case, arrays: list[np.ndarray]) -> Any:
    """Arrays in the form that the layer takes: one, or a list."""
    return arrays if isinstance(case.shape, list) else arrays[0]


def close(name: str, got: Any, expected: Any, tolerance: float) -> None:
    """Equal shapes, and values equal up to a share of the largest."""
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape, f"{name}: shape {got.shape}, expected {expected.shape}"
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    worst = float(np.abs(got.astype(float) - expected).max(initial=0))
    assert worst <= tolerance * scale, f"{name}: off by {worst:.3g} where values reach {scale:.3g}"


def check_shapes_and_types(case: Case) -> None:
    """float32 stays float32, shapes are as announced, and nothing is written into arguments."""
    layer, x = built(case, "float32"), draw(case.shape, "float32")
    before = layer.get_weights()
    kept = cache(training=False)
    y = layer.forward(x, kept)
    assert y.dtype == np.float32
    assert y.shape == tuple(layer.compute_output_shape(case.shape))
    unknown = [(None, *s[1:]) for s in as_list_of_shapes(case)]
    announced = layer.compute_output_shape(unknown if isinstance(case.shape, list) else unknown[0])
    assert tuple(announced) == (None, *y.shape[1:])
    np.testing.assert_array_equal(layer.forward(x, None), y)
    dxs = as_list(layer.backward(draw(y.shape, "float32"), kept))
    for dx, each in zip(dxs, as_list(x), strict=True):
        assert (dx.shape, dx.dtype) == (each.shape, np.float32)
    for variable in layer.trainable_variables:
        gradient = kept.gradient(variable)
        assert (gradient.shape, gradient.dtype) == (variable.shape, np.float32)
    for weight, value in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, value)


def as_list_of_shapes(case: Case) -> list[tuple[int, ...]]:
    """The shapes of all inputs."""
    return case.shape if isinstance(case.shape, list) else [case.shape]


def check_gradients(case: Case, training: bool) -> None:
    """Backward equals central differences: some entries, and a direction through all of them."""
    report = study.check_gradients(
        built(case), case.shape, training=training, samples=4, tolerance=1e-6, seed=11
    )
    assert report, str(report)


def check_chunks(case: Case, training: bool) -> None:
    """A batch taken in chunks gives what the whole batch gives, random layers included."""
    layer, x = built(case), draw(case.shape)
    xs, N = as_list(x), as_list_of_shapes(case)[0][0]
    whole = cache(training)
    y = layer.forward(x, whole)
    dy = draw(y.shape, seed=1)
    dxs = as_list(layer.backward(dy, whole))
    parts, ys, dx_parts = [], [], []
    for first, last in ((0, 1), (1, N)):
        part = cache(training, first)
        ys.append(layer.forward(like(case, [each[first:last] for each in xs]), part))
        dx_parts.append(as_list(layer.backward(dy[first:last], part)))
        parts.append(part)
    close("y", np.concatenate(ys), y, 1e-12)
    for i, dx in enumerate(dxs):
        close(f"dx[{i}]", np.concatenate([part[i] for part in dx_parts]), dx, 1e-12)
    for variable in layer.trainable_variables:
        total = sum(part.gradient(variable) for part in parts)
        close(f"d{variable.name}", total, whole.gradient(variable), 1e-12)


def check_round_trip(case: Case) -> None:
    """Configuration and weights make the same layer again."""
    layer, x = built(case), draw(case.shape)
    config = layer.get_config()
    twin = type(layer).from_config(config)
    assert twin.get_config() == config
    twin.build_for(case.shape)
    twin.set_weights(layer.get_weights())
    np.testing.assert_array_equal(twin.forward(x), layer.forward(x))


def check_configs_are_keras(case: Case, keras: ModuleType) -> None:
    """Each side makes its layer from the other's configuration."""
    ours, theirs = case.make(name="same"), case.make(keras.layers, name="same")
    theirs_again = keras.layers.deserialize(as_in_a_file(registry.serialize(ours)))
    assert as_in_a_file(theirs_again.get_config()) == as_in_a_file(theirs.get_config())
    ours_again = registry.deserialize("layers", as_in_a_file(keras.layers.serialize(theirs)))
    assert as_in_a_file(ours_again.get_config()) == as_in_a_file(ours.get_config())


def as_in_a_file(config: Any) -> Any:
    """What is left of a configuration in JSON: lists for tuples."""
    return json.loads(json.dumps(config))


def check_parity(case: Case, keras: ModuleType, training: bool) -> None:
    """Output, state, dx and all weight gradients are those of real Keras, in float32."""
    theirs = case.make(keras.layers)
    theirs.build(case.shape)
    inputs = [draw(case.shape, "float32")]
    if case.layer not in KINKS:
        inputs.append(plateaus(case.shape))
    for x in inputs:
        check_parity_at(case, x, theirs, training)


def check_parity_at(case: Case, x: Any, theirs: Any, training: bool) -> None:
    """The same for one input."""
    import jax

    ours, kept = built(case, "float32"), cache(training)
    assert [w.name for w in theirs.weights] == [w.name for w in ours.weights]
    theirs.set_weights(ours.get_weights())
    y = ours.forward(x, kept)
    dy = draw(y.shape, "float32", seed=1)
    dxs = as_list(ours.backward(dy, kept))

    state = [v.value for v in theirs.non_trainable_variables]
    takes_training = "training" in inspect.signature(theirs.call).parameters
    options = {"training": training} if takes_training else {}

    def call(parameters: Any, inputs: Any) -> Any:
        return theirs.stateless_call(parameters, state, inputs, **options)

    parameters = [v.value for v in theirs.trainable_variables]
    expected, pull_back, new_state = jax.vjp(call, parameters, x, has_aux=True)
    gradients, expected_dxs = pull_back(jax.numpy.asarray(dy))
    close("y", y, expected, 1e-5)
    for i, (dx, other) in enumerate(zip(dxs, as_list(expected_dxs), strict=True)):
        close(f"dx[{i}]", dx, other, 1e-5)
    for variable, other in zip(ours.trainable_variables, gradients, strict=True):
        close(f"d{variable.name}", kept.gradient(variable), other, 1e-5)
    for variable, other in zip(ours.non_trainable_weights, new_state, strict=False):
        close(variable.name, variable.value, other, 1e-5)
