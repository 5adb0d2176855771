"""EarlyStopping, ReduceLROnPlateau and ModelCheckpoint decide as Keras' do."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nanoconv
from nanoconv import callbacks
from tests.callbacks.driver import drive

# Tenths, so that ties and exact min_delta steps happen often.
values = st.lists(st.integers(0, 12).map(lambda n: n / 10), min_size=1, max_size=12)
modes = st.sampled_from(["min", "max"])


@pytest.fixture(scope="module")
def judge():
    from tests.conftest import require

    return require("keras").callbacks


@settings(max_examples=60, deadline=None)
@given(
    values,
    st.fixed_dictionaries(
        {
            "mode": modes,
            "patience": st.integers(0, 3),
            "min_delta": st.sampled_from([0, 0.1, -0.2]),
            "baseline": st.sampled_from([None, 0.4]),
            "restore_best_weights": st.booleans(),
            "start_from_epoch": st.integers(0, 2),
        }
    ),
)
def test_early_stopping_stops_and_restores_where_keras_does(judge, losses, options):
    epochs = [{"val_loss": v} for v in losses]
    results = []
    for kind in (callbacks.EarlyStopping, judge.EarlyStopping):
        stopping = kind(**options)
        model, seen = drive(stopping, epochs)
        results.append(
            (len(seen), model.stop_training, model.restored, stopping.stopped_epoch, stopping.best)
        )
    assert results[0] == results[1]


def test_early_stopping_says_what_keras_says(judge, capsys):
    texts = []
    for kind in (callbacks.EarlyStopping, judge.EarlyStopping):
        drive(kind(verbose=1, restore_best_weights=True), [{"val_loss": v} for v in (3, 2, 4)])
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1] and "best epoch: 2" in texts[0]


def test_early_stopping_starts_afresh_in_each_fit():
    stopping = callbacks.EarlyStopping()
    for _ in range(2):
        _, seen = drive(stopping, [{"val_loss": v} for v in (2, 1, 3, 0)])
        assert len(seen) == 3


def test_early_stopping_restores_something_even_where_the_loss_is_nan(judge):
    for kind in (callbacks.EarlyStopping, judge.EarlyStopping):
        model, _ = drive(kind(patience=1, restore_best_weights=True), [{"val_loss": math.nan}] * 3)
        assert model.restored == 0 and model.stop_training


def test_a_metric_that_was_not_reported_warns_and_training_goes_on():
    for kind in (callbacks.EarlyStopping, callbacks.ReduceLROnPlateau):
        with pytest.warns(UserWarning, match=r"'val_loss'.*\bloss\b"):
            _, seen = drive(kind(), [{"loss": 1.0}] * 3)
        assert len(seen) == 3


def test_auto_mode_asks_the_metric_and_refuses_to_guess():
    model = drive(callbacks.Callback(), [])[0]
    model.metrics = [nanoconv.metrics.CategoricalAccuracy(name="acc")]
    stopping = callbacks.EarlyStopping(monitor="val_acc")
    _, seen = drive(stopping, [{"val_acc": v} for v in (0.1, 0.2, 0.3, 0.2)], model)
    assert len(seen) == 4 and stopping.best == 0.3
    with pytest.raises(ValueError, match='write mode="max"'):
        drive(callbacks.EarlyStopping(monitor="val_mystery"), [{"val_mystery": 1.0}], model)


def test_an_unknown_mode_warns_and_becomes_auto():
    with pytest.warns(UserWarning, match="mode='down'"):
        assert callbacks.EarlyStopping(mode="down").mode == "auto"


@settings(max_examples=60, deadline=None)
@given(
    values,
    st.fixed_dictionaries(
        {
            "mode": modes,
            "factor": st.sampled_from([0.1, 0.5]),
            "patience": st.integers(0, 3),
            "min_delta": st.sampled_from([1e-4, 0.1]),
            "cooldown": st.integers(0, 2),
            "min_lr": st.sampled_from([0.0, 0.1]),
        }
    ),
)
def test_plateaus_lower_the_rate_when_keras_does(judge, losses, options):
    epochs = [{"val_loss": v} for v in losses]
    rates = []
    for kind in (callbacks.ReduceLROnPlateau, judge.ReduceLROnPlateau):
        model, seen = drive(kind(**options), epochs)
        rates.append([logs["learning_rate"] for logs in seen] + [model.optimizer.learning_rate])
    assert rates[0] == rates[1]


def test_plateau_says_what_keras_says_and_refuses_what_it_cannot_do(judge, capsys):
    texts = []
    for kind in (callbacks.ReduceLROnPlateau, judge.ReduceLROnPlateau):
        drive(kind(patience=1, verbose=1, factor=0.5), [{"val_loss": 1.0}] * 4)
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1] and "learning rate to 0.25" in texts[0]
    with pytest.raises(ValueError, match="below 1"):
        callbacks.ReduceLROnPlateau(factor=1.0)
    with pytest.raises(TypeError, match="epsilon"):
        callbacks.ReduceLROnPlateau(epsilon=1e-4)


def test_schedule_sets_the_rate_as_in_keras(judge, capsys):
    results = []
    for kind in (callbacks.LearningRateScheduler, judge.LearningRateScheduler):
        model, seen = drive(kind(lambda epoch, rate: rate * 0.5, verbose=1), [{"loss": 1.0}] * 3)
        results.append((model.optimizer.learning_rate, seen, capsys.readouterr().out))
    assert results[0] == results[1] and results[0][0] == 0.0625


def test_schedule_may_take_the_epoch_alone_and_must_return_a_float():
    model, _ = drive(callbacks.LearningRateScheduler(lambda epoch: 1.0 / (1 + epoch)), [{}] * 2)
    assert model.optimizer.learning_rate == 0.5
    with pytest.raises(ValueError, match="schedule returned None for epoch 0"):
        drive(callbacks.LearningRateScheduler(lambda epoch, rate: None), [{}])
    with pytest.raises(TypeError, match="inside"):  # an error in the schedule is not swallowed

        def broken(epoch, rate):
            raise TypeError("inside")

        drive(callbacks.LearningRateScheduler(broken), [{}])


@settings(max_examples=40, deadline=None)
@given(
    values,
    st.fixed_dictionaries(
        {
            "mode": modes,
            "save_best_only": st.booleans(),
            "save_freq": st.sampled_from(["epoch", 1, 2, 5]),
            "initial_value_threshold": st.sampled_from([None, 0.5]),
            "save_weights_only": st.booleans(),
        }
    ),
)
def test_checkpoints_are_saved_when_and_where_keras_saves_them(judge, losses, options):
    # Keras 3.15 fails where save_best_only is asked before the end of the first epoch.
    if options["save_best_only"] and options["save_freq"] != "epoch":
        options = {**options, "save_freq": "epoch"}
    ending = ".weights.h5" if options["save_weights_only"] else ".keras"
    batch = "" if options["save_freq"] == "epoch" else "-{batch}"
    path = f"nowhere-{{epoch:02d}}{batch}-{{val_loss:.2f}}{ending}"
    saved = []
    for kind in (callbacks.ModelCheckpoint, judge.ModelCheckpoint):
        model, _ = drive(kind(path, **options), [{"val_loss": v} for v in losses], batches=3)
        saved.append(model.saved)
    assert saved[0] == saved[1]


def test_checkpoint_says_what_keras_says(judge, capsys):
    texts = []
    for kind in (callbacks.ModelCheckpoint, judge.ModelCheckpoint):
        for best_only in (False, True):
            checkpoint = kind("m.keras", verbose=1, save_best_only=best_only)
            drive(checkpoint, [{"val_loss": v} for v in (0.5, 0.25, 0.3)])
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1] and "improved from 0.50000 to 0.25000" in texts[0]


def test_checkpoint_of_batches_may_ask_for_the_best():
    checkpoint = callbacks.ModelCheckpoint("m{batch}.keras", save_best_only=True, save_freq=1)
    model, _ = drive(checkpoint, [{"val_loss": 1.0}], batches=2)
    assert model.saved == ["m1.keras"]


@pytest.mark.parametrize(
    ("path", "options", "message"),
    [
        ("model", {}, "must end in .keras or .h5"),
        ("model.keras", {"save_weights_only": True}, "must end in .weights.h5"),
        ("m.keras", {"save_freq": "batch"}, "save_freq is 'batch'"),
        ("m.keras", {"save_freq": 0}, "save_freq is 0"),
    ],
)
def test_checkpoint_refuses_what_it_cannot_do(path, options, message):
    with pytest.raises(ValueError, match=message):
        callbacks.ModelCheckpoint(path, **options)


def test_checkpoint_names_a_metric_that_is_missing_and_a_folder_in_the_way(tmp_path):
    with pytest.raises(KeyError, match=r"val_acc.*epoch, loss"):
        drive(callbacks.ModelCheckpoint("{val_acc}.keras"), [{"loss": 1.0}])
    (tmp_path / "taken.keras").mkdir()
    with pytest.raises(IsADirectoryError, match=r"taken\.keras"):
        drive(callbacks.ModelCheckpoint(tmp_path / "taken.keras"), [{"loss": 1.0}])


def test_checkpoint_without_its_metric_warns_and_saves():
    checkpoint = callbacks.ModelCheckpoint("m.keras", save_best_only=True)
    with pytest.warns(UserWarning, match="val_loss"):
        model, _ = drive(checkpoint, [{"loss": 1.0}])
    assert model.saved == ["m.keras"]


def test_terminate_on_nan_stops_as_keras_does(judge, capsys):
    for loss in (math.nan, math.inf, np.float32("nan"), 1.0):
        texts = []
        for kind in (callbacks.TerminateOnNaN, judge.TerminateOnNaN):
            with warnings.catch_warnings():
                model, _ = drive(kind(), [{"loss": loss}] * 2, batches=2)
            texts.append((model.stop_training, capsys.readouterr().out))
        assert texts[0] == texts[1]
        assert texts[0][0] == (not math.isfinite(loss))
    with pytest.raises(RuntimeError, match="loss is nan at batch 0"):
        drive(callbacks.TerminateOnNaN(raise_error=True), [{"loss": math.nan}], batches=1)
