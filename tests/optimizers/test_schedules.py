"""Schedules: Keras' learning rate at every step, its names and files."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from nanoconv.optimizers import schedules

CASES = [
    ("ExponentialDecay", (0.1, 10, 0.5), {}),
    ("ExponentialDecay", (0.1, 10, 0.5), {"staircase": True}),
    ("InverseTimeDecay", (0.1, 10, 0.5), {}),
    ("InverseTimeDecay", (0.1, 10, 0.5), {"staircase": True}),
    ("PolynomialDecay", (0.1, 10), {}),
    ("PolynomialDecay", (0.1, 10), {"power": 2.0, "cycle": True, "end_learning_rate": 0.01}),
    ("PiecewiseConstantDecay", ([5, 12], [0.1, 0.01, 0.001]), {}),
    ("CosineDecay", (0.1, 10), {}),
    ("CosineDecay", (0.1, 10), {"alpha": 0.2}),
    ("CosineDecay", (0.0, 10), {"warmup_target": 0.1, "warmup_steps": 5, "alpha": 0.1}),
    ("CosineDecay", (0.01, 10), {"warmup_target": 0.1, "warmup_steps": 0}),
    ("CosineDecayRestarts", (0.1, 5), {}),
    ("CosineDecayRestarts", (0.1, 5), {"t_mul": 1.0, "m_mul": 0.8, "alpha": 0.1}),
    ("CosineDecayRestarts", (0.1, 6), {"t_mul": 1.5, "m_mul": 0.5}),
]
STEPS = [0, 1, 4, 5, 6, 10, 12, 20, 29, 36]


@pytest.mark.parametrize("name, arguments, options", CASES)
def test_every_step_has_the_rate_of_keras(keras, name, arguments, options):
    ours = getattr(schedules, name)(*arguments, **options)
    theirs = getattr(keras.optimizers.schedules, name)(*arguments, **options)
    expected = [float(theirs(step)) for step in STEPS]
    np.testing.assert_allclose([float(ours(s)) for s in STEPS], expected, rtol=2e-5, atol=1e-8)
    np.testing.assert_allclose(ours(np.array(STEPS)), expected, rtol=2e-5, atol=1e-8)
    assert ours(3).dtype == np.float32


@pytest.mark.parametrize("name, arguments, options", CASES)
def test_configuration_goes_to_keras_and_comes_back(keras, name, arguments, options):
    ours = getattr(schedules, name)(*arguments, **options)
    theirs = keras.optimizers.schedules.deserialize(schedules.serialize(ours))
    assert keras.optimizers.schedules.serialize(theirs) == schedules.serialize(ours)
    back = schedules.deserialize(keras.optimizers.schedules.serialize(theirs))
    assert type(back) is type(ours) and back.get_config() == ours.get_config()


@pytest.mark.parametrize("name", sorted({name for name, _, _ in CASES}))
def test_signature_is_that_of_keras(keras, name):
    ours = inspect.signature(getattr(schedules, name)).parameters.values()
    theirs = inspect.signature(getattr(keras.optimizers.schedules, name)).parameters.values()
    assert [(p.name, p.default) for p in ours] == [(p.name, p.default) for p in theirs]


def test_a_schedule_of_ones_own_is_one_method():
    class Halving(schedules.LearningRateSchedule):
        def __init__(self, start):
            self.start = start

        def rate(self, step):
            return self.start * 0.5**step

    mine = Halving(0.8)
    assert float(mine(2)) == pytest.approx(0.2)
    assert Halving.from_config(mine.get_config()).start == 0.8
    with pytest.raises(NotImplementedError, match="needs a method rate"):
        schedules.LearningRateSchedule()(0)


@pytest.mark.parametrize("name", ["ExponentialDecay", "InverseTimeDecay"])
def test_steps_must_be_positive(name):
    with pytest.raises(ValueError, match="decay_steps is 0, but must be positive"):
        getattr(schedules, name)(0.1, 0, 0.5)


def test_other_mistakes_are_told_in_a_sentence():
    with pytest.raises(ValueError, match="2 boundaries came with 2 values, but one value more"):
        schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2])
    with pytest.raises(ValueError, match="first_decay_steps is -1, but must be positive"):
        schedules.CosineDecayRestarts(0.1, -1)
