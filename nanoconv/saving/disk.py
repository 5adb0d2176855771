"""Files on disk: written whole or not at all, and recognised by what is in them.

Our own HDF5 files end in a line with the SHA-256 of everything before it. HDF5 readers, Keras'
included, stop at the end that HDF5 itself has noted and never see that line; nanoconv checks it
before anything else looks at the bytes. `.keras` files are zip archives, which bring their own
checksums.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_ZIP = b"PK\x03\x04"
_HDF5 = b"\x89HDF\r\n\x1a\n"
_SEAL = b"\nnanoconv sha256 "
_SEAL_LENGTH = len(_SEAL) + 65  # 64 hexadecimal digits and a line feed


@contextmanager
def replacing(path: str, overwrite: bool) -> Iterator[str]:
    """Give a temporary name to write to, and move it to `path` when the block has ended well.

    Args:
        path: the file to make; folders on the way are made, too.
        overwrite: whether an existing file may be replaced.

    Raises:
        FileExistsError: where the file exists and overwrite is False.
        IsADirectoryError: where `path` is a folder.
    """
    if os.path.isdir(path):
        raise IsADirectoryError(
            f"{path!r} is a folder, but a file is to be saved; write "
            f"{os.path.join(path, 'model.keras')!r}."
        )
    if os.path.exists(path) and not overwrite:
        raise FileExistsError(
            f"{path!r} exists already and overwrite=False; write overwrite=True or another name."
        )
    path = os.path.realpath(path)  # a link stays a link, its target is replaced
    folder, name = os.path.split(path)
    os.makedirs(folder, exist_ok=True)
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.tmp")
    try:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        if os.path.exists(path):
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def kind_of(path: str) -> str:
    """Return `"zip"` or `"hdf5"`, by a file's first bytes.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: where it is neither, or a folder.
    """
    if os.path.isdir(path):
        raise ValueError(
            f"{path!r} is a folder (TensorFlow's SavedModel format?), but nanoconv reads files; in "
            "Keras write model.save('model.keras') and load that."
        )
    if not os.path.exists(path):
        raise FileNotFoundError(
            f"there is no file {path!r} (looked in {os.path.dirname(os.path.abspath(path))!r}); "
            "write the name under which the model was saved."
        )
    with open(path, "rb") as file:
        start = file.read(8)
    for kind, magic in (("zip", _ZIP), ("hdf5", _HDF5)):
        if start.startswith(magic):
            return kind
    raise ValueError(
        f"{path!r} is neither a .keras nor an .h5 file, or its beginning is damaged (it starts "
        f"with {start!r}); save the model again with model.save('model.keras')."
    )


@contextmanager
def sealed(path: str) -> Iterator[Any]:
    """Open a new HDF5 file to write, and append the checksum line when the block has ended.

    Args:
        path: of the file.
    """
    import h5py

    with h5py.File(path, "w") as file:
        yield file
    digest = _digest(path, os.path.getsize(path))
    with open(path, "ab") as end:
        end.write(_SEAL + digest.encode() + b"\n")


def check_seal(path: str) -> None:
    """Check the checksum line, where a file has one.

    Raises:
        ValueError: where the file is not what was written.
    """
    length = os.path.getsize(path) - _SEAL_LENGTH
    if length < 0:
        return
    with open(path, "rb") as file:
        file.seek(length)
        line = file.read()
    if line.startswith(_SEAL) and line != _SEAL + _digest(path, length).encode() + b"\n":
        raise ValueError(
            "it is damaged, because its checksum does not fit its contents; load a copy of it, or "
            "save the model again."
        )


def _digest(path: str, length: int) -> str:
    """Return the SHA-256 of a file's first bytes, in hexadecimal digits."""
    sha = hashlib.sha256()
    with open(path, "rb") as file:
        while length > 0 and (block := file.read(min(length, 1 << 20))):
            sha.update(block)
            length -= len(block)
    return sha.hexdigest()


def damaged(error: BaseException) -> ValueError:
    """Return the sentence for what a library said about a damaged file, cut to a line."""
    text = " ".join(str(error).split()) or type(error).__name__
    text = text if len(text) <= 120 else f"{text[:117]}..."
    return ValueError(f"it is damaged ({text}); load a copy of it.")


def as_path(filepath: Any) -> str:
    """Return a path as text.

    Raises:
        TypeError: for anything else than a path.
    """
    try:
        return os.fsdecode(filepath)
    except TypeError:
        raise TypeError(
            f"filepath is {filepath!r}, but the name of a file is needed; "
            "write model.save('model.keras')."
        ) from None
