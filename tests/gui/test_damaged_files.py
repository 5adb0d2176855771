"""Damaged and hostile files that one opens in the window: a sentence with the file's name, or read.

python -m pytest -n 0 -s -m full tests/gui/test_damaged_files.py      # more of them, with counts
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from PIL import Image

from gui.corrections import Corrections
from gui.photo import read_photo
from gui.reading import load
from gui.session import SHIPPED
from gui.strokes import rasterise
from tests.gui.conftest import draw, placed

SUFFIXES = ("npz", "keras", "png", "jpg", "gif", "bmp", "tif", "webp")
READERS = {"npz": Corrections.load, "keras": load}


def damaged(content: bytes, generator: np.random.Generator) -> bytes:
    """Return a file's bytes cut off, overwritten, changed at random, or with bytes in between."""
    data, start = bytearray(content), int(generator.integers(len(content)))
    if generator.random() < 0.5:  # headers and directories are more delicate than contents
        start = int(generator.integers(min(200, len(data))))
        start = start if generator.random() < 0.5 else len(data) - 1 - start
    noise = generator.bytes(int(generator.integers(1, 9)))
    kind = generator.integers(4)
    if kind == 0:
        return bytes(data[:start])
    if kind == 1:
        data[start] ^= 1 << int(generator.integers(8))
    elif kind == 2:
        data[start : start + len(noise)] = noise
    else:
        data[start:start] = noise
    return bytes(data)


@pytest.fixture(scope="module")
def good(tmp_path_factory, digits) -> dict[str, bytes]:
    """A good file's bytes, by its suffix."""
    folder = tmp_path_factory.mktemp("good")
    Corrections().with_all(digits[0][:5], digits[1][:5]).save(folder / "x.npz")
    image = Image.fromarray((255 - 200 * rasterise(placed(4), 64, 0.06)).astype(np.uint8))
    for suffix in SUFFIXES[2:]:
        image.save(folder / f"x.{suffix}")
    files = {
        suffix: (folder / f"x.{suffix}").read_bytes() for suffix in SUFFIXES if suffix != "keras"
    }
    return files | {"keras": SHIPPED.read_bytes()}


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("tries", [40, pytest.param(1500, marks=pytest.mark.full)])
def test_a_damaged_file_is_read_or_refused_by_a_sentence(good, tmp_path, suffix, tries, capsys):
    generator = np.random.default_rng(tries)
    path, outcomes = tmp_path / f"bad.{suffix}", Counter()
    for _ in range(tries):
        content = damaged(good[suffix], generator)
        path.write_bytes(content)
        try:
            READERS.get(suffix, read_photo)(path)
        except ValueError as error:
            assert "bad." in str(error) and "\n" not in str(error), str(error)
            outcomes["refused"] += 1
        else:
            outcomes["read"] += 1
    assert outcomes["refused"] >= tries / 10
    print(f"{suffix}: {tries} damaged files, {dict(outcomes)}")


@pytest.mark.parametrize(
    ("action", "suffix"),
    [("load_corrections", "npz"), ("open_model", "keras"), ("open_image", "png")],
)
def test_the_window_names_the_damaged_file_and_stays_as_it_was(app, good, tmp_path, action, suffix):
    draw(app, placed(2))
    model = app.session.model
    path = tmp_path / f"half.{suffix}"
    path.write_bytes(good[suffix][: len(good[suffix]) // 2])
    assert not getattr(app.files, action)(path)
    assert f"half.{suffix}" in app.panels.status["text"] and "\n" not in app.panels.status["text"]
    assert app.session.model is model and app.prediction.digit == 2
    assert not len(app.session.corrections) and not app.session.can_undo


def test_a_model_that_answers_nan_is_refused(app, shipped, tmp_path):
    app.session.model.weights[-1].value[3] = np.nan
    app.session.model.save(tmp_path / "nan.keras")
    app.session.restore_shipped()
    model = app.session.model
    assert not app.files.open_model(tmp_path / "nan.keras")
    assert "NaN" in app.panels.status["text"]
    assert app.session.model is model
