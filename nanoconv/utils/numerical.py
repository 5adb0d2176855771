"""Labels as rows of zeros and ones, and vectors of length one.

Reference: https://keras.io/api/utils/python_utils/
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """Turn integer labels into one-hot rows: 2 of 4 classes becomes [0, 0, 1, 0].

    Args:
        x: labels from 0, of shape (...) or (..., 1).
        num_classes: the number of classes; the largest label + 1 by default.

    Returns:
        Zeros and ones of shape (..., num_classes), float64 as in Keras.

    Raises:
        ValueError: where a label is not a whole number from 0 to num_classes - 1 (text, None), or
            there are none and `num_classes` is not given.

    Reference: https://keras.io/api/utils/python_utils/#to_categorical-function
    """
    given = np.asarray(x)
    if given.dtype == object:
        with contextlib.suppress(TypeError, ValueError):
            given = given.astype("float64")
    if given.dtype.kind not in "biuf":
        raise ValueError(
            f"to_categorical got labels of type {given.dtype}, such as "
            f"{given.ravel()[:1].tolist()}, but labels are whole numbers from 0; "
            "write names, y = np.unique(labels, return_inverse=True), then to_categorical(y)."
        )
    with np.errstate(invalid="ignore"):  # NaN is refused below
        labels = given.astype("int64")
    if (labels != given).any():
        raise ValueError(
            f"to_categorical got the label {given[labels != given].flat[0]}, but labels are whole "
            "numbers from 0; write to_categorical(y.argmax(axis=-1)) if these are scores."
        )
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if not num_classes:
        if not labels.size:
            raise ValueError(
                "to_categorical got no labels and no number of classes; "
                "write to_categorical(y, num_classes=10)."
            )
        num_classes = int(labels.max()) + 1
    outside = labels[(labels < 0) | (labels >= num_classes)]
    if outside.size:
        raise ValueError(
            f"to_categorical got the label {outside[0]}, but {num_classes} classes have labels "
            f"from 0 to {num_classes - 1}; write to_categorical(y, num_classes="
            f"{max(int(labels.max()) + 1, num_classes)}) with labels from 0."
        )
    return np.eye(num_classes)[labels]


def normalize(x: Any, axis: int = -1, order: float = 2) -> np.ndarray:
    """Divide vectors by their length; those of length zero stay as they are.

    Args:
        x: an array of any shape.
        axis: along which the vectors lie.
        order: which norm, such as 2 for the Euclidean length.

    Returns:
        A new array of the same shape.

    Reference: https://keras.io/api/utils/python_utils/#normalize-function
    """
    x = np.asarray(x)
    norm = np.linalg.norm(x, order, axis, keepdims=True)
    return x / np.where(norm == 0, 1, norm)
