"""`.keras` and `.weights.h5` files travel to Keras and back, and training goes on after loading."""

from __future__ import annotations

import json
import zipfile

import h5py
import numpy as np
import pytest

import nanoconv
from nanoconv import saving
from tests.saving.helpers import assert_equal_predictions, assert_same_state, cnn, train

OPTIMIZERS = ["sgd", "adam", "adamw", "adamax", "nadam", "rmsprop", "adagrad", "adadelta"]


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_keras_opens_our_file_and_takes_the_same_next_step(keras, tmp_path, optimizer):
    ours = train(cnn(nanoconv, dropout=0.0, optimizer=optimizer))
    ours.save(tmp_path / "m.keras")
    theirs = keras.models.load_model(tmp_path / "m.keras")
    assert_equal_predictions(ours, theirs)
    assert_equal_predictions(train(ours), train(theirs))


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_we_open_keras_file_and_take_the_same_next_step(keras, tmp_path, optimizer):
    theirs = train(cnn(keras, dropout=0.0, optimizer=optimizer))
    theirs.save(tmp_path / "m.keras")
    ours = saving.load_model(tmp_path / "m.keras")
    assert_equal_predictions(ours, theirs)
    assert int(ours.optimizer.iterations) == 2
    assert_equal_predictions(train(ours), train(theirs))


@pytest.mark.full
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_state_of_every_optimizer_travels_both_ways(keras, tmp_path, optimizer):
    ours = train(cnn(nanoconv, dropout=0.0, optimizer=optimizer))
    ours.save(tmp_path / "there.keras")
    theirs = train(keras.models.load_model(tmp_path / "there.keras"))
    assert_equal_predictions(train(ours), theirs)
    theirs.save(tmp_path / "back.keras")
    theirs.save(tmp_path / "back.h5")  # Keras itself takes no optimizer state from these on JAX
    train(theirs)
    for name in ("back.keras", "back.h5"):
        assert_equal_predictions(train(saving.load_model(tmp_path / name)), theirs)


@pytest.mark.full
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_weights_files_carry_the_state_of_every_optimizer_both_ways(keras, tmp_path, optimizer):
    def fresh(k):
        model = cnn(k, dropout=0.0, optimizer=optimizer)
        model.optimizer.build(model.trainable_variables)
        return model

    ours, theirs, back = train(fresh(nanoconv)), fresh(keras), fresh(nanoconv)
    ours.save_weights(tmp_path / "there.weights.h5")
    theirs.load_weights(tmp_path / "there.weights.h5")
    assert_equal_predictions(train(ours), train(theirs))
    theirs.save_weights(tmp_path / "back.weights.h5")
    back.load_weights(tmp_path / "back.weights.h5")
    assert_equal_predictions(train(back), train(theirs))


def test_weights_files_travel_both_ways(keras, tmp_path):
    ours, theirs = train(cnn(nanoconv)), cnn(keras)
    ours.save_weights(tmp_path / "ours.weights.h5")
    theirs.optimizer.build(theirs.trainable_variables)
    theirs.load_weights(tmp_path / "ours.weights.h5")
    assert_equal_predictions(ours, theirs)
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    again = cnn(nanoconv)
    again.optimizer.build(again.trainable_variables)
    again.load_weights(tmp_path / "theirs.weights.h5")
    assert_equal_predictions(again, theirs)
    again.load_weights(tmp_path / "ours.weights.h5")
    assert_equal_predictions(again, ours, tolerance=0)


def test_our_file_holds_what_keras_file_holds(keras, tmp_path):
    cnn(nanoconv).save(tmp_path / "ours.keras")
    cnn(keras).save(tmp_path / "theirs.keras")
    ours, theirs = (_config(tmp_path / name) for name in ("ours.keras", "theirs.keras"))
    assert ours["compile_config"]["loss"] == theirs["compile_config"]["loss"]
    assert ours["compile_config"]["metrics"] == theirs["compile_config"]["metrics"]
    mine, others = (c["compile_config"]["optimizer"] for c in (ours, theirs))
    assert mine["class_name"] == others["class_name"] == "Adam"
    assert mine["config"].keys() == others["config"].keys()
    for one, other in zip(ours["config"]["layers"], theirs["config"]["layers"], strict=True):
        assert (one["module"], one["class_name"]) == (other["module"], other["class_name"])
        assert one["config"]["dtype"] == _without_id(other["config"]["dtype"])
        if "build_config" in other:
            assert one["build_config"] == other["build_config"]
        for key, value in other["config"].items():
            same = key in ("name", "dtype") or isinstance(value, dict)
            assert same or one["config"][key] == value, key


def _config(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("config.json"))


def _without_id(policy):
    if not isinstance(policy, dict):
        return policy
    return {key: value for key, value in policy.items() if key != "shared_object_id"}


def test_training_goes_on_exactly_where_it_stopped(tmp_path):
    model = train(cnn())  # with dropout: its masks must go on as well
    model.save(tmp_path / "m.keras")
    again = saving.load_model(tmp_path / "m.keras")
    assert_same_state(model, again)
    assert_same_state(train(model, epochs=2), train(again, epochs=2))


def test_loading_draws_no_weights_at_random(tmp_path):
    nanoconv.Sequential([nanoconv.Input((3,)), nanoconv.layers.Dense(2)]).save(tmp_path / "m.keras")
    nanoconv.random.set_random_seed(5)
    expected = nanoconv.random.generator().random()
    nanoconv.random.set_random_seed(5)
    saving.load_model(tmp_path / "m.keras")
    assert nanoconv.random.generator().random() == expected


def test_weights_loaded_before_the_first_step_leave_the_new_optimizer_alone(tmp_path):
    train(cnn()).save_weights(tmp_path / "m.weights.h5")
    model = cnn(optimizer=nanoconv.optimizers.Adam(1e-4))
    with pytest.warns(UserWarning, match=r"write model\.optimizer\.build"):
        model.load_weights(tmp_path / "m.weights.h5")
    assert float(model.optimizer.learning_rate) == np.float32(1e-4)


def test_a_schedule_loss_and_metric_objects_are_compiled_again(tmp_path):
    model = cnn()
    model.compile(
        nanoconv.optimizers.SGD(
            nanoconv.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5), momentum=0.9
        ),
        nanoconv.losses.SparseCategoricalCrossentropy(from_logits=False),
        metrics=["accuracy", nanoconv.metrics.SparseTopKCategoricalAccuracy(k=2)],
    )
    train(model).save(tmp_path / "m.keras")
    again = saving.load_model(tmp_path / "m.keras")
    assert_same_state(train(model), train(again))
    assert again.metrics_names == model.metrics_names
    assert float(again.optimizer.learning_rate) == float(model.optimizer.learning_rate)


def test_a_learning_rate_changed_by_hand_is_kept(tmp_path):
    model = train(cnn())
    model.optimizer.learning_rate = 0.125
    model.save(tmp_path / "m.keras")
    assert float(saving.load_model(tmp_path / "m.keras").optimizer.learning_rate) == 0.125


def test_an_optimizer_that_made_no_step_is_loaded_without_a_warning(tmp_path, recwarn):
    cnn().save(tmp_path / "m.keras")
    model = saving.load_model(tmp_path / "m.keras")
    assert not [w for w in recwarn if issubclass(w.category, UserWarning)]
    assert int(model.optimizer.iterations) == 0
    train(model)


def test_without_optimizer_or_compile_the_model_is_not_compiled(tmp_path):
    model = train(cnn())
    model.save(tmp_path / "plain.keras", include_optimizer=False)
    model.save(tmp_path / "m.keras")
    for loaded in (
        saving.load_model(tmp_path / "plain.keras"),
        saving.load_model(tmp_path / "m.keras", compile=False),
    ):
        assert not loaded.compiled
        assert_equal_predictions(loaded, model, tolerance=0)


def test_random_state_has_a_place_that_keras_reads_over(tmp_path):
    model = train(cnn())
    model.save_weights(tmp_path / "m.weights.h5")
    with h5py.File(tmp_path / "m.weights.h5") as file:
        state = file["layers/dropout/seed_generator/vars/0"][()]
    np.testing.assert_array_equal(state, model.layers[2].seed_generator.state.value)
