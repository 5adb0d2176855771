"""HDF5: making files in memory, and reading files that may be damaged or hostile.

HDF5 can point anywhere: to other files, to names that do not exist, to arrays larger than any
memory. Everything that nanoconv reads from such a file goes through the functions here, which
follow no links, and look at an array's type and size before they read it.

Reference: https://docs.h5py.org/en/stable/high/group.html
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np

from nanoconv.core.safe_files import ALLOWANCE, damaged
from nanoconv.saving.heaps import check_heaps

# No compression that HDF5 brings along makes an array this many times smaller: deflate ends at
# 1032 to 1. An array that claims to be larger holds nothing but its fill value.
_MOST_EXPANSION = 1100
_FILTERS = (1, 2, 3, 4, 5, 6, 32000)  # HDF5's own, and h5py's lzf; others would load a plugin


def made(write: Callable[[Any], None]) -> memoryview:
    """Return the bytes of a new HDF5 file, made in memory.

    Where a disk fills up, HDF5 would end the whole program (segmentation fault); so it gets none.

    Args:
        write: writes what it should hold into the open file.
    """
    import h5py

    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        write(file)
    return data.getbuffer()


@contextmanager
def reading(file: BinaryIO) -> Iterator[Any]:
    """Read an HDF5 file, and turn what HDF5 says about damage into one sentence.

    Args:
        file: open to read, or its bytes as an `io.BytesIO`.

    Raises:
        ValueError: where it is damaged.
    """
    import h5py

    check_heaps(file.getbuffer() if isinstance(file, io.BytesIO) else np.memmap(file, mode="r"))
    try:
        with h5py.File(file, "r") as group:
            yield group
    except (OSError, KeyError, RuntimeError, MemoryError, UnicodeError, TypeError) as error:
        raise ValueError(damaged("it", error)) from error


def member(parent: Any, path: str) -> Any:
    """Return a group or array of a file, or None where there is none.

    Args:
        parent: an open file or group.
        path: names with slashes between them.

    Raises:
        ValueError: where a link leads out of the file or elsewhere in it.
    """
    import h5py

    for name in path.split("/"):
        if not isinstance(parent, h5py.Group):
            return None
        link = parent.get(name, getlink=True) if name else None
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            raise ValueError(
                f"{path!r} is a {type(link).__name__} to somewhere else, and nanoconv follows no "
                "links in files; save the model again."
            )
        parent = parent[name]
    return parent


def group(parent: Any, path: str) -> Any:
    """Return a group of a file.

    Raises:
        ValueError: where there is none.
    """
    import h5py

    found = member(parent, path)
    if not isinstance(found, h5py.Group):
        raise ValueError(f"it has no group {path!r}; save the model again.")
    return found


def array_names(parent: Any) -> list[str]:
    """Return the names within a group: 0, 1, 2, ..., 10 in this order."""
    return sorted(parent, key=lambda name: (len(name), name))


class StoredArray:
    """An array in a file: its shape is known, its values are not read yet.

    Args:
        parent: a group.
        path: of the array within it.

    Raises:
        ValueError: where there is no such array, or it is not an array of plain numbers that is
            wholly inside the file.
    """

    def __init__(self, parent: Any, path: str) -> None:
        import h5py

        dataset = member(parent, path)
        if not isinstance(dataset, h5py.Dataset):
            raise ValueError(f"it has no array {path!r}; save the model again.")
        if dataset.external or dataset.is_virtual:
            raise ValueError(
                f"the array {path!r} keeps its values in another file, which nanoconv never opens; "
                "save the model again."
            )
        plan = dataset.id.get_create_plist()
        filters = {plan.get_filter(i)[0] for i in range(plan.get_nfilters())}
        if dataset.dtype.kind not in "fiub" or dataset.shape is None or filters - set(_FILTERS):
            raise ValueError(
                f"the array {path!r} is of type {dataset.dtype} with filters {sorted(filters)}, "
                "but plain numbers are needed; save the model again."
            )
        self.shape: tuple[int, ...] = dataset.shape
        self.dtype: np.dtype = dataset.dtype
        self.nbytes = math.prod(self.shape) * dataset.dtype.itemsize
        chunk = math.prod(dataset.chunks or ()) * dataset.dtype.itemsize  # is read as a whole
        if chunk > max(self.nbytes, ALLOWANCE):
            raise ValueError(
                f"the array {path!r} of {self.nbytes} bytes is stored in chunks of {chunk}; save "
                "the model again."
            )
        stored = dataset.id.get_storage_size()
        if self.nbytes > _MOST_EXPANSION * stored:
            raise ValueError(
                f"the array {path!r} claims {self.nbytes} bytes, but the file holds {stored} of "
                "them; save the model again."
            )
        self._dataset = dataset

    def read(self) -> np.ndarray:
        """Return the values."""
        return np.asarray(self._dataset[()])


def total_bytes(parent: Any) -> int:
    """Return the bytes of all arrays below a group."""
    import h5py

    total, seen = 0, set()
    todo = [parent]
    while todo:  # each object once, because hard links can form circles
        here = todo.pop()
        for name in here:
            below = member(here, name)
            if below is None:
                raise ValueError(f"it is damaged (an entry named {name!r}); load a copy of it.")
            address = h5py.h5o.get_info(below.id).addr
            if address in seen:
                continue
            seen.add(address)
            if isinstance(below, h5py.Group):
                todo.append(below)
            elif isinstance(below, h5py.Dataset):
                total += StoredArray(here, name).nbytes
    return total


def attribute(parent: Any, name: str) -> Any:
    """Return an attribute as text, a list of texts, or None where there is none.

    Raises:
        ValueError: where it is of another type, or too large.
    """
    import h5py

    if name not in parent.attrs:
        return None
    stored = parent.attrs.get_id(name)
    text = h5py.check_string_dtype(stored.dtype) is not None
    shape = stored.shape  # None where there is a type but no value
    size = -1 if shape is None or len(shape) > 1 else math.prod(shape) * stored.dtype.itemsize
    if not 0 <= size <= parent.file.id.get_filesize() or not (text or size == 0):
        raise ValueError(f"the attribute {name!r} is not text; save the model again.")
    value = parent.attrs[name]
    return [_text(one) for one in value] if np.ndim(value) else _text(value)


def _text(value: Any) -> str:
    """Return text, or raise a UnicodeError where its bytes are no text (h5py lets them pass)."""
    return value.decode("utf-8") if isinstance(value, bytes) else value.encode("utf-8").decode()
