"""The older `.h5` format: written and read, by Keras too."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

import nanoconv
from nanoconv import layers, saving
from tests.saving.helpers import assert_equal_predictions, assert_same_state, cnn, train


@pytest.mark.parametrize("name", ["m.h5", "m.hdf5"])
def test_training_goes_on_exactly_where_it_stopped(tmp_path, name):
    model = train(cnn())
    model.save(tmp_path / name)
    again = saving.load_model(tmp_path / name)
    assert_same_state(model, again)
    assert_same_state(train(model), train(again))


def test_keras_opens_our_file(keras, tmp_path):
    """Keras 3.15 on JAX builds the optimizer of any .h5 file, its own too, for no variables.

    Training on needs compile() there, so that only predictions and settings are compared.
    """
    ours = train(cnn(dropout=0.0))
    ours.save(tmp_path / "m.h5")
    theirs = keras.models.load_model(tmp_path / "m.h5")
    assert_equal_predictions(ours, theirs)
    assert theirs.loss is keras.losses.sparse_categorical_crossentropy
    assert theirs.optimizer.get_config().keys() == ours.optimizer.get_config().keys()


def test_we_open_keras_file_and_take_the_same_next_step(keras, tmp_path):
    theirs = train(cnn(keras, dropout=0.0))
    theirs.save(tmp_path / "m.h5")
    ours = saving.load_model(tmp_path / "m.h5")
    assert_equal_predictions(ours, theirs)
    assert_equal_predictions(train(ours), train(theirs))


def test_weights_in_the_older_format_travel_to_keras(keras, tmp_path):
    ours, theirs = train(cnn()), cnn(keras)
    with pytest.warns(DeprecationWarning, match=r"m\.weights\.h5"):
        ours.save_weights(tmp_path / "m.h5")
    theirs.load_weights(tmp_path / "m.h5")
    assert_equal_predictions(ours, theirs)
    again = cnn()
    again.load_weights(tmp_path / "m.h5")
    assert_equal_predictions(ours, again, tolerance=0)


def test_weights_are_read_out_of_whole_models(tmp_path):
    model = train(cnn())
    for name in ("m.h5", "m.keras"):
        model.save(tmp_path / name)
        again = cnn()
        with pytest.warns(UserWarning, match="stays as it is") if name == "m.keras" else _nothing():
            again.load_weights(tmp_path / name)
        assert_equal_predictions(model, again, tolerance=0)


class _nothing:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_by_name_fills_only_layers_of_that_name(tmp_path):
    make = lambda *names: nanoconv.Sequential(  # noqa: E731
        [nanoconv.Input((4,)), *(layers.Dense(4, name=name) for name in names)]
    )
    one, two = make("first", "second"), make("other", "second")
    one.save_weights(tmp_path / "m.h5")
    before = two.layers[0].get_weights()[0]
    two.load_weights(tmp_path / "m.h5", by_name=True)
    np.testing.assert_array_equal(two.layers[0].get_weights()[0], before)
    np.testing.assert_array_equal(two.layers[1].get_weights()[0], one.layers[1].get_weights()[0])
    one.save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(ValueError, match="leave by_name out"):
        two.load_weights(tmp_path / "m.weights.h5", by_name=True)


def test_include_optimizer_false_leaves_the_model_uncompiled(tmp_path):
    train(cnn()).save(tmp_path / "m.h5", include_optimizer=False)
    assert not saving.load_model(tmp_path / "m.h5").compiled


def test_long_lists_of_names_are_split_over_attributes(tmp_path):
    names = [f"{'x' * 180}_{i}" for i in range(400)]
    model = nanoconv.Sequential(
        [nanoconv.Input((1,)), *(layers.Activation("linear", name=name) for name in names)]
    )
    model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as file:
        assert "layer_names1" in file["model_weights"].attrs
    assert [layer.name for layer in saving.load_model(tmp_path / "m.h5").layers] == names
