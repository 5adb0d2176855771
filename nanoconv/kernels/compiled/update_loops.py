"""The optimizer rules of `updates`, each compiled into one loop over flat arrays.

One loop reads and writes every array once; NumPy would pass over memory once for every operation.
 The weights are cut into ranges, one for each thread.

What an optimizer remembers of a weight whose gradient stays zero fades away, and reaches values so
small (below 1e-38, "denormals") that processors compute with them many times slower. Below TINY it
counts as zero: next to epsilon = 1e-7 that changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanoconv.kernels import updates
from nanoconv.kernels.compiled.jit import kernel
from nanoconv.kernels.compiled.scratch import flat
from nanoconv.kernels.compiled.workers import parallel_for

TINY = 1e-30
GRAIN = 1 << 14  # weights that are worth a thread of their own


# One loop for each rule, because Numba cannot keep the machine code of a loop that takes the rule
# as an argument. p, q, r are what the optimizer remembers, k its constants.


@kernel
def _settled(value):
    return value if abs(value) > np.float32(TINY) else value - value


_sgd_rule = kernel(updates.sgd)


@kernel
def _sgd(w, g, k, start, stop):
    for i in range(np.uint64(start), np.uint64(stop)):
        w[i] -= _sgd_rule(g[i], *k)[0]


_momentum_rule = kernel(updates.momentum)


@kernel
def _momentum(w, g, p, k, start, stop):
    for i in range(np.uint64(start), np.uint64(stop)):
        step, new_p = _momentum_rule(g[i], p[i], *k)
        w[i] -= step
        p[i] = _settled(new_p)


_nesterov_rule = kernel(updates.nesterov)


@kernel
def _nesterov(w, g, p, k, start, stop):
    for i in range(np.uint64(start), np.uint64(stop)):
        step, new_p = _nesterov_rule(g[i], p[i], *k)
        w[i] -= step
        p[i] = _settled(new_p)


_rmsprop_rule = kernel(updates.rmsprop)


@kernel
def _rmsprop(w, g, p, k, start, stop):
    for i in range(np.uint64(start), np.uint64(stop)):
        step, new_p = _rmsprop_rule(g[i], p[i], *k)
        w[i] -= step
        p[i] = _settled(new_p)


_adagrad_rule = kernel(updates.adagrad)


@kernel
def _adagrad(w, g, p, k, start, stop):
    for i in range(np.uint64(start), np.uint64(stop)):
        step, new_p = _adagrad_rule(g[i], p[i], *k)
        w[i] -= step
        p[i] = _settled(new_p)


_adam_rule = kernel(updates.adam)


@kernel
def _adam(w, g, p, q, k, start, stop):
    for i in range(np.uint64(start), np.uint64(stop)):
        step, new_p, new_q = _adam_rule(g[i], p[i], q[i], *k)
        w[i] -= step
        p[i], q[i] = _settled(new_p), _settled(new_q)


_adamax_rule = kernel(updates.adamax)


@kernel
def _adamax(w, g, p, q, k, start, stop):
    for i in range(np.uint64(start), np.uint64(stop)):
        step, new_p, new_q = _adamax_rule(g[i], p[i], q[i], *k)
        w[i] -= step
        p[i], q[i] = _settled(new_p), _settled(new_q)


_nadam_rule = kernel(updates.nadam)


@kernel
def _nadam(w, g, p, q, k, start, stop):
    for i in range(np.uint64(start), np.uint64(stop)):
        step, new_p, new_q = _nadam_rule(g[i], p[i], q[i], *k)
        w[i] -= step
        p[i], q[i] = _settled(new_p), _settled(new_q)


_rmsprop_centered_rule = kernel(updates.rmsprop_centered)


@kernel
def _rmsprop_centered(w, g, p, q, k, start, stop):
    for i in range(np.uint64(start), np.uint64(stop)):
        step, new_p, new_q = _rmsprop_centered_rule(g[i], p[i], q[i], *k)
        w[i] -= step
        p[i], q[i] = _settled(new_p), _settled(new_q)


_rmsprop_momentum_rule = kernel(updates.rmsprop_momentum)


@kernel
def _rmsprop_momentum(w, g, p, q, k, start, stop):
    for i in range(np.uint64(start), np.uint64(stop)):
        step, new_p, new_q = _rmsprop_momentum_rule(g[i], p[i], q[i], *k)
        w[i] -= step
        p[i], q[i] = _settled(new_p), _settled(new_q)


_adadelta_rule = kernel(updates.adadelta)


@kernel
def _adadelta(w, g, p, q, k, start, stop):
    for i in range(np.uint64(start), np.uint64(stop)):
        step, new_p, new_q = _adadelta_rule(g[i], p[i], q[i], *k)
        w[i] -= step
        p[i], q[i] = _settled(new_p), _settled(new_q)


_amsgrad_rule = kernel(updates.amsgrad)


@kernel
def _amsgrad(w, g, p, q, r, k, start, stop):
    for i in range(np.uint64(start), np.uint64(stop)):
        step, new_p, new_q, new_r = _amsgrad_rule(g[i], p[i], q[i], r[i], *k)
        w[i] -= step
        p[i], q[i], r[i] = _settled(new_p), _settled(new_q), _settled(new_r)


_rmsprop_centered_momentum_rule = kernel(updates.rmsprop_centered_momentum)


@kernel
def _rmsprop_centered_momentum(w, g, p, q, r, k, start, stop):
    for i in range(np.uint64(start), np.uint64(stop)):
        step, new_p, new_q, new_r = _rmsprop_centered_momentum_rule(g[i], p[i], q[i], r[i], *k)
        w[i] -= step
        p[i], q[i], r[i] = _settled(new_p), _settled(new_q), _settled(new_r)


_LOOPS: dict[Any, Callable[..., None]] = {
    updates.sgd: _sgd,
    updates.momentum: _momentum,
    updates.nesterov: _nesterov,
    updates.rmsprop: _rmsprop,
    updates.adagrad: _adagrad,
    updates.adam: _adam,
    updates.adamax: _adamax,
    updates.nadam: _nadam,
    updates.rmsprop_centered: _rmsprop_centered,
    updates.rmsprop_momentum: _rmsprop_momentum,
    updates.adadelta: _adadelta,
    updates.amsgrad: _amsgrad,
    updates.rmsprop_centered_momentum: _rmsprop_centered_momentum,
}


def update(rule: Any, w: NDArray, g: NDArray, states: list[NDArray], constants: list[Any]) -> None:
    """Apply a rule of `updates` to flat arrays, in place."""
    weights = partial(_LOOPS[rule], w, flat(g), *states, tuple(constants))
    parallel_for(w.size, weights, GRAIN)
