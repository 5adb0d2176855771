"""Tensors and tapes: what is recorded, what comes back, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from nanoconv.autodiff import Tape, Tensor, unbroadcast
from nanoconv.core.variable import Variable


def test_numpys_own_functions_are_recorded(rng):
    x = Tensor(rng.normal(size=(3, 4)))
    with Tape() as tape:
        tape.watch(x)
        y = np.sum(np.exp(x) * x)
    np.testing.assert_allclose(tape.gradient(y, x), (1 + x.value) * np.exp(x.value))


def test_a_tensor_that_is_used_twice_gets_both_gradients():
    x = Tensor([1.0, 2.0])
    with Tape() as tape:
        tape.watch(x)
        y = np.sum(x * x + 3 * x)
    assert tape.gradient(y, x).tolist() == [5.0, 7.0]


@pytest.mark.parametrize("shape", [(), (1,), (4,), (3, 1), (1, 4), (2, 1, 4), (2, 3, 4)])
def test_broadcasting_is_undone_by_adding(shape, rng):
    dx = rng.normal(size=(2, 3, 4))
    copies = np.broadcast_to(np.zeros(shape), dx.shape).shape
    assert copies == dx.shape
    got = unbroadcast(dx, shape)
    assert got.shape == shape
    # The adjoint of copying: <copy(a), dx> = <a, unbroadcast(dx)> for every a.
    a = rng.normal(size=shape)
    np.testing.assert_allclose(np.sum(np.broadcast_to(a, dx.shape) * dx), np.sum(a * got))


def test_trainable_variables_are_watched_and_others_are_not(rng):
    w = Variable(rng.normal(size=3))
    state = Variable(rng.normal(size=3), trainable=False)
    x = Tensor(rng.normal(size=3))
    with Tape() as tape:
        y = np.sum(x * Tensor.of(w)) + np.sum(x * Tensor.of(state))
    dw, dstate, dx = tape.gradient(y, [w, state, x])
    np.testing.assert_allclose(dw, x.value)
    assert dstate is None and dx is None


def test_gradients_come_in_the_form_of_the_sources():
    x, y = Tensor(2.0), Tensor(3.0)
    with Tape(persistent=True) as tape:
        tape.watch(x, y)
        z = x * y * y
    assert tape.gradient(z, {"x": x, "rest": (y, [x])}) == {"x": 9.0, "rest": (12.0, [9.0])}


def test_a_tape_is_used_once_unless_it_is_persistent():
    x = Tensor(2.0)
    with Tape() as tape:
        tape.watch(x)
        y = x * x
    assert tape.gradient(y, x) == 4.0
    with pytest.raises(RuntimeError, match="persistent=True"):
        tape.gradient(y, x)


def test_nothing_is_recorded_outside_of_the_block():
    x = Tensor(2.0)
    with Tape() as tape:
        tape.watch(x)
    assert tape.gradient(x * x, x) is None


def test_second_derivatives_by_a_tape_around_a_tape(rng):
    x = Tensor(rng.normal(size=4))
    with Tape() as outer:
        outer.watch(x)
        with Tape() as inner:
            inner.watch(x)
            y = np.sum(np.sin(x) ** 2)
        slope = inner.gradient(y, x)
        z = np.sum(slope)
    np.testing.assert_allclose(slope.numpy(), np.sin(2 * x.value))
    np.testing.assert_allclose(outer.gradient(z, x), 2 * np.cos(2 * x.value))


def test_a_kernels_gradient_is_not_silently_taken_for_a_constant(rng):
    from nanoconv import ops

    x = Tensor(rng.normal(size=(1, 4, 4, 1)).astype("float32"))
    kernel = Tensor(rng.normal(size=(3, 3, 1, 1)).astype("float32"))
    with Tape() as outer:
        outer.watch(x)
        with Tape() as inner:
            inner.watch(x)
            y = np.sum(ops.conv(x, kernel))
        with pytest.raises(NotImplementedError, match="conv cannot be differentiated again"):
            inner.gradient(y, x)


def test_python_sees_a_tensor_as_its_array():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    assert len(x) == 2 and [row.numpy().tolist() for row in x] == [[1.0, 2.0], [3.0, 4.0]]
    assert float(x[0, 1]) == 2.0 and bool(x[0, 0]) and f"{x[1, 1]:.1f}" == "4.0"
    assert (x > 2).tolist() == [[False, False], [True, True]]
    assert isinstance(np.ones(2) + x, Tensor) and isinstance(x @ np.ones(2), Tensor)


def test_a_function_without_a_rule_is_named():
    with pytest.raises(TypeError, match="fft has no rule for its gradient; write"):
        np.fft.fft(Tensor([1.0, 2.0]))


def test_what_is_no_tensor_cannot_be_watched():
    with pytest.raises(TypeError, match="cannot watch a ndarray; write"):
        Tape().watch(np.ones(3))
