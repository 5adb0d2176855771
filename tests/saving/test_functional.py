"""Graphs of layers keep their shape in files: shared layers, nested models, several outputs."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import nanoconv
from nanoconv import layers, models, saving

RNG = np.random.default_rng(4)
X = {name: RNG.random((8, 4), dtype=np.float32) for name in ("a", "b")}
Y = [RNG.random((8, n), dtype=np.float32) for n in (2, 5, 2)]


def graph(k: Any = nanoconv) -> Any:
    """Build a model with two inputs, three outputs, a shared layer and nested models."""
    inner_input = k.Input((4,), name="inner_input")
    two, three = (k.layers.Dense(n, name=f"dense_{n}") for n in (2, 3))
    inner = k.Model(inner_input, [two(inner_input), three(inner_input)], name="inner")
    chain = k.Sequential(
        [k.Input((4,)), k.layers.Dense(4, activation="tanh", name="d"), k.layers.Dropout(0.0)],
        name="chain",
    )
    a, b = k.Input((4,), name="a"), k.Input((4,), name="b")
    shared = k.layers.Dense(4, activation="relu", name="shared")
    left, right = shared(a), shared(b)
    small, large = inner(chain(k.layers.Add(name="add")([left, right])))
    both = k.layers.Concatenate(name="both")([small, large])
    late = k.layers.Dense(2, name="late")(left)
    model = k.Model({"a": a, "b": b}, [small, both, late], name="graph")
    model.compile("adam", ["mse", "mae", "mse"])
    return model


def fit(model):
    model.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
    return model


def assert_equal_outputs(one, two, tolerance=1e-5):
    pairs = zip(one.predict(X, verbose=0), two.predict(X, verbose=0), strict=True)
    for mine, other in pairs:
        np.testing.assert_allclose(mine, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_a_graph_comes_back_bit_for_bit_and_trains_on(tmp_path, name):
    model = fit(graph())
    model.save(tmp_path / name)
    again = saving.load_model(tmp_path / name)
    assert_equal_outputs(model, again, tolerance=0)
    assert_equal_outputs(fit(model), fit(again), tolerance=0)


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_a_graph_travels_to_keras_and_back(keras, tmp_path, name):
    ours = fit(graph())
    ours.save(tmp_path / name)
    theirs = keras.models.load_model(tmp_path / name)
    assert_equal_outputs(ours, theirs)
    if name == "m.keras":  # after an .h5 file Keras 3.15 on JAX cannot train on
        assert_equal_outputs(fit(ours), fit(theirs))
    theirs.save(tmp_path / f"back-{name}")
    assert_equal_outputs(saving.load_model(tmp_path / f"back-{name}"), theirs)


def test_layers_calls_inputs_and_outputs_are_written_as_keras_writes_them(keras):
    ours, theirs = (
        _skeleton(json.loads(json.dumps(m.get_config()))) for m in (graph(), graph(keras))
    )
    assert ours == theirs


def _skeleton(config):
    """Leave out of a configuration what depends on the layers alone."""
    layers = [
        {
            "class_name": one["class_name"],
            "module": one["module"],
            "name": one["name"],
            "calls": [call["args"] for call in one["inbound_nodes"]],
            "inside": _skeleton(one["config"]) if one["class_name"] == "Functional" else None,
        }
        for one in config["layers"]
    ]
    return layers, config["input_layers"], config["output_layers"]


def test_layers_are_listed_in_keras_order(keras):
    assert [x.name for x in graph().layers] == [x.name for x in graph(keras).layers]


def test_a_layer_shared_by_two_models_stays_one_layer(tmp_path):
    x, y = nanoconv.Input((4,)), nanoconv.Input((4,))
    shared = layers.Dense(4)
    inner = models.Model(y, shared(y))
    model = models.Model(x, layers.Add()([shared(x), inner(x)]))
    model.save(tmp_path / "m.keras")
    again = saving.load_model(tmp_path / "m.keras")
    assert again.count_params() == model.count_params() == 20
    np.testing.assert_array_equal(
        again.predict(X["a"], verbose=0), model.predict(X["a"], verbose=0)
    )


def test_a_model_that_begins_inside_another_is_saved_with_an_input_of_its_own(tmp_path):
    whole = models.Sequential(
        [nanoconv.Input((4,)), layers.Dense(3, name="first"), layers.Dense(2, name="second")]
    )
    tail = models.Model(whole.get_layer("first").output, whole.output)
    assert tail.count_params() == 8
    tail.save(tmp_path / "m.keras")
    x = X["a"][:, :3]
    np.testing.assert_array_equal(
        saving.load_model(tmp_path / "m.keras").predict(x, verbose=0), tail.predict(x, verbose=0)
    )


def test_json_and_config_make_the_same_architecture_with_fresh_weights():
    model = graph()
    for other in (
        models.model_from_json(model.to_json()),
        type(model).from_config(model.get_config()),
    ):
        assert other.get_config() == model.get_config()
        assert not np.array_equal(other.get_weights()[0], model.get_weights()[0])
        other.set_weights(model.get_weights())
        assert_equal_outputs(other, model, tolerance=0)


def test_json_of_keras_makes_the_same_architecture(keras):
    theirs = graph(keras)
    ours = models.model_from_json(theirs.to_json())
    ours.set_weights(theirs.get_weights())
    assert_equal_outputs(ours, theirs)
    back = keras.models.model_from_json(ours.to_json())
    back.set_weights(ours.get_weights())
    assert_equal_outputs(ours, back)


def test_a_clone_has_fresh_weights_and_the_same_layers():
    model = graph()
    clone = models.clone_model(model)
    assert clone.get_config() == model.get_config()
    assert not clone.compiled
    assert not set(clone.weights) & set(model.weights)
    assert not np.array_equal(clone.get_weights()[0], model.get_weights()[0])


def test_clone_function_replaces_layers_even_in_nested_models():
    def wider(layer):
        config = layer.get_config()
        if isinstance(layer, layers.Dense) and layer.name == "d":
            config["activation"] = "relu"
        return type(layer).from_config(config)

    clone = models.clone_model(graph(), clone_function=wider, recursive=True)
    assert clone.get_layer("chain").layers[0].activation is nanoconv.activations.relu
    plain = models.clone_model(
        nanoconv.Sequential([nanoconv.Input((4,)), layers.Dense(2)]), None, wider
    )
    assert plain.count_params() == 10


def test_calls_that_wait_for_each_other_are_refused():
    config = json.loads(json.dumps(graph().get_config()))
    for one in config["layers"]:
        for call in one["inbound_nodes"]:
            if one["name"] == "shared":
                call["args"][0]["config"]["keras_history"] = ["chain", 0, 0]
    with pytest.raises(ValueError, match=r"'shared'.* wait for each other"):
        models.Functional.from_config(config)


def subclass(k):
    """Return a model class whose layers are attributes, one of them in a list."""

    class Net(k.Model):
        def __init__(self, units=3, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.b = k.layers.Dense(units, activation="relu")
            self.a = k.layers.Dense(units)
            self.z = k.layers.Dense(units)
            self._last = [k.layers.Dense(2), k.layers.Dense(2)]

        def call(self, x):
            x = self.z(self.a(self.b(x)))
            for layer in self._last:
                x = layer(x)
            return x

        def get_config(self):
            return {"units": self.units, "name": self.name}

    return Net


def test_weights_of_subclassed_models_travel_both_ways(keras, tmp_path):
    ours, theirs = (subclass(k)() for k in (nanoconv, keras))
    for model in (ours, theirs):
        model(X["a"])
    ours.save_weights(tmp_path / "ours.weights.h5")
    theirs.load_weights(tmp_path / "ours.weights.h5")
    expected = ours.predict(X["a"], verbose=0)
    np.testing.assert_allclose(theirs.predict(X["a"], verbose=0), expected, atol=1e-5)
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    again = subclass(nanoconv)()
    again.build((None, 4))
    again.load_weights(tmp_path / "theirs.weights.h5")
    np.testing.assert_array_equal(again.predict(X["a"], verbose=0), expected)


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_a_subclassed_model_is_loaded_by_its_class(tmp_path, name):
    net = subclass(nanoconv)
    model = net(units=5)
    model.compile("adam", "mse")
    model.fit(X["a"], Y[0], verbose=0)
    model.save(tmp_path / name)
    again = saving.load_model(tmp_path / name, custom_objects={"Net": net})
    for one in (model, again):
        one.fit(X["a"], Y[0], shuffle=False, verbose=0)
    np.testing.assert_array_equal(
        again.predict(X["a"], verbose=0), model.predict(X["a"], verbose=0)
    )
