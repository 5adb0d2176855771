"""Mistakes end in one sentence, and change nothing."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from nanoconv import optimizers
from nanoconv.optimizers import SGD, Adam, AdamW
from tests.optimizers.cases import gradients, variables


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: SGD(clipnorm=1, clipvalue=2), "clipnorm and clipvalue are given, but only one"),
        (lambda: SGD(clipnorm=-1.0), "clipnorm is -1.0, but cannot be negative"),
        (lambda: SGD(use_ema=True, ema_momentum=2), "ema_momentum is 2, but a number from 0 to 1"),
        (
            lambda: SGD(use_ema=True, ema_overwrite_frequency=0.5),
            "frequency is 0.5, but an integer",
        ),
        (
            lambda: SGD(gradient_accumulation_steps=1),
            "accumulation_steps is 1, but an integer of 2",
        ),
        (lambda: SGD(momentum=2.0), "momentum is 2.0, but a number from 0 to 1"),
        (lambda: SGD(learning_speed=1), "SGD got learning_speed=1, which it does not know"),
        (lambda: AdamW(weight_decay=None), "AdamW's weight_decay is None"),
        (lambda: optimizers.get("adan"), "'adan' is not known .* write 'adam'"),
        (lambda: optimizers.get(3), "optimizer is 3, but a name or an optimizer of nanoconv"),
    ],
)
def test_mistakes_are_told_in_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


@pytest.mark.parametrize(
    "bad, sentence",
    [
        (lambda g: g[:1], "1 gradients came for 2 variables"),
        (lambda g: [g[0], g[1][:2]], r"gradient of dense/bias has shape \(2,\), but \(4,\)"),
        (lambda g: [None, None], "no variable got a gradient"),
    ],
)
def test_gradients_that_do_not_fit_change_nothing(bad, sentence):
    mine = variables()
    optimizer = Adam()
    optimizer.build(mine)
    before = [v.numpy() for v in [*mine, *optimizer.variables]]
    with pytest.raises(ValueError, match=sentence):
        optimizer.apply(bad(next(gradients(1))), mine)
    for v, b in zip([*mine, *optimizer.variables], before, strict=True):
        np.testing.assert_array_equal(v.value, b)


def test_a_missing_gradient_is_told_and_its_variable_stays():
    mine = variables()
    before = mine[0].numpy()
    with pytest.warns(UserWarning, match=r"no gradient came for \['dense/kernel'\]"):
        Adam().apply([None, np.ones(4, np.float32)], mine)
    np.testing.assert_array_equal(mine[0].value, before)


def test_variables_of_another_model_are_refused():
    optimizer = Adam()
    optimizer.build(variables())
    with pytest.raises(ValueError, match=r"adam.* was not built with dense/kernel; make a new"):
        optimizer.apply(next(gradients(1)), variables())
    with pytest.raises(ValueError, match="2 gradients came for 0 variables"):
        Adam().apply(next(gradients(1)))


def test_no_gradients_are_no_step():
    optimizer = Adam()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optimizer.apply([], [])
    assert int(optimizer.iterations) == 0
