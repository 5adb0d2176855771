"""CIFAR-100: 60,000 small colour photographs of a hundred kinds, grouped into twenty superclasses.

A. Krizhevsky, "Learning multiple layers of features from tiny images", University of Toronto, 2009.
"""

from __future__ import annotations

import os
from functools import partial

from . import formats, sources
from .catalog import Archive, Dataset, Edition
from .formats import Arrays


def _declare(label_mode: str, classes: int, label: int, tfds_label: str) -> Dataset:
    """Declare the data set with the coarse (first) or the fine (second) label of every image."""
    archive = Archive(
        "cifar-100-binary.tar.gz",
        "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        ("https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",),
    )
    read = partial(
        formats.read_cifar,
        train=["cifar-100-binary/train.bin"],
        test="cifar-100-binary/test.bin",
        label=label,
        labels=2,
    )
    return Dataset(
        name="cifar100",
        title=f"CIFAR-100 with {label_mode} labels",
        train=50_000,
        test=10_000,
        image_shape=(32, 32, 3),
        classes=classes,
        editions=(Edition((archive,), read),),
        tfds_name="cifar100",
        tfds_label=tfds_label,
        column_labels=True,
    )


CIFAR100 = {
    "fine": _declare("fine", 100, 1, "label"),
    "coarse": _declare("coarse", 20, 0, "coarse_label"),
}


def _declared(label_mode: str) -> Dataset:
    """Return the declaration with one kind of labels."""
    if label_mode not in CIFAR100:
        raise ValueError(f"label_mode={label_mode!r}: write 'fine' or 'coarse'.")
    return CIFAR100[label_mode]


def load_data(label_mode: str = "fine", path: str | os.PathLike[str] | None = None) -> Arrays:
    """Load CIFAR-100 from this machine or, if it is not there, from the network (169 MB).

    Args:
        label_mode: "fine" (100 classes) or "coarse" (20 superclasses).
        path: None; or `cifar-100-binary.tar.gz` or a folder with it; or an .npz file with x_train,
            y_train, x_test and y_test. A bare file name is looked up in the caches.

    Returns:
        As `cifar10.load_data`, with labels from 0 to 99 or 19.

    Raises:
        ValueError: there is no such `label_mode`.
        DatasetNotFound, DatasetDamaged: as `cifar10.load_data`.

    Reference: https://keras.io/api/datasets/cifar100/
    """
    return sources.load(_declared(label_mode), path)


def load_local(label_mode: str = "fine", path: str | os.PathLike[str] | None = None) -> Arrays:
    """Load CIFAR-100 as `load_data` does if it is on this machine; never touch the network."""
    return sources.load(_declared(label_mode), path, download=False)


source = partial(sources.last_source, "cifar100")
