"""What tensorflow-datasets has prepared is read, in both formats, and TensorFlow is not needed."""

from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from nanoconv.datasets import DatasetDamaged, DatasetNotFound, last_source, sources, tfds
from nanoconv.datasets.catalog import Dataset
from nanoconv.datasets.formats import Arrays
from tests.conftest import require


@pytest.fixture
def library() -> ModuleType:
    """tensorflow-datasets, with what it needs to read array_record and to decode images."""
    require("array_record", install="datasets")
    require("PIL", install="datasets")
    return require("tensorflow_datasets", install="datasets")


def png(image: np.ndarray) -> io.BytesIO:
    """Encode an image; tensorflow-datasets itself would need TensorFlow for that."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    file.seek(0)
    return file


def prepare(library: ModuleType, arrays: Arrays, data_dir: Path) -> Path:
    """Prepare the arrays as the data set "tiny" in the format array_record."""
    splits = dict(zip(("train", "test"), arrays, strict=True))

    class Tiny(library.core.GeneratorBasedBuilder, skip_registration=True):
        VERSION = library.core.Version("1.0.0")
        pkg_dir_path = None

        def _info(self) -> Any:
            features = {
                "image": library.features.Image(shape=(6, 5, 1)),
                "label": library.features.ClassLabel(num_classes=10),
            }
            return library.core.DatasetInfo(
                builder=self, features=library.features.FeaturesDict(features)
            )

        def _split_generators(self, dl_manager: Any) -> Any:
            return {name: self._generate_examples(name) for name in splits}

        def _generate_examples(self, split: str) -> Any:
            for index, (image, label) in enumerate(zip(*splits[split], strict=True)):
                yield index, {"image": png(image), "label": int(label)}

    library.disable_progress_bar()
    Tiny(data_dir=str(data_dir), file_format="array_record").download_and_prepare()
    return data_dir / "tiny" / "1.0.0"


@pytest.fixture
def prepared(library: ModuleType, arrays: Arrays, home: Path) -> Path:
    """The folder of the prepared data set in the place where tensorflow-datasets keeps it."""
    return prepare(library, arrays, home / "tensorflow_datasets")


def as_tfrecord(folder: Path) -> None:
    """Turn a prepared folder into the default format, in which TensorFlow is needed to write."""
    from array_record.python.array_record_module import ArrayRecordReader

    for path in folder.glob("*.array_record-*"):
        reader = ArrayRecordReader(str(path))
        records = reader.read_all()
        reader.close()
        path.with_name(path.name.replace("array_record", "tfrecord")).write_bytes(
            b"".join(struct.pack("<Q4x", len(r)) + r + bytes(4) for r in records)
        )
        path.unlink()
    info = folder / "dataset_info.json"
    info.write_text(info.read_text().replace("array_record", "tfrecord"))


def in_any_order(arrays: Arrays) -> list[list[tuple[bytes, int]]]:
    """The pairs of image and label; the preparation shuffles them."""
    return [sorted(zip(map(bytes, x), y.tolist(), strict=True)) for x, y in arrays]


@pytest.mark.parametrize("file_format", ["array_record", "tfrecord"])
def test_a_prepared_data_set_is_found_and_read(
    tiny: Dataset, arrays: Arrays, prepared: Path, file_format: str
) -> None:
    if file_format == "tfrecord":
        as_tfrecord(prepared)
    found = sources.load(tiny, download=False)
    assert in_any_order(found) == in_any_order(arrays)
    assert [a.dtype for split in found for a in split] == [np.uint8] * 4
    assert last_source("tiny") == ("tensorflow-datasets", str(prepared))


@pytest.mark.parametrize("file_format", ["array_record", "tfrecord"])
def test_reading_does_not_import_tensorflow(prepared: Path, file_format: str) -> None:
    if file_format == "tfrecord":
        as_tfrecord(prepared)
    program = f"""
import sys
from pathlib import Path
from nanoconv.datasets import tfds
from nanoconv.datasets.catalog import Dataset
tiny = Dataset("tiny", "Tiny", (), "tiny", 60, 20, (6, 5))
(x, y), test = tfds.read_prepared(Path({str(prepared)!r}), tiny)
assert x.shape == (60, 6, 5)
print("tensorflow" in sys.modules, "tensorflow_datasets" in sys.modules)
"""
    root = Path(__file__).parents[2]
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False
    )
    assert result.stdout == "False True\n", result.stderr


def test_many_examples_are_read_in_several_chunks(
    tiny: Dataset, arrays: Arrays, prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tfds, "CHUNK", 7)
    assert in_any_order(tfds.read_prepared(prepared, tiny)) == in_any_order(arrays)


def test_the_folder_can_be_given_as_path(
    tiny: Dataset, arrays: Arrays, prepared: Path, tmp_path: Path
) -> None:
    moved = shutil.move(prepared, tmp_path / "1.0.0")
    assert in_any_order(sources.load(tiny, moved)) == in_any_order(arrays)
    assert last_source("tiny").kind == "path"


def test_another_data_folder_and_the_newest_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    for version in ("3.0.1", "3.0.10", "2.9.9", "3.0.9.incomplete", "a.b.c"):
        (tmp_path / "mnist" / version).mkdir(parents=True)
        (tmp_path / "mnist" / version / "dataset_info.json").touch()
    (tmp_path / "mnist" / "4.0.0").mkdir()
    assert [folder.name for folder in tfds.prepared_folders("mnist")] == [
        "3.0.10",
        "3.0.1",
        "2.9.9",
    ]


@pytest.mark.parametrize("file_format", ["array_record", "tfrecord"])
@pytest.mark.parametrize("harm", ["cut short", "removed", "relabelled", "other count", "no info"])
def test_a_damaged_preparation_is_named_and_not_used(
    tiny: Dataset, prepared: Path, file_format: str, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    if file_format == "tfrecord":
        as_tfrecord(prepared)
    (train,) = prepared.glob("*train*")
    info = prepared / "dataset_info.json"
    if harm == "cut short":
        train.write_bytes(train.read_bytes()[:-100])
    elif harm == "removed":
        train.unlink()
    elif harm == "relabelled":
        (prepared / "features.json").write_text("{}")
    elif harm == "other count":
        declared = json.loads(info.read_text())
        declared["splits"][0]["shardLengths"] = ["61"]
        info.write_text(json.dumps(declared))
    else:
        info.write_text("")
    with pytest.raises(DatasetNotFound, match=r"tiny.*load_sample"):
        sources.load(tiny, download=False)
    assert str(prepared) in caplog.text
    assert "not used" in caplog.text


def test_another_data_set_under_the_same_name_is_not_used(
    tiny: Dataset, library: ModuleType, arrays: Arrays, home: Path
) -> None:
    (x, y), test = arrays
    prepare(library, ((x[:50], y[:50]), test), home / "tensorflow_datasets")
    with pytest.raises(DatasetNotFound, match=r"training images are uint8 \(50, 6, 5\)"):
        sources.load(tiny, download=False)


def test_a_missing_extra_is_named(
    tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tfds, "installed", lambda: False)
    with pytest.raises(DatasetDamaged, match=r"pip install 'nanoconv\[datasets\]'"):
        tfds.read_prepared(tmp_path, tiny)
