"""Metrics of one name do not overwrite each other: all keys and values are those of Keras."""

from __future__ import annotations

import numpy as np
import pytest

import nanoconv


def mine(k):
    """A metric object whose name is that of a string."""
    return k.metrics.SparseCategoricalAccuracy(name="accuracy")


ONE = [
    lambda k: {"metrics": ["accuracy"], "weighted_metrics": ["accuracy"]},
    lambda k: {"metrics": ["accuracy", "accuracy"]},
    lambda k: {"metrics": ["accuracy", "acc", mine(k), mine(k)]},
    lambda k: {"weighted_metrics": ["accuracy", "accuracy", mine(k)]},
    lambda k: {"metrics": ["accuracy", "accuracy"], "weighted_metrics": ["accuracy", "accuracy"]},
    lambda k: {"metrics": ["accuracy", "acc"], "weighted_metrics": ["acc", mine(k)]},
    lambda k: {"metrics": {"out": ["accuracy", "acc"]}, "weighted_metrics": {"out": "accuracy"}},
    lambda k: {"metrics": {"other": "accuracy"}, "weighted_metrics": [["accuracy"], "acc"]},
    lambda k: {"metrics": [k.losses.sparse_categorical_crossentropy] * 2},
]
TWO = [
    lambda k: {"metrics": [["accuracy"], ["accuracy"]], "weighted_metrics": [["accuracy"], []]},
    lambda k: {"metrics": ["accuracy", "accuracy"], "weighted_metrics": ["acc", "accuracy"]},
    lambda k: {"metrics": {"a": "accuracy", "b": ["accuracy", "acc", "accuracy"]}},
    lambda k: {"metrics": {"b": "accuracy"}, "weighted_metrics": {"b": ["accuracy", mine(k)]}},
    lambda k: {"metrics": [[mine(k), mine(k)], None], "weighted_metrics": {"a": [mine(k)]}},
    lambda k: {"metrics": [[k.metrics.SparseCategoricalAccuracy(name="a_accuracy")], "accuracy"]},
    lambda k: {"weighted_metrics": {"a": ["accuracy"] * 3, "b": ["accuracy"] * 2}},
]


@pytest.fixture(scope="module")
def models(keras):
    """Equal models with one output and with two, by number of outputs."""

    def build(k, outputs):
        inputs = k.Input((3,))
        made = [k.layers.Dense(4, "softmax", name=name)(inputs) for name in outputs]
        return k.Model(inputs, made if len(made) > 1 else made[0])

    pairs = {}
    for outputs in (["out"], ["a", "b"]):
        ours, theirs = build(nanoconv, outputs), build(keras, outputs)
        theirs.set_weights(ours.get_weights())
        pairs[len(outputs)] = ours, theirs
    return pairs


@pytest.mark.parametrize("outputs, options", [*((1, o) for o in ONE), *((2, o) for o in TWO)])
def test_every_metric_has_a_key_and_it_is_that_of_keras(keras, models, rng, outputs, options):
    x, y, w = rng.random((12, 3), np.float32), rng.integers(0, 4, 12), rng.random(12)
    y, w = ([y, y[::-1]], [w, w[::-1]]) if outputs == 2 else (y, w)
    ours, theirs = models[outputs]
    loss = "sparse_categorical_crossentropy"
    ours.compile("sgd", loss, **options(nanoconv))
    theirs.compile("sgd", loss, **options(keras), run_eagerly=True)
    fitting = {"batch_size": 5, "verbose": 0}
    found = ours.evaluate(x, y, sample_weight=w, return_dict=True, **fitting)
    expected = theirs.evaluate(x, y, sample_weight=w, return_dict=True, **fitting)
    assert list(found) == list(expected)
    np.testing.assert_allclose(list(found.values()), list(expected.values()), rtol=1e-5)
    listed = ours.evaluate(x, y, sample_weight=w, **fitting)
    assert dict(zip(ours.metrics_names, listed, strict=True)) == found
    # Keras' list repeats a value whose name comes twice; ours has each key once.
    in_order = list(dict.fromkeys(theirs.evaluate(x, y, sample_weight=w, **fitting)))
    np.testing.assert_allclose(list(dict.fromkeys(listed)), in_order, rtol=1e-5)


def test_a_name_given_twice_can_be_monitored(rng):
    model = nanoconv.Sequential([nanoconv.Input((3,)), nanoconv.layers.Dense(4, "softmax")])
    counted = {"metrics": ["accuracy"], "weighted_metrics": ["accuracy"]}
    model.compile("sgd", "sparse_categorical_crossentropy", **counted)
    stop = nanoconv.callbacks.EarlyStopping("val_weighted_accuracy", patience=9)
    x, y = rng.random((12, 3)), rng.integers(0, 4, 12)
    history = model.fit(x, y, validation_split=0.5, callbacks=[stop], verbose=0)
    assert {"accuracy", "weighted_accuracy", "val_weighted_accuracy"} <= set(history.history)
    assert stop.best is not None
