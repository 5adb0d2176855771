"""Keras scripts of all ages run with nanoconv in Keras' place, without a change.

They are written in the manner of what is found in public: Keras 1, Keras 2, tf.keras and Keras 3.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "scripts"
SCRIPTS = sorted(HERE.rglob("*.py"))
FILES = {
    "original": ["model.png", "mnist.h5", "accuracy.png", "loss.png"],
    "two_branches": ["two_branches.png"],
    "clothes": ["prediction.png"],
    "curves": ["curves.png"],
    "plateau": ["best.h5"],
    "pipeline": ["digits.model"],
    "start": ["final_model.keras", "model_at_epoch_2.keras"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run all scripts in one process; return where each left its files."""
    folder = tmp_path_factory.mktemp("scripts")
    root = str(Path(__file__).parents[2])
    environment = os.environ | {"PYTHONPATH": root, "MPLBACKEND": "Agg", "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.dropin.runner", folder, *SCRIPTS],
        env=environment,
        cwd=root,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_script_runs(folder, script):
    place = folder / f"{script.parent.name}_{script.stem}"
    failure = place / "failure.txt"
    assert not failure.exists(), failure.read_text()
    for name in FILES.get(script.stem, []):
        assert (place / name).stat().st_size > 0
