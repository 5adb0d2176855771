"""Files are written whole or not at all, and never replace another unasked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import warnings

import pytest

import nanoconv
from nanoconv import saving
from nanoconv.core.safe_files import replacing
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


def test_a_format_is_known_by_its_content(tmp_path):
    model = train(cnn())
    model.save(tmp_path / "m.keras")
    os.rename(tmp_path / "m.keras", tmp_path / "best.h5")
    assert_equal_predictions(saving.load_model(tmp_path / "best.h5"), model, tolerance=0)


ON_A_FULL_DISK = """
import resource, sys
from tests.saving.helpers import cnn

path, size = sys.argv[1], int(sys.argv[2])
model = cnn()
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))  # as if the disk had no more room
try:
    model.save_weights(path) if path.endswith(".weights.h5") else model.save(path)
except OSError as error:
    print(error)
    raise SystemExit(3)
"""


@pytest.mark.parametrize("size", [pytest.param(0, marks=pytest.mark.full), 3000])
@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_is_an_error_and_the_previous_file_stays(tmp_path, name, size):
    model, path = train(cnn()), tmp_path / name
    save(model, path)
    command = [sys.executable, "-c", ON_A_FULL_DISK, path, str(size)]
    done = subprocess.run(command, timeout=120, capture_output=True, text=True)
    assert done.returncode == 3, done.stderr  # not a segmentation fault
    assert "nothing was saved" in done.stdout and name in done.stdout
    assert os.listdir(tmp_path) == [name]
    assert_equal_predictions(load(path), model, tolerance=0)


@pytest.mark.parametrize("name", NAMES)
def test_threads_may_save_to_one_path_while_others_read_it(tmp_path, name):
    models, path, wrong = [cnn() for _ in range(3)], tmp_path / name, []
    save(models[0], path)
    known = {model.get_weights()[0].tobytes() for model in models}

    def saving_often(model):
        try:
            for _ in range(10):
                save(model, path)
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=saving_often, args=(model,)) for model in models]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert load(path).get_weights()[0].tobytes() in known
    assert not wrong
    assert os.listdir(tmp_path) == [name]


def test_names_of_255_bytes_can_be_saved_and_longer_ones_are_named(tmp_path):
    name = "m" * 249 + ".keras"
    cnn().save(tmp_path / name)
    assert os.listdir(tmp_path) == [name]
    with pytest.raises(OSError, match=r"mmmm\.keras"):
        cnn().save(tmp_path / f"m{name}")
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("name", NAMES[:1])  # `torture` kills all kinds
def test_what_a_killed_save_left_goes_with_the_next_one_of_that_name(tmp_path, name):
    for _ in range(2):
        subprocess.run([sys.executable, "-c", KILLED_WHILE_SAVING, tmp_path / name, "x"])
        assert len(os.listdir(tmp_path)) == 1  # the orphan of this kill, but not of the last
    save(cnn(), tmp_path / f"other-{name}")
    assert len(os.listdir(tmp_path)) == 2  # another name's orphan is none of its business
    with replacing(tmp_path / f"third-{name}"):
        save(cnn(), tmp_path / name)
        save(cnn(), tmp_path / f"third-{name}")  # and a file that is being written is no orphan
        assert len(os.listdir(tmp_path)) == 4
    assert sorted(os.listdir(tmp_path)) == sorted([name, f"other-{name}", f"third-{name}"])


def test_errors_name_the_user_s_file(tmp_path, monkeypatch):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    with pytest.raises(FileNotFoundError, match=r"m\.keras.*working directory that was removed"):
        saving.load_model("m.keras")
    with pytest.raises(FileNotFoundError, match=r"nothing was saved.*m\.keras"):
        cnn().save("m.keras")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"file/m\.keras"):
        cnn().save("file/m.keras")


def test_a_named_pipe_is_refused_at_once(tmp_path):
    pipe = tmp_path / "m.keras"
    os.mkfifo(pipe)
    for act in (saving.load_model, cnn().load_weights, cnn().save):
        with pytest.raises(ValueError, match=r"m\.keras is a pipe"):
            act(pipe)


def test_plots_are_replaced_as_a_whole(tmp_path, monkeypatch):
    path = tmp_path / "model.png"
    path.write_bytes(b"the older one")
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda *_, **__: 1 / 0)
    for draw in (
        lambda: nanoconv.utils.plot_model(cnn(), to_file=path),
        lambda: nanoconv.study.plot_history({"loss": [1.0, 2.0]}, to_file=path),
    ):
        with pytest.raises(ZeroDivisionError):
            draw()
    assert path.read_bytes() == b"the older one"
    monkeypatch.undo()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nanoconv.utils.plot_model(cnn(), to_file=path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert os.listdir(tmp_path) == ["model.png"]
