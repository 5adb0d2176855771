"""What an optimizer does to one weight: each rule written once, for every implementation.

A rule takes the gradient g, what the optimizer remembers for this weight, and its constants,
and returns the step and what to remember; then w <- w - step. The rules hold for single values and
for arrays alike: the naive implementation applies them weight by weight, NumPy to whole arrays, and
Numba compiles them into one loop that reads and writes every array once.

The functions below that end in `_update` change w and the remembered arrays in place. They are
Keras' formulas, with Keras' names. Constants such as 1 - beta_1 are worked out in double precision
first: 1 - 0.999 is off by 4e-5 of itself in single precision.

Args: `w` the weights, `g` their gradient; `learning_rate` lr; `m`, `v`, `u`, `s` and `d`, of
the shape of w, are what the optimizer remembers; `rho`, `beta_1` and `beta_2` say how much of it
stays; `epsilon` keeps divisions finite; `use_nesterov` looks one step ahead.

References: keras.io/api/optimizers; the papers stand at each rule.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanoconv.kernels.dispatch import implementation

# Rules ------------------------------------------------------------------------------------------


def sgd(g, learning_rate):
    """w <- w - lr g."""
    return (learning_rate * g,)


def momentum(g, m, learning_rate, mu):
    """m <- mu m - lr g, then w <- w + m (Polyak 1964)."""
    m = mu * m - learning_rate * g
    return -m, m


def nesterov(g, m, learning_rate, mu):
    """m <- mu m - lr g, then w <- w + mu m - lr g (Nesterov 1983, as in Sutskever 2013)."""
    m = mu * m - learning_rate * g
    return learning_rate * g - mu * m, m


def adam(g, m, v, alpha, rate_1, rate_2, epsilon):
    """m, v follow g and g^2; the step is alpha m / (sqrt(v) + epsilon) (Kingma and Ba 2014)."""
    m = m + (g - m) * rate_1
    v = v + (g * g - v) * rate_2
    return alpha * m / (np.sqrt(v) + epsilon), m, v


def amsgrad(g, m, v, v_hat, alpha, rate_1, rate_2, epsilon):
    """Adam whose v never shrinks (Reddi et al. 2018)."""
    m = m + (g - m) * rate_1
    v = v + (g * g - v) * rate_2
    v_hat = np.maximum(v_hat, v)
    return alpha * m / (np.sqrt(v_hat) + epsilon), m, v, v_hat


def adamax(g, m, u, alpha, rate_1, beta_2, epsilon):
    """u is the largest |g|, fading by beta_2; the step is alpha m / (u + epsilon)."""
    m = m + (g - m) * rate_1
    u = np.maximum(beta_2 * u, np.abs(g))
    return alpha * m / (u + epsilon), m, u


def nadam(g, m, v, learning_rate, ahead_m, ahead_g, scale_v, rate_1, rate_2, epsilon):
    """Adam that looks one step ahead, as Nesterov does (Dozat 2016)."""
    m = m + (g - m) * rate_1
    v = v + (g * g - v) * rate_2
    m_hat = ahead_m * m + ahead_g * g
    return learning_rate * m_hat / (np.sqrt(scale_v * v) + epsilon), m, v


def rmsprop(g, v, learning_rate, rho, rate, epsilon):
    """The step is lr g / sqrt(v + epsilon), v the fading mean of g^2 (Tieleman, Hinton 2012)."""
    v = rho * v + rate * (g * g)
    return learning_rate * g / np.sqrt(v + epsilon), v


def rmsprop_centered(g, v, a, learning_rate, rho, rate, epsilon):
    """RMSprop over the variance v - a^2, where a is the fading mean of g (Graves 2013)."""
    v = rho * v + rate * (g * g)
    a = rho * a + rate * g
    return learning_rate * g / np.sqrt(v - a * a + epsilon), v, a


def rmsprop_momentum(g, v, b, learning_rate, rho, rate, epsilon, mu):
    """RMSprop's increments gathered in b, which fades by mu."""
    v = rho * v + rate * (g * g)
    b = mu * b + learning_rate * g / np.sqrt(v + epsilon)
    return b, v, b


def rmsprop_centered_momentum(g, v, a, b, learning_rate, rho, rate, epsilon, mu):
    """RMSprop, centered and with momentum."""
    v = rho * v + rate * (g * g)
    a = rho * a + rate * g
    b = mu * b + learning_rate * g / np.sqrt(v - a * a + epsilon)
    return b, v, a, b


def adadelta(g, s, d, learning_rate, rho, rate, epsilon):
    """The step has the units of w: rms of past steps over rms of gradients (Zeiler 2012)."""
    s = rho * s + rate * (g * g)
    step = np.sqrt(d + epsilon) * g / np.sqrt(s + epsilon)
    d = rho * d + rate * (step * step)
    return learning_rate * step, s, d


def adagrad(g, s, learning_rate, epsilon):
    """The step is lr g / sqrt(s + epsilon), s the sum of all g^2 (Duchi et al. 2011)."""
    s = s + g * g
    return learning_rate * g / np.sqrt(s + epsilon), s


# Updates in place -------------------------------------------------------------------------------


def _apply(rule: Any, w: NDArray, g: NDArray, states: list[NDArray], *constants: float) -> None:
    """Run a rule over flat views, with the constants in the precision of the weights."""
    arrays = [w, *states]
    for array in arrays:
        if not array.flags.c_contiguous or array.dtype != w.dtype or array.shape != w.shape:
            raise ValueError(
                f"A weight of shape {w.shape} and type {w.dtype} and what its optimizer remembers "
                f"must be contiguous arrays alike, but one is {array.shape}, {array.dtype}: pass "
                "np.ascontiguousarray(array) and keep that array."
            )
    if g.shape != w.shape:
        raise ValueError(f"The gradient has shape {g.shape}, but its weight has {w.shape}.")
    gradient = np.ascontiguousarray(g, w.dtype).reshape(-1)
    weights, *remembered = map(np.ravel, arrays)  # views, since they are contiguous
    scalars = list(map(w.dtype.type, constants))
    implementation("update")(rule, weights, gradient, remembered, scalars)


def sgd_update(w: NDArray, g: NDArray, learning_rate: float) -> None:
    """Plain gradient descent."""
    _apply(sgd, w, g, [], learning_rate)


def momentum_update(
    w: NDArray, g: NDArray, m: NDArray, learning_rate: float, mu: float, use_nesterov: bool = False
) -> None:
    """Gradient descent with momentum mu; m is what Keras calls the momentum of the variable."""
    _apply(nesterov if use_nesterov else momentum, w, g, [m], learning_rate, mu)


def adam_update(
    w: NDArray,
    g: NDArray,
    m: NDArray,
    v: NDArray,
    alpha: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    v_hat: NDArray | None = None,
) -> None:
    """Adam; alpha = lr sqrt(1 - beta_2^t) / (1 - beta_1^t). With v_hat: AMSGrad."""
    constants = alpha, 1 - beta_1, 1 - beta_2, epsilon
    if v_hat is None:
        _apply(adam, w, g, [m, v], *constants)
    else:
        _apply(amsgrad, w, g, [m, v, v_hat], *constants)


def adamax_update(
    w: NDArray,
    g: NDArray,
    m: NDArray,
    u: NDArray,
    alpha: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
) -> None:
    """Adamax; alpha = lr / (1 - beta_1^t)."""
    _apply(adamax, w, g, [m, u], alpha, 1 - beta_1, beta_2, epsilon)


def nadam_update(
    w: NDArray,
    g: NDArray,
    m: NDArray,
    v: NDArray,
    learning_rate: float,
    ahead_m: float,
    ahead_g: float,
    scale_v: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
) -> None:
    """Nadam, with factors from Keras' schedule u_t and its running product P_t.

    ahead_m = u_(t+1) / (1 - P_(t+1)), ahead_g = (1 - u_t) / (1 - P_t) and
    scale_v = 1 / (1 - beta_2^t).
    """
    constants = (learning_rate, ahead_m, ahead_g, scale_v, 1 - beta_1, 1 - beta_2, epsilon)
    _apply(nadam, w, g, [m, v], *constants)


def rmsprop_update(
    w: NDArray,
    g: NDArray,
    v: NDArray,
    learning_rate: float,
    rho: float,
    epsilon: float,
    a: NDArray | None = None,
    b: NDArray | None = None,
    mu: float = 0.0,
) -> None:
    """RMSprop; a (the mean of g) makes it centered, b gathers the increments with momentum mu."""
    constants = learning_rate, rho, 1 - rho, epsilon
    if a is None and b is None:
        _apply(rmsprop, w, g, [v], *constants)
    elif a is not None and b is not None:
        _apply(rmsprop_centered_momentum, w, g, [v, a, b], *constants, mu)
    elif a is not None:
        _apply(rmsprop_centered, w, g, [v, a], *constants)
    elif b is not None:
        _apply(rmsprop_momentum, w, g, [v, b], *constants, mu)


def adadelta_update(
    w: NDArray, g: NDArray, s: NDArray, d: NDArray, learning_rate: float, rho: float, epsilon: float
) -> None:
    """Adadelta; s is the mean of g^2, d the mean of the squared steps before lr."""
    _apply(adadelta, w, g, [s, d], learning_rate, rho, 1 - rho, epsilon)


def adagrad_update(
    w: NDArray, g: NDArray, s: NDArray, learning_rate: float, epsilon: float
) -> None:
    """Adagrad; s is the sum of g^2 (Keras starts it at 0.1)."""
    _apply(adagrad, w, g, [s], learning_rate, epsilon)
