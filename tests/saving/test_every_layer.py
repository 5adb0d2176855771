"""Every layer travels to Keras and back, in every format."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nanoconv
from nanoconv import saving
from tests.layers.cases import AUGMENTING, RANDOM, STEADY
from tests.layers.harness import Case, draw

CASES = list({case.layer: case for case in (*STEADY, *RANDOM, *AUGMENTING)}.values())


def model_of(case: Case, k: Any = nanoconv) -> Any:
    """Build a model of one layer, with random weights."""
    shapes = case.shape if isinstance(case.shape, list) else [case.shape]
    inputs = [k.Input(shape[1:], name=f"x{i}") for i, shape in enumerate(shapes)]
    layer = case.make(k.layers)
    model = k.Model(inputs, layer(inputs if isinstance(case.shape, list) else inputs[0]))
    model.set_weights([np.abs(draw(w.shape, "float32", 5)) + 0.5 for w in model.get_weights()])
    return model


@pytest.mark.full
@pytest.mark.parametrize("case", [c for c in CASES if c.layer != "InputLayer"], ids=str)
@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_a_layer_travels_to_keras_and_back(keras, tmp_path, case, name):
    ours, x = model_of(case), draw(case.shape, "float32")
    expected = ours.predict(x, verbose=0)
    ours.save(tmp_path / name)
    theirs = keras.models.load_model(tmp_path / name)
    np.testing.assert_allclose(
        np.asarray(theirs(x, training=False)), expected, rtol=1e-5, atol=1e-5
    )
    if name == "m.h5" and case in AUGMENTING:
        return  # Keras 3.15 cannot save most of these as .h5 files (it tries to copy a module)
    theirs.save(tmp_path / f"back-{name}")
    back = saving.load_model(tmp_path / f"back-{name}")
    np.testing.assert_array_equal(back.predict(x, verbose=0), expected)


@pytest.mark.full
@pytest.mark.parametrize("case", [c for c in CASES if c.layer != "InputLayer"], ids=str)
def test_a_layers_weights_travel_to_keras_and_back(keras, tmp_path, case):
    ours, theirs, back = model_of(case), model_of(case, keras), model_of(case)
    back.set_weights([np.zeros_like(w) for w in back.get_weights()])
    ours.save_weights(tmp_path / "ours.weights.h5")
    theirs.load_weights(tmp_path / "ours.weights.h5")
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    back.load_weights(tmp_path / "theirs.weights.h5")
    for mine, other in zip(ours.get_weights(), back.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)
