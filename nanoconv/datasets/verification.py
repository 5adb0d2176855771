"""Checks that it is the data set: digests of published files, shapes and values of others."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from nanoconv.datasets.catalog import Dataset
from nanoconv.datasets.dataset_errors import DatasetDamaged
from nanoconv.datasets.formats import Arrays

TRAINING_LABELS = {
    "MNIST": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    "Fashion-MNIST": "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7",
}
"""sha256 of the training labels of sets whose files have the same names and shapes: without it, a
folder of clothes would pass for a folder of digits."""


def verify(path: Path, sha256: str | None) -> None:
    """Compare a file with its published digest; None accepts any.

    Raises:
        DatasetDamaged: they differ.
    """
    if sha256 is None:
        return
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != sha256:
        size = path.stat().st_size
        raise DatasetDamaged(
            f"{path} is damaged or incomplete: its {size:,} bytes have the sha256 {digest[:9]}..., "
            f"the published file has {sha256[:9]}..."
        )


def conform(arrays: Arrays, dataset: Dataset, where: object) -> Arrays:
    """Check the structure of what was read and give it the form that Keras returns.

    Args:
        arrays: as read from a file or folder.
        dataset: what they should be.
        where: the file or folder, for the error.

    Returns:
        Images (N, H, W) or (N, H, W, C) uint8 and labels (N,) or (N, 1) uint8, twice.

    Raises:
        DatasetDamaged: a wrong dtype, shape, number of images or label, or another data set.
    """
    (x_train, y_train), (x_test, y_test) = arrays
    train = _conform_split(x_train, y_train, dataset.train, dataset, f"{where}: training")
    test = _conform_split(x_test, y_test, dataset.test, dataset, f"{where}: test")
    digest = hashlib.sha256(train[1].tobytes()).hexdigest()
    for title, known in TRAINING_LABELS.items():
        if digest == known and title != dataset.title:
            raise DatasetDamaged(f"{where} holds {title}, not {dataset.title}")
    return train, test


def _conform_split(
    x: np.ndarray, y: np.ndarray, count: int, dataset: Dataset, where: str
) -> tuple[np.ndarray, np.ndarray]:
    """Check and form one split."""
    expected = (count, *dataset.image_shape)
    if x.dtype != np.uint8 or x.shape != expected:
        raise DatasetDamaged(
            f"{where} images are {x.dtype} {x.shape}, {dataset.title} has uint8 {expected}"
        )
    if not np.issubdtype(y.dtype, np.integer) or y.shape not in ((count,), (count, 1)):
        raise DatasetDamaged(
            f"{where} labels are {y.dtype} {y.shape}, {dataset.title} has uint8 {(count,)}"
        )
    if y.min() < 0 or y.max() >= dataset.classes:
        raise DatasetDamaged(
            f"{where} labels go from {y.min()} to {y.max()}, "
            f"{dataset.title} has 0 to {dataset.classes - 1}"
        )
    if dataset.transposed:
        x = np.ascontiguousarray(x.swapaxes(1, 2))
    return x, y.astype(np.uint8).reshape((count, 1) if dataset.column_labels else (count,))
