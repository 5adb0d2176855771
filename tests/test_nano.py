"""`examples/nano.py` is the library in small: the same steps from the same weights."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nanoconv
from nanoconv import layers
from nanoconv.kernels import dispatch

ROOT = Path(__file__).parents[1]
FILE = ROOT / "examples" / "nano.py"


@pytest.fixture
def nano():
    specification = importlib.util.spec_from_file_location("nano", FILE)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def build_library_model(optimizer):
    """The network of `train_mnist.py` without dropout, whose random masks are the library's own."""
    model = nanoconv.Sequential(
        [
            nanoconv.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(256, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


@pytest.fixture(params=["numba", "numpy"])
def backend(request):
    before = dispatch.get_backend()
    dispatch.set_backend(request.param)
    yield
    dispatch.set_backend(before)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_five_steps_end_at_the_weights_of_the_library(nano, optimizer, backend):
    digits = np.load(nano.DIGITS)
    x, labels = digits["x_train"][:160, ..., None] / np.float32(255), digits["y_train"][:160]
    theirs = build_library_model(getattr(nanoconv.optimizers, optimizer)(0.001))
    ours = nano.build_model()
    for layer in ours.layers:
        if isinstance(layer, nano.Dropout):
            layer.rate = 0.0
    for w, weight in zip(ours.weights, theirs.get_weights(), strict=True):
        w[...] = weight.reshape(w.shape)  # a kernel (KH, KW, C, O) is (KH KW C, O) there

    own_optimizer = getattr(nano, optimizer)(0.001)
    for first in range(0, 160, 32):
        batch = slice(first, first + 32)
        loss = ours.train_step(x[batch], labels[batch], own_optimizer)
        assert loss == pytest.approx(theirs.train_on_batch(x[batch], labels[batch]), abs=1e-5)
    for w, weight in zip(ours.weights, theirs.get_weights(), strict=True):
        np.testing.assert_allclose(w, weight.reshape(w.shape), rtol=0, atol=1e-5)


@pytest.mark.full
def test_it_reads_the_bundled_digits():
    done = subprocess.run([sys.executable, FILE], capture_output=True, text=True, check=True)
    assert float(done.stdout.split("Test accuracy: ")[1]) >= 0.95


def test_it_is_one_short_file_on_numpy_alone():
    text = FILE.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 230
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert imported - set(sys.stdlib_module_names) == {"numpy"}


def test_the_files_to_go_on_with_exist_and_hold_what_is_promised():
    names = re.findall(r"^(?:class|def) (\w+).*  # (\S+\.py)$", FILE.read_text("utf-8"), re.M)
    assert len(names) >= 10
    for name, file in names:
        text = (ROOT / "nanoconv" / file).read_text(encoding="utf-8")
        assert re.search(rf"^(class|def) \w*{name}", text, re.M | re.I), f"{name} not in {file}"
