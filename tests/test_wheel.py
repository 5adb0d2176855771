"""The built wheel, installed elsewhere, trains on the bundled digits and has a window."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.conftest import require

ROOT = Path(__file__).parents[1]
TRAIN = """
import nanoconv, numpy, pathlib
from nanoconv import datasets, layers
assert "site-packages" in nanoconv.__file__, nanoconv.__file__
(x, y), (x_test, y_test) = datasets.mnist.load_sample()
model = nanoconv.Sequential([
    nanoconv.Input(shape=(28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.MaxPooling2D(2),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x / 255.0, y, 64, 2, verbose=2)
accuracy = model.evaluate(x_test / 255.0, y_test, verbose=0)[1]
assert accuracy > 0.85, accuracy
model.save("digits.keras")
"""


def _opens_the_window(python: Path, folder: Path) -> None:
    """Start the installed script where there is no display: it comes as far as asking for one."""
    script = python.with_name("nanoconv-gui")
    alone = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "DISPLAY")}
    command = [script] if sys.platform == "linux" else [script, "--help"]
    result = subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True)
    if sys.platform == "linux":
        assert "The window cannot open" in result.stderr, result.stderr
    else:
        assert result.returncode == 0, result.stderr


@pytest.mark.full
def test_installed_wheel_trains_on_the_bundled_digits(tmp_path: Path) -> None:
    require("build", "dev")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path), str(ROOT)], check=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "nanoconv/datasets/data/mnist_sample.npz" in names
    assert "nanoconv/py.typed" in names
    assert "nanoconv_gui/data/mnist.keras" in names
    folders = {name.partition("/")[0] for name in names}
    assert {f for f in folders if not f.endswith(".dist-info")} == {"nanoconv", "nanoconv_gui"}
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", wheel], check=True)
    alone = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    subprocess.run([python, "-c", TRAIN], check=True, cwd=tmp_path, env=alone)
    assert (tmp_path / "digits.keras").exists()
    _opens_the_window(python, tmp_path)

    editable = [python, "-m", "pip", "install", "-q", "--no-deps", "-e", ROOT]
    subprocess.run(editable, check=True)
    _opens_the_window(python, tmp_path)
    where = "import nanoconv_gui; print(nanoconv_gui.__path__)"
    paths = subprocess.check_output([python, "-c", where], cwd=tmp_path, env=alone, text=True)
    assert str(ROOT) in paths
