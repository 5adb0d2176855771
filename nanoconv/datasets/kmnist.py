"""Kuzushiji-MNIST: 70,000 characters of cursive Japanese in the format of MNIST.

T. Clanuwat, M. Bober-Irizar, A. Kitamoto, A. Lamb, K. Yamamoto and D. Ha, "Deep learning for
classical Japanese literature", arXiv:1812.01718, 2018; CC BY-SA 4.0, Center for Open Data in the
Humanities.
"""

from __future__ import annotations

import os

from . import sources
from .catalog import IDX_FILES, Dataset, idx_edition
from .formats import Arrays
from .sources import Source

CLASS_NAMES = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")

KMNIST = Dataset(
    name="kmnist",
    title="Kuzushiji-MNIST",
    train=60_000,
    test=10_000,
    image_shape=(28, 28),
    classes=10,
    editions=(
        idx_edition(
            IDX_FILES,
            (
                "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
                "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
                "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
                "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
            ),
            ("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
        ),
    ),
    keras_folder="kmnist",
    tfds_name="kmnist",
)


def load_data(path: str | os.PathLike[str] | None = None) -> Arrays:
    """Load Kuzushiji-MNIST from this machine or, if it is not there, from the network (21 MB).

    Args:
        path: None; or a folder of the four IDX files, gzipped or not; or an .npz file with x_train,
            y_train, x_test and y_test. A bare file name is looked up in the caches.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, all uint8: images (60000, 28, 28) with pixels from 0
        to 255 and labels (60000,) from 0 to 9, named by `CLASS_NAMES`; then the same with 10000.

    Raises:
        DatasetNotFound: no source has it, or `path` does not exist.
        DatasetDamaged: what `path` names is not Kuzushiji-MNIST.

    Reference: http://codh.rois.ac.jp/kmnist/
    """
    return sources.load(KMNIST, path)


def load_local(path: str | os.PathLike[str] | None = None) -> Arrays:
    """Load Kuzushiji-MNIST as `load_data` does if it is on this machine; stay off the network."""
    return sources.load(KMNIST, path, download=False)


def source() -> Source | None:
    """Tell where the images came from that were last loaded in this process (None: none were)."""
    return sources.last_source("kmnist")
