"""The chain: which source is used, which is passed over, and how the user gets to know."""

from __future__ import annotations

import gzip
import logging
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nanoconv.datasets import DatasetDamaged, DatasetNotFound, last_source, network, sources
from nanoconv.datasets.catalog import Dataset
from nanoconv.datasets.formats import Arrays

from .conftest import DAMAGES, Server, published, put, same, to_npz

Files = dict[str, bytes]


def test_path_to_an_npz_file(tiny: Dataset, files: Files, arrays: Arrays, tmp_path: Path) -> None:
    path = put(tmp_path / "here", {"other name.npz": files["tiny.npz"]}) / "other name.npz"
    assert same(sources.load(tiny, path), arrays)
    assert last_source("tiny") == ("path", str(path))


@pytest.mark.parametrize("spelling", ["gzipped", "unpacked", "unpacked with a dot"])
def test_path_to_a_folder_of_idx_files(
    tiny: Dataset, files: Files, arrays: Arrays, tmp_path: Path, spelling: str
) -> None:
    del files["tiny.npz"]
    if spelling != "gzipped":
        files = {n.removesuffix(".gz"): gzip.decompress(c) for n, c in files.items()}
    if spelling == "unpacked with a dot":
        files = {name.replace("-idx", ".idx"): content for name, content in files.items()}
    folder = put(tmp_path / "here", files)
    assert same(sources.load(tiny, str(folder)), arrays)
    assert last_source("tiny") == ("path", str(folder))


def test_arrays_are_the_callers_to_change(tiny: Dataset, files: Files, tmp_path: Path) -> None:
    (x_train, y_train), _ = sources.load(tiny, put(tmp_path / "here", files))
    x_train += 1
    y_train[:] = 0


def test_a_folder_of_the_working_directory_is_a_path(
    tiny: Dataset, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "digits", files)
    monkeypatch.chdir(tmp_path)
    sources.load(tiny, "digits")
    assert last_source("tiny") == ("path", "digits")


def test_a_file_of_the_working_directory_is_not_a_name_in_the_caches(
    tiny: Dataset, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatasetNotFound):
        sources.load(tiny, "tiny.npz", download=False)
    sources.load(tiny, os.path.join(".", "tiny.npz"), download=False)


def test_a_path_that_does_not_exist_is_an_error_and_not_a_download(
    tiny: Dataset, files: Files, server: Server, tmp_path: Path
) -> None:
    server.content = {f"/{name}": content for name, content in files.items()}
    with pytest.raises(DatasetNotFound, match=r"nowhere.*does not exist: path= takes"):
        sources.load(published(tiny, server.url), tmp_path / "nowhere" / "tiny.npz")
    assert server.asked == []


def test_a_folder_without_the_files_says_which_are_expected(
    tiny: Dataset, files: Files, tmp_path: Path
) -> None:
    del files["tiny.npz"], files["train-labels-idx1-ubyte.gz"]
    with pytest.raises(DatasetNotFound, match=r"tiny\.npz or train-images-idx3-ubyte\.gz, train-l"):
        sources.load(tiny, put(tmp_path / "half", files))


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["tiny.npz", "t10k-images-idx3-ubyte.gz"])
def test_a_damaged_path_is_an_error_that_names_the_file(
    tiny: Dataset, files: Files, tmp_path: Path, name: str, damage: str
) -> None:
    files[name] = DAMAGES[damage](files[name])
    if name != "tiny.npz":
        del files["tiny.npz"]
    folder = put(tmp_path / "here", files)
    with pytest.raises(DatasetDamaged, match=name.replace(".", r"\.")):
        sources.load(tiny, folder / name if name == "tiny.npz" else folder)
    assert last_source("tiny") is None


def test_wrong_content_in_a_sound_file_is_an_error(
    tiny: Dataset, arrays: Arrays, tmp_path: Path
) -> None:
    (x, y), test = arrays

    def refusal(changed: Arrays) -> str:
        folder = put(tmp_path / "here", {"tiny.npz": to_npz(changed)})
        with pytest.raises(DatasetDamaged) as caught:
            sources.load(tiny, folder)
        return str(caught.value)

    assert "(59, 6, 5), Tiny has uint8 (60, 6, 5)" in refusal(((x[1:], y[1:]), test))
    assert "images are float32" in refusal(((x.astype(np.float32), y), test))
    assert "labels are uint8 (59,)" in refusal(((x, y[1:]), test))
    assert "labels are float64" in refusal(((x, y / 1.0), test))
    assert "go from 0 to 10, Tiny has 0 to 9" in refusal(((x, np.arange(60) % 11), test))
    assert "go from -1" in refusal(((x, np.arange(60) % 10 - 1), test))
    assert "test images" in refusal(((x, y), (x, y)))


def test_an_npz_of_objects_is_refused_without_running_it(tiny: Dataset, tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "exploded",)

    objects = np.array([Bomb()] * 60, dtype=object)
    bomb = to_npz(((objects, objects), (objects, objects)))
    with pytest.raises(DatasetDamaged, match=r"tiny\.npz is damaged"):
        sources.load(tiny, put(tmp_path / "here", {"tiny.npz": bomb}))
    assert not (tmp_path / "exploded").exists()


def test_the_order_of_the_sources(
    tiny: Dataset, files: Files, arrays: Arrays, home: Path, server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Each source is used only when those before it have nothing."""
    server.content = {f"/{name}": content for name, content in files.items()}
    tiny = published(tiny, server.url)
    own = home / "nanoconv" / "datasets" / "tiny"
    keras_home = put(home / "elsewhere" / "datasets", files)
    monkeypatch.setenv("KERAS_HOME", str(home / "elsewhere"))
    monkeypatch.setattr(network.tfds, "installed", lambda: False)
    steps = [
        ("environment", put(home / "data" / "tiny", files) / "tiny.npz"),
        ("environment", put(home / "data", files) / "tiny.npz"),
        ("cache", put(own, files) / "tiny.npz"),
        ("keras", keras_home / "tiny.npz"),
        ("download", own),
    ]
    monkeypatch.setenv("NANOCONV_DATA", str(home / "data"))
    for kind, location in steps:
        assert same(sources.load(tiny), arrays)
        assert last_source("tiny") == (kind, str(location))
        assert (server.asked == []) == (kind != "download")
        folder = location.parent if location.suffix else location
        for name in files:
            (folder / name).unlink(missing_ok=True)


def test_keras_cache_is_found_in_the_home(tiny: Dataset, files: Files, home: Path) -> None:
    put(home / ".keras" / "datasets" / "tiny-folder", files)
    sources.load(replace(tiny, keras_folder="tiny-folder"), download=False)
    assert last_source("tiny").kind == "keras"


def test_the_cache_follows_the_platform_where_no_variable_says_otherwise(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NANOCONV_HOME")
    assert sources.cache_folder().is_relative_to(home)
    assert "nanoconv" in str(sources.cache_folder())


def test_a_bare_name_is_the_name_in_the_caches(
    tiny: Dataset, files: Files, arrays: Arrays, home: Path
) -> None:
    folder = put(home / ".keras" / "datasets", {"mine.npz": files["tiny.npz"]})
    assert same(sources.load(tiny, "mine.npz", download=False), arrays)
    assert last_source("tiny") == ("keras", str(folder / "mine.npz"))


def test_a_bare_name_is_also_the_name_of_the_download(
    tiny: Dataset, files: Files, home: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network.tfds, "installed", lambda: False)
    server.content = {"/tiny.npz": files["tiny.npz"]}
    sources.load(published(tiny, server.url), "mine.npz")
    assert os.listdir(home / "nanoconv" / "datasets" / "tiny") == ["mine.npz"]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_is_named_and_the_next_source_used(
    tiny: Dataset, files: Files, arrays: Arrays, home: Path, caplog: pytest.LogCaptureFixture,
    damage: str,
) -> None:  # fmt: skip
    broken = DAMAGES[damage](files["tiny.npz"])
    own = put(home / "nanoconv" / "datasets" / "tiny", {"tiny.npz": broken})
    put(home / ".keras" / "datasets", {"tiny.npz": files["tiny.npz"]})
    assert same(sources.load(tiny, download=False), arrays)
    assert last_source("tiny").kind == "keras"
    (warning,) = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert str(own / "tiny.npz") in warning
    assert "sha256" in warning
    assert warning.endswith("not used")


def test_a_sound_file_that_is_not_the_published_one_is_not_used_from_a_cache(
    tiny: Dataset, arrays: Arrays, home: Path
) -> None:
    (x, y), test = arrays
    poisoned = to_npz(((x, (y + 1) % 10), test))
    put(home / ".keras" / "datasets", {"tiny.npz": poisoned})
    with pytest.raises(DatasetNotFound, match="sha256"):
        sources.load(tiny, download=False)


def test_a_damaged_download_of_ours_is_replaced(
    tiny: Dataset, files: Files, arrays: Arrays, home: Path, server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(network.tfds, "installed", lambda: False)
    server.content = {"/tiny.npz": files["tiny.npz"]}
    own = put(home / "nanoconv" / "datasets" / "tiny", {"tiny.npz": files["tiny.npz"][:-9]})
    assert same(sources.load(published(tiny, server.url)), arrays)
    assert (own / "tiny.npz").read_bytes() == files["tiny.npz"]


def test_a_folder_variable_that_names_no_folder_is_told(
    tiny: Dataset, files: Files, home: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    put(home / ".keras" / "datasets", files)
    monkeypatch.setenv("NANOCONV_DATA", str(home / "gone"))
    sources.load(tiny, download=False)
    assert "gone is not a folder; not used" in caplog.text


def test_the_source_is_logged(
    tiny: Dataset, files: Files, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "nanoconv.datasets")
    folder = put(tmp_path / "here", files)
    sources.load(tiny, folder)
    assert caplog.messages == [f"tiny is read from {folder} (path)"]


def test_nothing_found_is_one_sentence_that_names_the_sample(tiny: Dataset) -> None:
    with pytest.raises(DatasetNotFound) as caught:
        sources.load(tiny, download=False)
    message = str(caught.value)
    assert "nanoconv.datasets.tiny.load_data() to download it" in message
    assert "nanoconv.datasets.mnist.load_sample()" in message
    assert message.count(". ") == 0
    assert isinstance(caught.value, FileNotFoundError)
