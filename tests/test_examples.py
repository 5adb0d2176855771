"""The main example does what its page says, as its user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*arguments: str, folder: Path, **environment: str) -> str:
    """Run the example in an empty home folder; return what it printed."""
    result = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "train_mnist.py"), *arguments],
        cwd=folder, capture_output=True, text=True, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(folder), "USERPROFILE": str(folder),
             "PYTHONIOENCODING": "utf-8", **environment},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_without_internet_it_trains_on_the_sample_and_draws(tmp_path):
    dead = {"https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    told = run("--epochs", "1", folder=tmp_path, **dead)
    assert "Using sample: 4,000 images to learn from, 1,000 to test on." in told
    assert "Test loss: " in told
    assert float(told.split("Test accuracy: ")[1].split()[0]) > 0.85
    written = {path.name for path in (tmp_path / "output").iterdir()}
    assert written == {"accuracy.png", "loss.png", "misread.png", "mnist.keras", "model.png"}


def test_no_plots_writes_the_model_alone(tmp_path):
    run("--epochs", "1", "--no-plots", "--optimizer", "sgd", "--lr", "0.1", "--constant",
        "--output", "here", folder=tmp_path)  # fmt: skip
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["mnist.keras"]


@pytest.mark.full
def test_the_sample_alone_reaches_the_promised_accuracy(tmp_path):
    told = run("--no-plots", folder=tmp_path)
    assert float(told.split("Test accuracy: ")[1].split()[0]) >= 0.965
