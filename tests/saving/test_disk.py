"""Files are written whole or not at all, and never replace another unasked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from nanoconv import saving
from tests.saving.helpers import assert_equal_predictions, cnn, train

NAMES = ["m.keras", "m.h5", "m.weights.h5"]

KILLED_WHILE_SAVING = """
import os, signal, sys
import h5py
import nanoconv
from tests.saving.helpers import cnn

def die(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)

path, when = sys.argv[1:]
if when == "half-way":
    h5py.Group.create_dataset = die
else:  # everything is written, only the last move is missing
    os.replace = die
model = cnn()
model.save_weights(path) if path.endswith(".weights.h5") else model.save(path)
"""


def save(model, path, **options):
    method = model.save_weights if str(path).endswith(".weights.h5") else model.save
    method(path, **options)


def load(path):
    if not str(path).endswith(".weights.h5"):
        return saving.load_model(path)
    model = cnn()
    model.optimizer.build(model.trainable_variables)
    model.load_weights(path)
    return model


@pytest.mark.parametrize("when", ["half-way", "at the end"])
@pytest.mark.parametrize("name", NAMES)
def test_a_program_killed_while_saving_leaves_the_previous_file_whole(tmp_path, name, when):
    model, path = train(cnn()), tmp_path / name
    save(model, path)
    done = subprocess.run([sys.executable, "-c", KILLED_WHILE_SAVING, path, when], timeout=120)
    assert done.returncode == -signal.SIGKILL
    assert_equal_predictions(load(path), model, tolerance=0)


@pytest.mark.parametrize("name", NAMES)
def test_an_error_while_saving_leaves_the_previous_file_and_no_other(tmp_path, name, monkeypatch):
    model, path = train(cnn()), tmp_path / name
    save(model, path)
    monkeypatch.setattr("h5py.Group.create_dataset", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save(cnn(), path)
    monkeypatch.undo()
    assert os.listdir(tmp_path) == [name]
    assert_equal_predictions(load(path), model, tolerance=0)


@pytest.mark.parametrize("name", NAMES)
def test_overwrite_false_leaves_the_file_alone(tmp_path, name):
    path = tmp_path / name
    save(cnn(), path, overwrite=False)
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="overwrite=False; write overwrite=True"):
        save(cnn(), path, overwrite=False)
    assert path.read_bytes() == before
    save(cnn(), path)
    assert path.read_bytes() != before


def test_folders_are_made_and_links_and_modes_kept(tmp_path):
    model = train(cnn())
    model.save(tmp_path / "new" / "folder" / "m.keras")
    target, link = tmp_path / "target.keras", tmp_path / "link.keras"
    cnn().save(target)
    target.chmod(0o640)
    link.symlink_to(target)
    model.save(link)
    assert link.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert_equal_predictions(saving.load_model(target), model, tolerance=0)


def test_a_format_is_told_by_its_content(tmp_path):
    model = train(cnn())
    model.save(tmp_path / "m.keras")
    os.rename(tmp_path / "m.keras", tmp_path / "best.h5")
    assert_equal_predictions(saving.load_model(tmp_path / "best.h5"), model, tolerance=0)
