"""Update rules: twelve steps as Keras makes them, at every size of gradient."""

from __future__ import annotations

import numpy as np
import pytest

from nanoconv import kernels, optimizers
from nanoconv.core.variable import Variable
from tests.optimizers.cases import RULES, assert_same, gradients, run_both, variables


@pytest.mark.parametrize("name, options", RULES)
def test_twelve_steps_end_where_keras_ends(keras, name, options):
    ours, mine, theirs, others = run_both(keras, name, options, scale=None)
    assert_same(mine, others)
    assert_same(ours.variables, theirs.variables, rtol=2e-5, atol=1e-9)


@pytest.mark.parametrize("name, options", RULES)
def test_tiny_gradients_show_where_epsilon_stands(keras, name, options):
    # At 1e-8 a misplaced epsilon changes the step many times over; weights that start from zero
    # show every digit of it.
    _, mine, _, others = run_both(keras, name, options, scale=1e-8, size=0.0)
    assert all(np.abs(v.value).max() > 0 for v in mine)
    assert_same(mine, others, rtol=1e-4, atol=1e-14)


@pytest.mark.parametrize("name, options", RULES)
def test_double_precision_follows_the_equations(name, options):
    """The equations of the docstrings, written once more for a single number."""
    w = Variable(np.array([0.7]))
    optimizer = getattr(optimizers, name)(**{"learning_rate": 0.5, **options})
    gs = [0.3, -0.2, 0.05, 1e-8, 0.4]
    for g in gs:
        optimizer.apply([np.array([g])], [w])
    assert w.value[0] == pytest.approx(EQUATIONS[name](0.7, gs, 0.5, **options), rel=1e-12)


def sgd(w, gs, lr, momentum=0.0, nesterov=False):
    m = 0.0
    for g in gs:
        m = momentum * m - lr * g
        w += momentum * m - lr * g if nesterov else m
    return w


def adam(w, gs, lr, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, weight_decay=0.0):
    m = v = largest = 0.0
    for t, g in enumerate(gs, 1):
        w -= w * weight_decay * lr
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g * g
        largest = max(largest, v) if amsgrad else v
        w -= lr * (1 - beta_2**t) ** 0.5 / (1 - beta_1**t) * m / (largest**0.5 + epsilon)
    return w


def adamw(w, gs, lr, weight_decay=0.004, **options):
    return adam(w, gs, lr, weight_decay=weight_decay, **options)


def rmsprop(w, gs, lr, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False):
    v = a = b = 0.0
    for g in gs:
        v = rho * v + (1 - rho) * g * g
        a = rho * a + (1 - rho) * g if centered else 0.0
        b = momentum * b + lr * g / (v - a * a + epsilon) ** 0.5
        w -= b
    return w


def adadelta(w, gs, lr, rho=0.95, epsilon=1e-7):
    s = d = 0.0
    for g in gs:
        s = rho * s + (1 - rho) * g * g
        step = ((d + epsilon) / (s + epsilon)) ** 0.5 * g
        d = rho * d + (1 - rho) * step * step
        w -= lr * step
    return w


def adagrad(w, gs, lr, initial_accumulator_value=0.1, epsilon=1e-7):
    s = initial_accumulator_value
    for g in gs:
        s += g * g
        w -= lr * g / (s + epsilon) ** 0.5
    return w


def adamax(w, gs, lr, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m = u = 0.0
    for t, g in enumerate(gs, 1):
        m = beta_1 * m + (1 - beta_1) * g
        u = max(beta_2 * u, abs(g))
        w -= lr / (1 - beta_1**t) * m / (u + epsilon)
    return w


def nadam(w, gs, lr, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m = v = 0.0
    product = 1.0
    for t, g in enumerate(gs, 1):
        u, u_next = (beta_1 * (1 - 0.5 * 0.96**k) for k in (t, t + 1))
        product *= u
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g * g
        m_hat = u_next * m / (1 - product * u_next) + (1 - u) * g / (1 - product)
        w -= lr * m_hat / ((v / (1 - beta_2**t)) ** 0.5 + epsilon)
    return w


EQUATIONS = {
    "SGD": sgd,
    "Adam": adam,
    "AdamW": adamw,
    "RMSprop": rmsprop,
    "Adadelta": adadelta,
    "Adagrad": adagrad,
    "Adamax": adamax,
    "Nadam": nadam,
}

# After three steps with the gradients 0.1, -0.2, 1e-8 at Keras' default settings, from w = 1;
# printed once by Keras 3.15 on JAX. They hold the defaults, which the other tests may override.
GOLDEN = {
    "SGD": 1.001000047,
    "Adam": 0.999649107,
    "AdamW": 0.999637127,
    "RMSprop": 0.999694943,
    "Adadelta": 1.000000358,
    "Adagrad": 1.000214815,
    "Adamax": 0.999472380,
    "Nadam": 0.999861062,
}


@pytest.mark.parametrize("name", GOLDEN)
def test_default_settings_give_the_golden_number(name):
    w = Variable(np.ones(1, np.float32))
    optimizer = optimizers.get(name)
    for g in (0.1, -0.2, 1e-8):
        optimizer.apply([np.array([g], np.float32)], [w])
    assert float(w.value[0]) == pytest.approx(GOLDEN[name], abs=1.2e-7)


@pytest.mark.parametrize("name, options", RULES)
def test_arrays_are_written_in_place_and_gradients_never(name, options):
    mine = variables()
    arrays = [v.value for v in mine]
    optimizer = getattr(optimizers, name)(**options)
    for step in gradients(3):
        for g in step:
            g.flags.writeable = False
        optimizer.apply(step, mine)
    assert all(v.value is a for v, a in zip(mine, arrays, strict=True))
    assert all(v.value.dtype == np.float32 for v in optimizer.variables[1:])


@pytest.mark.parametrize("backend", ["numpy", "naive"])
@pytest.mark.parametrize("name, options", RULES)
def test_backends_agree(name, options, backend):
    def run():
        mine = variables()
        optimizer = getattr(optimizers, name)(**options)
        for g in gradients(5):
            optimizer.apply(g, mine)
        return [v.value for v in mine]

    default, expected = kernels.get_backend(), run()
    kernels.set_backend(backend)
    try:
        for one, other in zip(run(), expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6)
    finally:
        kernels.set_backend(default)
