"""Readers of file formats: whole files give their values, all others an error."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nanoconv.datasets import DatasetDamaged, formats
from nanoconv.datasets.formats import Arrays

from .conftest import same, to_idx, to_npz

anything = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5))


def decode(content: bytes) -> np.ndarray:
    return formats.decode_idx(io.BytesIO(content), "file")


@given(anything)
def test_idx_gives_back_every_shape(array: np.ndarray) -> None:
    decoded = decode(to_idx(array))
    assert decoded.dtype == np.uint8
    assert np.array_equal(decoded, array)
    assert decoded.flags.writeable


def read_damaged(content: bytes, path: Path) -> np.ndarray | None:
    """Read a file that may be damaged; None if it is refused by name."""
    path.write_bytes(content)
    try:
        return formats.read_idx(path)
    except DatasetDamaged as refusal:
        assert str(path) in str(refusal)
        return None


@given(data=st.data())
def test_idx_that_ends_early_or_late_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = to_idx(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))
    kept = data.draw(st.integers(0, len(content) - 1))
    path = tmp_path_factory.getbasetemp() / "damaged-idx"
    assert read_damaged(content[:kept], path) is None
    assert read_damaged(content + b"\0", path) is None


@given(data=st.data())
def test_gzipped_idx_with_a_changed_byte_is_refused_or_unharmed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    array = np.arange(200, dtype=np.uint8).reshape(2, 10, 10)
    content = bytearray(gzip.compress(to_idx(array), mtime=0))
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    read = read_damaged(bytes(content), tmp_path_factory.getbasetemp() / "damaged-gz")
    assert read is None or np.array_equal(read, array)


def test_idx_of_other_types_is_refused() -> None:
    with pytest.raises(DatasetDamaged, match="not an IDX file of unsigned bytes"):
        decode(b"\0\0\x0d\1\0\0\0\1\0\0\0\0")


def test_npz_without_an_array_names_it(tmp_path: Path) -> None:
    np.savez(tmp_path / "some.npz", x_train=np.zeros(3), y_train=np.zeros(3))
    with pytest.raises(DatasetDamaged, match="has no array 'x_test': expected x_train, y_train"):
        formats.read_npz([tmp_path / "some.npz"])


@given(data=st.data())
def test_npz_with_a_changed_byte_is_refused_or_unharmed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    x, y = np.arange(30, dtype=np.uint8).reshape(5, 3, 2), np.arange(5, dtype=np.uint8)
    whole = ((x, y), (x + 1, y + 1))
    content = bytearray(to_npz(whole))
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    path.write_bytes(bytes(content))
    try:
        read = formats.read_npz([path])
    except DatasetDamaged as refusal:
        assert str(path) in str(refusal)
    else:
        assert same(read, whole)


def add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def records(labels: np.ndarray, images: np.ndarray) -> bytes:
    """CIFAR's binary records: label bytes, then the red, the green and the blue plane."""
    planes = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
    return np.concatenate([labels, planes], axis=1).astype(np.uint8).tobytes()


@pytest.mark.parametrize("labels", [1, 2])
def test_cifar_records(tmp_path: Path, rng: np.random.Generator, labels: int) -> None:
    x = rng.integers(0, 256, (9, 32, 32, 3), dtype=np.uint8)
    y = rng.integers(0, 10, (9, labels), dtype=np.uint8)
    path = tmp_path / "cifar.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        add(archive, "c/second.bin", records(y[3:6], x[3:6]))
        add(archive, "c/first.bin", records(y[:3], x[:3]))
        add(archive, "c/readme.html", b"")
        add(archive, "c/test.bin", records(y[6:], x[6:]))
    for label in range(labels):
        expected = ((x[:6], y[:6, label]), (x[6:], y[6:, label]))
        train = ["c/first.bin", "c/second.bin"]
        assert same(formats.read_cifar([path], train, "c/test.bin", label, labels), expected)
        with pytest.raises(DatasetDamaged, match=r"cifar\.tar\.gz is damaged"):
            formats.read_cifar([path], ["c/third.bin"], "c/test.bin", label, labels)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(DatasetDamaged, match=r"cifar\.tar\.gz is damaged"):
        formats.read_cifar([path], train, "c/test.bin", 0, labels)


def test_emnist_archive(tmp_path: Path, arrays: Arrays) -> None:
    (x_train, y_train), (x_test, y_test) = arrays
    path = tmp_path / "gzip.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for kind, array in {
            "train-images-idx3": x_train,
            "train-labels-idx1": y_train,
            "test-images-idx3": x_test,
            "test-labels-idx1": y_test,
        }.items():
            archive.writestr(f"gzip/emnist-digits-{kind}-ubyte.gz", gzip.compress(to_idx(array)))
    assert same(formats.read_emnist([path], "digits"), arrays)
    with pytest.raises(DatasetDamaged, match="emnist-letters-train-images"):
        formats.read_emnist([path], "letters")


def test_npz_with_a_directory_that_points_nowhere_is_refused(tmp_path: Path) -> None:
    """Following the pointer is an error of the operating system, as if the disk were at fault."""
    x = np.zeros((1, 2, 2), np.uint8)
    content = to_npz(((x, x), (x, x)))
    start = content.rindex(b"PK\5\6") + 16  # where the directory begins, says the end record
    path = tmp_path / "lost.npz"
    path.write_bytes(content[:start] + b"\xff\xff\xff\x7f" + content[start + 4 :])
    with pytest.raises(DatasetDamaged, match=r"lost\.npz is damaged"):
        formats.read_npz([path])


def test_a_file_that_may_not_be_read_is_not_called_damaged(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        formats.read_idx(tmp_path / "absent")
