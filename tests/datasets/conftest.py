"""A machine that knows no data set, a small data set, and servers of every temper.

Nothing here reaches the internet: downloads come from a server on the loopback interface.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from nanoconv.datasets import sources
from nanoconv.datasets.catalog import IDX_FILES, Dataset, idx_edition, npz_edition
from nanoconv.datasets.formats import Arrays

PROXIES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]
SETTINGS = [
    *("NANOCONV_DATA", "NANOCONV_HOME", "KERAS_HOME", "TFDS_DATA_DIR", "XDG_CACHE_HOME"),
    *PROXIES,
    *(name.lower() for name in PROXIES),
]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a user who has never loaded a data set and set no variable."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setenv("NANOCONV_HOME", str(folder / "nanoconv"))
    monkeypatch.setattr(sources, "_last", {})
    return folder


def digest(content: bytes) -> str:
    """sha256, as a declaration has it."""
    return hashlib.sha256(content).hexdigest()


def to_idx(array: np.ndarray) -> bytes:
    """Encode bytes as IDX."""
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def to_npz(arrays: Arrays) -> bytes:
    """Encode a data set as Keras does."""
    (x_train, y_train), (x_test, y_test) = arrays
    file = io.BytesIO()
    np.savez(file, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return file.getvalue()


def same(one: Arrays, other: Arrays) -> bool:
    """Whether two data sets hold the same values of the same types."""
    flat = [[array for split in arrays for array in split] for arrays in (one, other)]
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(*flat, strict=True))


@pytest.fixture
def arrays(rng: np.random.Generator) -> Arrays:
    """60 + 20 images that are not square, so that an exchange of rows and columns shows."""
    x = rng.integers(0, 256, (80, 6, 5), dtype=np.uint8)
    y = rng.integers(0, 10, 80, dtype=np.uint8)
    return (x[:60], y[:60]), (x[60:], y[60:])


@pytest.fixture
def files(arrays: Arrays) -> dict[str, bytes]:
    """The published files: one .npz, four .gz."""
    (x_train, y_train), (x_test, y_test) = arrays
    parts = (x_train, y_train, x_test, y_test)
    zipped = {n: gzip.compress(to_idx(a)) for n, a in zip(IDX_FILES, parts, strict=True)}
    return {"tiny.npz": to_npz(arrays), **zipped}


@pytest.fixture
def tiny(files: dict[str, bytes]) -> Dataset:
    """The declaration of the small data set, published as MNIST is, but nowhere yet."""
    return Dataset(
        name="tiny",
        title="Tiny",
        train=60,
        test=20,
        image_shape=(6, 5),
        classes=10,
        editions=(
            npz_edition("tiny.npz", digest(files["tiny.npz"])),
            idx_edition(IDX_FILES, [digest(files[name]) for name in IDX_FILES]),
        ),
        tfds_name="tiny",
    )


def published(dataset: Dataset, *mirrors: str) -> Dataset:
    """The same data set, with every file on each of the mirrors."""
    editions = []
    for edition in dataset.editions:
        archives = (
            replace(archive, urls=tuple(f"{mirror}/{archive.name}" for mirror in mirrors))
            for archive in edition.archives
        )
        editions.append(replace(edition, archives=tuple(archives)))
    return replace(dataset, editions=tuple(editions))


def put(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


class Server:
    """A server on the loopback interface.

    Attributes:
        url: its address.
        content: path -> body; other paths are answered with 404.
        stalls: paths whose body stops half-way, the connection staying open.
        asked: the paths that were asked for, in order.
    """

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.stalls: set[str] = set()
        self.asked: list[str] = []
        self.closing = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.block_on_close = False
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(request.path)
        if request.path not in self.content:
            request.send_error(404)
            return
        body = self.content[request.path]
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        stalls = request.path in self.stalls
        try:
            request.wfile.write(body[: len(body) // 2] if stalls else body)
            request.wfile.flush()
        except ConnectionError:
            return  # whoever only wanted to know whether we answer has left
        if stalls:
            self.closing.wait()

    def close(self) -> None:
        self.closing.set()
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that has nothing yet."""
    server = Server()
    yield server
    server.close()


@pytest.fixture
def refusing() -> str:
    """An address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def silent() -> Iterator[str]:
    """An address that takes the connection and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


Damage = Callable[[bytes], bytes]

DAMAGES: dict[str, Damage] = {
    "empty": lambda content: b"",
    "cut short": lambda content: content[: len(content) // 2],
    "one bit": lambda content: (
        content[: len(content) // 2]
        + bytes([content[len(content) // 2] ^ 1])
        + content[len(content) // 2 + 1 :]
    ),
    "a web page": lambda content: b"<html>Please log in</html>",
}
"""What happens to files: the disk was full, the wire was noisy, the hotel wanted a password."""
