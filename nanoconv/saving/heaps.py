"""A look at an HDF5 file's texts before HDF5 reads them.

HDF5 keeps texts of any length in "global heaps", and believes what is written there. Tried with
h5py 3.14 (HDF5 1.14.6) on a file of 16 kB: a text that claims 4 GB fills 3.5 GB of memory; an
object of 2**64 - 16 bytes, or a free space of 0, keeps HDF5 in an endless loop; of 600 files with a
few flipped bits one hung and twelve took 0.5 to 2 GB. So sizes and references of all heaps are
checked first.

    heap     "GCOL", version 1, 3 bytes, size (8 bytes); then objects
    object   index (2), references (2), 4 bytes, size (8); then its bytes, padded to 8;
             index 0 is the free space at the end
    a text   length (4), address of the heap (8), index of the object (4), wherever it is used

Reference: HDF5 File Format Specification 3.0, III.E, https://docs.hdfgroup.org/
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

Buffer = Any  # bytes, or what can be looked at as bytes: Python 3.11 has no name for it
_HEAD = 16  # bytes of a heap's and of an object's head


def check_heaps(data: Buffer) -> None:
    """Check all heaps of an HDF5 file that texts refer to; others are left over from changes.

    Args:
        data: the whole file.

    Raises:
        ValueError: where sizes or references cannot be right.
    """
    heaps: dict[int, dict[int, int]] = {}
    looked_at = 0
    for length, address, index in _texts(data):
        if address not in heaps:
            size, heaps[address] = _objects(data, address)
            looked_at += size
        if looked_at > 4 * len(data) or (index in heaps[address] and length > len(data)):
            raise _damaged(address)


def _texts(data: Buffer) -> Iterator[tuple[int, int, int]]:
    """Find what can be a text: yield its length, the address of its heap, and its index there."""
    found = [match.start() for match in re.finditer(b"GCOL\x01\x00\x00\x00", data)]
    if not found:
        return
    addresses = np.array(found, np.uint64)
    for offset in range(8):
        words = np.frombuffer(data, "<u8", (len(data) - offset) // 8, offset)
        near = np.flatnonzero((words <= addresses.max()) & (words >= addresses.min()))
        for word in near[np.isin(words[near], addresses)]:
            place = offset + 8 * int(word) - 4
            if 0 <= place <= len(data) - 16:
                length, address, index = struct.unpack_from("<IQI", data, place)
                if 0 < index < 1 << 16:
                    yield length, address, index


def _objects(data: Buffer, address: int) -> tuple[int, dict[int, int]]:
    """Return a heap's size, and the size of each of its objects by index."""
    size = struct.unpack_from("<Q", data, address + 8)[0] if address + _HEAD <= len(data) else 0
    here, end = address + _HEAD, address + size
    if not here <= end <= len(data):
        raise _damaged(address)
    sizes: dict[int, int] = {}
    while here + _HEAD <= end:
        index, _, _, length = struct.unpack_from("<HHIQ", data, here)
        if index == 0:  # the free space counts its own head
            if here + length != end:
                raise _damaged(address)
            break
        here += _HEAD + (length + 7) // 8 * 8
        if here > end or index in sizes:
            raise _damaged(address)
        sizes[index] = length
    return size, sizes


def _damaged(address: int) -> ValueError:
    return ValueError(
        f"it is damaged (the sizes of texts at byte {address} cannot be right); load a copy of it."
    )
