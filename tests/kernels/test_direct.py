"""Convolution without im2col: the same values, for every window without gaps."""

from __future__ import annotations

import numpy as np
import pytest

from nanoconv.kernels.compiled import workers
from nanoconv.kernels.compiled.convolution import choice as convolution
from nanoconv.kernels.compiled.convolution import direct, im2col
from nanoconv.kernels.shapes import Window, window


def compare(shape, kernel_size, O, strides=(1, 1), padding="valid", relu=True, need_dx=True):
    """Forward and backward in float32 against im2col in float64."""
    view = window(kernel_size, strides, (1, 1), padding, *shape[1:3])
    compare_under(view, shape, O, relu, need_dx)


def compare_under(view: Window, shape, O, relu=True, need_dx=True):
    rng = np.random.default_rng(O)
    x = rng.standard_normal(shape).astype("float32")
    kernel = rng.standard_normal((view.KH, view.KW, shape[3], O)).astype("float32")
    bias = rng.standard_normal(O).astype("float32")
    for array in (x, kernel, bias):
        array.flags.writeable = False
    wide = [array.astype("float64") for array in (x, kernel, bias)]
    y = direct.conv2d_forward(x, kernel, bias, view, relu)
    expected = im2col.conv2d_forward(*wide, view, relu)
    assert_close("y", y, expected)
    dy = rng.standard_normal(y.shape).astype("float32")
    mask = (expected > 0).astype("uint8") if relu else None
    got = direct.conv2d_backward(x, kernel, dy, view, mask, need_dx)
    expected = im2col.conv2d_backward(*wide[:2], dy.astype("float64"), view, mask, need_dx)
    for name, one, other in zip(("dx", "dkernel", "dbias"), got, expected, strict=True):
        if name == "dx" and not need_dx:
            assert one is None
        else:
            assert_close(name, one, other)


def assert_close(name: str, got: np.ndarray, expected: np.ndarray) -> None:
    assert got.dtype == np.float32 and got.shape == expected.shape, name
    scale = max(1.0, np.abs(expected).max(initial=0))
    np.testing.assert_allclose(got, expected, atol=3e-6 * scale, err_msg=name)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(
    ("size", "kernel_size", "strides"),
    [
        ((9, 8), (3, 3), (1, 1)),
        ((9, 8), (3, 3), (2, 2)),
        ((8, 15), (2, 5), (3, 1)),
        ((7, 7), (1, 1), (2, 3)),
        ((5, 6), (5, 6), (1, 1)),
        ((6, 5), (1, 1), (1, 1)),
        ((13, 5), (4, 2), (5, 4)),
    ],
)
def test_windows_strides_and_padding(size, kernel_size, strides, padding):
    compare((3, *size, 3), kernel_size, 5, strides, padding)


def test_a_window_larger_than_the_image():
    compare((2, 2, 3, 3), (5, 7), 5, padding="same")


@pytest.mark.parametrize("width", range(1, 15))
def test_every_count_of_outputs_in_a_row(width):
    compare((2, 4, width + 2, 3), (3, 3), 5, relu=False)


@pytest.mark.full
@pytest.mark.parametrize(("C", "O"), [(4, 70), (1, 64), (17, 1)])
def test_channels_that_fill_vectors_or_not(C, O):
    compare((2, 6, 7, C), (3, 3), O, padding="same")


def test_padding_as_a_deconvolution_needs_it():
    compare_under(Window(3, 3, 1, 1, 1, 1, top=2, bottom=0, left=0, right=3), (2, 5, 4, 3), 5)


def test_a_first_layer_needs_no_dx():
    compare((3, 9, 9, 3), (3, 3), 5, need_dx=False)


def test_no_images_at_all():
    compare((0, 5, 5, 3), (3, 3), 5)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_any_number_of_threads(threads, monkeypatch):
    monkeypatch.setattr(workers, "_threads", threads)
    monkeypatch.setattr(direct, "WORK", 1)
    compare((7, 9, 8, 3), (3, 3), 5, padding="same")


def test_it_is_chosen_where_it_fits_and_is_worth_compiling():
    view = window((3, 3), (2, 1), (1, 1), "same", 28, 28)
    gaps = window((3, 3), (1, 1), (2, 1), "same", 28, 28)
    images, kernel = (1, 28, 28, 1), (3, 3, 1, 32)
    assert convolution.uses_direct(images, kernel, np.dtype("float32"), view)
    assert not convolution.uses_direct(images, kernel, np.dtype("float64"), view)
    assert not convolution.uses_direct(images, kernel, np.dtype("float32"), gaps)
    assert not convolution.uses_direct(images, (3, 3, 1, 4), np.dtype("float32"), view)
