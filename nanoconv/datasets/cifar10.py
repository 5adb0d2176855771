"""CIFAR-10: 60,000 small colour photographs of ten kinds of animals and vehicles.

A. Krizhevsky, "Learning multiple layers of features from tiny images", University of Toronto, 2009.

Keras keeps its copy as pickled Python objects, which can run code when they are read; nanoconv
reads the binary version of the same images instead.
"""

from __future__ import annotations

from functools import partial

from . import formats, sources
from .catalog import Archive, Dataset, Edition

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
    image_shape=(32, 32, 3),
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

load_data, load_local, source = sources.loaders(CIFAR10, megabytes=170)
