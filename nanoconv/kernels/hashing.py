"""Random values without a state: element e of image n always gets the same value.

A generator hands out its values in order, so a batch cut into chunks would draw others than the
whole batch. Here a value is a *hash* of where it is used: of the seed, the count of the call, the
image and the element. Chunks, threads and implementations all find the same one.

    bits[n, e] = mix(mix(e ^ k0) ^ mix((first + n) ^ k1))       k0, k1 from (seed, call, stream)

Reference: the finaliser with two multiplications and its constants are "lowbias32", found by
Chris Wellons, https://nullprogram.com/blog/2018/07/31/ (public domain). Counter-based generators:
Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

FIRST, SECOND = 0x7FEB352D, 0x846CA68B
_MASK64 = (1 << 64) - 1


def mix(h: int) -> int:
    """Scatter 32 bits: a one-to-one map in which every bit of h changes every bit of the result."""
    h ^= h >> 16
    h = (h * FIRST) & 0xFFFFFFFF
    h ^= h >> 15
    h = (h * SECOND) & 0xFFFFFFFF
    return h ^ (h >> 16)


def _mix_array(h: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """`mix` for a whole array (unsigned integers wrap around by themselves)."""
    h = h ^ (h >> np.uint32(16))
    h *= np.uint32(FIRST)
    h ^= h >> np.uint32(15)
    h *= np.uint32(SECOND)
    h ^= h >> np.uint32(16)
    return h


def keys(seed: int, call: int, stream: int = 0) -> tuple[int, int]:
    """Two 32-bit keys from the seed, the count of the call and the stream.

    The finaliser of SplitMix64 (Steele, Lea, Flood 2014) folds the three in one after the other.
    """
    z = 0
    for part in (seed, call, stream):
        z = (z + part * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) & _MASK64
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK64
        z ^= z >> 31
    return z & 0xFFFFFFFF, z >> 32


def threshold(rate: float) -> int:
    """An element is kept where its 32 bits, as an integer, lie below this: U < 1 - rate."""
    return round((1.0 - rate) * 2**32)


def image_keys(N: int, k1: int, first: int = 0) -> NDArray[np.uint32]:
    """The mixed keys of images first, first + 1, ... of a batch."""
    return _mix_array(np.arange(first, first + N).astype(np.uint32) ^ np.uint32(k1))


def hashed_bits(
    N: int, elements: int, seed: int, call: int, first: int = 0, stream: int = 0
) -> NDArray[np.uint32]:
    """Random bits, (N, elements) uint32, for images first, first + 1, ... of a batch."""
    k0, k1 = keys(seed, call, stream)
    e = _mix_array(np.arange(elements, dtype=np.uint32) ^ np.uint32(k0))
    n = image_keys(N, k1, first)
    return _mix_array(n[:, None] ^ e[None, :])


def hashed_uniform(
    shape: tuple[int, ...],
    seed: int,
    call: int,
    first: int = 0,
    dtype: str | np.dtype = "float32",
    stream: int = 0,
) -> NDArray:
    """Uniform random values in [0, 1), the same for an image wherever its batch is cut.

    Args:
        shape: (N, ...). seed: of the layer. call: count of the batch, so that each differs.
        first: index in the batch of the first image. dtype: float32 (24 random bits) or float64
        (32). stream: another one gives independent values.
    """
    bits = hashed_bits(shape[0], math.prod(shape[1:]), seed, call, first, stream)
    if np.dtype(dtype) == np.float32:
        bits >>= np.uint32(8)  # 24 bits are what a float32 holds exactly: never rounds up to 1
        return (bits.astype(np.float32) * np.float32(2.0**-24)).reshape(shape)
    return (bits * 2.0**-32).astype(dtype).reshape(shape)


def hashed_normal(
    shape: tuple[int, ...], seed: int, call: int, first: int = 0, dtype: str | np.dtype = "float32"
) -> NDArray:
    """Standard normal values, the same for an image wherever its batch is cut.

    Args: shape, seed, call, first, dtype: as for `hashed_uniform`.

    Math: z = sqrt(-2 log u) cos(2 pi v) for independent uniform u in (0, 1] and v
    Reference: Box and Muller, "A note on the generation of random normal deviates", 1958
    """
    u = 1.0 - hashed_uniform(shape, seed, call, first, "float64", stream=1)
    v = hashed_uniform(shape, seed, call, first, "float64", stream=2)
    return (np.sqrt(-2.0 * np.log(u)) * np.cos(2.0 * np.pi * v)).astype(dtype)
