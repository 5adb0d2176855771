"""The optimizer rules of `updates`, each compiled into one loop over flat arrays.

One loop reads and writes every array once; NumPy would pass over memory once for every operation.
The weights are cut into ranges, one for each thread.

What an optimizer remembers of a weight whose gradient stays zero fades away, and reaches values so
small (below 1e-38, "denormals") that processors compute with them many times slower. Below TINY it
counts as zero: next to epsilon = 1e-7 that changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from nanoconv.kernels.compiled.jit import OPTIONS, kernel
from nanoconv.kernels.compiled.scratch import flat
from nanoconv.kernels.compiled.workers import parallel_for

TINY = 1e-30
GRAIN = 1 << 14  # weights that are worth a thread of their own


@kernel
def _settled(value):
    return value if abs(value) > np.float32(TINY) else value - value


@cache
def loop_of(rule: Callable[..., Any], states: int) -> Callable[..., None]:
    """w -= step for weights start to stop; p, q, r are what the optimizer remembers, k constants.

    A loop for each rule, which holds it as a constant: one that took the rule as an argument could
    not be kept on disk.
    """
    register_jitable(**OPTIONS)(rule)

    def sgd_like(w, g, k, start, stop):
        for i in range(np.uint64(start), np.uint64(stop)):
            w[i] -= rule(g[i], *k)[0]

    def momentum_like(w, g, p, k, start, stop):
        for i in range(np.uint64(start), np.uint64(stop)):
            step, new_p = rule(g[i], p[i], *k)
            w[i] -= step
            p[i] = _settled(new_p)

    def adam_like(w, g, p, q, k, start, stop):
        for i in range(np.uint64(start), np.uint64(stop)):
            step, new_p, new_q = rule(g[i], p[i], q[i], *k)
            w[i] -= step
            p[i], q[i] = _settled(new_p), _settled(new_q)

    def amsgrad_like(w, g, p, q, r, k, start, stop):
        for i in range(np.uint64(start), np.uint64(stop)):
            step, new_p, new_q, new_r = rule(g[i], p[i], q[i], r[i], *k)
            w[i] -= step
            p[i], q[i], r[i] = _settled(new_p), _settled(new_q), _settled(new_r)

    return kernel((sgd_like, momentum_like, adam_like, amsgrad_like)[states])


def update(rule: Any, w: NDArray, g: NDArray, states: list[NDArray], constants: list[Any]) -> None:
    """Apply a rule of `updates` to flat arrays, in place."""
    loop = loop_of(rule, len(states))
    parallel_for(w.size, partial(loop, w, flat(g), *states, tuple(constants)), GRAIN)
