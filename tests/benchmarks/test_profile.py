"""The profiling callback: every layer has its row, and training is not changed by looking."""

from __future__ import annotations

import numpy as np
import pytest

import nanoconv as keras
from nanoconv.callbacks import Callback, Profile
from nanoconv.kernels.compiled import workers


@pytest.fixture(autouse=True)
def two_threads():
    before = workers.get_threads()
    workers.set_threads(2)
    yield
    workers.set_threads(before)


def build_model():
    keras.utils.set_random_seed(3)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(3, 3, activation="relu", name="eye"),
            layers.BatchNormalization(name="norm"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Dropout(0.2, name="drop"),
            layers.Flatten(name="flat"),
            layers.Dense(4, activation="softmax", name="mind"),
        ]
    )
    model.compile("adam", loss="sparse_categorical_crossentropy")
    return model


def fit(model, *callbacks, steps=5):
    rng = np.random.default_rng(0)
    x, y = rng.random((4 * steps, 8, 8, 1), np.float32), rng.integers(0, 4, 4 * steps)
    return model.fit(x, y, batch_size=4, verbose=0, callbacks=list(callbacks))


def stopwatches(model):
    owners = [*model.layers, model.optimizer, model.objective]
    return [n for o in owners for n in ("forward", "backward", "loss", "apply") if n in vars(o)]


LAYERS = ["eye", "norm", "pool", "drop", "flat", "mind"]


def test_every_layer_has_a_row_with_both_directions():
    profile = Profile(warm_up=1, verbose=0)
    fit(build_model(), profile)
    rows = {row.name: row for row in profile.rows()}
    assert list(rows) == [*LAYERS, "loss", "optimizer", "rest"]
    assert len(profile.steps) == 4
    for name in LAYERS:
        assert rows[name].forward > 0 and rows[name].backward > 0 and rows[name].other == 0
    assert rows["optimizer"].kind == "Adam" and rows["optimizer"].other > 0


def test_training_is_the_same_bit_for_bit():
    plain = build_model()
    fit(plain)
    watched = build_model()  # seeds anew
    fit(watched, Profile(verbose=0))
    for a, b in zip(plain.get_weights(), watched.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_stopwatches_are_taken_off_after_each_batch():
    model, seen = build_model(), []

    class Look(Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(stopwatches(model))

    fit(model, Profile(verbose=0), Look())
    assert seen == [[]] * 5


def test_an_interrupted_step_is_cleared_up_by_the_next():
    class Stop(Callback):
        def on_train_batch_begin(self, batch, logs=None):
            raise KeyboardInterrupt

    model, profile = build_model(), Profile(warm_up=0, verbose=0)
    with pytest.raises(KeyboardInterrupt):
        fit(model, profile, Stop())
    assert stopwatches(model)
    fit(model, profile, steps=2)
    assert stopwatches(model) == []
    assert len(profile.steps) == 2


def test_a_thread_that_shares_a_layer_counts_with_the_others_mean(monkeypatch):
    profile = Profile(warm_up=0, verbose=0)
    profile._kinds = {"eye": "Conv2D", "mind": "Dense"}
    profile._running = {
        ("eye", "forward", 1): 0.004,
        ("eye", "forward", 2): 0.002,
        ("mind", "forward", 1): 0.005,
    }
    profile._count(0.010)
    rows = {row.name: row.total for row in profile.rows()}
    assert rows == pytest.approx({"eye": 3.0, "mind": 5.0, "rest": 2.0})


def test_table_and_picture_come_when_training_ends(tmp_path, capsys):
    fit(build_model(), Profile(warm_up=0, to_file=tmp_path / "profile.png"))
    printed = capsys.readouterr().out
    assert "eye (Conv2D)" in printed and "optimizer (Adam)" in printed and "one step" in printed
    assert (tmp_path / "profile.png").read_bytes().startswith(b"\x89PNG")


def test_too_few_steps_are_told_in_one_sentence():
    profile = Profile(warm_up=9, verbose=1)
    fit(build_model(), profile)  # prints nothing, raises nothing
    with pytest.raises(ValueError, match=r"the first 9 of a fit are warm-up; .* Profile\(warm_up"):
        profile.rows()
    with pytest.raises(ValueError, match=r"warm_up is -1"):
        Profile(warm_up=-1)
