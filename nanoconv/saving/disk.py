"""Model files on disk: recognised by what is in them, and HDF5 files sealed by a checksum.

Our own HDF5 files end in a text with the SHA-256 of everything before it. HDF5 readers, Keras'
included, stop at the end that HDF5 itself has noted and never see it; nanoconv checks it
before anything else looks at the bytes. `.keras` files are zip archives, which bring their own
checksums.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO

from nanoconv.core.safe_files import check_file

_KINDS = {"zip": b"PK\x03\x04", "hdf5": b"\x89HDF\r\n\x1a\n"}  # by their first bytes
_SEAL = b"\nnanoconv sha256 "
_SEAL_LENGTH = len(_SEAL) + 65  # 64 hexadecimal digits and a line feed


@contextmanager
def opened(path: str) -> Iterator[tuple[str, BinaryIO]]:
    """Open a model file; give its kind, `"zip"` or `"hdf5"`, and the file.

    It is opened once: another program may replace it meanwhile, and two openings find two files.

    Args:
        path: of the file.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: where it is neither, or no file but a folder or a pipe.
    """
    if os.path.isdir(path):
        raise ValueError(
            f"{path!r} is a folder (TensorFlow's SavedModel format?), but nanoconv reads files; in "
            "Keras write model.save('model.keras') and load that."
        )
    if not os.path.exists(path):
        raise FileNotFoundError(
            f"there is no file {path!r} (looked in {_folder_of(path)}); write the name under which "
            "the model was saved."
        )
    check_file(path)
    with open(path, "rb") as file:
        start = file.read(8)
        kind = next((kind for kind, magic in _KINDS.items() if start.startswith(magic)), None)
        if kind is None:
            raise ValueError(
                f"{path!r} is neither a .keras nor an .h5 file, or its beginning is damaged (it "
                f"starts with {start!r}); save the model again with model.save('model.keras')."
            )
        yield kind, file


def _folder_of(path: str) -> str:
    """Return the folder's whole name, for messages."""
    try:
        return repr(os.path.dirname(os.path.abspath(path)))
    except FileNotFoundError:
        return "a working directory that was removed"


def write_sealed(file: IO[bytes], data: memoryview) -> None:
    """Write an HDF5 file, and its checksum behind it.

    Args:
        file: open for writing.
        data: the HDF5 file's bytes.
    """
    file.write(data)
    file.write(_SEAL + hashlib.sha256(data).hexdigest().encode() + b"\n")


def check_seal(file: BinaryIO) -> None:
    """Check the checksum, where an HDF5 file has one.

    Raises:
        ValueError: where the file is not what was written.
    """
    length = file.seek(0, os.SEEK_END) - _SEAL_LENGTH
    if length < 0:
        return
    file.seek(length)
    seal = file.read()
    if seal.startswith(_SEAL) and seal != _SEAL + _digest(file, length).encode() + b"\n":
        raise ValueError(
            "it is damaged, because its checksum does not fit its contents; load a copy of it, or "
            "save the model again."
        )


def _digest(file: BinaryIO, length: int) -> str:
    """Return the SHA-256 of a file's first bytes, in hexadecimal digits."""
    sha = hashlib.sha256()
    file.seek(0)
    while length > 0 and (block := file.read(min(length, 1 << 20))):
        sha.update(block)
        length -= len(block)
    return sha.hexdigest()
