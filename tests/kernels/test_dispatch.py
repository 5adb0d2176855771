"""A name of the package is the implementation itself, and follows `set_backend`."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from nanoconv import kernels
from nanoconv.kernels import dispatch, naive, vectorized
from nanoconv.kernels.compiled import elementwise

HOMES = {"naive": naive, "numpy": vectorized, "numba": elementwise}


def test_a_name_is_the_implementation_in_use(backend):
    assert kernels.relu_forward is HOMES[backend].relu_forward
    assert "relu_forward" in vars(kernels), "bound, so that the next call meets no detour"


def test_a_refused_backend_changes_nothing(backend):
    with pytest.raises(ValueError, match="did you mean"):
        kernels.set_backend(backend + "x")
    assert kernels.get_backend() == backend
    assert kernels.relu_forward is HOMES[backend].relu_forward


def test_help_shows_the_definition_and_what_this_implementation_does(backend):
    text = kernels.conv2d_forward.__doc__
    assert "y[n, oh, ow, o] = bias[o] + sum" in text
    assert ("Here: " in text) == (backend != "naive")


def test_every_kernel_is_listed_and_a_wrong_name_is_an_attribute_error():
    listed = dir(kernels)
    assert dispatch.COMPILED.keys() - {"update"} <= set(listed)
    assert all(getattr(kernels, name) for name in listed)
    with pytest.raises(AttributeError, match="relu_gate"):
        kernels.relu_gate  # noqa: B018


def test_a_change_while_other_threads_compute_ends_with_the_new_one():
    x, stop, wrong = np.array([-1.0, 2.0]), threading.Event(), []

    def compute() -> None:
        while not stop.is_set():
            if kernels.relu_forward(x).tolist() != [0.0, 2.0]:
                wrong.append(1)

    threads = [threading.Thread(target=compute) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(300):
        name = ("numpy", "numba", "naive")[turn % 3]
        kernels.set_backend(name)
        assert kernels.relu_forward is HOMES[name].relu_forward
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong
