"""The fast 3 x 3 convolution: the direct sum within its stated error, chosen only where it fits."""

from __future__ import annotations

import numpy as np
import pytest

from nanoconv import kernels
from nanoconv.kernels import vectorized
from nanoconv.kernels.compiled.convolution import choice as convolution
from nanoconv.kernels.compiled.convolution import direct, im2col, winograd
from nanoconv.kernels.shapes import window

STATED = 5e-5  # of the largest value, as the docstring promises


def unit(padding: str, H: int, W: int):
    return window((3, 3), (1, 1), (1, 1), padding, H, W)


def assert_within(name: str, got: np.ndarray, expected: np.ndarray, stated: float = STATED) -> None:
    error = np.abs(got - expected)
    scale = np.abs(expected).max()
    assert got.dtype == np.float32 and got.shape == expected.shape
    assert error.max() <= stated * scale, (
        f"{name}: off by {error.max():.3g} (mean {error.mean():.3g}) on values up to {scale:.3g}"
    )


def compare(shape, O, padding, mean=0.0, relu=True, seed=0):
    """Forward and backward in float32 against the direct sum in float64."""
    rng = np.random.default_rng(seed)
    x = (rng.normal(size=shape) + mean).astype("float32")
    kernel = (rng.normal(size=(3, 3, shape[3], O)) / np.sqrt(9 * shape[3])).astype("float32")
    bias = rng.normal(size=O).astype("float32")
    for array in (x, kernel, bias):
        array.flags.writeable = False
    view = unit(padding, *shape[1:3])
    wide = [array.astype("float64") for array in (x, kernel, bias)]
    y = winograd.conv2d_forward(x, kernel, bias, view, relu)
    assert_within("y", y, im2col.conv2d_forward(*wide, view, relu))
    dy = rng.normal(size=y.shape).astype("float32")
    mask = y if relu else None
    got = winograd.conv2d_backward(x, kernel, dy, view, mask)
    expected = im2col.conv2d_backward(*wide[:2], dy.astype("float64"), view, mask)
    for name, one, other in zip(("dx", "dkernel", "dbias"), got, expected, strict=True):
        assert_within(name, one, other)


SIZES = [(3, 3), (4, 7), (6, 6), (9, 5), (10, 14), (13, 12)]


@pytest.mark.parametrize(
    ("size", "padding"),
    [*((size, padding) for size in SIZES for padding in ("valid", "same")), ((1, 2), "same")],
)
def test_every_output_size_partial_tiles_included(size, padding):
    compare((2, *size, 3), 5, padding)


def test_channels_that_fill_no_vector():
    compare((2, 9, 9, 17), 8, "same", relu=False)


@pytest.mark.parametrize("mean", [10.0, -1000.0])
def test_stated_error_holds_on_large_means(mean):
    compare((2, 12, 12, 17), 8, "same", mean)


def test_stated_error_holds_on_512_channels():
    compare((1, 9, 8, 512), 8, "same", mean=1.0)


def test_blocks_and_threads_cover_every_tile():
    compare((9, 40, 40, 17), 8, "same")


def test_asymmetric_padding_as_deconvolution_needs_it():
    x = np.random.default_rng(0).normal(size=(2, 6, 7, 8)).astype("float32")
    kernel = np.random.default_rng(1).normal(size=(3, 3, 8, 8)).astype("float32")
    view = kernels.Window(3, 3, 1, 1, 1, 1, 2, 0, 1, 3)
    expected = im2col.conv2d_forward(x.astype("float64"), kernel.astype("float64"), None, view)
    assert_within("y", winograd.conv2d_forward(x, kernel, None, view), expected)


def test_nan_and_infinity_do_not_vanish():
    x = np.zeros((1, 8, 8, 8), "float32")
    x[0, 4, 4, 0] = np.nan
    kernel = np.ones((3, 3, 8, 8), "float32")
    y = winograd.conv2d_forward(x, kernel, None, unit("same", 8, 8), relu=True)
    assert np.isnan(y[0, 4, 4]).all()


def chosen(shape=(8, 26, 26, 32), kernel=(3, 3, 32, 64), dtype="float32", strides=(1, 1), rate=1):
    view = window(kernel[:2], strides, (rate, rate), "valid", *shape[1:3])
    return convolution.uses_winograd(shape, kernel, np.dtype(dtype), view)


def test_it_is_chosen_only_where_it_fits_and_wins():
    assert chosen()
    assert not chosen(dtype="float64")
    assert not chosen(strides=(2, 2))
    assert not chosen(rate=2)
    assert not chosen(kernel=(5, 5, 32, 64))
    assert not chosen(shape=(8, 28, 28, 1), kernel=(3, 3, 1, 32))
    assert not chosen(shape=(8, 7, 7, 32))  # 5 x 5 outputs in 2 x 2 tiles
    assert not chosen(shape=(8, 14, 14, 16), kernel=(3, 3, 16, 16))  # too little to compile for
    assert all(chosen(shape=(n, 26, 26, 32)) for n in (1, 1000))


def test_it_can_be_turned_off(monkeypatch):
    kernels.set_winograd(False)
    try:
        assert not chosen()
    finally:
        kernels.set_winograd(True)
    assert chosen()
    monkeypatch.setattr("nanoconv.kernels.dispatch._winograd", None)
    monkeypatch.setenv("NANOCONV_WINOGRAD", "0")
    assert not chosen()
    monkeypatch.setattr("nanoconv.kernels.dispatch._winograd", None)
    monkeypatch.setenv("NANOCONV_WINOGRAD", "no")
    with pytest.raises(ValueError, match="NANOCONV_WINOGRAD is 'no'"):
        chosen()


def bordered(shape, border: int = 6, seed: int = 0) -> np.ndarray:
    """Images with a black border, a black image, and black spots, as MNIST's digits have them."""
    x = np.random.default_rng(seed).random(shape, dtype="float32") + np.float32(0.1)
    x[:, :border] = x[:, -border:] = 0
    x[:, :, :border] = x[:, :, -border:] = 0
    x[1], x[2, 10:15, 11:14] = 0, 0
    return x


PATHS = {
    "winograd": winograd.conv2d_forward,
    "direct": direct.conv2d_forward,
    "im2col": im2col.conv2d_forward,
    "numpy": vectorized.conv2d_forward,
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("relu", [False, True], ids=["linear", "relu"])
@pytest.mark.parametrize("bias", ["none", "zero", "other"])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_where_all_inputs_are_zero_the_output_is_exactly_the_bias(padding, bias, relu, path):
    rng = np.random.default_rng(0)
    x, kernel = bordered((3, 26, 25, 32)), rng.normal(size=(3, 3, 32, 40)).astype("float32")
    shift = {"none": None, "zero": np.zeros(40), "other": rng.normal(size=40)}[bias]
    shift = None if shift is None else shift.astype("float32")
    view = unit(padding, 26, 25)
    y = PATHS[path](x, kernel, shift, view, relu)
    dead = im2col.conv2d_forward(x, np.ones((3, 3, 32, 1), "float32"), None, view)[..., 0] == 0
    assert dead.mean() > 0.4 and not dead.all()
    expected = np.zeros(40, "float32") if shift is None else shift
    expected = np.maximum(expected, 0) if relu else expected
    np.testing.assert_array_equal(y[dead], np.broadcast_to(expected, y[dead].shape))
    if bias != "other":  # relu's mask, and what backward makes of it
        assert not kernels.relu_mask(y)[dead].any() or not relu


def test_zeros_are_exact_wherever_a_block_of_tiles_begins(monkeypatch):
    x, kernel = bordered((3, 26, 26, 16), 9), np.ones((3, 3, 16, 16), "float32")
    expected = direct.conv2d_forward(x, kernel, None, unit("same", 26, 26))
    for rows in (1, 2, 3, 5):
        monkeypatch.setattr(winograd, "_tiles", winograd._Tiles)
        monkeypatch.setattr(winograd, "CACHE", rows * 7 * 36 * 32 * 4)
        y = winograd.conv2d_forward(x, kernel, None, unit("same", 26, 26))
        np.testing.assert_array_equal(y == 0, expected == 0)
    assert (expected == 0).mean() > 0.5


@pytest.mark.parametrize("zero_bias", [True, False])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_two_convolutions_on_black_borders_have_keras_gradients(keras, padding, zero_bias):
    """The second layer is one for Winograd; relu's masks decide what reaches every gradient."""
    import jax

    x, rng = bordered((4, 28, 28, 1), 5), np.random.default_rng(1)
    options = {"activation": "relu", "padding": padding}
    theirs = keras.Sequential([keras.layers.Conv2D(O, 3, **options) for O in (32, 64)])
    theirs.build(x.shape)
    weights = [0.1 * rng.standard_normal(w.shape, "float32") for w in theirs.weights]
    for bias in weights[1::2]:
        bias *= not zero_bias
    theirs.set_weights(weights)
    K1, b1, K2, b2 = weights
    first, inner = unit(padding, 28, 28), (28, 28) if padding == "same" else (26, 26)
    second = unit(padding, *inner)
    assert convolution.uses_winograd((4, *inner, 32), K2.shape, x.dtype, second)
    y1 = kernels.conv2d_forward(x, K1, b1, first, relu=True)
    y2 = kernels.conv2d_forward(y1, K2, b2, second, relu=True)
    dy = rng.standard_normal(y2.shape, "float32")
    dy1, *dsecond = kernels.conv2d_backward(y1, K2, dy, second, kernels.relu_mask(y2))
    dx, *dfirst = kernels.conv2d_backward(x, K1, dy1, first, kernels.relu_mask(y1))

    def call(parameters, image):
        return theirs.stateless_call(parameters, [], image)[0]

    _, pull_back = jax.vjp(call, [v.value for v in theirs.trainable_variables], x)
    expected, expected_dx = pull_back(jax.numpy.asarray(dy))
    assert_within("dx", dx, np.asarray(expected_dx), 1e-5)
    for name, got, other in zip(
        ("dK1", "db1", "dK2", "db2"), dfirst + dsecond, expected, strict=True
    ):
        assert_within(name, got, np.asarray(other), 1e-5)
