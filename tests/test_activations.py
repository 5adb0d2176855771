"""Activations: Keras' values and signatures, the gradients that automatic differentiation finds."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nanoconv import activations
from nanoconv.core import registry

NAMES = [
    "elu",
    "exponential",
    "gelu",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
]
WITH_OPTIONS = [
    ("relu", {"negative_slope": 0.3}),
    ("relu", {"max_value": 2.0}),
    ("relu", {"threshold": 0.7}),
    ("relu", {"negative_slope": 0.3, "max_value": 2.0, "threshold": 0.7}),
    ("leaky_relu", {"negative_slope": 0.05}),
    ("elu", {"alpha": 0.3}),
    ("gelu", {"approximate": True}),
    ("softmax", {"axis": 0}),
    ("log_softmax", {"axis": 0}),
]
CASES = [(name, {}) for name in NAMES] + WITH_OPTIONS


def scores(rng, scale=3.0):
    """Values on both sides of every kink, none of them on one."""
    x = rng.normal(scale=scale, size=(6, 5)).astype(np.float32)
    x.flags.writeable = False
    return x


@pytest.mark.parametrize("name, options", CASES)
def test_values_and_gradients_are_those_of_keras(keras, rng, name, options):
    jax = pytest.importorskip("jax")
    ours, theirs = getattr(activations, name), getattr(keras.activations, name)
    x, dy = scores(rng), rng.normal(size=(6, 5)).astype(np.float32)
    y = ours(x, **options)
    expected_y, vjp = jax.vjp(lambda v: theirs(v, **options), x)
    (expected_dx,) = vjp(dy)
    np.testing.assert_allclose(y, expected_y, rtol=2e-6, atol=1e-6)
    keeps_input = ours.needs_input or options
    dx = ours.backward(dy, x if keeps_input else None, y, **options)
    np.testing.assert_allclose(dx, expected_dx, rtol=1e-5, atol=2e-6)
    assert y.dtype == dx.dtype == np.float32


@pytest.mark.parametrize("name, options", CASES)
def test_gradient_is_the_slope_in_double_precision(rng, name, options):
    f = getattr(activations, name)
    x, dy, h = scores(rng).astype(np.float64), rng.normal(size=(6, 5)), 1e-6
    dx = f.backward(dy, x, f(x, **options), **options)
    for i in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[i] = h
        slope = np.sum(dy * (f(x + step, **options) - f(x - step, **options))) / (2 * h)
        assert dx[i] == pytest.approx(slope, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"exponential"}))
@pytest.mark.parametrize("size", [30.0, 1e3])
def test_large_scores_stay_finite(keras, name, size):
    f = getattr(activations, name)
    x = np.array([[-size, 0.0, size], [size, size, size]], np.float32)
    y = f(x)
    dx = f.backward(np.ones_like(x), x, y)
    assert np.isfinite(y).all() and np.isfinite(dx).all()
    np.testing.assert_allclose(y, getattr(keras.activations, name)(x), rtol=1e-5, atol=1e-7)


def test_small_probabilities_keep_their_digits():
    assert activations.sigmoid(np.float32([-50.0]))[0] == pytest.approx(np.exp(-50.0), rel=1e-5)
    assert activations.softplus(np.float32([-50.0]))[0] == pytest.approx(np.exp(-50.0), rel=1e-5)


@pytest.mark.parametrize(
    "name, options, expected",
    [  # of Keras on TensorFlow; other backends differ in some
        ("relu", {}, [0, 0, 0, 1, 1]),
        ("relu", {"max_value": 1.0}, [0, 0, 0, 1, 1]),
        ("relu", {"negative_slope": 0.25}, [0.25, 0.25, 0.25, 1, 1]),
        ("relu", {"negative_slope": 0.25, "max_value": 1.0}, [0.25, 0.25, 0, 1, 1]),
        ("relu", {"negative_slope": 0.25, "threshold": 0.5}, [0.25, 0.25, 0.25, 0, 1]),
        ("leaky_relu", {"negative_slope": 0.25}, [0.25, 0.25, 0.25, 1, 1]),
        ("elu", {"alpha": 0.25}, [0.25 * np.exp(-1), 0.25 * np.exp(-0.5), 0.25, 1, 1]),
        ("hard_tanh", {}, [1, 1, 1, 1, 1]),
    ],
)
def test_gradients_at_kinks_are_those_of_keras(name, options, expected):
    f, x = getattr(activations, name), np.float32([-1, -0.5, 0, 0.5, 1])
    dx = f.backward(np.ones_like(x), x, f(x, **options), **options)
    np.testing.assert_allclose(dx, expected, rtol=1e-6)
    assert dx.dtype == np.float32


@pytest.mark.parametrize("name", NAMES)
def test_half_precision_stays_and_nothing_overflows_in_silence(keras, name):
    f, x = getattr(activations, name), np.float16([[-8, -2.5, -1, 0, 0.5, 3, 7]])
    y = f(x)
    assert y.dtype == f.backward(np.ones_like(x), x, y).dtype == np.float16
    expected = np.asarray(getattr(keras.activations, name)(x), float)
    np.testing.assert_allclose(y, expected, rtol=3e-3, atol=3e-3)


def test_relu_lets_no_gradient_through_at_zero():
    y = activations.relu(np.float32([-1.0, 0.0, 1.0]))
    np.testing.assert_array_equal(activations.relu.backward(np.ones(3), None, y), [0, 0, 1])


@given(hnp.arrays(np.float64, (3, 4), elements=st.floats(-700, 700)))
def test_softmax_rows_are_probabilities(x):
    y = activations.softmax(x)
    np.testing.assert_allclose(y.sum(axis=1), 1, rtol=1e-12)
    assert (y >= 0).all()
    np.testing.assert_allclose(np.exp(activations.log_softmax(x)), y, rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"linear"}))
def test_lists_and_integers_become_floats(name):
    f = getattr(activations, name)
    for x in ([[1, 2]], [[1.0, 2.0]], np.array([[1, 2]])):
        assert f(x).dtype == np.float32
    assert f(np.ones((1, 2))).dtype == np.float64


@pytest.mark.parametrize("name", [*NAMES, "swish", "hard_swish"])
def test_signature_is_that_of_keras(keras, name):
    ours = inspect.signature(getattr(activations, name)).parameters.values()
    theirs = inspect.signature(getattr(keras.activations, name)).parameters.values()
    assert [(p.name, p.default, p.kind) for p in ours] == [
        (p.name, p.default, p.kind) for p in theirs
    ]


def test_get_returns_the_very_function():
    for name in NAMES:
        assert activations.get(name) is getattr(activations, name)
    assert activations.get(None) is activations.linear
    assert activations.get("swish") is activations.silu
    assert activations.get(activations.tanh) is activations.tanh


def test_unknown_name_is_answered_with_near_ones():
    with pytest.raises(ValueError, match=r"'rellu' is not known .* write 'relu'"):
        activations.get("rellu")


@pytest.mark.parametrize("thing", [np.tanh, lambda x: np.tanh(x)])
def test_a_function_without_gradient_is_differentiated_automatically(thing):
    x = np.array([0.5, -1.0])
    activation = activations.get(thing)
    np.testing.assert_allclose(activation.backward(np.ones(2), x, None), 1 - np.tanh(x) ** 2)


def test_what_is_no_function_is_refused():
    with pytest.raises(ValueError, match="activation is 3, but a name, a function or a layer"):
        activations.get(3)


def test_a_function_of_ones_own_brings_its_gradient(keras):
    def square(x):
        return x * x

    @activations.gradient_of(square, needs_input=True)
    def square_backward(dy, x, y):
        return dy * 2 * x

    assert activations.get(square) is square
    assert square.backward(1.0, 3.0, 9.0) == 6.0

    def plain(x):
        return x

    plain.backward = lambda dy, x, y: dy
    assert activations.get(plain).needs_input

    saved = activations.serialize(square)
    keras.saving.register_keras_serializable()(square)
    assert saved["class_name"] == keras.activations.serialize(square)["class_name"]
    assert activations.deserialize(saved, {"square": square}) is square


def test_a_registered_function_is_found_in_a_file_of_keras(keras):
    @registry.register_keras_serializable(package="Tests")
    @keras.saving.register_keras_serializable(package="Tests")
    def twice(x):
        return 2 * x

    twice.backward = lambda dy, x, y: 2 * dy
    config = keras.activations.serialize(twice)
    assert activations.serialize(twice) == config
    assert activations.get(config) is twice


class Doubling:
    """As much of a layer as an activation needs."""

    weights: tuple = ()

    def forward(self, x, cache=None):
        if cache is not None:
            cache.slope = 2
        return 2 * x

    def backward(self, dy, cache):
        return cache.slope * dy


def test_a_layer_without_weights_is_an_activation():
    f = activations.get(Doubling())
    x = np.ones((2, 3))
    np.testing.assert_array_equal(f(x), 2 * x)
    assert f.needs_input
    np.testing.assert_array_equal(f.backward(x, x, f(x)), 2 * x)


def test_a_layer_with_weights_is_refused():
    layer = Doubling()
    layer.weights = (np.ones(3),)
    with pytest.raises(ValueError, match="a layer with weights"):
        activations.get(layer)


@pytest.mark.parametrize("name", NAMES)
def test_names_survive_a_round_trip_through_keras(keras, name):
    saved = activations.serialize(getattr(activations, name))
    assert saved == name
    theirs = keras.activations.deserialize(saved)
    assert activations.deserialize(keras.activations.serialize(theirs)) is getattr(
        activations, name
    )


def test_a_layer_as_activation_goes_to_keras_and_comes_back(keras):
    from nanoconv.layers.activation import LeakyReLU

    saved = activations.serialize(activations.get(LeakyReLU(negative_slope=0.1)))
    theirs = keras.activations.get(saved)
    assert isinstance(theirs, keras.layers.LeakyReLU)
    back = activations.get(keras.activations.serialize(theirs))
    np.testing.assert_allclose(back(np.float32([-2.0, 3.0])), [-0.2, 3.0], rtol=1e-6)
