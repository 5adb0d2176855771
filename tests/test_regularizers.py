"""Regularizers: Keras' values, the slope as gradient, Keras' names and files."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from nanoconv import regularizers
from nanoconv.core.variable import Variable

CASES = [
    ("L1", {}),
    ("L1", {"l1": 0.3}),
    ("L2", {}),
    ("L2", {"l2": 0.3}),
    ("L1L2", {}),
    ("L1L2", {"l1": 0.2, "l2": 0.3}),
    ("L1L2", {"l2": 0.3}),
]


@pytest.mark.parametrize("name, options", CASES)
def test_value_is_that_of_keras_and_gradient_is_its_slope(keras, rng, name, options):
    ours = getattr(regularizers, name)(**options)
    x = rng.normal(size=(3, 4)).astype(np.float32)
    expected = float(getattr(keras.regularizers, name)(**options)(x))
    assert ours(x) == pytest.approx(expected, rel=1e-6)
    gradient = ours.gradient(x)
    assert gradient.dtype == np.float32 and gradient.shape == x.shape
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = 1e-6
        slope = (ours(x + step) - ours(x - step)) / 2e-6
        assert gradient[i] == pytest.approx(slope, rel=1e-5, abs=1e-8)


def test_a_variable_is_read_as_its_array():
    assert regularizers.L2(0.5)(Variable(np.ones((2, 3)))) == 3.0
    np.testing.assert_array_equal(regularizers.L2(0.5).gradient(Variable(np.ones(3))), np.ones(3))


@pytest.mark.parametrize("name, options", CASES)
def test_configuration_goes_to_keras_and_comes_back(keras, name, options):
    ours = getattr(regularizers, name)(**options)
    theirs = keras.regularizers.deserialize(regularizers.serialize(ours))
    back = regularizers.deserialize(keras.regularizers.serialize(theirs))
    assert type(back) is type(ours)
    assert back.get_config() == pytest.approx(ours.get_config(), rel=1e-7)
    assert ours.get_config() == pytest.approx(theirs.get_config(), rel=1e-7)


@pytest.mark.parametrize("name", ["L1", "L2", "L1L2"])
def test_signature_and_names_are_those_of_keras(keras, name):
    ours, theirs = getattr(regularizers, name), getattr(keras.regularizers, name)
    expected = [(p.name, p.default) for p in inspect.signature(theirs).parameters.values()]
    assert [(p.name, p.default) for p in inspect.signature(ours).parameters.values()] == expected
    alias = {"L1": "l1", "L2": "l2", "L1L2": "l1_l2"}[name]
    assert getattr(regularizers, alias) is type(regularizers.get(alias)) is ours
    assert type(regularizers.get(name)) is ours
    assert isinstance(regularizers.get(ours), ours)


def test_ones_own_regularizer_brings_its_gradient():
    class Sum(regularizers.Regularizer):
        def __call__(self, x):
            return float(np.sum(x))

        def gradient(self, x):
            return np.ones_like(x)

    mine = Sum()
    assert regularizers.get(mine) is mine

    def total(x):
        return np.sum(x * x)

    assert regularizers.get(total).gradient(np.ones(3)).tolist() == [2, 2, 2]
    with pytest.raises(ValueError, match="a name, a Regularizer or a function is needed"):
        regularizers.get(3)


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), "0.1"])
def test_a_factor_must_be_a_finite_number_of_zero_or_more(value):
    with pytest.raises(ValueError, match=r"l2 is .*, but a finite number of 0 or more"):
        regularizers.L2(value)
    with pytest.raises(ValueError, match=r"l1 is .*, but a finite number of 0 or more"):
        regularizers.L1L2(l1=value)


def test_none_means_keras_defaults():
    assert regularizers.get(None) is None
    assert regularizers.L1(None).l1 == regularizers.L2(None).l2 == 0.01
    assert regularizers.L1L2(None, None).get_config() == {"l1": 0.0, "l2": 0.0}
    with pytest.raises(ValueError, match="'l3' is not known"):
        regularizers.get("l3")
