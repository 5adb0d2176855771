"""Downloads: from a server on the loopback interface, through both transports."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest

from nanoconv.datasets import DatasetNotFound, last_source, network, sources
from nanoconv.datasets.catalog import Archive, Dataset
from nanoconv.datasets.formats import Arrays
from tests.conftest import require

from .conftest import DAMAGES, Server, digest, published, same

Files = dict[str, bytes]


@pytest.fixture(params=["pooch", "tensorflow-datasets"])
def transport(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Allow one of the two transports only."""
    if request.param == "pooch":
        require("pooch")
        only = network.with_pooch
    else:
        require("tensorflow_datasets", install="datasets")
        only = network.with_tfds
    monkeypatch.setattr(network, "transfers", lambda: [only])
    return request.param


def serve(server: Server, files: Files, folder: str = "") -> str:
    """Publish files in a folder of the server and return its address."""
    server.content.update({f"{folder}/{name}": content for name, content in files.items()})
    return server.url + folder


def test_a_download_is_kept_and_used_again(
    tiny: Dataset, files: Files, arrays: Arrays, home: Path, server: Server, transport: str
) -> None:
    tiny = published(tiny, serve(server, files))
    own = home / "nanoconv" / "datasets" / "tiny"
    assert same(sources.load(tiny), arrays)
    assert last_source("tiny") == ("download", str(own))
    assert [path.name for path in own.iterdir()] == ["tiny.npz"]
    server.asked.clear()
    assert same(sources.load(tiny), arrays)
    assert last_source("tiny") == ("cache", str(own / "tiny.npz"))
    assert server.asked == []


@pytest.mark.parametrize(
    ("transport", "damage"),
    [*(("pooch", damage) for damage in DAMAGES), ("tensorflow-datasets", "cut short")],
    indirect=["transport"],
)
def test_a_mirror_with_a_damaged_file_is_passed_over(
    tiny: Dataset, files: Files, arrays: Arrays, home: Path, server: Server, transport: str,
    damage: str, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    broken = serve(server, {"tiny.npz": DAMAGES[damage](files["tiny.npz"])}, "/broken")
    tiny = published(tiny, broken, serve(server, files))
    assert same(sources.load(tiny), arrays)
    assert f"{broken}/tiny.npz could not be downloaded" in caplog.text
    assert "sha256" in caplog.text
    own = home / "nanoconv" / "datasets" / "tiny"
    assert [path.name for path in own.iterdir()] == ["tiny.npz"]


def test_missing_refusing_and_silent_mirrors_are_passed_over(
    tiny: Dataset, files: Files, arrays: Arrays, server: Server, refusing: str, silent: str,
    transport: str, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(network, "ANSWER_SECONDS", 1.0)
    mirrors = (server.url + "/gone", refusing, silent, serve(server, files))
    assert same(sources.load(published(tiny, *mirrors)), arrays)


def test_the_four_files_are_fetched_where_the_single_one_is_gone(
    tiny: Dataset, files: Files, arrays: Arrays, home: Path, server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(network, "transfers", lambda: [network.with_pooch])
    del files["tiny.npz"]
    assert same(sources.load(published(tiny, serve(server, files))), arrays)
    own = home / "nanoconv" / "datasets" / "tiny"
    assert sorted(path.name for path in own.iterdir()) == sorted(files)


@pytest.mark.parametrize("dead", ["refusing", "silent"])
def test_a_dead_network_costs_one_short_question_and_no_transfer(
    tiny: Dataset, home: Path, dead: str, request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def never(url: str, folder: Path) -> Path:
        raise AssertionError(f"{url} was handed to a transport that would wait for it")

    monkeypatch.setattr(network, "transfers", lambda: [never])
    monkeypatch.setattr(network, "ANSWER_SECONDS", 0.3)
    host = request.getfixturevalue(dead).removeprefix("http://")
    with pytest.raises(DatasetNotFound, match=f"no answer from {host}.*load_sample") as caught:
        sources.load(published(tiny, f"http://{host}"))
    assert str(caught.value).count(host) == 1
    assert not (home / "nanoconv").exists()


def test_the_answer_is_awaited_for_seconds_only() -> None:
    assert network.ANSWER_SECONDS <= 5


def test_a_name_server_that_keeps_silent_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking up a name obeys no timeout, so the question must not be asked in our own thread."""
    requests = require("requests")
    held = threading.Event()

    def look_up(url: str, **options: object) -> None:
        held.wait(600)
        raise requests.ConnectionError("no such name")

    monkeypatch.setattr(network, "ANSWER_SECONDS", 0.1)
    monkeypatch.setattr(requests, "get", look_up)
    assert network.answering(["http://a.invalid/", "http://b.invalid/"]) == set()
    held.set()


def test_a_transfer_that_stands_still_is_given_up(
    tiny: Dataset, files: Files, home: Path, server: Server, transport: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The same server never finishes; left to themselves, both transports would wait for ever."""
    monkeypatch.setattr(network, "STALL_SECONDS", 0.5)
    started: list[subprocess.Popen] = []

    class Recorded(subprocess.Popen):
        def __init__(self, *args: object, **options: object) -> None:
            started.append(self)
            super().__init__(*args, **options)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    tiny = published(tiny, serve(server, {"tiny.npz": files["tiny.npz"]}))
    server.stalls = {"/tiny.npz"}
    with pytest.raises(DatasetNotFound, match=r"/tiny\.npz: "):
        sources.load(tiny)
    assert list((home / "nanoconv" / "datasets" / "tiny").iterdir()) == []
    assert len(started) == (transport == "tensorflow-datasets")
    assert all(process.poll() is not None for process in started)


@pytest.mark.parametrize(
    ("transport", "variable"),
    [("pooch", "HTTP_PROXY"), ("pooch", "http_proxy"), ("tensorflow-datasets", "http_proxy")],
    indirect=["transport"],
)
def test_a_proxy_is_honoured(
    tiny: Dataset, files: Files, arrays: Arrays, server: Server, transport: str, variable: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A host that does not exist can be reached if the proxy knows it."""
    address = "http://data.invalid"
    server.content = {f"{address}/{name}": content for name, content in files.items()}
    monkeypatch.setenv(variable, server.url)
    assert same(sources.load(published(tiny, address)), arrays)
    assert f"{address}/tiny.npz" in server.asked


def test_tensorflow_datasets_is_preferred_and_pooch_steps_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(network.tfds, "installed", lambda: True)
    assert list(network.transfers()) == [network.with_tfds, network.with_pooch]
    monkeypatch.setattr(network.tfds, "installed", lambda: False)
    assert list(network.transfers()) == [network.with_pooch]


def test_a_broken_tensorflow_datasets_does_not_stop_the_download(
    files: Files, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    monkeypatch.setattr(network.tfds, "installed", lambda: True)
    monkeypatch.setattr(network, "TFDS_PROGRAM", "raise SystemExit(1)")
    content = files["tiny.npz"]
    url = serve(server, files) + "/tiny.npz"
    path = network.fetch(Archive("tiny.npz", digest(content), (url,)), tmp_path, {url})
    assert path.read_bytes() == content
    assert "download manager gave up" in caplog.text


def test_a_cache_that_cannot_be_written_does_not_stop_the_download(
    tiny: Dataset, files: Files, arrays: Arrays, home: Path, server: Server,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """A file stands where the folder should be: nobody, not even root, can write into it."""
    monkeypatch.setattr(network, "transfers", lambda: [network.with_pooch])
    (home / "nanoconv").write_bytes(b"")
    assert same(sources.load(published(tiny, serve(server, files))), arrays)
    assert "nothing can be kept in" in caplog.text


def test_nothing_is_downloaded_unless_asked(tiny: Dataset, files: Files, server: Server) -> None:
    with pytest.raises(DatasetNotFound, match="nothing was downloaded"):
        sources.load(published(tiny, serve(server, files)), download=False)
    assert server.asked == []
