"""MNIST: 70,000 handwritten digits, 28x28 pixels; and 5,000 of them that nanoconv brings along.

Y. LeCun, C. Cortes and C. J. C. Burges; Creative Commons Attribution-ShareAlike 3.0.
"""

from __future__ import annotations

import os
from pathlib import Path

from . import formats, sources
from .catalog import IDX_FILES, Dataset, idx_edition, npz_edition
from .formats import Arrays
from .sources import Source

SAMPLE_FILE = Path(__file__).parent / "data" / "mnist_sample.npz"

MNIST = Dataset(
    name="mnist",
    title="MNIST",
    train=60_000,
    test=10_000,
    image_shape=(28, 28),
    classes=10,
    editions=(
        npz_edition(
            "mnist.npz",
            "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
            ("https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",),
        ),
        idx_edition(
            IDX_FILES,
            (
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
            (
                "https://storage.googleapis.com/cvdf-datasets/mnist/",
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
            ),
        ),
    ),
    tfds_name="mnist",
)


def load_data(path: str | os.PathLike[str] = "mnist.npz") -> Arrays:
    """Load MNIST from this machine or, if it is not there, from the network.

    Looks in the folder that NANOCONV_DATA names, in nanoconv's and Keras' caches and among the data
    sets that tensorflow-datasets has prepared, then downloads 11 MB. `source()` tells what was
    used; without internet it fails within seconds.

    Args:
        path: a bare file name is the name in the caches, as in Keras; anything with a folder in it
            is used as it is: an .npz file as Keras writes it, or a folder of the four IDX files,
            gzipped or not.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, all uint8: images (60000, 28, 28) with pixels from 0
        (paper) to 255 (ink) and labels (60000,) from 0 to 9; then the same with 10000. A data set
        that tensorflow-datasets prepared comes in tensorflow-datasets' order.

    Raises:
        DatasetNotFound: no source has it, or `path` does not exist.
        DatasetDamaged: what `path` names is not MNIST.

    Reference: https://keras.io/api/datasets/mnist/
    """
    return sources.load(MNIST, path)


def load_local(path: str | os.PathLike[str] = "mnist.npz") -> Arrays:
    """Load MNIST as `load_data` does if it is on this machine; never touch the network.

    Raises:
        DatasetNotFound: it is not on this machine. A program can then start with `load_sample()`.
        DatasetDamaged: what `path` names is not MNIST.
    """
    return sources.load(MNIST, path, download=False)


def load_sample() -> Arrays:
    """Load 5,000 real digits that are part of the package: no file, no network, no waiting.

    They are taken from MNIST's training set, so do not test on them a model that was trained on the
    full set. Licence and credits are in `datasets/data/LICENSE.txt`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, all uint8: images (4000, 28, 28) and labels (4000,),
        400 of each digit; then 1000, 100 of each. The split is always the same.
    """
    arrays = formats.read_npz([SAMPLE_FILE])
    sources.used("mnist", Source("sample", str(SAMPLE_FILE)))
    return arrays


def source() -> Source | None:
    """Tell where the digits came from that were last loaded in this process (None: none were).

    Returns:
        `(kind, location)`; kind is "path", "environment", "cache", "keras", "tensorflow-datasets",
        "download" or "sample".
    """
    return sources.last_source("mnist")
