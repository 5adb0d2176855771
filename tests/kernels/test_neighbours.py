"""nanoconv brings no OpenMP, so it lives in one process with frameworks that bring their own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import require

COMPUTE = """
import numpy as np
from nanoconv import kernels
view = kernels.window((3, 3), (1, 1), (1, 1), "same", 24, 24)
x, kernel = np.ones((16, 24, 24, 16), "float32"), np.ones((3, 3, 16, 16), "float32")
for _ in range(3):
    y = kernels.conv2d_forward(x, kernel, None, view, relu=True)
    kernels.conv2d_backward(x, kernel, y, view, y)
assert y[0, 5, 5, 0] == 144 and y[15, 0, 0, 3] == 64
"""


def run(code: str) -> None:
    """Run code in a fresh process without the setting that hides clashes of OpenMP."""
    env = {name: value for name, value in os.environ.items() if name != "KMP_DUPLICATE_LIB_OK"}
    command = [sys.executable, "-c", code]
    got = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)
    assert got.returncode == 0, got.stderr


def test_computing_loads_no_openmp():
    check = "from threadpoolctl import threadpool_info\n"
    check += "assert not [lib for lib in threadpool_info() if lib['user_api'] == 'openmp']"
    run(COMPUTE + check)


@pytest.mark.full
@pytest.mark.parametrize("order", ["before", "after"])
def test_it_computes_beside_torch_and_tensorflow(order):
    require("torch", "peers")
    require("tensorflow", "peers")
    peers = (
        "import torch, tensorflow\n"
        "ones = torch.ones(8, 16, 24, 24)\n"
        "torch.nn.functional.conv2d(ones, torch.ones(16, 16, 3, 3)).sum().item()\n"
        "tensorflow.nn.conv2d(tensorflow.ones((8, 24, 24, 16)), tensorflow.ones((3, 3, 16, 16)),"
        " 1, 'SAME').numpy()\n"
    )
    run(peers + COMPUTE + peers if order == "before" else COMPUTE + peers + COMPUTE)
