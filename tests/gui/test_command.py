"""`python -m gui`: what it says where the window cannot open, and what it does not import."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    keep = {k: v for k, v in os.environ.items() if k != "DISPLAY"}
    return subprocess.run(
        [sys.executable, "-m", "gui", *arguments],
        env=keep | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_no_display_is_one_sentence():
    result = run()
    assert result.returncode == 1
    assert "set DISPLAY" in result.stderr and result.stderr.count("\n") == 1


def test_a_model_that_cannot_be_read_is_one_sentence(tmp_path):
    (tmp_path / "bad.keras").write_bytes(b"nothing")
    result = run(str(tmp_path / "bad.keras"))
    assert result.returncode == 1
    assert "bad.keras could not be read as a model" in result.stderr
    assert result.stderr.count("\n") == 1


def test_no_tkinter_is_one_sentence(tmp_path):
    (tmp_path / "tkinter.py").write_text("raise ImportError('no tkinter here')")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", os.getcwd())])
    result = run(PYTHONPATH=path)
    assert result.returncode == 1
    assert "python3-tk" in result.stderr and result.stderr.count("\n") == 1


def test_nanoconv_never_imports_the_window():
    code = (
        "import sys, pkgutil, importlib, nanoconv\n"
        "for name in nanoconv._MODULES: importlib.import_module('nanoconv.' + name)\n"
        "assert not [m for m in sys.modules if m == 'gui' or m.startswith('gui.')]\n"
        "assert 'tkinter' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_modules_without_a_window_do_not_import_tk():
    code = (
        "import sys\n"
        "import gui.session, gui.insight, gui.photo, gui.digit_image, gui.corrections, gui.pens\n"
        "assert 'tkinter' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
