"""Activations, explanations and saliency are what the model really computes."""

from __future__ import annotations

import numpy as np
import pytest

import nanoconv
from nanoconv import layers, study

IMAGES = (2, 9, 8, 3)


def small_model(**last):
    return nanoconv.Sequential(
        [
            nanoconv.Input((9, 8, 3)),
            layers.Conv2D(4, 3, activation="tanh", name="conv"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Flatten(name="flat"),
            layers.Dense(5, name="dense", **last),
        ]
    )


# ---- activations --------------------------------------------------------------------------------


def test_activations_are_each_layers_output_in_order(rng):
    model, x = small_model(activation="softmax"), rng.normal(size=IMAGES).astype("float32")
    found = model.activations(x)
    assert list(found) == ["conv", "pool", "flat", "dense"]
    y = x
    for layer in model.layers:
        y = layer(y)
        np.testing.assert_allclose(found[layer.name], y, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found["dense"], model.predict(x, verbose=0))


def test_activations_follow_a_graph_with_shared_and_nested_layers(rng):
    inputs = nanoconv.Input((4,), name="x")
    shared = layers.Dense(4, name="shared")
    inner = nanoconv.Sequential([nanoconv.Input((4,)), layers.Dense(3)], name="inner")
    outputs = layers.Add(name="sum")([inner(shared(shared(inputs))), inner(inputs)])
    model = nanoconv.Model(inputs, outputs)
    x = rng.normal(size=(2, 4)).astype("float32")
    found = study.activations(model, x)
    assert list(found) == ["shared", "shared[1]", "inner", "inner[1]", "sum"]
    np.testing.assert_allclose(found["shared[1]"], shared(shared(x)), rtol=1e-5)
    np.testing.assert_allclose(found["sum"], model(x), rtol=1e-5)


def test_activations_build_the_model_and_check_its_input(rng):
    model = nanoconv.Sequential([layers.Dense(3, name="dense")])
    assert model.activations(rng.normal(size=(2, 4)))["dense"].shape == (2, 3)
    with pytest.raises(ValueError, match="4"):
        model.activations(np.zeros((2, 5)))


# ---- explain ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2D(4, 3, activation="relu", bias_initializer="ones"),
        layers.Conv2D(4, (2, 3), strides=(2, 1), padding="same"),
        layers.Conv2D(4, 2, dilation_rate=3, padding="same", use_bias=False),
        layers.Conv2D(4, 3, activation="softmax"),
        layers.MaxPooling2D(2),
        layers.MaxPooling2D((3, 2), strides=(2, 3), padding="same"),
        layers.AveragePooling2D(3, strides=2, padding="same"),
        layers.GlobalAveragePooling2D(),
        layers.GlobalMaxPooling2D(keepdims=True),
        layers.Dense(5, activation="tanh", bias_initializer="ones"),
    ],
    ids=lambda layer: layer.name,
)
def test_every_output_value_is_the_sum_of_its_products(layer, rng):
    x = rng.normal(size=IMAGES).astype("float32") - 1  # mostly negative: padding must not win
    y = np.asarray(layer(x))
    for index in np.ndindex(y.shape):
        told = study.explain(layer, x, index)
        assert told.y == pytest.approx(y[index], rel=1e-5, abs=1e-6)
        assert told.z == pytest.approx(told.products.sum() + told.bias, abs=1e-5)
        if told.activation == "linear":
            assert told.z == pytest.approx(told.y, rel=1e-5, abs=1e-5)
        for term in told.terms():
            assert term.value == x[term.place]
            assert term.product == pytest.approx(term.value * term.weight)
        if told.activation == "relu":
            assert told.y == pytest.approx(max(told.z, 0), rel=1e-5, abs=1e-5)


def test_an_explanation_tells_the_window_and_what_lies_outside(rng):
    x = rng.normal(size=(1, 5, 5, 2)).astype("float32")
    corner = study.explain(layers.Conv2D(3, 3, padding="same"), x, (0, 0, 4, 1))
    assert corner.window == (-1, 3, 3, 3)
    assert corner.values.shape == corner.weights.shape == corner.products.shape == (3, 3, 2)
    assert corner.inside[..., 0].tolist() == [[False] * 3, [True, True, False], [True, True, False]]
    assert not corner.values[~corner.inside].any()
    assert len(corner.terms()) == 8


def test_terms_come_in_the_order_of_their_weight(rng):
    terms = study.explain(layers.Dense(2), rng.normal(size=(1, 30)), (0, -1)).terms()
    sizes = [abs(term.product) for term in terms]
    assert len(terms) == 30 and sizes == sorted(sizes, reverse=True)


def test_the_printed_explanation_adds_up(rng):
    layer = layers.Dense(2, activation="relu", name="d")
    text = str(study.explain(layer, rng.normal(size=(1, 30)), (0, 1)))
    lines = [line.split()[-1] for line in text.splitlines()[2:]]
    assert sum(map(float, lines[:-1])) == pytest.approx(float(lines[-1]), abs=1e-3)
    assert "relu(" in text and "and 18 smaller ones" in text


def test_of_equal_maxima_the_first_is_named():
    told = study.explain(layers.MaxPooling2D(2), np.zeros((1, 2, 2, 1)), (0, 0, 0, 0))
    assert told.weights.tolist() == [[1, 0], [0, 0]]


def test_what_cannot_be_explained_is_refused():
    x = np.zeros((1, 4, 4, 1))
    with pytest.raises(TypeError, match="is Flatten, but explain knows Conv2D, Dense and pooling"):
        study.explain(layers.Flatten(), x, (0, 0))
    for index in [(0, 2, 0, 0), (0, 0, 0), (1, 0, 0, 0)]:
        with pytest.raises(IndexError, match="which has no value at"):
            study.explain(layers.MaxPooling2D(2), x, index)


# ---- saliency -----------------------------------------------------------------------------------


@pytest.mark.parametrize("last", [{"activation": "softmax"}, {}], ids=["softmax", "logits"])
def test_saliency_is_the_slope_of_the_logit_over_the_mean(last, rng):
    model, x = small_model(**last), rng.normal(size=IMAGES).astype("float32")
    slopes = study.saliency(model, x, labels=2)

    def score(images):
        flat = nanoconv.Model(model.inputs, model.get_layer("flat").output)(images)
        dense = model.get_layer("dense")
        z = np.asarray(flat, float) @ dense.kernel.value + dense.bias.value
        return z[:, 2] - z.mean(axis=1)

    v = rng.normal(size=x.shape).astype("float32")
    numeric = (score(x + 1e-3 * v) - score(x - 1e-3 * v)) / 2e-3
    np.testing.assert_allclose((slopes * v).sum(axis=(1, 2, 3)), numeric, rtol=0.02, atol=1e-2)


def test_saliency_asks_about_the_predicted_class_by_default(rng):
    model, x = small_model(activation="softmax"), rng.normal(size=IMAGES).astype("float32")
    predicted = model.predict(x, verbose=0).argmax(axis=1)
    np.testing.assert_array_equal(study.saliency(model, x), study.saliency(model, x, predicted))


def test_saliency_of_a_sure_network_does_not_vanish(rng):
    model = small_model(activation="softmax")
    model.get_layer("dense").kernel.value[...] *= 1e4
    x = rng.normal(size=IMAGES).astype("float32")
    assert model.predict(x, verbose=0).max() == 1
    assert np.abs(study.saliency(model, x)).max() > 1


def test_saliency_of_one_logit():
    model = nanoconv.Sequential([nanoconv.Input((3,)), layers.Dense(1, "sigmoid", name="d")])
    slopes = study.saliency(model, np.zeros((1, 3), "float32"))
    np.testing.assert_allclose(slopes[0], model.get_layer("d").kernel.value[:, 0])


def test_saliency_refuses_labels_that_are_no_classes():
    with pytest.raises(ValueError, match="tells 5 classes apart"):
        study.saliency(small_model(), np.zeros(IMAGES), labels=5)
