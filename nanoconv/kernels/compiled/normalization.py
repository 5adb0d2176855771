"""Batch normalization in compiled loops: few passes over memory, shared among the threads.

x is (M, C), a row for each pixel. Sums are made block by block in double precision and added up in
the order of the blocks, whose length depends on C alone: the same sums for any number of threads.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from nanoconv.kernels.compiled.jit import kernel
from nanoconv.kernels.compiled.scratch import empty, flat
from nanoconv.kernels.compiled.workers import parallel_for

BLOCK = 1 << 15  # values in a block: it stays in the cache for a second look
GRAIN = 1 << 16  # values that are worth a thread of their own


@kernel
def _moments(x, means, squares, M, C, rows, first, last):
    """Of each block: the mean of its rows, and the sum of (x - mean)^2."""
    channels = np.uint64(C)
    for block in range(first, last):
        begin, end = block * rows, min((block + 1) * rows, M)
        o = np.uint64(block * C)
        for m in range(np.uint64(begin), np.uint64(end)):
            for c in range(channels):
                means[o + c] += x[m * channels + c]
        for c in range(channels):
            means[o + c] /= end - begin
        for m in range(np.uint64(begin), np.uint64(end)):
            for c in range(channels):
                d = x[m * channels + c] - means[o + c]
                squares[o + c] += d * d


@kernel
def _normalize(x, mean, factor, shift, y, C, first, last):
    channels = np.uint64(C)
    for m in range(np.uint64(first), np.uint64(last)):
        for c in range(channels):
            y[m * channels + c] = (x[m * channels + c] - mean[c]) * factor[c] + shift[c]


@kernel
def _sums(dy, x, mean, inverse, dgammas, dbetas, M, C, rows, first, last):
    """Of each block: the sums of dy times the normalised x, and of dy."""
    channels = np.uint64(C)
    for block in range(first, last):
        o = np.uint64(block * C)
        for m in range(np.uint64(block * rows), np.uint64(min((block + 1) * rows, M))):
            for c in range(channels):
                i = m * channels + c
                dgammas[o + c] += dy[i] * ((x[i] - mean[c]) * inverse[c])
                dbetas[o + c] += dy[i]


@kernel
def _dx(dy, x, mean, of_dy, of_x, shift, dx, C, first, last):
    channels = np.uint64(C)
    for m in range(np.uint64(first), np.uint64(last)):
        for c in range(channels):
            i = m * channels + c
            dx[i] = of_dy[c] * dy[i] + of_x[c] * (x[i] - mean[c]) + shift[c]


def _blocks(M: int, C: int) -> tuple[int, int]:
    """Rows in a block, and the number of blocks."""
    rows = max(1, BLOCK // C)
    return rows, -(-M // rows)


def batch_moments(x: NDArray) -> tuple[NDArray, NDArray]:
    """Block by block, then put together (Chan, Golub, LeVeque 1983)."""
    M, C = x.shape
    rows, B = _blocks(M, C)
    means, squares = np.zeros((B, C)), np.zeros((B, C))
    arrays = flat(x), means.reshape(-1), squares.reshape(-1)
    grain = max(1, GRAIN // (rows * C))
    parallel_for(B, partial(_moments, *arrays, M, C, rows), grain)
    lengths = np.minimum(rows, M - rows * np.arange(B))
    mean = lengths @ means / M
    var = (squares.sum(axis=0) + lengths @ (means - mean) ** 2) / M
    return mean.astype(x.dtype), var.astype(x.dtype)


def normalize_forward(x: NDArray, mean: NDArray, factor: NDArray, shift: NDArray) -> NDArray:
    """(x - mean) * factor + shift in one loop."""
    M, C = x.shape
    y = empty(x.shape, x.dtype)
    arrays = flat(x), flat(mean), flat(factor), flat(shift), y.reshape(-1)
    parallel_for(M, partial(_normalize, *arrays, C), max(1, GRAIN // C))
    return y


def normalize_backward(
    dy: NDArray, x: NDArray, mean: NDArray, inverse: NDArray, gamma: NDArray, by_batch: bool
) -> tuple[NDArray, NDArray, NDArray]:
    """One loop for the sums, one for dx."""
    M, C = x.shape
    rows, B = _blocks(M, C)
    dgammas, dbetas = np.zeros((B, C)), np.zeros((B, C))
    source = flat(dy), flat(x), flat(mean)
    sums = *source, flat(inverse), dgammas.reshape(-1), dbetas.reshape(-1)
    grain = max(1, GRAIN // (rows * C))
    parallel_for(B, partial(_sums, *sums, M, C, rows), grain)
    dgamma, dbeta = dgammas.sum(axis=0), dbetas.sum(axis=0)
    of_dy = inverse * gamma
    of_x = -of_dy * inverse * (dgamma / M) * by_batch
    shift = -of_dy * (dbeta / M) * by_batch
    factors = of_dy, of_x.astype(x.dtype), shift.astype(x.dtype)
    dx = empty(x.shape, x.dtype)
    parallel_for(M, partial(_dx, *source, *factors, dx.reshape(-1), C), max(1, GRAIN // C))
    return dx, dgamma.astype(x.dtype), dbeta.astype(x.dtype)
