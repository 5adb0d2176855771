"""Models as classes: `call` is traced once, and trains like any other graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nanoconv
from tests.models.helpers import assert_same_history, assert_same_weights, digits


def make_class(k: Any) -> type:
    """Return a class of a model, derived from Keras' Model or from nanoconv's."""

    class Block(k.Model):
        def __init__(self, filters: int) -> None:
            super().__init__()
            self.convolution = k.layers.Conv2D(filters, 3, padding="same", activation="relu")
            self.norm = k.layers.BatchNormalization()

        def call(self, x, training=None):
            return self.norm(self.convolution(x), training=training)

    class Digits(k.Model):
        def __init__(self, classes: int) -> None:
            super().__init__(name="digits")
            self.blocks = [Block(2), Block(2)]
            self.dropout = k.layers.Dropout(0.0)
            self.flatten = k.layers.Flatten()
            self.scores = k.layers.Dense(classes, activation="softmax")

        def call(self, x, training=False):
            first = self.blocks[0](x, training=training)
            x = first + self.blocks[1](first, training=training)
            return self.scores(self.dropout(self.flatten(x), training=training))

    return Digits


def test_a_subclass_trains_as_in_keras(keras, rng):
    x, y = digits(rng)
    ours, theirs = make_class(nanoconv)(4), make_class(keras)(4)
    ours(x), theirs(x)  # both are built by their first data
    theirs.set_weights(ours.get_weights())
    histories = []
    for k, model in ((nanoconv, ours), (keras, theirs)):
        model.compile(
            k.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"]
        )
        histories.append(model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0))
    assert_same_weights(ours, theirs, tolerance=1e-4)
    assert_same_history(*histories, tolerance=1e-4)
    assert [type(layer).__name__ for layer in ours.layers] == [
        type(layer).__name__ for layer in theirs.layers
    ]


def test_fit_builds_a_subclass_and_training_reaches_its_layers(rng):
    x, y = digits(rng)
    model = make_class(nanoconv)(4)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, verbose=0)
    moving = model.blocks[0].norm.moving_mean.value
    assert (moving != 0).any()  # so it was called in training mode
    np.testing.assert_array_equal(model.predict(x, verbose=0), model(x).numpy())
    assert model.count_params() == sum(w.size for w in model.get_weights())


def test_a_subclass_is_built_by_shape_and_shows_its_layers(capsys):
    model = make_class(nanoconv)(4)
    model.build((None, 8, 8, 1))
    model.summary()
    assert "dense" in capsys.readouterr().out
    assert model.output_shape == (None, 4)


def test_several_inputs_come_as_list_or_dictionary(rng):
    class Sum(nanoconv.Model):
        def __init__(self):
            super().__init__()
            self.dense = nanoconv.layers.Dense(3)

        def call(self, inputs):
            return {"sum": self.dense(inputs["a"]) + self.dense(inputs["b"])}

    x = {"a": rng.random((4, 5)), "b": rng.random((4, 5))}
    model = Sum()
    result = model(x)["sum"]
    kernel, bias = model.get_weights()
    np.testing.assert_allclose(result, (x["a"] + x["b"]) @ kernel + 2 * bias, rtol=1e-5)


def test_a_subclass_may_draw_its_graph_itself(rng):
    class Drawn(nanoconv.Model):
        def __init__(self):
            inputs = nanoconv.Input((5,))
            super().__init__(inputs=inputs, outputs=nanoconv.layers.Dense(2)(inputs))

    model = Drawn()
    assert model.predict(rng.random((3, 5)), verbose=0).shape == (3, 2)
    assert len(model.layers) == 2


def test_call_may_ask_for_training():
    class Asks(nanoconv.Model):
        def call(self, x, training=None):
            return x * 2 if training else x

    model = Asks()
    assert model(np.ones((1, 3))).tolist() == [[1, 1, 1]]
    assert model(np.ones((1, 3)), training=True).tolist() == [[2, 2, 2]]


def test_free_form_call_is_run_for_every_batch():
    class Free(nanoconv.Model):
        def call(self, x):
            return np.sin(x)

    assert Free()(np.zeros((2, 3))).tolist() == np.zeros((2, 3)).tolist()


def test_a_layer_with_call_takes_part_in_a_graph():
    class Composed(nanoconv.layers.Layer):
        def call(self, x):
            return 2 * x

    assert Composed()(nanoconv.Input((3,))).shape == (None, 3)


def test_a_model_without_call_is_refused():
    with pytest.raises(NotImplementedError, match="def call"):
        nanoconv.Model().build((None, 3))
