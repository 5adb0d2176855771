"""A sample of what `python -m tests.saving.torture` tries; the full run tries more."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are forked")


READERS = "keras h5 weights chain graph npz backup corrections idx emnist cifar png jpeg bmp"


def torture(*arguments: str) -> str:
    """Run the command, which must find nothing."""
    command = [sys.executable, "-m", "tests.saving.torture", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=3000)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_sample_of_damaged_files_and_kills_does_no_harm():
    printed = torture("--tries", "25", "--kills", "9", "--only", *READERS.split(), "kills")
    assert printed.count(" 0 failures") == len(READERS.split())
    assert printed.count("'whole': 3") == 3


@pytest.mark.full
def test_more_of_them_and_all_bombs():
    torture("--tries", "700", "--kills", "60")
