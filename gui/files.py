"""Writing files so that nothing is lost: the old file stays whole until the new one is complete."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a name beside `path` to write to; afterwards it takes the place of `path`.

    Where writing fails, the old file is as it was, and nothing is left beside it.

    Raises:
        OSError: where the file cannot be written, such as on a full disk.

    Example:
        >>> with replacing("notes.txt") as part:
        ...     part.write_text("all of it")
    """
    path = Path(path)
    part = path.with_name(f".{path.stem}-{os.getpid()}{path.suffix}")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
