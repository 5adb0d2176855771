"""Checks the two arrays of losses and metrics: a float type, equal ranks, labels in range.

Notation: N samples, C classes, `y_true` the truth, `y_pred` the prediction.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nanoconv.config import floatx


def as_float(x: Any) -> np.ndarray:
    """Return `x` as an array to compute with; float32 and float64 arrays stay as they are."""
    array = np.asarray(x)
    keep = isinstance(x, np.ndarray) and array.dtype in (np.float32, np.float64)
    return array if keep else array.astype(floatx())


def float_type(dtype: Any) -> str:
    """Return the name of a float type, or refuse it in one sentence.

    Args:
        dtype: None for `floatx()`, `"float32"`, `"float64"` or their NumPy types.

    Raises:
        ValueError: for any other type.
    """
    if dtype is None:
        return floatx()
    try:
        name = np.dtype(dtype).name
    except TypeError:
        name = ""
    if name not in ("float32", "float64"):
        raise ValueError(
            f"dtype is {dtype!r}, but losses and metrics compute in float32 or float64; "
            'write dtype="float32".'
        )
    return name


def match_ranks(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Make ranks equal where they differ by a last axis of length 1, as (N,) and (N, 1) do.

    Beside a vector, the vector grows to (N, 1); otherwise the last axis of the longer one goes.
    """
    if a.ndim < b.ndim:
        b, a = match_ranks(b, a)
        return a, b
    if a.ndim == b.ndim + 1 and a.shape[-1] == 1:
        return (a, b[:, None]) if b.ndim == 1 else (a[..., 0], b)
    return a, b


def pair(name: str, y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return truth and prediction as arrays of one shape and one float type.

    Args:
        name: the loss that asks, for the error.
        y_true: the truth, in the shape of `y_pred` up to a last axis of length 1.
        y_pred: the prediction; its float type decides.

    Raises:
        ValueError: where the shapes differ.
    """
    y_pred = as_float(y_pred)
    y_true = np.asarray(y_true, y_pred.dtype)
    t, p = match_ranks(y_true, y_pred)
    if t.shape != p.shape:
        hint = f"reshape y_true to {y_pred.shape}"
        if name == "categorical_crossentropy" and y_true.size == y_pred.size // y_pred.shape[-1]:
            hint = (
                f"write to_categorical(y, {y_pred.shape[-1]}), "
                'or loss="sparse_categorical_crossentropy" for integer labels'
            )
        raise ValueError(
            f"{name} got y_true of shape {y_true.shape}, but y_pred has shape {y_pred.shape} "
            f"and both must be alike; {hint}."
        )
    return t, p


def weights_like(weights: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return sample weights in the shape of the values that they weigh.

    Raises:
        ValueError: where they do not broadcast to it.
    """
    try:
        return np.broadcast_to(weights, shape)
    except ValueError:
        raise ValueError(
            f"sample_weight has shape {weights.shape}, but the values have shape {shape}; "
            "give one weight for each value."
        ) from None


def sparse_labels(y_true: Any, y_pred: np.ndarray) -> np.ndarray:
    """Return integer labels in the shape of `y_pred` without its last axis.

    Args:
        y_true: one label for each sample, shape (N, ...) or (N, ..., 1).
        y_pred: the prediction, shape (N, ..., C).

    Raises:
        ValueError: where the shape does not fit.
    """
    labels, expected = np.asarray(y_true), y_pred.shape[:-1]
    if labels.shape not in (expected, (*expected, 1)):
        hint = f"give one integer for each sample, shape {expected}"
        if labels.shape == y_pred.shape:
            hint = 'write loss="categorical_crossentropy" for one-hot labels'
        raise ValueError(
            f"integer labels came with shape {labels.shape}, but y_pred has shape {y_pred.shape}, "
            f"so {expected} is expected; {hint}."
        )
    return labels.reshape(expected)


def check_range(labels: np.ndarray, classes: int) -> None:
    """Refuse labels that are not integers from 0 to classes - 1.

    Raises:
        ValueError: for the first such label.
    """
    known = (labels >= 0) & (labels < classes) & (labels == np.floor(labels))
    if not known.all():
        raise ValueError(
            f"label {labels[~known].flat[0]:g} is none of the {classes} classes that y_pred tells "
            f"apart; write whole labels from 0 to {classes - 1}, or give the last layer one unit "
            "for each class."
        )


def kind_of_labels(y_true_shape: tuple[int, ...], y_pred_shape: tuple[int, ...]) -> str:
    """Return `"binary"`, `"sparse_categorical"` or `"categorical"`, as Keras reads the shapes.

    One output unit means binary. Fewer axes than the prediction, or a last axis of 1, means integer
    labels.
    """
    if y_pred_shape[-1] == 1:
        return "binary"
    if len(y_true_shape) < len(y_pred_shape) or y_true_shape[-1] == 1:
        return "sparse_categorical"
    return "categorical"
