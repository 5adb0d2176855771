"""Compiled loops over single elements: bias and relu, their gradients, dropout, noise.

`partial(loop, arrays)` is what each thread calls with its range of rows, images or elements.
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from numpy.typing import NDArray

from nanoconv.kernels.compiled.jit import kernel
from nanoconv.kernels.compiled.scratch import empty, flat
from nanoconv.kernels.compiled.workers import parallel_for
from nanoconv.kernels.hashing import FIRST, SECOND, image_keys, keys, threshold

VECTORS = np.uint64(64)  # values in a row that fill vectors well
GRAIN = 1 << 15  # elements that are worth a thread of their own
NOISE_GRAIN = 1 << 12  # likewise where each takes a logarithm and a cosine


@kernel
def add_bias(y, bias, start, stop, relu):
    """Rows start to stop of y (rows, O) get the bias; relu cuts them off at 0 in the same pass."""
    O = np.uint64(bias.size)
    zero = y.dtype.type(0)
    rows = max(np.uint64(1), VECTORS // O)  # so many as one long row, where rows are short
    wide = np.empty(rows * O, y.dtype)
    for i in range(wide.size):
        wide[i] = bias[i % bias.size]
    end = np.uint64(stop) * O
    for i in range(np.uint64(start) * O, end, rows * O):
        for j in range(min(rows * O, end - i)):
            value = y[i + j] + wide[j]
            y[i + j] = zero if relu and value <= zero else value


@kernel
def _relu(x, y, start, stop):
    zero = x.dtype.type(0)
    for i in range(np.uint64(start), np.uint64(stop)):
        y[i] = zero if x[i] <= zero else x[i]


@kernel
def mask_relu(dy, y, dx, start, stop):
    """dx = dy where y > 0, else 0."""
    zero, none = dy.dtype.type(0), y.dtype.type(0)
    for i in range(np.uint64(start), np.uint64(stop)):
        dx[i] = dy[i] if y[i] > none else zero


@kernel
def _mask(y, mask, start, stop):
    zero = y.dtype.type(0)
    for i in range(np.uint64(start), np.uint64(stop)):
        mask[i] = np.uint8(y[i] > zero)


def relu_forward(x: NDArray) -> NDArray:
    """max(x, 0), NaN kept."""
    y = empty(x.shape, x.dtype)
    parallel_for(x.size, partial(_relu, flat(x), y.reshape(-1)), GRAIN)
    return y


def relu_backward(dy: NDArray, y: NDArray) -> NDArray:
    """dy where y > 0, else 0."""
    dx = empty(dy.shape, dy.dtype)
    parallel_for(dy.size, partial(mask_relu, flat(dy), flat(y), dx.reshape(-1)), GRAIN)
    return dx


def relu_mask(y: NDArray) -> NDArray:
    """1 where y > 0, else 0."""
    mask = empty(y.shape, np.uint8)
    parallel_for(y.size, partial(_mask, flat(y), mask.reshape(-1)), GRAIN)
    return mask


# Dropout ----------------------------------------------------------------------------------------


@kernel
def _mix(h):
    """`hashing.mix`. Numba widens products of uint32 to 64 bits: each is cut back to 32."""
    h = np.uint32(h ^ (h >> np.uint32(16)))
    h = np.uint32(h * np.uint32(FIRST))
    h = np.uint32(h ^ (h >> np.uint32(15)))
    h = np.uint32(h * np.uint32(SECOND))
    return np.uint32(h ^ (h >> np.uint32(16)))


@kernel
def _drop(x, y, elements, k0, k1, first, limit, scale, start, stop):
    """Images start to stop, the first of which is image `first` of its batch."""
    E = np.uint64(elements)
    zero = x.dtype.type(0)
    for n in range(np.uint64(start), np.uint64(stop)):
        image = _mix(np.uint32(np.uint32(np.uint64(first) + n) ^ k1))
        for e in range(E):
            h = _mix(np.uint32(_mix(np.uint32(np.uint32(e) ^ k0)) ^ image))
            y[n * E + e] = x[n * E + e] * scale if h <= limit else zero


def dropout(x: NDArray, rate: float, seed: int, call: int, first: int = 0) -> NDArray:
    """x / (1 - rate) where the hash of (seed, call, image, element) is low enough, else 0."""
    limit = threshold(rate) - 1  # kept where hash <= limit: 2**32 itself is no uint32
    if limit < 0:
        return np.zeros(x.shape, x.dtype)
    y = empty(x.shape, x.dtype)
    N, E = x.shape[0], math.prod(x.shape[1:])
    k0, k1 = keys(seed, call)
    scale = x.dtype.type(1.0 / (1.0 - rate))
    constants = E, np.uint32(k0), np.uint32(k1), first, np.uint32(limit), scale
    images = partial(_drop, flat(x), y.reshape(-1), *constants)
    parallel_for(N, images, max(1, GRAIN // max(E, 1)))
    return y


@kernel
def _scale_channels(x, mask, y, cells, channels, start, stop):
    C = np.uint64(channels)
    zero = x.dtype.type(0)
    for n in range(np.uint64(start), np.uint64(stop)):
        for cell in range(n * np.uint64(cells), (n + np.uint64(1)) * np.uint64(cells)):
            for c in range(C):
                factor = mask[n * C + c]
                y[cell * C + c] = x[cell * C + c] * factor if factor > zero else zero


def dropout_channels(x: NDArray, rate: float, seed: int, call: int, first: int = 0) -> NDArray:
    """`dropout` with one draw for every image and channel."""
    N, C = x.shape[0], x.shape[-1]
    cells = math.prod(x.shape[1:-1])
    mask = dropout(np.ones((N, C), x.dtype), rate, seed, call, first).reshape(-1)
    y = empty(x.shape, x.dtype)
    images = partial(_scale_channels, flat(x), mask, y.reshape(-1), cells, C)
    parallel_for(N, images, max(1, GRAIN // max(cells * C, 1)))
    return y


# Noise ------------------------------------------------------------------------------------------


@kernel
def _normal(z, elements, ku, kv, images_u, images_v, start, stop):
    """One row of z for each pair of image keys: `hashing.hashed_normal`, in double as there."""
    E = np.uint64(elements)
    for n in range(np.uint64(start), np.uint64(stop)):
        image_u, image_v = images_u[n], images_v[n]
        for e in range(E):
            u = _mix(np.uint32(_mix(np.uint32(np.uint32(e) ^ ku)) ^ image_u))
            v = _mix(np.uint32(_mix(np.uint32(np.uint32(e) ^ kv)) ^ image_v))
            radius = math.sqrt(-2.0 * math.log(1.0 - u * 2.0**-32))
            z[n * E + e] = radius * math.cos(2.0 * math.pi * (v * 2.0**-32))


def hashed_normal(
    shape: tuple[int, ...], seed: int, call: int, first: int = 0, dtype: str | np.dtype = "float32"
) -> NDArray:
    """Standard normal values from two hashes of (seed, call, image, element)."""
    N, E = shape[0], math.prod(shape[1:])
    z = np.empty(N * E, dtype)
    (ku, image_u), (kv, image_v) = keys(seed, call, 1), keys(seed, call, 2)
    images_u, images_v = image_keys(N, image_u, first), image_keys(N, image_v, first)
    images = partial(_normal, z, E, np.uint32(ku), np.uint32(kv), images_u, images_v)
    parallel_for(N, images, max(1, NOISE_GRAIN // max(E, 1)))
    return z.reshape(shape)
