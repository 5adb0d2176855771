"""Optimizers by name and in files: the same dictionaries as Keras, in both directions."""

from __future__ import annotations

import pytest

from nanoconv import optimizers
from nanoconv.core import naming, registry
from nanoconv.optimizers import schedules
from tests.optimizers.cases import NAMES, RULES


@pytest.mark.parametrize("name, options", RULES)
def test_configuration_is_that_of_keras(keras, name, options):
    ours = getattr(optimizers, name)(**options, name="o", clipvalue=0.5)
    theirs = getattr(keras.optimizers, name)(**options, name="o", clipvalue=0.5)
    assert list(ours.get_config().items()) == list(theirs.get_config().items())
    assert optimizers.serialize(ours) == keras.optimizers.serialize(theirs)


@pytest.mark.parametrize("name, options", RULES)
def test_configuration_goes_to_keras_and_comes_back(keras, name, options):
    ours = getattr(optimizers, name)(**options, use_ema=True, global_clipnorm=2.0)
    theirs = keras.optimizers.deserialize(optimizers.serialize(ours))
    assert type(theirs).__name__ == name
    back = optimizers.deserialize(keras.optimizers.serialize(theirs))
    assert type(back) is type(ours)
    assert back.get_config() == ours.get_config()


def test_schedules_travel_with_the_optimizer(keras):
    ours = optimizers.SGD(schedules.CosineDecay(0.1, 100, warmup_target=0.2, warmup_steps=5))
    theirs = keras.optimizers.deserialize(optimizers.serialize(ours))
    assert keras.optimizers.serialize(theirs) == optimizers.serialize(ours)
    saved = keras.optimizers.serialize(theirs)
    back = optimizers.deserialize(saved)
    assert isinstance(back.get_config()["learning_rate"], dict)
    assert back.get_config() == ours.get_config()
    assert isinstance(saved["config"]["learning_rate"], dict)  # the dictionary stays as it was


@pytest.mark.parametrize("name", NAMES)
def test_names_are_read_in_any_case(name):
    cls = getattr(optimizers, name)
    for spelling in (name, name.lower(), name.upper()):
        assert type(optimizers.get(spelling)) is cls
        assert type(optimizers.get({"class_name": spelling, "config": {}})) is cls
    assert isinstance(optimizers.get(cls), cls)
    made = cls()
    assert optimizers.get(made) is made


def test_none_stays_none_as_in_keras():
    assert optimizers.get(None) is None


def test_automatic_names_are_those_of_keras(keras):
    naming.reset_names()
    keras.src.utils.naming.reset_uids()
    for name in [*NAMES, *NAMES]:
        assert getattr(optimizers, name)().name == getattr(keras.optimizers, name)().name


def test_ones_own_optimizer_and_schedule_are_found_by_name():
    @registry.register_keras_serializable(package="Tests")
    class Warm(schedules.LearningRateSchedule):
        def __init__(self, top):
            self.top = top

        def rate(self, step):
            return self.top

    class Mine(optimizers.SGD):
        pass

    saved = optimizers.serialize(Mine(Warm(0.5)))
    back = optimizers.deserialize(saved, custom_objects={"Mine": Mine})
    assert type(back) is Mine and float(back.learning_rate) == 0.5
    with pytest.raises(ValueError, match="'Mine' is not known"):
        optimizers.deserialize(saved)
