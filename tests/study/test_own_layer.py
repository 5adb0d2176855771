"""Somebody's own layer: one class with forward and backward gets everything else for free."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

import nanoconv
from nanoconv import layers, study

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_a_layer_that_is_built_by_hand_keeps_its_weights():
    conv = layers.Conv2D(1, 3)
    conv.build((None, 8, 8, 1))
    assert conv.built
    kernel = np.arange(9.0).reshape(3, 3, 1, 1)
    conv.set_weights([kernel, np.zeros(1)])
    conv(np.zeros((1, 8, 8, 1)))
    assert len(conv.weights) == 2
    np.testing.assert_array_equal(conv.kernel.value, kernel)


@pytest.fixture(scope="module")
def example():
    return runpy.run_path(str(EXAMPLES / "own_layer.py"))


def test_the_guides_layer_is_short():
    code = (EXAMPLES / "own_layer.py").read_text().split('"""', 2)[2]
    lines = [line for line in code.splitlines() if line.strip() and not line.startswith("#")]
    assert len(lines) < 40


def test_the_guides_layer_passes_the_gradient_check(example):
    report = study.check_gradients(example["Swish"](), (4, 7))
    assert report, report


def test_the_guides_layer_is_counted_saved_and_loaded(example, tmp_path, capsys):
    model = nanoconv.Sequential([nanoconv.Input((5,)), example["Swish"](start=2.0, name="swish")])
    model.summary()
    assert "swish (Swish)" in capsys.readouterr().out
    model.save(tmp_path / "model.keras")
    twin = nanoconv.models.load_model(tmp_path / "model.keras")
    assert twin.layers[0].get_config()["start"] == 2.0
    x = np.linspace(-3, 3, 10, dtype="float32").reshape(2, 5)
    np.testing.assert_array_equal(twin(x), model(x))


def test_the_guide_runs(example, capsys):
    example["main"]()
    told = capsys.readouterr().out
    assert "2 of 2 gradients are right" in told and "the same after loading: True" in told
