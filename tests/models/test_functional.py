"""Graphs of layers: several inputs and outputs, forks, joins, shared layers, models in models.

Each network is trained by Keras and by nanoconv; weights and History must agree.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nanoconv
from tests.models.helpers import assert_same_history, assert_same_weights

N, CLASSES = 13, 3


def image(k: Any, name: str | None = None) -> Any:
    """Return the symbolic input that all networks here begin with."""
    return k.Input(shape=(6, 6, 2), name=name)


def fork_and_join(k: Any) -> Any:
    """A residual block: x + convolution(x), and a second fork that is concatenated."""
    x = inputs = image(k)
    x = k.layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    branch = k.layers.Conv2D(4, 3, padding="same")(x)
    x = k.layers.Add()([x, branch])
    left, right = k.layers.MaxPooling2D()(x), k.layers.AveragePooling2D(2)(x)
    x = k.layers.Flatten()(k.layers.Concatenate()([left, right]))
    return k.Model(inputs, k.layers.Dense(CLASSES, activation="softmax")(x))


def arithmetic(k: Any) -> Any:
    """Tensors added, subtracted, multiplied and scaled by Python's operators."""
    inputs = image(k)
    a = k.layers.Conv2D(2, 3, activation="tanh")(inputs)
    b = k.layers.Conv2D(2, 3, activation="sigmoid")(inputs)
    x = k.layers.Flatten()((a + b) * a - b / 2 + 0.5 - a * 0.25)
    return k.Model(inputs=inputs, outputs=k.layers.Dense(CLASSES, activation="softmax")(x))


def shared_layer(k: Any) -> Any:
    """One convolution that sees the image and what it made of the image."""
    inputs = image(k)
    convolution = k.layers.Conv2D(2, 3, padding="same", activation="tanh")
    x = k.layers.Subtract()([convolution(convolution(inputs)), convolution(inputs)])
    x = k.layers.Flatten()(x)
    return k.Model(inputs, k.layers.Dense(CLASSES, activation="softmax")(x))


def nested(k: Any) -> Any:
    """A Sequential and a functional model inside a model; one of them is called twice."""
    inner_input = k.Input((6, 6, 2))
    inner = k.Model(inner_input, k.layers.Conv2D(2, 3, padding="same")(inner_input), name="inner")
    head = k.Sequential([k.layers.Flatten(), k.layers.Dense(CLASSES, activation="softmax")])
    inputs = image(k)
    return k.Model(inputs, head(k.layers.Maximum()([inner(inner(inputs)), inputs])))


@pytest.mark.parametrize(
    "network",
    [
        fork_and_join,
        nested,
        pytest.param(arithmetic, marks=pytest.mark.full),
        pytest.param(shared_layer, marks=pytest.mark.full),
    ],
)
def test_one_input_and_output_train_as_in_keras(keras, rng, network):
    x = rng.random((N, 6, 6, 2), dtype=np.float32)
    y = rng.integers(0, CLASSES, N)
    fit_both(
        keras,
        network,
        {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
        (x, y),
    )


def two_inputs_and_outputs(structure: str) -> Callable[[Any], Any]:
    """Return a builder of a network with two inputs and two outputs, as lists or dictionaries."""

    def build(k: Any) -> Any:
        a, b = image(k, "a"), k.Input((5,), name="b")
        x = k.layers.Flatten()(k.layers.Conv2D(2, 3, activation="relu")(a))
        x = k.layers.concatenate([x, k.layers.Dense(4, activation="relu")(b)])
        scores = k.layers.Dense(CLASSES, activation="softmax", name="scores")(x)
        size = k.layers.Dense(1, name="size")(x)
        if structure == "lists":
            return k.Model([a, b], [scores, size])
        return k.Model({"a": a, "b": b}, {"scores": scores, "size": size})

    return build


LOSSES = {"loss": {"scores": "sparse_categorical_crossentropy", "size": "mse"}}
ALL_OPTIONS = {
    "loss": {"size": "mae", "scores": "sparse_categorical_crossentropy"},
    "loss_weights": {"scores": 0.3, "size": 2.0},
    "metrics": {"scores": ["accuracy"], "size": ["mse", "mae"]},
}


@pytest.mark.parametrize(
    ("structure", "how"),
    [
        ("dictionaries", ALL_OPTIONS),
        pytest.param("lists", ALL_OPTIONS, marks=pytest.mark.full),
        pytest.param("lists", LOSSES, marks=pytest.mark.full),
    ],
    ids=["dictionaries", "lists", "losses-alone"],
)
def test_two_inputs_and_outputs_train_as_in_keras(keras, rng, structure, how):
    x = {"a": rng.random((N, 6, 6, 2), dtype=np.float32), "b": rng.random((N, 5))}
    y = {"scores": rng.integers(0, CLASSES, N), "size": rng.random((N, 1))}
    ours, theirs = fit_both(keras, two_inputs_and_outputs(structure), how, (x, y))
    both = [model.evaluate(x, y, verbose=0) for model in (ours, theirs)]
    np.testing.assert_allclose(*both, rtol=1e-5)
    both = [model.evaluate(x, y, verbose=0, return_dict=True) for model in (ours, theirs)]
    assert both[0].keys() == both[1].keys()
    mine, other = ours.predict(x, verbose=0), theirs.predict(x, verbose=0)
    assert type(mine) is type(other)
    for key in mine if isinstance(mine, dict) else (0, 1):
        np.testing.assert_allclose(mine[key], other[key], atol=1e-5)


def test_lists_of_losses_weights_and_data_train_as_in_keras(keras, rng):
    x = [rng.random((N, 6, 6, 2), dtype=np.float32), rng.random((N, 5))]
    y = [rng.integers(0, CLASSES, N), rng.random((N, 1))]
    how = {
        "loss": ["sparse_categorical_crossentropy", "mse"],
        "loss_weights": [1.0, 0.5],
        "metrics": [["accuracy"], ["mae"]],
    }
    fit_both(keras, two_inputs_and_outputs("lists"), how, (x, y))


def test_weights_of_pictures_and_of_rows_go_together(rng):
    """A weight for each value of the loss: (N, H, W) for a picture, (N,) for a row."""
    x = nanoconv.Input((4, 3, 2))
    picture = nanoconv.layers.Conv2D(2, 1)(x)
    row = nanoconv.layers.GlobalMaxPooling2D()(x)
    model = nanoconv.Model(x, [picture, row])
    model.compile("sgd", ["mse", "mse"])
    y = [rng.random((N, 4, 3, 2)), rng.random((N, 2))]
    weights = [np.zeros((N, 4, 3)), np.zeros(N)]
    values = model.evaluate(rng.random((N, 4, 3, 2)), y, sample_weight=weights, verbose=0)
    assert values == [0.0, 0.0, 0.0]


@pytest.mark.full
def test_an_output_without_a_loss_is_not_trained(keras, rng):
    x = [rng.random((N, 6, 6, 2), dtype=np.float32), rng.random((N, 5))]
    y = [rng.integers(0, CLASSES, N), rng.random((N, 1))]
    fit_both(keras, two_inputs_and_outputs("lists"), {"loss": [None, "mse"]}, (x, y))


def fit_both(keras: Any, network: Callable[[Any], Any], how: dict, data: tuple) -> tuple[Any, Any]:
    """Train two equal models alike, and compare everything."""
    ours, theirs = network(nanoconv), network(keras)
    assert [w.shape for w in ours.get_weights()] == [w.shape for w in theirs.get_weights()]
    theirs.set_weights(ours.get_weights())
    histories = []
    for model, k in ((ours, nanoconv), (theirs, keras)):
        model.compile(k.optimizers.SGD(0.1), **how)
        histories.append(model.fit(*data, batch_size=5, epochs=2, shuffle=False, verbose=0))
    assert_same_weights(ours, theirs)
    assert_same_history(*histories)
    return ours, theirs


def test_gradients_are_summed_at_forks(rng):
    inputs = nanoconv.Input((4,))
    total = nanoconv.layers.Add()([inputs, inputs, inputs])
    model = nanoconv.Model(inputs, total)
    x = rng.random((2, 4), dtype=np.float32)
    _, tape = model.program.forward([x], keep=True, need_dx=True)
    (dx,), _ = model.program.backward([np.ones_like(x)], tape)
    np.testing.assert_array_equal(dx, 3)


def test_structures_of_inputs_and_outputs_are_kept(rng):
    a, b = nanoconv.Input((4,), name="first"), nanoconv.Input((4,), name="second")
    x, y = rng.random((2, 4)), rng.random((2, 4))
    total, product = a + b, a * b
    lists = nanoconv.Model([a, b], [total, product])
    for data in ([x, y], (x, y), {"first": x, "second": y}):
        result = lists.predict(data, verbose=0)
        assert isinstance(result, list)
        np.testing.assert_allclose(result[1], x * y, rtol=1e-6)
    keys = nanoconv.Model({"u": b, "t": a}, {"p": product, "d": [total]})
    result = keys({"t": x, "u": y})
    np.testing.assert_allclose(result["p"].numpy(), x * y, rtol=1e-6)
    np.testing.assert_allclose(result["d"][0], x + y, rtol=1e-6)
    nested_call = nanoconv.Model([a, b], keys({"u": b, "t": a})["p"])
    np.testing.assert_allclose(nested_call([x, y]), x * y, rtol=1e-6)


def test_the_models_training_flag_wins_over_a_fixed_one_as_in_keras(keras, rng):
    x = rng.random((2, 50), dtype=np.float32) + 1
    for k in (nanoconv, keras):
        inputs = k.Input((50,))
        noisy = k.Sequential([k.layers.Dropout(0.5)])
        never, always = (k.Model(inputs, noisy(inputs, training=t)) for t in (False, True))
        assert (np.asarray(never(x, training=True)) == 0).any()
        np.testing.assert_array_equal(always.predict(x, verbose=0), x)
        assert (np.asarray(always(x)) == 0).any()
        np.testing.assert_array_equal(np.asarray(never(x)), x)


def test_the_middle_of_a_model_becomes_a_model(keras, rng):
    x = rng.random((3, 6, 6, 2), dtype=np.float32)
    ours, theirs = fork_and_join(nanoconv), fork_and_join(keras)
    theirs.set_weights(ours.get_weights())
    maps = [
        k.Model(model.input, [layer.output for layer in model.layers[1:4]])(x)
        for k, model in ((nanoconv, ours), (keras, theirs))
    ]
    for mine, other in zip(*maps, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-5)


def test_summary_and_picture_show_the_connections(tmp_path, capsys):
    model = two_inputs_and_outputs("dictionaries")(nanoconv)
    model.summary(line_length=120)
    text = capsys.readouterr().out
    assert "Connected to" in text
    assert "concatenate" in text
    file = tmp_path / "model.svg"
    nanoconv.utils.plot_model(model, to_file=file, show_shapes=True, show_layer_names=True)
    picture = file.read_text()
    assert "scores" in picture or len(picture) > 10_000  # text may be drawn as outlines


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda x: nanoconv.Model(x, [1.0]), "symbolic tensors are needed"),
        (lambda x: nanoconv.Model(nanoconv.Input((4,)), x), "not among the model's inputs"),
        (lambda x: np.linalg.norm(x), "holds no values"),
        (lambda x: list(x), "cannot be iterated over"),
    ],
)
def test_what_is_no_graph_is_refused(build, sentence):
    x = nanoconv.layers.Dense(4)(nanoconv.Input((4,)))
    with pytest.raises((TypeError, ValueError), match=sentence):
        build(x)
