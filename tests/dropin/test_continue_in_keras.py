"""The way past one machine: a model saved here goes on in Keras on several devices."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.full
def test_training_goes_on_in_keras_on_two_devices(keras, tmp_path):
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
        "JAX_PLATFORMS": "cpu",
    }
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "continue_in_keras.py", "--epochs", "2"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
    )
    told = re.search(
        r"at most (\S+)\naccuracy (\S+) with nanoconv, (\S+) after Keras on 2 device", done.stdout
    )
    assert told, done.stdout + done.stderr
    difference, before, after = map(float, told.groups())
    assert difference < 1e-4  # Winograd's convolution; 1e-5 without it
    assert after > before > 0.8
