"""Masks and noise are hashes: the same for an image wherever its batch is cut, in every backend."""

from __future__ import annotations

import numpy as np
import pytest

from nanoconv import kernels
from nanoconv.kernels import hashing


@pytest.mark.parametrize("rate", [0.0, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("shape", [(6, 5), (4, 3, 3, 7), (3, 0)])
def test_masks_are_alike_in_every_backend(backend, rate, shape):
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    for function in (kernels.dropout, kernels.dropout_channels):
        got = function(x, rate, 12345678901234567890, 3, 2)
        kernels.set_backend("naive")
        np.testing.assert_array_equal(got != 0, function(x, rate, 12345678901234567890, 3, 2) != 0)
        kernels.set_backend(backend)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_noise_is_alike_in_every_backend(backend, dtype):
    for shape in [(6, 5), (4, 3, 3, 7), (3, 0), (0, 3)]:
        z = kernels.hashed_normal(shape, 12345678901234567890, 3, 2, dtype)
        expected = hashing.hashed_normal(shape, 12345678901234567890, 3, 2, dtype)
        assert z.dtype == expected.dtype
        np.testing.assert_allclose(z, expected, rtol=1e-6, atol=1e-7)


def test_slices_of_a_batch_get_the_mask_of_the_whole(backend):
    x = np.ones((9, 4, 4, 3), "float32")
    whole = kernels.dropout(x, 0.4, 7, 1)
    parts = [kernels.dropout(x[a:b], 0.4, 7, 1, a) for a, b in [(0, 2), (2, 3), (3, 9)]]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    whole = kernels.hashed_normal((9, 5), 7, 1)
    parts = [kernels.hashed_normal((3, 5), 7, 1, first) for first in (0, 3, 6)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_rate_0_keeps_everything_and_rate_1_nothing(backend):
    x = np.array([[1.0, np.inf, np.nan, -2.0]])
    np.testing.assert_array_equal(kernels.dropout(x, 0.0, 1, 1), x)
    np.testing.assert_array_equal(kernels.dropout(x, 1.0, 1, 1), np.zeros_like(x))
    np.testing.assert_array_equal(kernels.dropout_channels(x, 1.0, 1, 1), np.zeros_like(x))


def test_dropout_keeps_its_share_and_the_mean(backend):
    elements = 400 if backend == "naive" else 4000
    x = np.ones((50, elements))
    y = kernels.dropout(x, 0.3, 5, 0)
    deviation = np.sqrt(0.3 * 0.7 / x.size)
    assert abs((y > 0).mean() - 0.7) < 5 * deviation
    np.testing.assert_allclose(y[y > 0], 1 / 0.7)
    columns = (y > 0).mean(axis=0)  # no element is dropped more often than another
    assert abs(columns - 0.7).max() < 5 * np.sqrt(0.3 * 0.7 / 50)


def test_channels_are_dropped_as_whole_maps(backend):
    y = kernels.dropout_channels(np.ones((4, 3, 5, 16), "float32"), 0.5, 1, 1)
    assert set(np.unique(y)) == {0, 2}
    assert (y == y[:, :1, :1]).all()


def test_other_calls_seeds_and_streams_give_unrelated_numbers():
    draws = [
        kernels.hashed_uniform((40, 500), seed, call, first, "float64", stream)
        for seed, call, first, stream in [(1, 1, 0, 0), (1, 2, 0, 0), (2, 1, 0, 0), (1, 1, 0, 1)]
    ]
    correlation = np.corrcoef([draw.reshape(-1) for draw in draws])
    assert abs(correlation - np.eye(4)).max() < 5 / np.sqrt(20000)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_uniform_and_normal_have_their_moments(dtype):
    u = kernels.hashed_uniform((100, 1000), 3, 4, dtype=dtype)
    assert u.min() >= 0 and u.max() < 1
    assert abs(u.mean() - 0.5) < 5 * np.sqrt(1 / 12 / u.size)
    histogram = np.histogram(u, 64, (0, 1))[0]
    assert ((histogram - u.size / 64) ** 2 / (u.size / 64)).sum() < 63 + 5 * np.sqrt(2 * 63)
    z = kernels.hashed_normal((100, 1000), 3, 4, dtype=dtype)
    assert abs(z.mean()) < 5 / np.sqrt(z.size) and abs(z.var() - 1) < 5 * np.sqrt(2 / z.size)


def test_every_bit_of_the_hash_is_even_and_depends_on_every_bit_of_the_counter():
    bits = hashing.hashed_bits(1, 1 << 16, 9, 9)[0]
    ones = [(bits >> np.uint32(i) & np.uint32(1)).mean() for i in range(32)]
    assert np.abs(np.array(ones) - 0.5).max() < 5 * 0.5 / 2**8
    for flipped in range(16):
        changed = bits ^ bits[np.arange(1 << 16) ^ (1 << flipped)]
        share = [(changed >> np.uint32(i) & np.uint32(1)).mean() for i in range(32)]
        assert np.abs(np.array(share) - 0.5).max() < 0.02
    assert len(np.unique(bits)) == bits.size  # one-to-one within an image
    assert hashing.mix(12345) == hashing._mix_array(np.array([12345], np.uint32))[0]
