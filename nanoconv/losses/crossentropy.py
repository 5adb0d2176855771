"""Cross-entropies: how surprised the model is by the truth.

The losses of classification. Cross-entropies take probabilities, or, with `from_logits=True`, the
logits, which are the values before softmax or sigmoid. The second way is exact where probabilities
round to 0 or 1, and its gradient is the shortest formula in deep learning: prediction minus truth.

Notation: y truth, p probability, z logit, w one weight for each value.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from nanoconv.config import epsilon
from nanoconv.losses.label_shapes import as_float, check_range, pair, sparse_labels
from nanoconv.losses.loss import gradient_of, loss_function


@loss_function
def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> np.ndarray:
    """Return the cross-entropy between one-hot labels and predicted classes.

    Shapes: y_true, y_pred (N, ..., C) -> (N, ...)

    Math:
        L = -sum_c y_c log p_c
        from logits: log p = z - max z - log sum_c exp(z_c - max z)
        from probabilities: p = clip(y_pred / sum_c y_pred_c, eps, 1 - eps)
        smoothing s: y <- y (1 - s) + s / C

    Args:
        y_true: a distribution over the classes for each sample.
        y_pred: probabilities, or logits.
        from_logits: whether y_pred holds logits.
        label_smoothing: s, from 0 to 1.
        axis: the axis of the classes.

    Raises:
        ValueError: where the shapes differ.

    Reference: https://keras.io/api/losses/probabilistic_losses/#categoricalcrossentropy-class
    """
    y, p = pair("categorical_crossentropy", y_true, y_pred)
    y = y * (1 - label_smoothing) + label_smoothing / y.shape[-1]
    if p.shape[-1] == 1:
        warnings.warn(
            f"categorical_crossentropy got y_pred of shape {p.shape}, a single class, so it has "
            "nothing to learn; use binary_crossentropy for two classes.",
            SyntaxWarning,
            stacklevel=2,
        )
    if from_logits:
        return -(y * _log_softmax(p, axis)).sum(axis)
    q = p / p.sum(axis, keepdims=True)
    return -(y * np.log(np.clip(q, epsilon(), 1 - epsilon()))).sum(axis)


@gradient_of(categorical_crossentropy, logits_of="softmax")
def categorical_crossentropy_gradient(
    y_true: Any,
    y_pred: Any,
    weights: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> np.ndarray:
    """Return d sum(w L) / dy_pred.

    Math:
        from logits: dz = w (p - y), since sum_c y_c = 1 (else p is multiplied by that sum)
        from probabilities, with S = sum_c y_pred_c, q = y_pred / S, and dq = -w y / q inside the
        clip, 0 outside: dy_pred = (dq - sum_c dq_c q_c) / S
    """
    y, p = pair("categorical_crossentropy", y_true, y_pred)
    y = y * (1 - label_smoothing) + label_smoothing / y.shape[-1]
    w = np.expand_dims(weights, axis)
    if from_logits:
        return w * (np.exp(_log_softmax(p, axis)) * y.sum(axis, keepdims=True) - y)
    total = p.sum(axis, keepdims=True)
    q = p / total
    dq = -w * y / np.clip(q, epsilon(), 1 - epsilon()) * _inside(q)
    return (dq - (dq * q).sum(axis, keepdims=True)) / total


@loss_function
def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> np.ndarray:
    """Return the cross-entropy between integer labels and predicted classes.

    Shapes: y_true (N, ...) or (N, ..., 1), y_pred (N, ..., C) -> (N, ...)

    Math: L = -log p_y, which is `categorical_crossentropy` of the one-hot label.

    Args:
        y_true: integers from 0 to C - 1.
        y_pred: probabilities, or logits.
        from_logits: whether y_pred holds logits.
        ignore_class: a label whose samples get the value 0, or None.
        axis: the axis of the classes; the last one only.

    Raises:
        ValueError: where a label is out of range, the shapes do not fit, or axis is not the last.

    Reference: https://keras.io/api/losses/probabilistic_losses/#sparsecategoricalcrossentropy-class
    """
    y, p = _one_hot(y_true, y_pred, ignore_class, axis)
    return categorical_crossentropy(y, p, from_logits)


@gradient_of(sparse_categorical_crossentropy, logits_of="softmax")
def sparse_categorical_crossentropy_gradient(
    y_true: Any,
    y_pred: Any,
    weights: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> np.ndarray:
    """Return d sum(w L) / dy_pred, that of `categorical_crossentropy` with the one-hot label."""
    y, p = _one_hot(y_true, y_pred, ignore_class, axis)
    return categorical_crossentropy_gradient(y, p, weights, from_logits)


@loss_function
def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> np.ndarray:
    """Return the mean cross-entropy of yes-or-no questions.

    Shapes: y_true, y_pred (N, ..., C) -> (N, ...), with C questions for each sample

    Math:
        L = mean_c [-y log p - (1 - y) log(1 - p)]
        from logits: each term is max(z, 0) - z y + log(1 + exp(-|z|))
        from probabilities: p = clip(y_pred, eps, 1 - eps)
        smoothing s: y <- y (1 - s) + s / 2

    Args:
        y_true: 0 (no) or 1 (yes).
        y_pred: probabilities of yes, or logits.
        from_logits: whether y_pred holds logits.
        label_smoothing: s, from 0 to 1.
        axis: the axis of the questions, over which the mean goes.

    Raises:
        ValueError: where the shapes differ.

    Reference: https://keras.io/api/losses/probabilistic_losses/#binarycrossentropy-class
    """
    y, p = pair("binary_crossentropy", y_true, y_pred)
    y = y * (1 - label_smoothing) + label_smoothing / 2
    if from_logits:
        return (np.maximum(p, 0) - p * y + np.log1p(np.exp(-np.abs(p)))).mean(axis)
    p = np.clip(p, epsilon(), 1 - epsilon())
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(axis)


@gradient_of(binary_crossentropy, logits_of="sigmoid")
def binary_crossentropy_gradient(
    y_true: Any,
    y_pred: Any,
    weights: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> np.ndarray:
    """Return d sum(w L) / dy_pred.

    Math:
        from logits: dz = w (sigmoid(z) - y) / C
        from probabilities: dp = w (p - y) / (p (1 - p)) / C inside the clip, 0 outside
    """
    y, p = pair("binary_crossentropy", y_true, y_pred)
    y = y * (1 - label_smoothing) + label_smoothing / 2
    w = np.expand_dims(weights, axis) / p.shape[axis]
    if from_logits:
        small = np.exp(-np.abs(p))  # never overflows
        return w * (np.where(p >= 0, 1, small) / (1 + small) - y)
    q = np.clip(p, epsilon(), 1 - epsilon())
    return w * (q - y) / (q * (1 - q)) * _inside(p)


@loss_function
def kl_divergence(y_true: Any, y_pred: Any) -> np.ndarray:
    """Return the nats wasted by coding y with a code made for p.

    Shapes: y_true, y_pred (N, ..., C) -> (N, ...)

    Math: sum_c y log(y / p), with y and p clipped to [eps, 1].

    Raises:
        ValueError: where the shapes differ.

    Reference: https://keras.io/api/losses/probabilistic_losses/#kldivergence-class
    """
    y, p = pair("kl_divergence", y_true, y_pred)
    y, p = np.clip(y, epsilon(), 1), np.clip(p, epsilon(), 1)
    return (y * np.log(y / p)).sum(-1)


@gradient_of(kl_divergence)
def kl_divergence_gradient(y_true: Any, y_pred: Any, weights: Any) -> np.ndarray:
    """Return dp = -w y / p inside the clip, 0 outside."""
    y, p = pair("kl_divergence", y_true, y_pred)
    y, q = np.clip(y, epsilon(), 1), np.clip(p, epsilon(), 1)
    return -np.expand_dims(weights, -1) * y / q * (p == q)


def _one_hot(
    y_true: Any, y_pred: Any, ignore_class: int | None, axis: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return one-hot rows (all zero for ignored labels) and the prediction."""
    p = as_float(y_pred)
    if axis not in (-1, p.ndim - 1):
        raise ValueError(
            f"axis is {axis}, but sparse_categorical_crossentropy needs the classes last; "
            f"write np.moveaxis(y_pred, {axis}, -1)."
        )
    labels = sparse_labels(y_true, p)
    valid = labels != ignore_class  # all of them where ignore_class is None
    check_range(labels[valid], p.shape[-1])
    y = np.zeros_like(p)
    y[valid, labels[valid].astype(np.intp)] = 1
    return y, p


def _log_softmax(z: np.ndarray, axis: int) -> np.ndarray:
    z = z - z.max(axis, keepdims=True)
    return z - np.log(np.exp(z).sum(axis, keepdims=True))


def _inside(p: np.ndarray) -> np.ndarray:
    """Return where clipping leaves p as it is, so that the gradient passes."""
    return (p >= epsilon()) & (p <= 1 - epsilon())
