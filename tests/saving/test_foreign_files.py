"""Files of others that Keras opens, and clear refusals of what nanoconv cannot open."""

from __future__ import annotations

import json
import zipfile

import h5py
import numpy as np
import pytest

import nanoconv
from nanoconv import layers, saving
from tests.saving.helpers import assert_equal_predictions, cnn, train

START = {"class_name": "InputLayer", "config": {"batch_shape": [None, 4], "name": "in"}}


def rewritten(path, change_config=None, change_weights=None):
    """Change what is in a `.keras` file."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    if change_config is not None:
        config = json.loads(members["config.json"])
        change_config(config)
        members["config.json"] = json.dumps(config).encode()
    if change_weights is not None:
        weights = path.with_name("weights.h5")
        weights.write_bytes(members["model.weights.h5"])
        change_weights(weights)
        members["model.weights.h5"] = weights.read_bytes()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def test_compile_settings_without_an_optimizer_mean_rmsprop_as_in_keras(keras, tmp_path):
    model, path = train(cnn()), tmp_path / "m.keras"
    model.save(path)

    def without_optimizer(config):
        del config["compile_config"]["optimizer"]

    rewritten(path, without_optimizer)
    with pytest.warns(UserWarning, match="remembers"):
        loaded = saving.load_model(path)
    theirs = keras.models.load_model(path)
    assert type(loaded.optimizer).__name__ == type(theirs.optimizer).__name__ == "RMSprop"
    assert loaded.loss == theirs.loss
    assert_equal_predictions(loaded, model, tolerance=0)


@pytest.mark.parametrize("first", ["layers", "_layer_checkpoint_dependencies"])
def test_groups_with_backslashes_are_those_of_keras_2_15_on_windows(tmp_path, first):
    model, path = train(cnn()), tmp_path / "m.keras"
    inner = nanoconv.Sequential([nanoconv.Input((4,)), layers.Dense(2)])
    model = nanoconv.Sequential([*model.layers, inner])
    model.save(path)

    def as_on_windows(weights):
        with h5py.File(weights, "a") as file:
            groups = []
            file.visit(lambda name: groups.append(name) if name.endswith("/vars") else None)
            for name in groups:
                above = name.removesuffix("/vars").replace("layers/", f"{first}/")
                file.move(name, above.replace("/", "\\") + "/vars")
            del file["layers"]

    rewritten(path, change_weights=as_on_windows)
    with zipfile.ZipFile(path) as archive, archive.open("model.weights.h5") as data:
        assert f"{first}\\conv2d" in h5py.File(data)
    assert_equal_predictions(saving.load_model(path), model, tolerance=0)


def chain(class_name, **rest):
    layer = {"class_name": class_name, "config": {"name": "x"}, **rest}
    return {"class_name": "Sequential", "config": {"name": "m", "layers": [START, layer]}}


def graph(layer):
    inner = {
        "name": "m",
        "layers": [{**START, "name": "in", "inbound_nodes": []}, layer],
        "input_layers": [["in", 0, 0]],
        "output_layers": [[layer["name"], 0, 0]],
    }
    return {"class_name": "Functional", "config": inner}


MULTIPLY = {
    "class_name": "TFOpLambda",
    "config": {"name": "tf.math.multiply", "function": "math.multiply"},
    "name": "tf.math.multiply",
    "inbound_nodes": [["in", 0, 0, {"y": 2.0, "name": None}]],
}
DENSE = {"class_name": "Dense", "config": {"units": 1, "name": "d"}, "name": "d"}
REFUSED = {
    "an LSTM": (chain("LSTM"), "'x' .*for sequences and text write it in Keras"),
    "one that runs both ways": (chain("Bidirectional"), "'x' .*for sequences and text"),
    "one dimension": (chain("Conv1D"), "write the layer with 2D in its name"),
    "an operation of Keras 2": (graph(MULTIPLY), "'tf.math.multiply' is the operation 'math.mult"),
    "an operation of Keras 3": (chain("Add", module="keras.src.ops.numpy"), "'x' is the operation"),
    "a call that is none": (
        graph({**DENSE, "inbound_nodes": [["in", 0, 0]]}),
        r"\[\[layer, call, output\], ...\] is needed",
    ),
    "Keras 0.x": ({"layers": [{"name": "Dense"}], "name": "Sequential"}, "written by Keras 0.x"),
    "Keras 0.x's graph": ({"class_name": "Graph", "config": {}}, "written by Keras 0.x"),
    "a list": ([], "write what model.to_json"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_opened_says_why(case):
    config, sentence = REFUSED[case]
    with pytest.raises(ValueError, match=sentence):
        nanoconv.models.model_from_json(json.dumps(config))


def test_a_text_may_ask_for_a_model_of_a_size_and_not_of_any():
    large = chain("Dense", config={"name": "x", "units": 10**8})
    large["config"]["layers"][1] = {"class_name": "Dense", "config": {"units": 10**8, "name": "x"}}
    with pytest.raises(ValueError, match=r"x/kernel has 1\.6e\+09 bytes"):
        nanoconv.models.model_from_json(json.dumps(large))
    small = nanoconv.models.model_from_json(nanoconv.models.Sequential.to_json(cnn()))
    assert np.abs(small.get_weights()[0]).max() > 0  # drawn, not left empty
