"""Compilation: imported only when needed, kept on disk where possible, announced once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nanoconv import kernels

SOURCE = Path(kernels.__file__).parent

COMPUTE = """
import warnings
warnings.simplefilter("always")
import numpy as np
from nanoconv import kernels
print(kernels.relu_forward(np.array([-1.0, 2.0])), kernels.__file__)
"""


def python(code: str, folder: Path, **environment: str) -> subprocess.CompletedProcess:
    """Run code in a fresh process that imports nanoconv from a folder."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA", "NANOCONV"))}
    env |= {"PYTHONPATH": str(folder)} | environment
    command = [sys.executable, "-B", "-c", code]
    got = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, timeout=120)
    assert got.returncode == 0, got.stderr
    return got


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the kernels alone: they need nothing else of nanoconv."""
    folder = tmp_path / "site"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(SOURCE, folder / "nanoconv" / "kernels", ignore=ignore)
    (folder / "nanoconv" / "__init__.py").touch()
    return folder


def test_the_kernels_stand_alone_and_import_no_compiler(copy):
    code = "import sys, nanoconv.kernels\nassert 'numba' not in sys.modules, 'numba'"
    python(code + "\nassert 'threadpoolctl' not in sys.modules", copy)


def test_the_numpy_backend_never_imports_numba(copy):
    code = (
        "import sys, numpy as np, nanoconv.kernels as k\n"
        "k.relu_forward(np.ones(3)); k.sgd_update(np.ones(3), np.ones(3), 0.1)\n"
        "assert 'numba' not in sys.modules"
    )
    python(code, copy, NANOCONV_BACKEND="numpy")


def test_an_unknown_backend_in_the_environment_is_named(copy):
    code = "import nanoconv.kernels as k\ntry: k.get_backend()\nexcept ValueError as e: print(e)"
    got = python(code, copy, NANOCONV_BACKEND="numpi")
    assert "NANOCONV_BACKEND is 'numpi'" in got.stdout and "did you mean 'numpy'" in got.stdout


def test_without_compilation_numpy_computes_and_one_line_says_so(copy):
    code = (
        "import sys, numpy as np, nanoconv.kernels as k\n"
        "print(k.relu_forward(np.array([-1.0, 2.0])), k.get_backend())\n"
        "k.set_backend('numba'); print(k.relu_forward(np.array([-1.0, 2.0])), k.get_backend())\n"
        "assert 'numba' not in sys.modules"
    )
    got = python(code, copy, NUMBA_DISABLE_JIT="1")
    assert got.stdout == "[0. 2.] numpy\n" * 2
    assert got.stderr.count("NUMBA_DISABLE_JIT is set") == 1 == got.stderr.count("\n")
    code = "import nanoconv.kernels as k; print(k.get_backend())"
    got = python(code, copy, NUMBA_DISABLE_JIT="1", NANOCONV_BACKEND="naive")
    assert (got.stdout, got.stderr) == ("naive\n", "")
    assert python(code, copy, NUMBA_DISABLE_JIT="0").stdout == "numba\n"


def test_compiling_is_announced_on_a_cold_cache_only(copy):
    cold = python(COMPUTE, copy)
    assert cold.stderr.count("compiling kernels (first run only)") == 1
    warm = python(COMPUTE, copy)
    assert "compiling" not in warm.stderr


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX folder rights")
def test_a_read_only_folder_falls_back_to_the_users_cache_and_then_to_memory(copy, tmp_path):
    # A file where a folder should be cannot be written even by root.
    for package in ("kernels", "kernels/compiled", "kernels/compiled/convolution"):
        (copy / "nanoconv" / package / "__pycache__").touch()
    home = tmp_path / "home"
    home.mkdir()
    got = python(COMPUTE, copy, HOME=str(home), XDG_CACHE_HOME=str(home / "cache"))
    assert "Warning" not in got.stderr
    assert list(home.rglob("*.nbi"))

    nowhere = tmp_path / "file"
    nowhere.touch()
    got = python(COMPUTE, copy, HOME=str(nowhere), XDG_CACHE_HOME=str(nowhere))
    assert got.stderr.count("RuntimeWarning: No folder for compiled kernels can be written") == 1
    assert "[0. 2.]" in got.stdout


def test_an_edited_rule_is_compiled_anew_although_another_file_calls_it(copy):
    code = "import numpy as np, nanoconv.kernels as k\n"
    code += "w = np.zeros(2); k.sgd_update(w, np.ones(2), 1.0); print(w[0])"
    assert python(code, copy).stdout == "-1.0\n"
    rules = copy / "nanoconv" / "kernels" / "updates.py"
    text = rules.read_text()
    assert "return (learning_rate * g,)" in text
    rules.write_text(text.replace("return (learning_rate * g,)", "return (learning_rate * g * 3,)"))
    assert python(code, copy).stdout == "-3.0\n"
