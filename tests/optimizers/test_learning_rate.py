"""The learning rate: a number, a schedule or a function, under its own and its old names."""

from __future__ import annotations

import numpy as np
import pytest

from nanoconv.core.variable import Variable
from nanoconv.optimizers import SGD, Adam, RMSprop
from nanoconv.optimizers.schedules import ExponentialDecay
from tests.optimizers.cases import assert_same, gradients, keras_variables, variables


def test_learning_rate_can_be_read_and_set():
    optimizer = Adam(0.5)
    assert float(optimizer.learning_rate) == 0.5
    optimizer.learning_rate = 0.25
    assert float(optimizer.learning_rate) == optimizer.learning_rate.numpy() == 0.25
    optimizer.learning_rate.assign(0.125)
    assert optimizer.get_config()["learning_rate"] == 0.125


@pytest.mark.parametrize("rate", [0.00123, ExponentialDecay(0.00123, 9, 0.5), lambda: 0.00123])
def test_learning_rate_can_be_rounded_as_scripts_do(rate):
    optimizer = Adam(rate)
    assert round(optimizer.learning_rate.numpy(), 4) == pytest.approx(0.0012)
    assert round(float(optimizer.learning_rate), 4) == 0.0012
    assert optimizer.iterations.numpy() == 0


def test_a_schedule_counts_every_batch(keras):
    mine, others = variables(), keras_variables(keras)
    ours = SGD(ExponentialDecay(0.1, 2, 0.5), gradient_accumulation_steps=2)
    theirs = keras.optimizers.SGD(
        keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5), gradient_accumulation_steps=2
    )
    for g in gradients(6):
        ours.apply(g, mine)
        theirs.apply(g, others)
        assert float(ours.learning_rate) == pytest.approx(float(theirs.learning_rate), rel=1e-6)
    assert_same(mine, others)
    assert [v.name for v in ours.variables] == [v.name for v in theirs.variables]


def test_a_schedule_may_replace_a_number_but_not_the_reverse():
    optimizer = SGD(0.1)
    optimizer.learning_rate = ExponentialDecay(0.5, 10, 0.5)
    assert float(optimizer.learning_rate) == 0.5
    assert [v.name for v in optimizer.variables] == ["iteration"]
    with pytest.raises(TypeError, match=r"follows .* cannot be set to 0.1; write SGD"):
        optimizer.learning_rate = 0.1


def test_a_function_without_arguments_is_a_learning_rate():
    w = Variable(np.zeros(1))
    rates = iter([1.0, 10.0])
    optimizer = SGD(lambda: next(rates))
    optimizer.apply([np.ones(1)], [w])
    optimizer.apply([np.ones(1)], [w])
    assert w.value[0] == -11.0


@pytest.mark.parametrize("rate", ["fast", None, float("nan"), [0.1, 0.2]])
def test_other_learning_rates_are_refused(rate):
    with pytest.raises(ValueError, match="but a finite number, a schedule or a function is needed"):
        SGD(rate)
    optimizer = SGD(0.1)
    with pytest.raises(ValueError, match="but a finite number"):
        optimizer.learning_rate = rate
    assert float(optimizer.learning_rate) == np.float32(0.1)


def test_old_spellings_work_with_a_warning():
    with pytest.warns(DeprecationWarning, match="write learning_rate") as warned:
        optimizer = RMSprop(lr=0.5)
    assert warned[0].filename == __file__
    with pytest.warns(DeprecationWarning, match="write learning_rate") as warned:
        assert float(optimizer.lr) == 0.5
    assert warned[0].filename == __file__
    with pytest.warns(DeprecationWarning, match="write learning_rate"):
        optimizer.lr = 0.25
    assert float(optimizer.learning_rate) == 0.25
    with pytest.warns(UserWarning, match=r"decay=1e-06 is ignored, as in Keras 3; .*InverseTime"):
        SGD(0.1, decay=1e-6)
