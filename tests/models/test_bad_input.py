"""Bad input: one clear sentence, and the model is what it was before."""

from __future__ import annotations

import numpy as np
import pytest

import nanoconv
from nanoconv import layers
from tests.conftest import require
from tests.models.helpers import digits, small_cnn


@pytest.fixture
def model():
    model = small_cnn(nanoconv)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def bad_calls():
    x, y = digits(np.random.default_rng(0))
    nan = x.copy()
    nan[3, 0, 0, 0] = np.nan
    huge = x.copy()
    huge[1] = np.inf
    late = y.copy()
    late[-1] = 4
    return {
        "wrong rank": (x.reshape(22, 64), y, {}, "shape .22, 64."),
        "wrong size": (x[:, :7], y, {}, "built for"),
        "wrong channels": (np.repeat(x, 3, axis=-1), y, {}, "built for"),
        "empty": (x[:0], y[:0], {}, "empty"),
        "lengths differ": (x, y[:20], {}, "22.*20"),
        "label too large": (x, late, {}, "label 4 .* 4 classes"),
        "label negative": (x, y - 1, {}, "label -1"),
        "label not whole": (x, y + 0.5, {}, "label"),
        "NaN": (nan, y, {}, "sample 3"),
        "infinity": (huge, y, {}, "sample 1"),
        "text": (x.astype(str), y, {}, "numbers are needed"),
        "one-hot for sparse": (x, np.eye(4)[y], {}, "categorical_crossentropy"),
        "batch size 0": (x, y, {"batch_size": 0}, "positive integer"),
        "split of nothing": (x, y, {"validation_split": 1.0}, "validation_split"),
        "validation of one item": (x, y, {"validation_data": (x,)}, "validation_data"),
        "bad validation labels": (x, y, {"validation_data": (x, late)}, "label 4"),
        "weights of another length": (x, y, {"sample_weight": np.ones(3)}, "sample_weight"),
        "callback of another kind": (x, y, {"callbacks": ["stop"]}, "callbacks"),
    }


@pytest.mark.parametrize("case", bad_calls())
def test_fit_refuses_and_leaves_the_model_unchanged(model, case):
    x, y, options, sentence = bad_calls()[case]
    before, iterations = model.get_weights(), int(model.optimizer.iterations)
    with pytest.raises(ValueError, match=sentence):
        model.fit(x, y, verbose=0, shuffle=False, **options)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert int(model.optimizer.iterations) == iterations


NAMES = np.array(["cat", "dog", "bird", "fish"])
BAD_LABELS = {
    "text": (lambda y: NAMES[y], r"np.unique\(labels, return_inverse=True\)"),
    "text as objects": (lambda y: NAMES[y].astype(object), "return_inverse=True"),
    "a list of text": (lambda y: NAMES[y].tolist(), "return_inverse=True"),
    "a scalar": (lambda y: 3, r"write np.array\(\[3\]\)"),
    "None": (lambda y: np.array([*y[:-1].tolist(), None]), "holds None.*known"),
    "complex": (lambda y: y + 1j, "complex128.*numbers are needed"),
    "dates": (lambda y: np.datetime64("2020-01-01") + y, "datetime64.*numbers are needed"),
}


WAYS = {
    "fit": lambda model, x, y: model.fit(x, y, verbose=0),
    "evaluate": lambda model, x, y: model.evaluate(x, y, verbose=0),
    "train_on_batch": lambda model, x, y: model.train_on_batch(x, y),
    "test_on_batch": lambda model, x, y: model.test_on_batch(x, y),
    "a generator": lambda model, x, y: model.fit(iter([(x, y)]), verbose=0),
    "validation": lambda model, x, y: model.fit(
        x, np.zeros(len(x)), validation_data=(x, y), verbose=0
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", BAD_LABELS)
def test_labels_that_are_no_numbers_are_refused_with_a_way_out(model, kind, way):
    x, y = digits(np.random.default_rng(0))
    spoil, sentence = BAD_LABELS[kind]
    before = model.get_weights()
    with pytest.raises(ValueError, match=sentence):
        WAYS[way](model, x, spoil(y))
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_the_way_out_of_text_labels_trains(model):
    x, y = digits(np.random.default_rng(0))
    classes, labels = np.unique(NAMES[y], return_inverse=True)
    model.fit(x, labels, verbose=0)
    assert classes.tolist() == sorted(NAMES)


@pytest.mark.parametrize("weight", ["2", None, 2.0], ids=["text", "objects", "a scalar"])
def test_weights_that_are_no_numbers_are_refused(model, weight):
    x, y = digits(np.random.default_rng(0))
    with pytest.raises(ValueError, match="sample_weight"):
        model.fit(x, y, sample_weight=2.0 if weight == 2.0 else [weight] * len(x), verbose=0)


def test_half_precision_pixels_train_without_a_warning(model, recwarn):
    x, y = digits(np.random.default_rng(0))
    model.fit((x * 255).astype("float16"), y, verbose=0)  # their sum is no float16
    assert not [w for w in recwarn if issubclass(w.category, RuntimeWarning)]


def test_softmax_over_one_score_is_warned_of():
    with pytest.warns(UserWarning, match="write activation='sigmoid'"):
        nanoconv.Sequential([nanoconv.Input((4,)), layers.Dense(1, activation="softmax")])


@pytest.mark.full
def test_tensors_that_numpy_cannot_hold_get_a_sentence(model):
    torch = require("torch", "peers")
    x, y = digits(np.random.default_rng(0))
    for tensor in (torch.tensor(x).bfloat16(), torch.tensor(x, requires_grad=True)):
        with pytest.raises(ValueError, match=r"write x.detach\(\).cpu\(\).float\(\).numpy\(\)"):
            model.fit(tensor, y, verbose=0)


def test_export_names_what_to_write(model, tmp_path):
    with pytest.raises(ValueError, match=r"model.save\('model.keras'\)"):
        model.export(tmp_path / "there")


def test_accuracy_of_class_numbers_names_the_metric_that_is_meant(model):
    x, y = digits(np.random.default_rng(0))
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[nanoconv.metrics.Accuracy()])
    with pytest.raises(ValueError, match=r"write metrics=\['accuracy'\]"):
        model.evaluate(x, y, verbose=0)


def test_a_compile_of_ones_own_may_keep_the_loss(rng):
    class Mine(nanoconv.Model):
        def __init__(self):
            super().__init__()
            self.scores = layers.Dense(3)

        def call(self, x):
            return self.scores(x)

        def compile(self, optimizer, loss):
            super().compile(optimizer=optimizer, loss=loss)
            self.loss = loss

    model = Mine()
    model.compile("sgd", "mse")
    model.fit(rng.random((4, 2)), rng.random((4, 3)), verbose=0)
    assert model.loss == "mse"


def test_sentences_end_with_what_to_write(model):
    x, _ = digits(np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"write x.reshape\(-1, 8, 8, 1\)"):
        model.predict(x.reshape(22, 64))


def test_one_image_without_batch_axis_is_told_apart(model, rng):
    with pytest.raises(ValueError, match=r"x\[None\]"):
        model.predict(rng.random((8, 8, 1)))


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_training_before_compile_says_what_to_write(method):
    x, y = digits(np.random.default_rng(0))
    with pytest.raises(RuntimeError, match=r"write model.compile\("):
        getattr(small_cnn(nanoconv), method)(x, y)


def test_class_weight_needs_one_label_for_each_sample(rng):
    pixels = nanoconv.Sequential([nanoconv.Input((4, 4, 1)), nanoconv.layers.Conv2D(3, 1)])
    pixels.compile("sgd", "categorical_crossentropy")
    x, y = rng.random((6, 4, 4, 1)), np.eye(3)[rng.integers(0, 3, (6, 4, 4))]
    with pytest.raises(ValueError, match=r"sample_weight= with an array of shape \(6, 4, 4\)"):
        pixels.fit(x, y, class_weight={0: 2.0}, verbose=0)


def test_predict_works_before_compile(rng):
    x, _ = digits(rng)
    assert small_cnn(nanoconv).predict(x, verbose=0).shape == (22, 4)


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        ({"optimizer": "adm"}, "adam"),
        ({"loss": "sparse_categorical_crossentrop"}, "sparse_categorical_crossentropy"),
        ({"jit_compile": True}, "leave jit_compile out"),
        ({"steps_per_execution": 4}, "leave steps_per_execution out"),
    ],
)
def test_compile_refuses_and_keeps_what_was_compiled(model, arguments, near):
    before = model.optimizer
    with pytest.raises(ValueError, match=near):
        model.compile(**{"loss": "mse", **arguments})
    assert model.optimizer is before


def test_unknown_metric_is_told_with_near_matches(model, rng):
    x, y = digits(rng)
    model.compile("sgd", "mse", metrics=["accuracyy"])
    with pytest.raises(ValueError, match="accuracy"):
        model.fit(x, np.eye(4)[y], verbose=0)


def test_a_layer_that_does_not_fit_leaves_the_chain_as_it_was():
    model = nanoconv.Sequential([nanoconv.Input(shape=(8, 8, 1)), layers.Flatten()])
    with pytest.raises(ValueError, match="N, H, W, C"):
        model.add(layers.Conv2D(4, 3))
    model.add(layers.Dense(2))
    assert model.output_shape == (None, 2)


def test_dense_on_an_unknown_size_is_refused():
    model = nanoconv.Sequential([nanoconv.Input(shape=(None, None, 1)), layers.Flatten()])
    with pytest.raises(ValueError, match="must be known"):
        model.add(layers.Dense(2))


def test_what_is_not_a_layer_is_refused():
    with pytest.raises(TypeError, match=r"model.add\(Dense"):
        nanoconv.Sequential([np.tanh])


def test_kernel_larger_than_the_image_is_refused():
    model = nanoconv.Sequential([nanoconv.Input(shape=(4, 4, 1))])
    with pytest.raises(ValueError, match="padding='same'"):
        model.add(layers.Conv2D(2, 5))


def test_nan_loss_warns_once_and_training_goes_on(rng):
    x, y = digits(rng)
    model = small_cnn(nanoconv)
    model.compile(nanoconv.optimizers.SGD(1e30), "mse")
    with (
        np.errstate(all="ignore"),
        pytest.warns(UserWarning, match=r"the loss became .* in epoch 1") as told,
    ):
        history = model.fit(x, np.eye(4)[y], 8, 3, verbose=0)
    assert len([w for w in told if "the loss became" in str(w.message)]) == 1
    assert len(history.epoch) == 3
