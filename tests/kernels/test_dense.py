"""Dense products in registers: every stripe, depth and cut of the work gives the plain product."""

from __future__ import annotations

import numpy as np
import pytest

from nanoconv.kernels.compiled import dense_products as dense
from nanoconv.kernels.compiled import workers

SHAPES = [(0, 5, 70), (1, 1, 70), (3, 5, 70), (7, 600, 70), (33, 1000, 70), (130, 513, 256)]


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_rows_inputs_and_outputs_of_any_number(threads, monkeypatch):
    monkeypatch.setattr(workers, "_threads", threads)
    monkeypatch.setattr(dense, "WORTH", 1)
    monkeypatch.setattr(dense, "FEW", 0)
    monkeypatch.setattr(dense, "WORK", 1 << 10)
    rng = np.random.default_rng(threads)
    for N, I, O in SHAPES:
        x, kernel, bias, dy = (
            rng.standard_normal(shape).astype("float32") for shape in [(N, I), (I, O), (O,), (N, O)]
        )
        wide = x.astype("float64")
        plain = wide @ kernel + bias
        y = dense.dense_forward(x, kernel, bias, relu=True)
        mask = (plain > 0).astype("uint8")
        masked = np.where(mask, dy, 0)
        expected = np.maximum(plain, 0), masked @ kernel.T, wide.T @ masked, masked.sum(0)
        got = y, *dense.dense_backward(x, kernel, dy, mask)
        for one, other in zip(got, expected, strict=True):
            assert one.dtype == np.float32 and one.shape == other.shape
            np.testing.assert_allclose(one, other, atol=3e-6 * np.abs(other).max(initial=1))


def test_the_number_of_threads_changes_no_bit(monkeypatch):
    rng = np.random.default_rng(0)
    x, kernel, dy = (
        rng.standard_normal(s).astype("f4") for s in [(50, 300), (300, 256), (50, 256)]
    )
    results = []
    for threads in (1, 2, 5):
        monkeypatch.setattr(workers, "_threads", threads)
        y = dense.dense_forward(x, kernel, None)
        results.append((y, dense.dense_backward(x, kernel, dy)[1]))
    for y, dkernel in results[1:]:
        np.testing.assert_array_equal(y, results[0][0])
        np.testing.assert_array_equal(dkernel, results[0][1])
