"""Every implementation against the plain loops of `naive`: values, gradients, types, shapes.

float64 throughout where values are compared, so that the tolerance can be tight.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nanoconv import kernels
from nanoconv.kernels import naive
from nanoconv.kernels.shapes import Window, window


def assert_close(name: str, got, expected, tolerance: float = 1e-11) -> None:
    """Equal shapes, types and values; the message tells how far off and on average."""
    assert got.shape == expected.shape, f"{name}: shape {got.shape}, expected {expected.shape}"
    assert got.dtype == expected.dtype, f"{name}: type {got.dtype}, expected {expected.dtype}"
    if not np.allclose(got, expected, rtol=tolerance, atol=tolerance, equal_nan=True):
        difference = np.abs(got.astype(float) - expected)
        raise AssertionError(f"{name}: off by {difference.max():.3g}, mean {difference.mean():.3g}")


def draw(*shape: int, dtype: str = "float64", seed: int = 0) -> np.ndarray:
    """Normal values that may only be read."""
    values = np.random.default_rng([seed, *shape]).normal(size=shape).astype(dtype)
    values.flags.writeable = False
    return values


# (N, H, W, C, O), (KH, KW), (SH, SW), (DH, DW): not the full product, but every value meets others.
CONVOLUTIONS = [
    ((2, 7, 6, 3, 4), (3, 3), (1, 1), (1, 1)),
    ((1, 8, 9, 1, 2), (2, 4), (1, 1), (1, 1)),
    ((2, 9, 7, 2, 3), (3, 3), (2, 2), (1, 1)),
    ((1, 10, 11, 2, 2), (5, 2), (3, 2), (1, 1)),
    ((2, 9, 9, 2, 1), (3, 3), (1, 1), (2, 2)),
    ((1, 8, 7, 3, 2), (2, 3), (1, 1), (3, 1)),
    ((3, 4, 5, 5, 6), (1, 1), (1, 1), (1, 1)),
    ((2, 5, 5, 2, 3), (1, 1), (2, 3), (1, 1)),
    ((1, 3, 3, 1, 1), (3, 3), (1, 1), (1, 1)),
    ((2, 6, 5, 4, 2), (5, 5), (1, 1), (1, 1)),
]
POOLS = [
    ((2, 6, 6, 3), (2, 2), (2, 2)),
    ((1, 7, 5, 2), (2, 2), (2, 2)),
    ((2, 7, 8, 1), (3, 3), (1, 1)),
    ((1, 8, 9, 4), (3, 2), (2, 3)),
    ((1, 5, 5, 2), (2, 2), (3, 3)),
]
PADDINGS = ["valid", "same"]


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("case", CONVOLUTIONS, ids=str)
@pytest.mark.parametrize("relu", [False, True], ids=["linear", "relu"])
def test_convolution_is_the_plain_loops(backend, case, padding, relu):
    (N, H, W, C, O), size, strides, dilation = case
    view = window(size, strides, dilation, padding, H, W)
    x, kernel, bias = draw(N, H, W, C), draw(*size, C, O), draw(O)
    y = naive.conv2d_forward(x, kernel, bias, view, relu)
    assert_close("y", kernels.conv2d_forward(x, kernel, bias, view, relu), y)
    dy, mask = draw(*y.shape, seed=1), y if relu else None
    expected = naive.conv2d_backward(x, kernel, dy, view, mask)
    got = kernels.conv2d_backward(x, kernel, dy, view, mask)
    for name, one, other in zip(("dx", "dkernel", "dbias"), got, expected, strict=True):
        assert_close(name, one, other)


@pytest.mark.parametrize("by_batch", [False, True])
@pytest.mark.parametrize("shape", [(1, 1), (7, 3), (300, 2), (40, 130)], ids=str)
def test_normalization_is_the_plain_loops(backend, shape, by_batch):
    x, dy, gamma, beta = 3 + draw(*shape), draw(*shape, seed=1), draw(shape[1]), draw(shape[1])
    expected = naive.batch_moments(x)
    for name, one, other in zip(
        ("mean", "variance"), kernels.batch_moments(x), expected, strict=True
    ):
        assert_close(name, one, other)
    mean, inverse = expected[0], 1 / np.sqrt(expected[1] + 0.1)
    y = naive.normalize_forward(x, mean, gamma * inverse, beta)
    assert_close("y", kernels.normalize_forward(x, mean, gamma * inverse, beta), y)
    expected = naive.normalize_backward(dy, x, mean, inverse, gamma, by_batch)
    got = kernels.normalize_backward(dy, x, mean, inverse, gamma, by_batch)
    for name, one, other in zip(("dx", "dgamma", "dbeta"), got, expected, strict=True):
        assert_close(name, one, other)


def test_moments_of_many_blocks_in_single_precision(backend):
    x = (draw(100_000, 3) * 0.01 + 1000).astype("float32")
    mean, variance = kernels.batch_moments(x)
    assert np.allclose(mean, x.mean(axis=0, dtype=float), rtol=1e-7)
    assert np.allclose(variance, x.var(axis=0, dtype=float), rtol=1e-5)


def test_convolution_without_bias_or_dx(backend):
    view = window((3, 3), (1, 1), (1, 1), "same", 5, 6)
    x, kernel, dy = draw(2, 5, 6, 2), draw(3, 3, 2, 3), draw(2, 5, 6, 3)
    expected = naive.conv2d_forward(x, kernel, None, view)
    assert_close("y", kernels.conv2d_forward(x, kernel, None, view), expected)
    dx, dkernel, _ = kernels.conv2d_backward(x, kernel, dy, view, need_dx=False)
    assert dx is None
    assert_close("dkernel", dkernel, naive.conv2d_backward(x, kernel, dy, view)[1])


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("case", CONVOLUTIONS, ids=str)
def test_depthwise_convolution_is_the_plain_loops(backend, case, padding):
    (N, H, W, C, M), size, strides, dilation = case
    view = window(size, strides, dilation, padding, H, W)
    x, kernel, bias = draw(N, H, W, C), draw(*size, C, M), draw(C * M)
    y = naive.depthwise_conv2d_forward(x, kernel, bias, view)
    assert_close("y", kernels.depthwise_conv2d_forward(x, kernel, bias, view), y)
    dy = draw(*y.shape, seed=1)
    expected = naive.depthwise_conv2d_backward(x, kernel, dy, view)
    got = kernels.depthwise_conv2d_backward(x, kernel, dy, view)
    for name, one, other in zip(("dx", "dkernel", "dbias"), got, expected, strict=True):
        assert_close(name, one, other)
    assert kernels.depthwise_conv2d_backward(x, kernel, dy, view, need_dx=False)[0] is None


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("case", POOLS, ids=str)
@pytest.mark.parametrize("values", ["normal", "ties", "constant"])
def test_pooling_is_the_plain_loops(backend, case, padding, values):
    shape, size, strides = case
    view = window(size, strides, (1, 1), padding, *shape[1:3])
    x = draw(*shape)
    x = {"normal": x, "ties": np.round(x), "constant": np.zeros_like(x)}[values]
    y, argmax = naive.max_pool_forward(x, view)
    got_y, got_argmax = kernels.max_pool_forward(x, view)
    assert_close("y", got_y, y)
    np.testing.assert_array_equal(got_argmax, argmax)
    assert got_argmax.dtype == np.uint8
    dy = draw(*y.shape, seed=1)
    expected = naive.max_pool_backward(dy, argmax, view, x.shape)
    assert_close("dx", kernels.max_pool_backward(dy, argmax, view, x.shape), expected)

    expected = naive.average_pool_forward(x, view)
    assert_close("average", kernels.average_pool_forward(x, view), expected)
    expected = naive.average_pool_backward(dy, view, x.shape)
    assert_close("average dx", kernels.average_pool_backward(dy, view, x.shape), expected)


def test_the_first_of_equal_values_gets_the_whole_gradient(backend):
    view = window((2, 2), (2, 2), (1, 1), "valid", 2, 2)
    _, argmax = kernels.max_pool_forward(np.zeros((1, 2, 2, 1)), view)
    dx = kernels.max_pool_backward(np.ones((1, 1, 1, 1)), argmax, view, (1, 2, 2, 1))
    np.testing.assert_array_equal(dx[0, :, :, 0], [[1, 0], [0, 0]])


def test_padding_never_wins_a_max_pool(backend):
    view = window((3, 3), (1, 1), (1, 1), "same", 4, 4)
    for lowest in (-5.0, -np.inf):
        x = np.full((1, 4, 4, 2), lowest)
        y, argmax = kernels.max_pool_forward(x, view)
        np.testing.assert_array_equal(y, x)
        dx = kernels.max_pool_backward(np.ones_like(y), argmax, view, x.shape)
        assert dx.sum() == y.size


def test_max_pool_hands_nan_on(backend):
    x = np.arange(16.0).reshape(1, 4, 4, 1)
    x[0, 0, 1, 0] = np.nan
    y, argmax = kernels.max_pool_forward(x, window((2, 2), (2, 2), (1, 1), "valid", 4, 4))
    np.testing.assert_array_equal(y[0, :, :, 0], [[np.nan, 7], [13, 15]])
    assert argmax[0, 0, 0, 0] == 1


def test_a_pool_of_more_than_256_cells_has_a_wider_argmax(backend):
    x = draw(1, 17, 17, 1)
    view = window((17, 17), (1, 1), (1, 1), "valid", 17, 17)
    y, argmax = kernels.max_pool_forward(x, view)
    assert argmax.dtype == np.uint32 and argmax.item() == x.argmax() and y.item() == x.max()


@pytest.mark.parametrize("relu", [False, True], ids=["linear", "relu"])
@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 7, 3), (3, 40, 70)])
def test_dense_is_the_plain_loops(backend, shape, relu):
    N, I, O = shape
    x, kernel, bias, dy = draw(N, I), draw(I, O), draw(O), draw(N, O, seed=1)
    y = naive.dense_forward(x, kernel, bias, relu)
    assert_close("y", kernels.dense_forward(x, kernel, bias, relu), y)
    mask = y if relu else None
    expected = naive.dense_backward(x, kernel, dy, mask)
    got = kernels.dense_backward(x, kernel, dy, mask)
    for name, one, other in zip(("dx", "dkernel", "dbias"), got, expected, strict=True):
        assert_close(name, one, other)
    assert kernels.dense_backward(x, kernel, dy, mask, need_dx=False)[0] is None
    expected = naive.dense_forward(x, kernel, None, relu)
    assert_close("y without bias", kernels.dense_forward(x, kernel, None, relu), expected)


def test_relu_keeps_nan_and_is_flat_at_zero(backend):
    x = np.array([-1.0, -0.0, 0.0, 2.0, np.nan, np.inf, -np.inf])
    y = kernels.relu_forward(x)
    np.testing.assert_array_equal(y, [0, 0, 0, 2, np.nan, np.inf, 0])
    dx = kernels.relu_backward(np.ones(7), y)
    np.testing.assert_array_equal(dx, [0, 0, 0, 1, 0, 1, 0])
    mask = kernels.relu_mask(y)
    assert mask.dtype == np.uint8
    np.testing.assert_array_equal(kernels.relu_backward(np.ones(7), mask), dx)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_results_keep_the_type_of_x(backend, dtype):
    x, kernel, bias = (draw(*s, dtype=dtype) for s in [(2, 5, 5, 2), (3, 3, 2, 3), (3,)])
    view = window((3, 3), (1, 1), (1, 1), "same", 5, 5)
    depthwise = kernel[..., :1]
    y = kernels.conv2d_forward(x, kernel, bias, view, relu=True)
    pooled, argmax = kernels.max_pool_forward(x, view)
    results = [
        y,
        *kernels.conv2d_backward(x, kernel, y, view, y),
        kernels.depthwise_conv2d_forward(x, depthwise, bias[:2], view),
        *kernels.depthwise_conv2d_backward(x, depthwise, x, view),
        pooled,
        kernels.max_pool_backward(pooled, argmax, view, x.shape),
        kernels.average_pool_forward(x, view),
        kernels.average_pool_backward(x, view, x.shape),
        kernels.dense_forward(x[:, 0, 0], kernel[0, 0], bias, relu=True),
        *kernels.dense_backward(x[:, 0, 0], kernel[0, 0], y[:, 0, 0], y[:, 0, 0]),
        kernels.relu_forward(x),
        kernels.relu_backward(x, x),
        kernels.dropout(x, 0.3, 1, 2),
        kernels.dropout_channels(x, 0.3, 1, 2),
        kernels.hashed_uniform((3, 4), 1, 2, dtype=dtype),
        kernels.hashed_normal((3, 4), 1, 2, dtype=dtype),
    ]
    assert {str(result.dtype) for result in results} == {dtype}


def test_arguments_may_be_views_with_gaps(backend):
    x = draw(2, 10, 6, 4)[:, ::2, :, 1:3]
    kernel = draw(3, 3, 3, 2).transpose(0, 1, 3, 2)
    dy = draw(2, 5, 6, 6)[..., ::2]
    view = window((3, 3), (1, 1), (1, 1), "same", 5, 6)
    y = naive.conv2d_forward(x, kernel, None, view)
    assert_close("y", kernels.conv2d_forward(x, kernel, None, view), y)
    expected = naive.conv2d_backward(x, kernel, dy, view)
    got = kernels.conv2d_backward(x, kernel, dy, view)
    for name, one, other in zip(("dx", "dkernel", "dbias"), got, expected, strict=True):
        assert_close(name, one, other)
    assert_close("pool", kernels.max_pool_forward(x, view)[0], naive.max_pool_forward(x, view)[0])


def test_large_batches_are_shared_among_threads_with_equal_results():
    """Sizes above every grain, where the work is really cut (naive would take too long)."""
    x, kernel, bias = draw(24, 20, 20, 8), draw(5, 5, 8, 8), draw(8)
    view = window((5, 5), (1, 1), (1, 1), "same", 20, 20)
    results = {}
    for name in ("numpy", "numba"):
        kernels.set_backend(name)
        y = kernels.conv2d_forward(x, kernel, bias, view, relu=True)
        pooled, argmax = kernels.max_pool_forward(y, view)
        results[name] = [
            y,
            pooled,
            argmax,
            *kernels.conv2d_backward(x, kernel, pooled, view, y),
            kernels.dropout(x, 0.5, 3, 4),
            kernels.dense_forward(x.reshape(24, -1), x.reshape(24, -1).T, None),
        ]
    for got, expected in zip(results["numba"], results["numpy"], strict=True):
        assert_close("threads", got, expected, 1e-9)


def test_windows_follow_the_tensorflow_formula():
    for n, k, s, d in itertools.product(range(1, 12), range(1, 5), range(1, 4), range(1, 3)):
        view = window((k, k), (s, s), (d, d), "same", n, n)
        assert view.output_size(n, n) == (-(-n // s), -(-n // s))
        total = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        assert (view.top, view.bottom) == (total // 2, total - total // 2)
        assert kernels.output_length(n, k, s, d, "valid") == (n - (k - 1) * d - 1) // s + 1
    assert Window(1, 1, 1, 1, 1, 1, 0, 0, 0, 0).is_pointwise
    with pytest.raises(ValueError, match="padding is 'full'"):
        kernels.output_length(5, 3, 1, 1, "full")


def test_an_unknown_backend_names_the_near_ones(monkeypatch):
    with pytest.raises(ValueError, match="did you mean 'numba'"):
        kernels.set_backend("nummba")
    with pytest.raises(ValueError, match="'naive', 'numpy' or 'numba'"):
        kernels.set_backend("xyz")
