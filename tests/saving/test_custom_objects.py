"""Your own classes and functions are saved by name, and loaded where you say who they are."""

from __future__ import annotations

import numpy as np
import pytest

import nanoconv
from nanoconv import layers, saving
from nanoconv.core import registry
from tests.saving.helpers import data

X = data()[0].reshape(16, 64)[:, :4]


class Scale(layers.Layer):
    """y = s x"""

    def __init__(self, start=2.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, input_shape):
        self.s = self.add_weight((), nanoconv.initializers.Constant(self.start), name="s")

    def forward(self, x, cache=None):
        if cache is not None:
            cache.x = x
        return x * self.s.value

    def backward(self, dy, cache):
        cache.add_gradient(self.s, np.asarray((dy * cache.x).sum()))
        return dy * self.s.value

    def compute_output_shape(self, input_shape):
        return input_shape


class Hidden(Scale):
    """A layer that keeps its argument under another name, and has no get_config."""

    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        del self.start
        self._factor = factor

    def build(self, input_shape):
        self.s = self.add_weight((), nanoconv.initializers.Constant(self._factor), name="s")


def half_squares(y_true, y_pred):
    return ((y_pred - y_true) ** 2).mean(axis=-1) / 2


@nanoconv.losses.gradient_of(half_squares)
def half_squares_gradient(y_true, y_pred, weights):
    return (y_pred - y_true) * weights[..., None] / y_pred.shape[-1]


def model_with_custom_parts():
    model = nanoconv.Sequential([nanoconv.Input((4,)), Scale(3.0, name="mine"), layers.Dense(2)])
    model.compile("sgd", half_squares)
    model.fit(X, X[:, :2], verbose=0)
    return model


MINE = {"Scale": Scale, "half_squares": half_squares}


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_arguments_that_a_layer_hides_are_remembered(tmp_path, name):
    model = nanoconv.Sequential([nanoconv.Input((4,)), Hidden(3.0, name="mine")])
    model.save(tmp_path / name)
    loaded = nanoconv.models.load_model(tmp_path / name, custom_objects={"Hidden": Hidden})
    assert loaded.layers[-1]._factor == 3.0 and loaded.layers[-1].name == "mine"
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), 3 * X)


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_custom_objects_make_the_model_again(tmp_path, name):
    model = model_with_custom_parts()
    model.save(tmp_path / name)
    again = saving.load_model(tmp_path / name, custom_objects=MINE)
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
    assert again.layers[0].start == 3.0
    for one in (model, again):
        one.fit(X, X[:, :2], verbose=0)
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
    with saving.custom_object_scope(MINE):
        saving.load_model(tmp_path / name)


def test_a_missing_class_is_named_with_the_line_to_write(tmp_path):
    model_with_custom_parts().save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match=r"layer 'mine' .* custom_objects=\{'Scale': \.\.\.\}"):
        saving.load_model(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="half_squares"):
        saving.load_model(tmp_path / "m.keras", custom_objects={"Scale": Scale})
    saving.load_model(tmp_path / "m.keras", custom_objects={"Scale": Scale}, compile=False)


def test_a_registered_class_needs_no_custom_objects(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "_custom", {})
    registered = saving.register_keras_serializable("Pack", "Factor")(Scale)
    assert saving.get_registered_name(registered) == "Pack>Factor"
    assert saving.get_registered_object("Pack>Factor") is Scale
    assert saving.get_registered_object("Pack>None") is None
    assert saving.get_custom_objects() == {"Pack>Factor": Scale}
    model = nanoconv.Sequential([nanoconv.Input((4,)), Scale()])
    model.save(tmp_path / "m.keras")
    again = saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(X, verbose=0), X * 2)


@pytest.mark.parametrize(
    "thing",
    [
        layers.Dense(3, kernel_regularizer="l1"),
        nanoconv.initializers.HeNormal(seed=3),
        nanoconv.regularizers.L1L2(0.1, 0.2),
        nanoconv.constraints.MaxNorm(2.0),
        nanoconv.losses.Huber(delta=2.0),
        nanoconv.metrics.Precision(),
        nanoconv.optimizers.AdamW(0.01),
        nanoconv.optimizers.schedules.CosineDecay(0.1, 10),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_any_object_becomes_data_and_comes_back(keras, thing):
    text = saving.serialize_keras_object(thing)
    again = saving.deserialize_keras_object(text)
    assert type(again) is type(thing)
    assert again.get_config() == thing.get_config()
    theirs = keras.saving.deserialize_keras_object(text)
    assert type(theirs).__name__ == type(thing).__name__
    back = saving.deserialize_keras_object(keras.saving.serialize_keras_object(theirs))
    assert type(back) is type(thing)


def test_data_that_is_no_object_stays_what_it_is():
    plain = {"a": [1, 2.5, None, "x"]}
    assert saving.deserialize_keras_object(saving.serialize_keras_object(plain)) == plain
    with pytest.raises(ValueError, match="nothing that a configuration names is imported"):
        saving.deserialize_keras_object({"module": "os", "class_name": "system", "config": {}})
