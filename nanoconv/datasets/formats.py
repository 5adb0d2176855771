"""Reads the published files of data sets: IDX, .npz, EMNIST's and CIFAR's archives.

Every reader takes the paths of the files and returns `(x_train, y_train), (x_test, y_test)` as the
file has them; whether they have the right shapes is checked afterwards, in `verification`. A file
that cannot be read raises `DatasetDamaged`, which names it. Nothing here runs code from a file.
"""

from __future__ import annotations

import gzip
import math
import struct
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from nanoconv.core import safe_files
from nanoconv.core.safe_files import Budget, check_file, damage_named
from nanoconv.datasets.dataset_errors import DatasetDamaged

Arrays: TypeAlias = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""What every `load_data` returns: `(x_train, y_train), (x_test, y_test)`."""

KERAS_NAMES = ("x_train", "y_train", "x_test", "y_test")


def read_npz(paths: Sequence[Path]) -> Arrays:
    """Read one .npz file with x_train, y_train, x_test and y_test, as Keras writes it."""
    (path,) = paths
    arrays = safe_files.read_npz(path, KERAS_NAMES, DatasetDamaged)
    missing = [name for name in KERAS_NAMES if name not in arrays]
    if missing:
        raise DatasetDamaged(
            f"{path} has no array {missing[0]!r}: expected {', '.join(KERAS_NAMES)}"
        )
    x_train, y_train, x_test, y_test = (arrays[name] for name in KERAS_NAMES)
    return (x_train, y_train), (x_test, y_test)


def read_idx_files(paths: Sequence[Path]) -> Arrays:
    """Read four IDX files, gzipped or not: training images and labels, test images and labels."""
    x_train, y_train, x_test, y_test = (read_idx(path) for path in paths)
    return (x_train, y_train), (x_test, y_test)


def read_idx(path: Path) -> np.ndarray:
    """Read one IDX file, gzipped or not.

    Returns:
        uint8 array with as many axes as the file declares.
    """
    with _unpacked(path) as file:
        return decode_idx(file, str(path))


class _Metered:
    """A file whose budget pays for every byte before it is read, those of headers, too."""

    def __init__(self, file: Any, budget: Budget, name: str) -> None:
        self.file, self.budget, self.name = file, budget, name
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int) -> bytes:
        """Return the next bytes."""
        self.budget.spend(size, self.name)
        return self.file.read(size)


@contextmanager
def _unpacked(path: Path) -> Iterator[Any]:
    """Open a file, gzipped or not; give what is in it."""
    with damage_named(path, DatasetDamaged):
        check_file(path)
        with path.open("rb") as file:
            gzipped = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            plain: Any = gzip.GzipFile(fileobj=file) if gzipped else file
            yield _Metered(plain, Budget(path.stat().st_size), str(path))


def decode_idx(file: Any, name: str) -> np.ndarray:
    """Decode an open IDX file: two zero bytes, a type, the number of axes, sizes, then the values.

    Args:
        file: binary file, positioned at its beginning.
        name: what to call it in an error.

    Raises:
        DatasetDamaged: it is not IDX, not of bytes, or shorter or longer than it declares.

    Reference: http://yann.lecun.com/exdb/mnist/ ("The IDX file format").
    """
    unsigned_byte = 0x08
    zeros, kind, axes = struct.unpack(">HBB", file.read(4))
    if zeros != 0 or kind != unsigned_byte:
        raise DatasetDamaged(f"{name} is damaged: it is not an IDX file of unsigned bytes")
    shape = struct.unpack(f">{axes}I", file.read(4 * axes))
    size = math.prod(shape)
    values = file.read(size)
    if len(values) != size or file.read(1):
        here = f"{len(values):,}" if len(values) != size else f"more than {size:,}"
        raise DatasetDamaged(
            f"{name} is damaged: it declares {size:,} values {shape} and holds {here}"
        )
    return np.frombuffer(bytearray(values), np.uint8).reshape(shape)  # bytearray: writable


def read_emnist(paths: Sequence[Path], split: str) -> Arrays:
    """Read one split out of NIST's `gzip.zip`, which holds the gzipped IDX files of all six."""
    (path,) = paths

    def member(kind: str) -> np.ndarray:
        name = f"gzip/emnist-{split}-{kind}-ubyte.gz"
        with archive.open(name) as zipped, gzip.open(zipped) as file:
            return decode_idx(_Metered(file, budget, f"{path}: {name}"), f"{path}: {name}")

    budget = Budget(path.stat().st_size)
    with damage_named(path, DatasetDamaged), zipfile.ZipFile(path) as archive:
        train = member("train-images-idx3"), member("train-labels-idx1")
        return train, (member("test-images-idx3"), member("test-labels-idx1"))


def read_cifar(
    paths: Sequence[Path], train: Sequence[str], test: str, label: int, labels: int
) -> Arrays:
    """Read the binary version of CIFAR, a .tar.gz of records: label bytes, then 3 x 32 x 32 pixels.

    Args:
        paths: the archive.
        train: names of the members that hold the training images, in order.
        test: name of the member that holds the test images.
        label: which of the label bytes to return.
        labels: how many label bytes a record has.

    Reference: https://www.cs.toronto.edu/~kriz/cifar.html ("Binary version").
    """
    (path,) = paths
    with _unpacked(path) as file, tarfile.open(fileobj=file, mode="r:") as archive:
        content = {
            member.name: content.read()
            for member in archive
            if member.name in {*train, test} and (content := archive.extractfile(member))
        }
        while file.file.read(1 << 20):  # gzip compares its checksum at the end
            pass
        return (
            _cifar_records(b"".join(content[name] for name in train), label, labels),
            _cifar_records(content[test], label, labels),
        )


def _cifar_records(content: bytes, label: int, labels: int) -> tuple[np.ndarray, np.ndarray]:
    """Split records into images (N, 32, 32, 3) and one of their labels (N,)."""
    records = np.frombuffer(content, np.uint8).reshape(-1, labels + 3 * 32 * 32)
    planes = records[:, labels:].reshape(-1, 3, 32, 32)  # N C H W
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), records[:, label].copy()
