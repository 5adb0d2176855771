"""Declares a data set: what it holds, and where its files are published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import formats
from .formats import Arrays

IDX_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
"""The four files in which MNIST, and every data set that imitates it, is published."""


@dataclass(frozen=True)
class Archive:
    """One published file.

    Attributes:
        name: its name in a cache.
        sha256: digest of the genuine file; None where nothing is published to compare with.
        urls: where to download it, the preferred mirror first.
    """

    name: str
    sha256: str | None = None
    urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edition:
    """One way in which a data set is published: files that hold all of it, and their reader."""

    archives: tuple[Archive, ...]
    read: Callable[[Sequence[Path]], Arrays]

    @property
    def names(self) -> list[str]:
        """The files' names."""
        return [archive.name for archive in self.archives]

    @property
    def urls(self) -> list[str]:
        """Every address of every file."""
        return [url for archive in self.archives for url in archive.urls]


@dataclass(frozen=True)
class Dataset:
    """A data set of labelled images, split into a training and a test set; as MNIST by default.

    Attributes:
        name: the module's name, and the folder's in a cache.
        title: the name in messages.
        editions: the ways in which it is published, the preferred one first.
        tfds_name: its name in tensorflow-datasets, with the configuration ("emnist/digits"),
            None where it has something else under that name.
        train: number of training images.
        test: number of test images.
        image_shape: (H, W) or (H, W, C).
        classes: labels are 0 ... classes - 1.
        keras_folder: its folder inside Keras' cache ("" is the cache itself).
        tfds_label: the name of the label in tensorflow-datasets.
        column_labels: labels are returned as a column (N, 1), as Keras does for CIFAR.
        transposed: the published images have rows and columns exchanged.
    """

    name: str
    title: str
    editions: tuple[Edition, ...]
    tfds_name: str | None
    train: int = 60_000
    test: int = 10_000
    image_shape: tuple[int, ...] = (28, 28)
    classes: int = 10
    keras_folder: str = ""
    tfds_label: str = "label"
    column_labels: bool = False
    transposed: bool = False


def npz_edition(name: str, sha256: str | None = None, urls: tuple[str, ...] = ()) -> Edition:
    """Declare one .npz file with the arrays x_train, y_train, x_test and y_test."""
    return Edition((Archive(name, sha256, urls),), formats.read_npz)


def idx_edition(
    names: Sequence[str], digests: Sequence[str | None], mirrors: Sequence[str] = ()
) -> Edition:
    """Declare four IDX files: training images and labels, then test images and labels.

    Args:
        names: the files' names.
        digests: their sha256 digests.
        mirrors: addresses that a file's name is appended to.
    """
    archives = tuple(
        Archive(name, digest, tuple(mirror + name for mirror in mirrors))
        for name, digest in zip(names, digests, strict=True)
    )
    return Edition(archives, formats.read_idx_files)
