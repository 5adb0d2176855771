"""CIFAR-10: 60,000 small colour photographs of ten kinds of animals and vehicles.

A. Krizhevsky, "Learning multiple layers of features from tiny images", University of Toronto, 2009.
"""

from __future__ import annotations

import os
from functools import partial

from . import formats, sources
from .catalog import Archive, Dataset, Edition
from .formats import Arrays
from .sources import Source

CLASS_NAMES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)

CIFAR10 = Dataset(
    name="cifar10",
    title="CIFAR-10",
    train=50_000,
    test=10_000,
    image_shape=(32, 32, 3),
    classes=10,
    editions=(
        Edition(
            (
                Archive(
                    "cifar-10-binary.tar.gz",
                    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                    ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",),
                ),
            ),
            partial(
                formats.read_cifar,
                train=[f"cifar-10-batches-bin/data_batch_{i}.bin" for i in range(1, 6)],
                test="cifar-10-batches-bin/test_batch.bin",
                label=0,
                labels=1,
            ),
        ),
    ),
    tfds_name="cifar10",
    column_labels=True,
)


def load_data(path: str | os.PathLike[str] | None = None) -> Arrays:
    """Load CIFAR-10 from this machine or, if it is not there, from the network (170 MB).

    Keras keeps its copy as pickled Python objects, which can run code when they are read; nanoconv
    reads the binary version of the same images instead.

    Args:
        path: None; or `cifar-10-binary.tar.gz` or a folder with it; or an .npz file with x_train,
            y_train, x_test and y_test. A bare file name is looked up in the caches.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, all uint8: images (50000, 32, 32, 3) with red, green
        and blue from 0 to 255 and labels (50000, 1) from 0 to 9, named by `CLASS_NAMES`; then the
        same with 10000.

    Raises:
        DatasetNotFound: no source has it, or `path` does not exist.
        DatasetDamaged: what `path` names is not CIFAR-10.

    Reference: https://keras.io/api/datasets/cifar10/
    """
    return sources.load(CIFAR10, path)


def load_local(path: str | os.PathLike[str] | None = None) -> Arrays:
    """Load CIFAR-10 as `load_data` does if it is on this machine; never touch the network."""
    return sources.load(CIFAR10, path, download=False)


def source() -> Source | None:
    """Tell where the images came from that were last loaded in this process (None: none were)."""
    return sources.last_source("cifar10")
