"""The hot loops run on vectors: read off the machine code, for x86-64."""

from __future__ import annotations

import platform
import re

import numba
import numpy as np
import pytest

from nanoconv.kernels import updates
from nanoconv.kernels.compiled import dense_products as dense
from nanoconv.kernels.compiled import elementwise, jit, normalization, update_loops
from nanoconv.kernels.compiled.convolution import depthwise, direct, winograd
from nanoconv.kernels.shapes import window

pytestmark = pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64"), reason="reads x86-64 machine code"
)

ARITHMETIC = re.compile(r"\tv?(?:add|sub|mul|div|fn?m(?:add|sub)\d+)([ps])s\t(.*)")
LANES = {"x": 4, "y": 8, "z": 16}  # float32 values in an xmm, ymm, zmm register


def packed_share(loop) -> float:
    """Share of a loop's float32 arithmetic that is done by packed instructions.

    A loop comes as a packed body and a scalar rest (and scalar twins for arrays that overlap): each
    packed instruction counts as many operations as it has lanes.
    """
    fresh = numba.njit(**jit.OPTIONS)(loop.py_func)  # code from the cache cannot be inspected
    packed = scalar = 0
    for signature in loop.signatures:
        if "float64" in str(signature):
            continue
        fresh.compile(signature)
        for kind, operands in ARITHMETIC.findall(fresh.inspect_asm(signature)):
            if kind == "s":
                scalar += 1
            else:
                packed += LANES[max(re.findall(r"%([xyz])mm", operands))]
    assert packed + scalar > 0
    return packed / (packed + scalar)


def test_bias_and_adam_run_on_vectors():
    rows = np.ones(640, "float32")
    elementwise.add_bias(rows, rows[:16].copy(), 0, 40, True)
    assert packed_share(elementwise.add_bias) > 0.8
    constants = tuple(np.full(4, 0.1, "float32"))
    update_loops.loop_of(updates.adam, 2)(*(rows.copy() for _ in range(4)), constants, 0, 640)
    assert packed_share(update_loops.loop_of(updates.adam, 2)) > 0.8


@pytest.mark.full
def test_normalization_and_depthwise_convolution_run_on_vectors():
    x, ones = np.ones((64, 32), "float32"), np.ones(32, "float32")
    normalization.normalize_forward(x, *normalization.batch_moments(x), ones)
    normalization.normalize_backward(x, x, ones, ones, ones, True)
    images, kernel = np.ones((2, 9, 9, 32), "float32"), np.ones((3, 3, 32, 1), "float32")
    view = window((3, 3), (1, 1), (1, 1), "same", 9, 9)
    y = depthwise.depthwise_conv2d_forward(images, kernel, None, view)
    depthwise.depthwise_conv2d_backward(images, kernel, y, view)
    for loop in (normalization._normalize, normalization._dx, depthwise._forward):
        assert packed_share(loop) > 0.8, loop


@pytest.mark.full
def test_direct_and_dense_loops_run_on_vectors():
    x, kernel = np.ones((1, 9, 9, 32), "float32"), np.ones((5, 5, 32, 32), "float32")
    view = window((5, 5), (1, 1), (1, 1), "same", 9, 9)
    y = direct.conv2d_forward(x, kernel, None, view, True)
    direct.conv2d_backward(x, kernel, y, view, y)
    rows, weights = np.ones((8, 1024), "float32"), np.ones((1024, 32), "float32")
    dense.dense_backward(rows, weights, dense.dense_forward(rows, weights, None))
    for loop in (
        direct._forward_loop(32),
        direct._backward_loop(32, 32, True),
        dense._forward_loop(32),
        dense._dkernel_loop(32),
    ):
        assert packed_share(loop) > 0.8, loop


@pytest.mark.full
def test_winograd_loops_run_on_vectors():
    x = np.ones((1, 9, 9, 32), "float32")
    kernel = np.ones((3, 3, 32, 32), "float32")
    view = window((3, 3), (1, 1), (1, 1), "same", 9, 9)
    y = winograd.conv2d_forward(x, kernel, None, view)
    winograd.conv2d_backward(x, kernel, y, view)
    for make in (winograd.forward_loop, winograd.backward_loop):
        assert packed_share(make(32, 32)) > 0.8, make
