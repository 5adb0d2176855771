"""Files that may be damaged or hostile, and files that are never lost while they are written.

Reading: `damage_named` turns whatever a decoder raises on a broken file into one sentence, and
`Budget` is asked before anything is decompressed, so that a small file cannot fill the memory.
Writing: `replacing` makes the new file beside the old one, and exchanges them when it is complete.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import lzma
import os
import secrets
import shutil
import stat
import struct
import tarfile
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

import numpy as np

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be removed anyway
    fcntl = None  # type: ignore[assignment]

# ---- reading ------------------------------------------------------------------------------------

DAMAGE = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, MemoryError, OSError,
    RuntimeError, SyntaxError, TypeError, ValueError, lzma.LZMAError, struct.error,
    tarfile.TarError, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What the decoders of the standard library, NumPy and h5py raise on broken input."""

ALLOWANCE = 1 << 27
"""What any file may take in memory, 128 MB; a larger file may take `EXPANSION` times its size more.

Images, arrays and models of every size fit: they are stored uncompressed, or compressed to a
quarter or so. What exceeds it was made to fill the memory.
"""
EXPANSION = 8


class FileRefused(ValueError):
    """A file that asks for too much memory, or is not what it should be; the message says what."""


class Budget:
    """The memory that one file may take, all of its parts and layers of compression together.

    Args:
        file_size: the bytes of the file on disk.
    """

    def __init__(self, file_size: int) -> None:
        self.file_size = file_size
        self.left = ALLOWANCE + EXPANSION * file_size

    def spend(self, nbytes: int, what: str) -> None:
        """Note that memory is about to be taken.

        Args:
            nbytes: how much.
            what: for the message, such as `"array 'x_train'"`.

        Raises:
            FileRefused: where there is not so much left.
        """
        if nbytes > self.left:
            raise FileRefused(
                f"{what} claims {nbytes} bytes in a file of {self.file_size}, more than "
                f"{ALLOWANCE >> 20} MB and {EXPANSION} times the file; save it again uncompressed."
            )
        self.left -= nbytes


def check_file(path: str | os.PathLike[str]) -> None:
    """Check that there is a regular file; reading a named pipe would wait for ever.

    Raises:
        FileNotFoundError: where there is nothing.
        FileRefused: where it is a folder, a pipe or a device.
    """
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode):
        kind = "folder" if stat.S_ISDIR(mode) else "pipe, socket or device"
        raise FileRefused(f"{path} is a {kind}, but a file is needed; write a file's name.")


def damaged(what: object, error: BaseException) -> str:
    """Return the sentence for what a library said about damage, cut to a line."""
    text = " ".join(str(error).split()) or type(error).__name__
    text = text if len(text) <= 120 else f"{text[:117]}..."
    return f"{what} is damaged ({text}); load a copy of it."


@contextmanager
def damage_named(what: object, error: type[Exception] = ValueError) -> Iterator[None]:
    """Turn what a decoder raises on a broken file into one sentence.

    Args:
        what: the file's name.
        error: what to raise instead.

    Raises:
        OSError: where the disk or a permission is at fault, not what the file holds.
    """
    try:
        yield
    except FileRefused as refusal:
        if isinstance(refusal, error):
            raise
        raise error(str(refusal)) from refusal
    except DAMAGE as problem:
        if isinstance(problem, OSError) and problem.errno not in (None, errno.EINVAL):
            raise
        raise error(damaged(what, problem)) from problem


def read_npz(
    path: str | os.PathLike[str],
    names: Sequence[str] | None = None,
    error: type[Exception] = ValueError,
) -> dict[str, np.ndarray]:
    """Read an .npz file whole, or not at all; nothing in it is ever run.

    Args:
        path: of the file.
        names: of the arrays to read, as far as the file has them; all by default.
        error: what to raise where the file is damaged or too large.

    Returns:
        The arrays by name.

    Raises:
        OSError: where there is no such file, or the disk fails.
        ValueError: (or `error`) where it is damaged, or asks for more memory than its `Budget`.
    """
    arrays = {}
    with damage_named(path, error):
        check_file(path)
        budget = Budget(os.path.getsize(path))
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                name = info.filename.removesuffix(".npy")
                if info.comment or len(info.extra) > 40:  # which hide the names that follow
                    raise ValueError("its list of arrays")
                if names is None or name in names:
                    budget.spend(info.file_size, f"array {name!r} of {path}")
                    with archive.open(info) as file:
                        arrays[name] = np.lib.format.read_array(file, allow_pickle=False)
                        if file.read(1):  # zip has compared the checksum when the end was read
                            raise ValueError(f"array {name!r} is longer than it declares")
    return arrays


# ---- writing ------------------------------------------------------------------------------------


@contextmanager
def replacing(path: str | os.PathLike[str], overwrite: bool = True) -> Iterator[IO[bytes]]:
    """Give an open file to write to, and move it to `path` when the block has ended well.

    Until then an older file is as it was. Several threads and programs may write to one path: the
    last one wins, and every reader finds a whole file. What a killed program left behind goes when
    the same name is written again.

    Args:
        path: the file to make; folders on the way are made, too. A link stays a link.
        overwrite: whether an existing file may be replaced.

    Raises:
        FileExistsError: where the file exists and overwrite is False.
        IsADirectoryError: where `path` is a folder.
        OSError: where it cannot be written, such as on a full disk.

    Example:
        >>> with replacing("notes.txt") as file:
        ...     _ = file.write(b"all of it")
    """
    shown = os.fspath(path)
    if os.path.isdir(path):
        raise IsADirectoryError(
            f"{shown!r} is a folder, but a file is to be saved; write "
            f"{os.path.join(shown, 'model.keras')!r}."
        )
    if os.path.exists(path) and not overwrite:
        raise FileExistsError(
            f"{shown!r} exists already and overwrite=False; write overwrite=True or another name."
        )
    try:
        path = os.path.realpath(path)
        if os.path.exists(path):
            check_file(path)
        folder, name = os.path.split(path)
        os.makedirs(folder, exist_ok=True)
        start = f".nanoconv-{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}-"
        _remove_orphans(folder, start)
        file = _create(os.path.join(folder, start))
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if os.path.exists(path):
                shutil.copymode(path, file.name)
            if fcntl is None:
                file.close()
            os.replace(file.name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                file.close()  # which fails where its last bytes find no room
            with contextlib.suppress(FileNotFoundError):
                os.remove(file.name)
            raise
        file.close()
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(
            error.errno, f"{error.strerror}; nothing was saved, an older file is as it was", shown
        ) from error


def _create(start: str) -> IO[bytes]:
    """Create a new file and lock it, so that no other program takes it for an orphan."""
    while True:
        file = open(f"{start}{secrets.token_hex(4)}.tmp", "xb+")  # noqa: SIM115
        if fcntl is not None:
            with contextlib.suppress(OSError):  # there are disks that know no locks
                fcntl.flock(file, fcntl.LOCK_EX)
        if os.path.exists(file.name):  # else it was cleared away before it was locked
            return file
        file.close()


def _remove_orphans(folder: str, start: str) -> None:
    """Remove what killed programs left; a file that is still being written is locked (or open)."""
    with contextlib.suppress(OSError):  # a folder may be writable and not readable
        for name in (name for name in os.listdir(folder) if name.startswith(start)):
            path = os.path.join(folder, name)
            with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
                if fcntl is not None:
                    file = stack.enter_context(open(path, "rb"))
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.remove(path)


def shortened(text: str) -> str:
    """Return an error's text without the middle of what a file made too long."""
    return text if len(text) <= 500 else f"{text[:300]} ... {text[-195:]}"


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
