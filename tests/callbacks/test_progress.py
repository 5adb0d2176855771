"""The progress bar reads as Keras' does, in a terminal, a log file and a notebook."""

from __future__ import annotations

import io
import sys

import pytest

from nanoconv.callbacks import CallbackList
from nanoconv.utils import Progbar
from nanoconv.utils.progbar import format_duration, format_eta, format_metric
from tests.callbacks.driver import FakeModel, visible, without_times

LOGS = {"loss": 0.5, "accuracy": 0.98765432, "tiny": 3e-4}


def run(callback_list: type, verbose: object, steps: int | None, epochs: int = 2) -> None:
    """Take a progress bar through fit with validation, evaluate and predict."""
    common = {"add_progbar": True, "verbose": verbose, "steps": steps}
    fit = callback_list(**common, epochs=epochs, model=FakeModel())
    fit.on_train_begin()
    for epoch in range(epochs):
        fit.on_epoch_begin(epoch)
        for batch in range(12):
            fit.on_train_batch_begin(batch)
            fit.on_train_batch_end(batch, {**LOGS, "loss": 1.0 / (1 + batch)})
        fit.on_test_begin()
        fit.on_test_batch_end(0, {"loss": 7.0})
        fit.on_test_end({"loss": 7.0})
        fit.on_epoch_end(epoch, {**LOGS, "val_loss": 1e-7, "val_accuracy": 1.0})
    fit.on_train_end(LOGS)
    evaluate = callback_list(**common, epochs=1, model=FakeModel())
    evaluate.on_test_begin()
    for batch in range(12):
        evaluate.on_test_batch_end(batch, LOGS)
    evaluate.on_test_end(LOGS)
    predict = callback_list(**common, epochs=1, model=FakeModel())
    predict.on_predict_begin()
    for batch in range(12):
        predict.on_predict_batch_end(batch, {"outputs": [1, 2]})
    predict.on_predict_end()


@pytest.mark.parametrize("verbose", [0, 1, 2, "auto"])
@pytest.mark.parametrize(("steps", "epochs"), [(12, 2), (None, 2), (12, 1)])
def test_text_is_that_of_keras_apart_from_times(keras, capsys, verbose, steps, epochs):
    run(CallbackList, verbose, steps, epochs)
    ours = without_times(visible(capsys.readouterr().out))
    run(keras.callbacks.CallbackList, verbose, steps, epochs)
    assert ours == without_times(visible(capsys.readouterr().out))


def test_a_log_file_gets_whole_lines_without_control_characters(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    run(CallbackList, 1, 12)
    text = capsys.readouterr().out
    assert not set(text) & {"\r", "\b", "\x1b"}
    assert len(text.splitlines()) == 6  # two epochs of two lines, evaluate, predict


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def in_terminal(monkeypatch, columns: int = 80, term: str = "xterm-256color") -> Terminal:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", term)
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    return stream


def test_a_terminal_sees_one_line_rewritten_in_place(monkeypatch):
    stream = in_terminal(monkeypatch)
    bar = Progbar(200, interval=0)
    for step in range(1, 200):
        bar.update(step, [("loss", 1.0)])
        (line,) = visible(stream.getvalue())
        assert line.startswith(f"{step:3d}/200 ━━━━━━━━━━━━━━━━━━━━ ") and len(line) < 80
    bar.update(200, [("loss", 2e-4)])
    line, rest = visible(stream.getvalue())
    assert line.endswith("loss: 2.0000e-04") and rest == ""
    assert "\x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m" in stream.getvalue()


def test_a_narrow_terminal_cuts_running_lines_and_ends_with_the_whole(monkeypatch):
    stream = in_terminal(monkeypatch, columns=40)
    bar = Progbar(10, interval=0)
    values = [("accuracy", 0.5), ("loss", 0.25)]
    for step in range(1, 10):
        bar.update(step, values)
        assert len(visible(stream.getvalue())[-1]) < 40
    bar.update(10, values)
    assert visible(stream.getvalue())[0].endswith("accuracy: 0.5000 - loss: 0.2500")


def test_a_terminal_without_cursor_gets_the_last_line_only(monkeypatch):
    stream = in_terminal(monkeypatch, term="dumb")
    bar = Progbar(5, interval=0)
    for step in range(1, 6):
        bar.update(step)
    assert stream.getvalue().count("\n") == 1 and "\r" not in stream.getvalue()


def test_drawing_is_limited_to_twenty_a_second(monkeypatch):
    stream = in_terminal(monkeypatch)
    now = [100.0]
    monkeypatch.setattr("nanoconv.utils.progbar.time.time", lambda: now[0])
    bar = Progbar(1000)
    for step in range(1, 1001):
        now[0] += 0.001
        bar.update(step)
    assert stream.getvalue().count("\r") == 21


def test_time_a_step_leaves_the_first_step_out(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr("nanoconv.utils.progbar.time.time", lambda: now[0])
    bar = Progbar(5)
    for step, seconds in enumerate([60, 2, 2, 2, 2], 1):
        now[0] += seconds
        bar.update(step)
    assert "68s 2s/step" in capsys.readouterr().out


def test_ascii_streams_get_dashes(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    Progbar(3).update(3)
    stream.seek(0)
    assert stream.read().startswith("3/3 -------------------- ")


def test_averaged_metrics_are_those_of_keras(keras, capsys):
    texts = []
    for kind in (Progbar, keras.utils.Progbar):
        bar = kind(4, stateful_metrics=["last"], unit_name="sample", width=10)
        for step, value in enumerate([1.0, 2.0, 6.0], 1):
            bar.update(step, [("last", value), ("mean", value)], finalize=False)
        bar.add(1)
        texts.append(without_times(visible(capsys.readouterr().out)))
    assert texts[0] == texts[1] and "last: 6.0000 - mean: 3.0000" in texts[0][0]
    with pytest.raises(ValueError, match="both stateful_metrics and stateless_metrics"):
        Progbar(3, stateful_metrics=[], stateless_metrics=[])


def test_numbers_are_short():
    assert [format_metric(v) for v in (0.5, 1e-3, 0.0, -2.0)] == [
        "0.5000",
        "1.0000e-03",
        "0.0000e+00",
        "-2.0000",
    ]
    assert [format_duration(s) for s in (0, 2.4, 0.0234, 5e-6)] == ["0s", "2s", "23ms", "5us"]
    assert [format_eta(s) for s in (0, 60, 61, 3661)] == ["0s", "60s", "1:01", "1:01:01"]
