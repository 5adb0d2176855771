"""Constraints: Keras' values, names and files; the weight given stays as it is."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from nanoconv import constraints
from nanoconv.core.variable import Variable
from nanoconv.optimizers import SGD

CASES = [
    ("NonNeg", {}),
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 0.5, "axis": [0, 1, 2]}),
    ("UnitNorm", {}),
    ("UnitNorm", {"axis": 1}),
    ("MinMaxNorm", {}),
    ("MinMaxNorm", {"min_value": 0.5, "max_value": 0.8, "rate": 0.3, "axis": [0, 1]}),
]


@pytest.mark.parametrize("name, options", CASES)
@pytest.mark.parametrize("size", [0.1, 3.0])
def test_values_are_those_of_keras(keras, rng, name, options, size):
    w = (size * rng.normal(size=(3, 3, 2, 4))).astype(np.float32)
    w[..., 0] = 0  # a unit without weights stays finite
    w.flags.writeable = False
    ours = getattr(constraints, name)(**options)(w)
    np.testing.assert_allclose(
        ours, getattr(keras.constraints, name)(**options)(w), rtol=1e-6, atol=1e-7
    )
    assert ours.dtype == np.float32


@pytest.mark.parametrize("name, options", CASES)
def test_configuration_goes_to_keras_and_comes_back(keras, name, options):
    ours = getattr(constraints, name)(**options)
    theirs = keras.constraints.deserialize(constraints.serialize(ours))
    assert constraints.serialize(ours) == keras.constraints.serialize(theirs)
    back = constraints.deserialize(keras.constraints.serialize(theirs))
    assert type(back) is type(ours) and back.get_config() == ours.get_config()


@pytest.mark.parametrize("name", ["NonNeg", "MaxNorm", "UnitNorm", "MinMaxNorm"])
def test_signature_and_names_are_those_of_keras(keras, name):
    ours, theirs = getattr(constraints, name), getattr(keras.constraints, name)
    expected = [(p.name, p.default) for p in inspect.signature(theirs).parameters.values()]
    got = [(p.name, p.default) for p in inspect.signature(ours).parameters.values()]
    assert (got if ours.__init__ is not object.__init__ else []) == expected
    snake = keras.src.utils.naming.to_snake_case(name)
    assert getattr(constraints, snake) is type(constraints.get(snake)) is ours
    assert isinstance(constraints.get(ours), ours)


def test_get_takes_functions_and_refuses_the_rest():
    assert constraints.get(None) is None
    assert constraints.get(np.abs) is np.abs
    with pytest.raises(ValueError, match=r"'max_nrm' is not known .* write 'max_norm'"):
        constraints.get("max_nrm")
    with pytest.raises(ValueError, match="2 is not one of nanoconv's constraints"):
        constraints.get(2)


def test_the_optimizer_constrains_after_its_step():
    w = Variable(np.array([0.5, 2.0]), constraint=constraints.NonNeg())
    array = w.value
    SGD(1.0).apply([np.array([1.0, 1.0])], [w])
    np.testing.assert_array_equal(w.value, [0.0, 1.0])
    assert w.value is array
