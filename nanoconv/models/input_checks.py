"""What users pass to a model, checked before anything is trained: names, shapes, lengths, values.

Reference: https://keras.io/api/models/model_training_apis/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nanoconv.core.arrays import as_plain
from nanoconv.core.graph import SymbolicTensor

Arrays = list[np.ndarray]


def as_list(value: Any, names: Sequence[str]) -> list[Any]:
    """Return what belongs to each name: from a dictionary, a list of that length, or one thing.

    Raises:
        ValueError: where names are missing, or the numbers differ.
    """
    if isinstance(value, dict):
        missing = [name for name in names if name not in value]
        if missing:
            raise ValueError(
                f"data came for {sorted(value)}, but the model also needs {missing}; "
                f"write {{{missing[0]!r}: ...}}."
            )
        return [value[name] for name in names]
    several = isinstance(value, (list, tuple)) and len(value) == len(names)
    if several and (len(names) > 1 or (value and np.ndim(value[0]) > 1)):
        return list(value)
    if len(names) == 1:
        return [value]
    raise ValueError(
        f"the model needs {len(names)} arrays for {list(names)}, but "
        f"{f'{len(value)} came' if isinstance(value, (list, tuple)) else 'one came'}; "
        "write a list with one array for each."
    )


def fit_inputs(inputs: Any, tensors: Sequence[SymbolicTensor], names: Sequence[str]) -> Arrays:
    """Return one checked array for each input of a model.

    A missing channel axis is added: (N, 28, 28) is taken for (N, 28, 28, 1), as in Keras.

    Args:
        inputs: an array, or a list or dictionary of arrays.
        tensors: the model's symbolic inputs.
        names: by which a dictionary tells them apart.

    Raises:
        ValueError: where number, rank or sizes do not fit, there is no sample, or values are not
            finite.
    """
    return [fit_input(x, tensor) for x, tensor in zip(as_list(inputs, names), tensors, strict=True)]


def fit_input(x: Any, tensor: SymbolicTensor) -> np.ndarray:
    """Return one checked array for one input; see `fit_inputs`."""
    x = as_plain(x)
    came, expected = x.shape, tensor.shape
    if x.dtype.kind not in "biuf":
        raise ValueError(
            f"{tensor.name} got an array of type {x.dtype}, but numbers are needed; "
            "write x.astype('float32')."
        )
    if x.ndim == len(expected) - 1 and expected[-1] == 1:
        x = x[..., None]  # (N, H, W) -> (N, H, W, 1)
    elif x.ndim == len(expected) + 1 and x.shape[-1] == 1:
        x = x[..., 0]
    sizes = zip(x.shape[1:], expected[1:], strict=False)
    if x.ndim != len(expected) or any(e is not None and e != s for s, e in sizes):
        raise ValueError(
            f"{tensor.name} got an array of shape {came}, but the model was built for "
            f"{expected}; " + _reshape_hint(came, expected)
        )
    if len(x) == 0:
        raise ValueError(
            f"{tensor.name} got an empty array of shape {x.shape}, but at least one sample is "
            "needed; check how the data was selected."
        )
    return x


def _reshape_hint(shape: tuple[int, ...], expected: tuple[int | None, ...]) -> str:
    if shape == expected[1:]:
        return "write x[None] to make one sample a batch of one."
    sizes = list(expected[1:])
    known = [size for size in sizes if size is not None]
    if len(known) == len(sizes) and np.prod(shape[1:]) == np.prod(known):
        return f"write x.reshape(-1, {', '.join(str(size) for size in known)})."
    return f"write Input(shape={shape[1:]}) for such samples."


def check_labels(y: np.ndarray, what: str) -> None:
    """Refuse labels (or weights) that are no numbers, or not one for each sample.

    Raises:
        ValueError: says what came, and how to make numbers of it.
    """
    if y.ndim == 0 and y.dtype.kind in "biuf":
        raise ValueError(
            f"{what} is the single value {y}, but one for each sample is needed; "
            f"write np.array([{y}]) for one sample."
        )
    if y.dtype.kind in "biuf":
        return
    first = next(iter(y.flat), None) if y.dtype.kind == "O" else None
    nothing = y.dtype.kind == "O" and any(one is None for one in y.flat)
    if y.dtype.kind in "US" or isinstance(first, (str, bytes)):
        way_out = "classes, y = np.unique(labels, return_inverse=True)"
    elif nothing:
        way_out = "x[known], y[known], with known = [label is not None for label in y]"
    else:
        way_out = "y.astype('int64') for classes, y.astype('float32') for values"
    came = "None" if nothing else f"an array of type {y.dtype}"
    raise ValueError(f"{what} holds {came}, but numbers are needed; write {way_out}.")


def check_finite(x: np.ndarray, what: str) -> None:
    """Refuse NaN and infinity.

    Raises:
        ValueError: names the first sample that holds one.
    """
    if x.dtype.kind != "f":
        return
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(x.sum(dtype=np.promote_types(x.dtype, "float32"))):
            return  # in one pass: a sum with NaN or infinity in it is not finite
    finite = np.isfinite(x).reshape(len(x), -1).all(axis=1)
    if not finite.all():
        raise ValueError(
            f"{what} holds NaN or infinity (first in sample {int(np.argmin(finite))}), but finite "
            "numbers are needed; write np.nan_to_num(x), or leave these samples out."
        )


def check_lengths(arrays: dict[str, int]) -> None:
    """Refuse arrays of different lengths.

    Raises:
        ValueError: names each length.
    """
    if len(set(arrays.values())) > 1:
        lengths = ", ".join(f"{name} has {length}" for name, length in arrays.items())
        raise ValueError(
            f"the arrays hold different numbers of samples ({lengths}), but each sample needs one "
            "of each; check how they were selected."
        )
