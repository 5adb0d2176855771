"""Texts of impossible sizes in HDF5 files are refused before HDF5 reads them and hangs."""

from __future__ import annotations

import struct

import h5py
import numpy as np
import pytest

from nanoconv.saving.heaps import check_heaps


@pytest.fixture
def data(tmp_path):
    """Return the bytes of a file with texts of several lengths, one of them a list."""
    path = tmp_path / "m.h5"
    with h5py.File(path, "w") as file:
        file.attrs["short"] = "abc"
        file.attrs["long"] = "x" * 3000
        file.attrs.create("names", ["one", "two", "three"], dtype=h5py.string_dtype())
        file["numbers"] = np.arange(1000.0)
    return bytearray(path.read_bytes())


def text_at(data):
    """Return where the text "abc" is used (length, address of its heap, index), and the heap."""
    heap = data.index(b"GCOL")
    return data.index(struct.pack("<IQI", 3, heap, 1)), heap


def test_a_whole_file_passes(data):
    check_heaps(bytes(data))
    check_heaps(np.frombuffer(data, np.uint8))


def test_a_file_without_texts_passes():
    check_heaps(b"\x89HDF\r\n\x1a\n" + bytes(1000))


def test_a_text_longer_than_the_file_is_refused(data):
    place, _ = text_at(data)
    data[place : place + 4] = struct.pack("<I", 2**31)
    with pytest.raises(ValueError, match="sizes of texts"):
        check_heaps(bytes(data))


@pytest.mark.parametrize("size", [0, 8, 2**20, 2**63])
def test_a_heap_of_impossible_size_is_refused(data, size):
    _, heap = text_at(data)
    data[heap + 8 : heap + 16] = struct.pack("<Q", size)
    with pytest.raises(ValueError, match="sizes of texts"):
        check_heaps(bytes(data))


@pytest.mark.parametrize("size", [2**14, 2**63 - 8])
def test_an_object_beyond_its_heap_is_refused(data, size):
    _, heap = text_at(data)
    data[heap + 24 : heap + 32] = struct.pack("<Q", size)
    with pytest.raises(ValueError, match="sizes of texts"):
        check_heaps(bytes(data))


def test_free_space_that_does_not_end_the_heap_is_refused(data):
    _, heap = text_at(data)
    data[heap + 16 : heap + 18] = b"\0\0"  # the first object becomes free space
    with pytest.raises(ValueError, match="sizes of texts"):
        check_heaps(bytes(data))


def test_a_heap_left_over_from_a_change_is_not_looked_at(data):
    check_heaps(bytes(data) + b"GCOL\x01\0\0\0" + b"\xff" * 100)
