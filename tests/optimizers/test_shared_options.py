"""What all optimizers share: clipping, decay, averages, accumulation, state."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from nanoconv import optimizers
from nanoconv.core.variable import Variable
from nanoconv.optimizers import SGD, Adam, AdamW
from tests.optimizers.cases import (
    NAMES,
    assert_same,
    gradients,
    keras_variables,
    run_both,
    variables,
)

OPTIONS = [
    {"clipnorm": 0.5},
    {"clipnorm": 0.0},
    {"clipvalue": 0.3},
    {"global_clipnorm": 0.5},
    {"global_clipnorm": 100.0},
    {"weight_decay": 0.05},
    {"clipnorm": 0.5, "weight_decay": 0.05},
    {"use_ema": True},
    {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 3},
    {"loss_scale_factor": 8.0},
    {"gradient_accumulation_steps": 4},
    {"gradient_accumulation_steps": 5, "clipnorm": 0.1, "weight_decay": 0.05},
    {"gradient_accumulation_steps": 2, "use_ema": True, "ema_overwrite_frequency": 2},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_shared_options_act_as_in_keras(keras, options):
    # Nadam uses everything an update may: several slots, the number of the step, a running product.
    options = {**options, "learning_rate": 0.05}
    ours, mine, theirs, others = run_both(keras, "Nadam", options, steps=7)
    assert_same(mine, others, rtol=1e-5, atol=1e-5)
    assert_same(ours.variables, theirs.variables, rtol=2e-5, atol=1e-5)
    assert int(ours.iterations) == int(theirs.iterations)
    ours.finalize_variable_values(mine)
    theirs.finalize_variable_values(others)
    assert_same(mine, others, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_options_may_be_given_by_position_as_in_keras(keras, name):
    signature = inspect.signature(getattr(keras.optimizers, name))
    values = [p.default for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    ours = getattr(optimizers, name)(*values[:-1], "mine").get_config()
    assert ours == getattr(keras.optimizers, name)(*values[:-1], "mine").get_config()


def test_a_gradient_that_is_not_finite_spreads_only_by_the_global_norm(keras):
    for option in ({"clipnorm": 1.0}, {"global_clipnorm": 1.0}):
        mine, others = variables(), keras_variables(keras)
        g = next(gradients(1))
        g[1][0] = np.inf
        with np.errstate(invalid="ignore"):
            SGD(0.1, **option).apply(g, mine)
        keras.optimizers.SGD(0.1, **option).apply(g, others)
        for v, k in zip(mine, others, strict=True):
            np.testing.assert_array_equal(np.isnan(v.value), np.isnan(np.asarray(k)))


@pytest.mark.parametrize("by", [{"var_names": ["bias"]}, {"var_list": 1}, {}])
def test_excluded_variables_do_not_decay(keras, by):
    ours, theirs = AdamW(0.01, 5.0), keras.optimizers.AdamW(0.01, 5.0)
    mine, others = variables(), keras_variables(keras)
    for optimizer, model in ((ours, mine), (theirs, others)):
        chosen = {"var_list": [model[by["var_list"]]]} if "var_list" in by else by
        optimizer.exclude_from_weight_decay(**chosen)
        for g in gradients(4):
            optimizer.apply(g, model)
    assert_same(mine, others)


def test_average_replaces_the_weights_only_where_there_is_one():
    mine = variables()
    optimizer = SGD(0.1)
    optimizer.apply(next(gradients(1)), mine)
    before = [v.numpy() for v in mine]
    optimizer.finalize_variable_values(mine)
    assert all((v.value == b).all() for v, b in zip(mine, before, strict=True))


def test_loss_is_scaled_by_what_gradients_are_divided_by():
    assert SGD(loss_scale_factor=8.0).scale_loss(0.5) == 4.0
    assert SGD().scale_loss(0.5) == 0.5


# ---- variables and signature ---------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "options", [{}, {"use_ema": True, "gradient_accumulation_steps": 2}], ids=["plain", "all"]
)
def test_variables_have_the_names_and_order_of_keras(keras, name, options):
    own = {"Adam": {"amsgrad": True}, "RMSprop": {"momentum": 0.9, "centered": True}}
    options = {**options, **own.get(name, {}), "name": "o"}
    ours = getattr(optimizers, name)(**options)
    theirs = getattr(keras.optimizers, name)(**options)
    ours.build(variables())
    theirs.build(keras_variables(keras))
    tail = -1 if name == "Nadam" else None  # Keras numbers that one, "variable_7", per session
    got = [(v.name, v.path, v.shape) for v in ours.variables]
    expected = [(v.name, v.path, tuple(v.shape)) for v in theirs.variables]
    assert got[:tail] == expected[:tail] and len(got) == len(expected)
    assert ours.variables[-1].name.startswith("variable") or tail is None


@pytest.mark.parametrize("name", [*NAMES, "Optimizer"])
def test_signature_is_that_of_keras(keras, name):
    ours = inspect.signature(getattr(optimizers, name)).parameters.values()
    theirs = inspect.signature(getattr(keras.optimizers, name)).parameters.values()
    assert [(p.name, p.default, p.kind) for p in ours] == [
        (p.name, p.default, p.kind) for p in theirs
    ]


@pytest.mark.parametrize(
    "method", ["apply", "apply_gradients", "exclude_from_weight_decay", "set_weights", "scale_loss"]
)
def test_methods_take_what_they_take_in_keras(keras, method):
    ours = inspect.signature(getattr(optimizers.Optimizer, method)).parameters.values()
    theirs = inspect.signature(getattr(keras.optimizers.Optimizer, method)).parameters.values()
    assert [(p.name, p.default) for p in ours] == [(p.name, p.default) for p in theirs]


def test_state_moves_to_keras_and_training_goes_on_there(keras):
    ours, mine, *_ = run_both(keras, "Adam", {}, steps=3)
    store: dict = {}
    ours.save_own_variables(store)
    theirs, others = keras.optimizers.Adam(), keras_variables(keras)
    theirs.build(others)
    theirs.load_own_variables(store)
    for v, k in zip(mine, others, strict=True):
        k.assign(v.numpy())  # a copy: JAX may go on reading the array it is given
    for g in gradients(3):
        ours.apply(g, mine)
        theirs.apply(g, others)
    assert_same(mine, others)
    theirs.save_own_variables(store)
    ours.load_own_variables(store)
    assert_same(ours.variables, theirs.variables, rtol=0, atol=0)


def test_a_file_of_another_optimizer_is_told_and_skipped():
    optimizer = Adam()
    optimizer.build(variables())
    before = [v.numpy() for v in optimizer.variables]
    with pytest.warns(UserWarning, match="remembers 6 variables, but the file holds 1"):
        optimizer.load_own_variables({"0": 3})
    with pytest.raises(ValueError, match="set_weights got arrays of shapes"):
        optimizer.set_weights([np.zeros(2)] * 6)
    for v, b in zip(optimizer.variables, before, strict=True):
        np.testing.assert_array_equal(v.value, b)


def test_an_optimizer_of_ones_own_needs_three_methods():
    class SignDescent(optimizers.Optimizer):
        def __init__(self, learning_rate=0.1, *shared, **options):
            super().__init__(learning_rate, *shared, **options)

        def build(self, variables):
            super().build(variables)
            self.counts = [self.add_variable_from_reference(v, "count") for v in variables]

        def update_step(self, gradient, variable, learning_rate):
            self.counts[self._get_variable_index(variable)].value[...] += 1
            variable.value[...] -= learning_rate * np.sign(gradient)

    w = Variable(np.zeros(2, np.float32), name="w")
    mine = SignDescent(clipvalue=1.0)
    mine.apply_gradients([(np.array([5.0, -0.1]), w)])
    np.testing.assert_allclose(w.value, [-0.1, 0.1], rtol=1e-6)
    assert [v.name for v in mine.variables] == ["iteration", "learning_rate", "w_count"]
    assert "clipnorm" in inspect.signature(SignDescent).parameters
    with pytest.raises(NotImplementedError, match="needs a method update_step"):
        optimizers.Optimizer(0.1).apply([np.zeros(2)], [w])
