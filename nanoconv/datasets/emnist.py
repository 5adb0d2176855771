"""EMNIST: handwritten letters and digits in the format of MNIST, in six selections ("splits").

G. Cohen, S. Afshar, J. Tapson and A. van Schaik, "EMNIST: an extension of MNIST to handwritten
letters", arXiv:1702.05373, 2017; derived from NIST Special Database 19.
"""

from __future__ import annotations

import os
from functools import partial

from . import formats, sources
from .catalog import Archive, Dataset, Edition, idx_edition
from .formats import Arrays

ARCHIVE = Archive(
    "gzip.zip",
    "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
    ("https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",),
)


def _declare(split: str, train: int, test: int, classes: int, prepared: bool = True) -> Dataset:
    """Declare one split: from NIST's archive, or from four IDX files that were taken out of it."""
    kinds = ("train-images-idx3", "train-labels-idx1", "test-images-idx3", "test-labels-idx1")
    names = [f"emnist-{split}-{kind}-ubyte.gz" for kind in kinds]
    return Dataset(
        name="emnist",
        title=f"EMNIST {split}",
        train=train,
        test=test,
        image_shape=(28, 28),
        classes=classes,
        editions=(
            Edition((ARCHIVE,), partial(formats.read_emnist, split=split)),
            idx_edition(names, [None] * 4),
        ),
        keras_folder="emnist",
        tfds_name=f"emnist/{split}" if prepared else None,
        transposed=True,
    )


EMNIST = {
    "byclass": _declare("byclass", 697_932, 116_323, 62),
    "bymerge": _declare("bymerge", 697_932, 116_323, 47),
    "balanced": _declare("balanced", 112_800, 18_800, 47),
    # Labels start at 1 here; tensorflow-datasets leaves out some of this split.
    "letters": _declare("letters", 124_800, 20_800, 27, prepared=False),
    "digits": _declare("digits", 240_000, 40_000, 10),
    "mnist": _declare("mnist", 60_000, 10_000, 10),
}


def _declared(split: str) -> Dataset:
    """Return the declaration of a split."""
    if split not in EMNIST:
        raise ValueError(f"split={split!r}: EMNIST has the splits {', '.join(map(repr, EMNIST))}.")
    return EMNIST[split]


def load_data(split: str = "balanced", path: str | os.PathLike[str] | None = None) -> Arrays:
    """Load a split of EMNIST from this machine or, if it is not there, from the network (562 MB).

    Args:
        split: "byclass" (62 classes: digits, capitals, small letters), "bymerge" and "balanced"
            (47: small letters that look like their capitals are merged), "letters" (26, labelled
            1 to 26), "digits" or "mnist" (10).
        path: None; or NIST's `gzip.zip` or a folder with it or with the split's four IDX files; or
            an .npz file with x_train, y_train, x_test and y_test. A bare file name is looked up in
            the caches.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, all uint8: images (N, 28, 28) with pixels from 0 to
        255, upright (the published ones have rows and columns exchanged), and labels (N,).

    Raises:
        ValueError: there is no such split.
        DatasetNotFound, DatasetDamaged: as `mnist.load_data`.

    Reference: https://www.nist.gov/itl/products-and-services/emnist-dataset
    """
    return sources.load(_declared(split), path)


def load_local(split: str = "balanced", path: str | os.PathLike[str] | None = None) -> Arrays:
    """Load a split as `load_data` does if it is on this machine; never touch the network."""
    return sources.load(_declared(split), path, download=False)


source = partial(sources.last_source, "emnist")
