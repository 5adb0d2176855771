"""Optimizer updates: every backend follows the rule, and the rules are Keras' own."""

from __future__ import annotations

import numpy as np
import pytest

from nanoconv import kernels
from nanoconv.kernels import updates

# name, arguments before and after the arrays: function, number of states, constants
UPDATES = {
    "sgd": (kernels.sgd_update, 0, (0.1,)),
    "momentum": (kernels.momentum_update, 1, (0.1, 0.9)),
    "nesterov": (kernels.momentum_update, 1, (0.1, 0.9, True)),
    "adam": (kernels.adam_update, 2, (0.01, 0.9, 0.999, 1e-7)),
    "adamax": (kernels.adamax_update, 2, (0.01, 0.9, 0.999, 1e-7)),
    "nadam": (kernels.nadam_update, 2, (0.01, 0.5, 0.6, 30.0, 0.9, 0.999, 1e-7)),
    "rmsprop": (kernels.rmsprop_update, 1, (0.01, 0.9, 1e-7)),
    "adadelta": (kernels.adadelta_update, 2, (1.0, 0.95, 1e-7)),
    "adagrad": (kernels.adagrad_update, 1, (0.1, 1e-7)),
}


def run(function, states, constants, dtype="float64", steps=5, shape=(5, 7)):
    """Weights and state after some steps with gradients of very different sizes."""
    rng = np.random.default_rng(1)
    arrays = [rng.normal(size=shape).astype(dtype)]
    arrays += [np.abs(rng.normal(size=shape)).astype(dtype) for _ in range(states)]
    for step in range(steps):
        g = (rng.normal(size=shape) * 10.0 ** -rng.integers(0, 9, shape)).astype(dtype)
        g.flags.writeable = step % 2 == 0
        function(arrays[0], g, *arrays[1:], *constants)
    return arrays


@pytest.mark.parametrize("name", UPDATES)
@pytest.mark.parametrize("dtype, tolerance", [("float64", 1e-12), ("float32", 1e-5)])
def test_every_backend_follows_the_rule(backend, name, dtype, tolerance):
    got = run(*UPDATES[name], dtype)
    kernels.set_backend("naive")
    for one, other in zip(got, run(*UPDATES[name], dtype), strict=True):
        assert one.dtype == dtype
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("extra", ["amsgrad", "centered", "momentum", "both"])
def test_optional_states_follow_the_rule(backend, extra):
    def step(w, g, *states):
        if extra == "amsgrad":
            kernels.adam_update(w, g, *states[:2], 0.01, 0.9, 0.999, 1e-7, v_hat=states[2])
        else:
            a = states[1] if extra in ("centered", "both") else None
            b = states[2] if extra in ("momentum", "both") else None
            kernels.rmsprop_update(w, g, states[0] + 0, 0.01, 0.9, 1e-2, a, b, 0.8)

    # centered needs v > a^2, so the mean starts at zero
    def zeroed(w, g, *states):
        if step.started is False and extra != "amsgrad":
            states[1][...] = 0
            step.started = True
        step(w, g, *states)

    results = []
    for name in (kernels.get_backend(), "naive"):
        kernels.set_backend(name)
        step.started = False
        results.append(run(zeroed, 3, ()))
    for one, other in zip(*results, strict=True):
        assert np.isfinite(other).all()
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def test_ranges_of_a_large_weight_are_all_updated():
    w, g, m, v = (np.ones(100_003, "float32") for _ in range(4))
    kernels.adam_update(w, g, m, v, 0.1, 0.9, 0.999, 1e-7)
    np.testing.assert_allclose(w, 0.9, rtol=1e-6)


def test_an_array_that_cannot_be_updated_in_place_is_refused(backend):
    w, g, m = np.ones((4, 4)).T[::2], np.ones((2, 4)), np.ones((2, 4))
    before = w.copy()
    with pytest.raises(ValueError, match="contiguous"):
        kernels.momentum_update(w, g, m, 0.1, 0.9)
    with pytest.raises(ValueError, match=r"gradient has shape \(3,\)"):
        kernels.sgd_update(m, np.ones(3), 0.1)
    np.testing.assert_array_equal(w, before)


def test_fading_moments_end_at_zero_and_not_in_denormals():
    w, g = np.ones(1000, "float32"), np.zeros(1000, "float32")
    m, v = np.full(1000, 1e-3, "float32"), np.full(1000, 1e-6, "float32")
    for _ in range(2000):
        kernels.adam_update(w, g, m, v, 1e-3, 0.9, 0.9, 1e-7)
    assert (m == 0).all() and (v == 0).all()


OPTIMIZERS = {
    "SGD": ({"learning_rate": 0.1}, updates.sgd, 0, lambda t: (0.1,)),
    "momentum": ({"momentum": 0.9, "nesterov": False}, updates.momentum, 1, lambda t: (0.01, 0.9)),
    "nesterov": ({"momentum": 0.9, "nesterov": True}, updates.nesterov, 1, lambda t: (0.01, 0.9)),
    "Adam": ({}, updates.adam, 2, lambda t: (_alpha(t), 0.1, 1 - 0.999, 1e-7)),
    "Adamax": ({}, updates.adamax, 2, lambda t: (1e-3 / (1 - 0.9**t), 0.1, 0.999, 1e-7)),
    "RMSprop": ({}, updates.rmsprop, 1, lambda t: (1e-3, 0.9, 0.1, 1e-7)),
    "Adadelta": ({}, updates.adadelta, 2, lambda t: (1e-3, 0.95, 0.05, 1e-7)),
}


def _alpha(t: int) -> float:
    return 1e-3 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_rules_are_those_of_keras(keras, name):
    options, rule, states, constants = OPTIMIZERS[name]
    optimizer = getattr(keras.optimizers, {"momentum": "SGD", "nesterov": "SGD"}.get(name, name))
    optimizer = optimizer(**options)
    rng = np.random.default_rng(0)
    w = rng.normal(size=8)
    variable = keras.Variable(w, dtype="float32")
    optimizer.build([variable])
    remembered = [np.zeros(8) for _ in range(states)]
    for t in range(1, 6):
        g = rng.normal(size=8) * 10.0 ** -np.arange(8)
        optimizer.apply([keras.ops.convert_to_tensor(g, "float32")])
        step, *remembered = rule(g, *remembered, *constants(t))
        w = w - step
    np.testing.assert_allclose(keras.ops.convert_to_numpy(variable), w, rtol=1e-5, atol=1e-6)
