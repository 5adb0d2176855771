"""The notebooks and examples run from a clean kernel, and are committed with their outputs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import require

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTEBOOKS = sorted((EXAMPLES / "notebooks").glob("*.ipynb"))
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent), "KERAS_BACKEND": "jax"}


def cells(path: Path, kind: str) -> list[dict]:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


# What the first process to need a kernel tells; it may be a notebook's.
COMPILING = "nanoconv: compiling kernels (first run only)...\n"


def test_there_is_a_course_of_notebooks():
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{i:02d}" for i in range(1, 9)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_as_it_ran(path):
    code = [cell for cell in cells(path, "code") if "".join(cell["source"]).strip()]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell["outputs"]]
    kinds = {output["output_type"] for output in outputs}
    assert "error" not in kinds
    assert not [o for o in outputs if o.get("name") == "stderr"], "a warning was committed"
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 2
    text = json.dumps([o.get("text") or o["data"].get("text/plain") for o in outputs])
    assert not re.search(r"/(home|root|work|tmp|Users)/", text), "a path of one machine"
    assert path.stat().st_size < 600_000


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_begins_with_a_title_and_ends_with_something_to_try(path):
    texts = ["".join(cell["source"]) for cell in cells(path, "markdown")]
    assert texts[0].startswith(f"# {int(path.name[:2])} · ")
    assert "**Try:**" in texts[-1]


@pytest.mark.full
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_a_clean_kernel(path, monkeypatch):
    nbformat, nbclient = require("nbformat", "study"), require("nbclient", "study")
    monkeypatch.setenv("PYTHONPATH", ENVIRONMENT["PYTHONPATH"])
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=600, startup_timeout=300, kernel_name="python3"
    )
    client.execute()  # raises where a cell does
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            told = output.text if output.get("name") == "stderr" else ""
            assert told.replace(COMPILING, "") == "", told


@pytest.mark.full
def test_the_comparison_with_keras_finds_no_difference(tmp_path):
    command = [sys.executable, EXAMPLES / "compare_with_keras.py"]
    command += ["--epochs", "2", "--images", "640", "--output", tmp_path]
    run = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert run.returncode == 0, run.stderr
    (worst,) = re.findall(r"largest difference: (\S+) of", run.stdout)
    assert float(worst) < 1e-5
    assert (tmp_path / "compare_with_keras.png").read_bytes().startswith(b"\x89PNG")
