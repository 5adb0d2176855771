"""Damaged files: one clear error, or nothing changed. Never a hang, never half a model."""

from __future__ import annotations

import random
import warnings

import numpy as np
import pytest

import nanoconv
from nanoconv import layers, saving

NAMES = ["m.keras", "m.h5", "m.weights.h5"]
X = np.arange(12, dtype="f4").reshape(3, 4) / 12


def small(k=nanoconv):
    """Build a small model, and give its optimizer something to remember."""
    dense = [k.layers.Dense(3, activation="relu", name="one"), k.layers.Dense(2, name="two")]
    model = k.Sequential([k.Input((4,)), *dense, k.layers.Dropout(0.5, name="three")])
    model.compile(k.optimizers.SGD(0.1, momentum=0.9), "mean_squared_error", metrics=["accuracy"])
    model.fit(X, X[:, :2], verbose=0)
    return model


def write(model, path):
    if path.name.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        model.save(path)
    return path.read_bytes()


def read(path):
    """Load a file; a weights file into a model of its own, which must not change on errors."""
    if not path.name.endswith(".weights.h5"):
        return saving.load_model(path)
    dense = [layers.Dense(3, name="one"), layers.Dense(2, name="two")]
    model = nanoconv.Sequential([nanoconv.Input((4,), name="in"), *dense], name="model")
    before = model.get_weights()
    try:
        model.load_weights(path)
    except ValueError:
        for mine, old in zip(model.get_weights(), before, strict=True):
            np.testing.assert_array_equal(mine, old)
        raise
    return model


def damaged(whole, n, seed):
    """Yield truncated files, and files with one to twenty bits flipped or bytes overwritten."""
    dice = random.Random(seed)
    for _ in range(n):
        spoilt = bytearray(whole)
        kind = dice.random()
        if kind < 0.25:
            del spoilt[dice.randrange(len(spoilt)) :]
        elif kind < 0.35:
            start = dice.randrange(len(spoilt))
            spoilt[start : start + 64] = dice.randbytes(len(spoilt[start : start + 64]))
        else:
            for _ in range(dice.choice([1, 1, 1, 2, 5, 20])):
                spoilt[dice.randrange(len(spoilt))] ^= 1 << dice.randrange(8)
        yield bytes(spoilt)


def sentence(error):
    """Check that an error is one sentence of a reasonable length."""
    text = str(error)
    assert "\n" not in text and len(text) < 700, text


def check_own_file(tmp_path, name, n, seed):
    model = small()
    whole = write(model, tmp_path / name)
    expected = read(tmp_path / name)
    for spoilt in damaged(whole, n, seed):
        (tmp_path / name).write_bytes(spoilt)
        try:
            loaded = read(tmp_path / name)
        except ValueError as error:
            sentence(error)
            continue
        # What zip or HDF5 do not use may be damaged: then the model is the one that was saved.
        assert loaded.get_config() == expected.get_config()
        for mine, other in zip(loaded.variables, expected.variables, strict=True):
            np.testing.assert_array_equal(mine.value, other.value)


def check_file_of_keras(keras, tmp_path, name, n, seed):
    whole = write(small(keras), tmp_path / name)
    expected = [w.shape for w in read(tmp_path / name).get_weights()]
    for spoilt in damaged(whole, n, seed):
        (tmp_path / name).write_bytes(spoilt)
        try:
            loaded = read(tmp_path / name)
        except ValueError as error:
            sentence(error)
            continue
        assert [w.shape for w in loaded.get_weights()] == expected
        assert [type(x).__name__ for x in loaded.layers][:2] == ["Dense", "Dense"]


@pytest.mark.parametrize("name", NAMES)
def test_our_files_never_load_changed(tmp_path, name):
    check_own_file(tmp_path, name, n=80, seed=1)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", NAMES)
def test_files_of_keras_load_whole_or_not_at_all(keras, tmp_path, name):
    check_file_of_keras(keras, tmp_path, name, n=80, seed=2)


@pytest.mark.full
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("seed", range(10, 14))
@pytest.mark.parametrize("name", NAMES)
def test_hundreds_of_damaged_files(keras, tmp_path, name, seed):
    check_own_file(tmp_path, name, n=300, seed=seed)
    check_file_of_keras(keras, tmp_path, name, n=300, seed=seed)


@pytest.mark.parametrize("name", NAMES)
def test_every_truncation_of_our_files_is_refused(tmp_path, name):
    whole = write(small(), tmp_path / name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for length in range(0, len(whole) - 100, max(1, len(whole) // 60)):
            (tmp_path / name).write_bytes(whole[:length])
            with pytest.raises(ValueError, match="damaged"):
                read(tmp_path / name)


def test_a_missing_file_a_folder_and_another_format_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file '.*none\.keras'"):
        saving.load_model(tmp_path / "none.keras")
    with pytest.raises(ValueError, match="is a folder"):
        saving.load_model(tmp_path)
    (tmp_path / "m.keras").write_text("hello")
    with pytest.raises(ValueError, match=r"neither a \.keras nor an \.h5 file"):
        saving.load_model(tmp_path / "m.keras")


def test_weights_alone_are_no_model(tmp_path):
    write(small(), tmp_path / "m.weights.h5")
    with pytest.raises(ValueError, match="weights only, no architecture"):
        saving.load_model(tmp_path / "m.weights.h5")


def test_weights_of_another_model_are_refused_or_skipped(tmp_path):
    write(small(), tmp_path / "m.weights.h5")
    other = nanoconv.Sequential([nanoconv.Input((4,)), layers.Dense(3), layers.Dense(5)])
    before = other.get_weights()
    with pytest.raises(ValueError, match=r"\(3, 5\).*\(3, 2\).*skip_mismatch=True"):
        other.load_weights(tmp_path / "m.weights.h5")
    for mine, old in zip(other.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, old)
    with pytest.warns(UserWarning, match="its weights stay as they are"):
        other.load_weights(tmp_path / "m.weights.h5", skip_mismatch=True)
    assert not np.array_equal(other.get_weights()[0], before[0])
    np.testing.assert_array_equal(other.get_weights()[2], before[2])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda m, p: m.save(p / "m"), r"must end in \.keras.*m\.keras"),
        (lambda m, p: m.save(p / "m.keras", zipped=False), "leave zipped out"),
        (lambda m, p: m.save(p / "m.keras", signatures=1), "leave signatures out"),
        (lambda m, p: m.save(p / "m.keras", save_format="tf"), r"write model\.save"),
        (lambda m, p: m.save_weights(p / "m"), r"must end in \.weights\.h5"),
        (lambda m, p: m.save_weights(p / "m.weights.h5", max_shard_size=1), "leave max_shard_size"),
        (
            lambda m, p: nanoconv.Sequential([layers.Dense(1)]).save_weights(p / "m.weights.h5"),
            "build",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_cannot_be_saved_is_refused_and_no_file_is_made(tmp_path, call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call(small(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_only_names_are_files(tmp_path):
    with pytest.raises(TypeError, match="name of a file is needed"):
        small().save(12.5)
