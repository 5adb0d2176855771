"""Correcting and training in the window: nothing freezes, nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from gui.digit_image import drawing_image
from gui.session import SHIPPED
from gui.strokes import rasterise
from tests.gui.conftest import draw, placed, press


def wait_for(app, condition, seconds: float = 60) -> None:
    """Keep the window alive until something is so."""
    import time

    end = time.monotonic() + seconds
    while not condition():
        app.update()
        time.sleep(0.005)
        assert time.monotonic() < end, "it never happened"


@pytest.fixture
def wrong(app):
    """A window that reads a drawn 7 as something else."""
    app.session.model.weights[-1].value[7] -= 40
    draw(app, placed(7, 1))
    assert app.prediction.digit != 7
    return app


def test_learn_this_by_keys_corrects_the_reading(wrong):
    app = wrong
    app.focus_force()
    app.update()
    app.event_generate("<Key-7>")
    app.event_generate("<Return>")
    app.update()
    assert app.learning.busy
    wait_for(app, lambda: not app.learning.busy)
    assert app.prediction.digit == 7
    assert "→ 7" in app.panels.learning.results[0]["text"]
    assert "1 corrections" in app.panels.model_name["text"]
    assert app.panels.learning.chosen is None


def test_learn_and_wait_returns_before_and_after(wrong):
    lesson = wrong.learn(7)
    assert lesson.before.digit != 7 == lesson.after.digit == wrong.prediction.digit
    assert "Held-out" in wrong.panels.learning.results[2]["text"]


def test_the_window_draws_and_reads_while_it_learns(wrong):
    app = wrong
    app.learn(7, wait=False)
    app.clear()
    draw(app, placed(3))
    assert app.prediction.digit == 3
    assert app.learn(5) is None and "Wait" in app.panels.status["text"]
    wait_for(app, lambda: not app.learning.busy)
    assert len(app.session.corrections) == 1


def test_cancel_leaves_the_model_as_it_was(wrong):
    app = wrong
    weights = app.session.model.get_weights()
    app.learn(7, wait=False)
    app.panels.learning.cancel.invoke()
    wait_for(app, lambda: not app.learning.busy)
    assert app.panels.status["text"].startswith("Cancelled")
    for a, b in zip(weights, app.session.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not app.panels.learning.cancel.winfo_ismapped()


def test_undo_learning_goes_back_and_says_so(wrong):
    before = wrong.prediction.probabilities
    wrong.learn(7)
    wrong.panels.learning.undo.invoke()
    wrong.update()
    np.testing.assert_array_equal(wrong.prediction.probabilities, before)
    wrong.panels.learning.undo.invoke()
    assert "nothing to undo" in wrong.panels.status["text"]


def test_a_learnt_model_is_saved_and_opened_again(wrong, make_app, tmp_path):
    wrong.learn(7)
    assert wrong.files.save_as(tmp_path / "mine.keras")
    assert "mine.keras" in wrong.panels.model_name["text"]
    again = make_app(tmp_path / "mine.keras")
    draw(again, placed(7, 1))
    assert again.prediction.digit == 7
    assert again.files.restore_shipped() and again.session.path == SHIPPED


def test_corrections_travel_in_a_file(wrong, make_app, tmp_path):
    assert not wrong.files.save_corrections(tmp_path / "c.npz")
    wrong.learn(7)
    assert wrong.files.save_corrections(tmp_path / "c.npz")
    other = make_app()
    assert other.files.load_corrections(tmp_path / "c.npz")
    np.testing.assert_allclose(other.session.corrections.images[0], wrong.image, atol=1 / 255)


@pytest.mark.parametrize(
    ("action", "name", "words"),
    [
        ("open_image", "missing.png", "could not be read"),
        ("open_model", "missing.keras", "There is no file"),
        ("load_corrections", "missing.npz", "could not be read"),
        ("save_as", "a file/m.keras", "could not be written"),
    ],
)
def test_files_that_fail_become_one_sentence_and_change_nothing(app, tmp_path, action, name, words):
    (tmp_path / "a file").write_text("no folder")
    draw(app, placed(2))
    state = (app.session.model, len(app.session.corrections), app.prediction.digit)
    assert not getattr(app.files, action)(tmp_path / name)
    assert words in app.panels.status["text"] and "\n" not in app.panels.status["text"]
    assert (app.session.model, len(app.session.corrections), app.prediction.digit) == state


@pytest.fixture
def four(tmp_path):
    """The file of a photo of a 4."""
    ink = rasterise(placed(4), 300, 0.05)
    Image.fromarray((255 - 200 * ink).astype(np.uint8)).save(tmp_path / "four.png")
    return tmp_path / "four.png"


def test_a_touch_does_not_discard_an_opened_image(app, four):
    assert app.files.open_image(four)
    app.update()
    assert app.prediction.digit == 4 and not app.pad.empty
    photo = app.pad.drawing.photo
    draw(app, [np.array([[0.5, 0.5]])])
    assert app.pad.drawing.photo is photo and len(app.pad.drawing.strokes) == 1
    assert app.prediction.digit == 4
    app.clear()
    draw(app, placed(1))
    assert app.prediction.digit == 1
    np.testing.assert_array_equal(app.image, drawing_image(app.pad.drawing.lines()))


def test_opening_and_clearing_an_image_is_undone_by_keys(app, four):
    draw(app, placed(3))
    app.files.open_image(four)
    press(app, "<Escape>", "<Control-z>")
    assert app.prediction.digit == 4
    press(app, "<Control-z>")
    assert app.prediction.digit == 3 and app.pad.drawing.photo is None
    press(app, "<Control-y>")
    assert app.prediction.digit == 4


def test_undoing_a_lesson_has_its_own_key_and_leaves_the_drawing(wrong):
    before = wrong.prediction.probabilities
    wrong.learn(7)
    press(wrong, "<Control-z>")
    assert len(wrong.session.corrections) == 1 and len(wrong.pad.drawing.strokes) == 1
    press(wrong, "<Control-y>", "<Control-u>")
    assert len(wrong.session.corrections) == 0 and len(wrong.pad.drawing.strokes) == 2
    np.testing.assert_array_equal(wrong.prediction.probabilities, before)


def test_training_from_scratch_draws_curves_and_can_be_cancelled(app):
    weights = app.session.model.get_weights()
    app.panels.notebook.select(1)
    app.panels.training.epochs.set("2")
    app.panels.training.start.invoke()
    wait_for(app, lambda: len(app.panels.training.loss.training) >= 3)
    assert app.panels.training.cancel.winfo_ismapped()
    app.panels.training.cancel.invoke()
    wait_for(app, lambda: not app.learning.busy)
    assert app.panels.status["text"].startswith("Cancelled")
    for a, b in zip(weights, app.session.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_digits_typed_into_the_epochs_box_choose_nothing(app):
    app.panels.notebook.select(1)
    app.update()
    box = next(
        w
        for w in app.panels.training.winfo_children()[1].winfo_children()
        if w.winfo_class() == "TSpinbox"
    )
    box.focus_force()
    app.update()
    box.event_generate("<Key-5>")
    app.update()
    assert app.panels.learning.chosen is None


def test_closing_while_training_ends_the_thread(make_app):
    app = make_app()
    app.learning.start_training()
    thread = app.learning.worker._thread
    app.update()
    app.destroy()
    assert not thread.is_alive()


def test_closing_asks_before_something_learnt_is_lost(app, monkeypatch, tmp_path):
    from tkinter import filedialog, messagebox

    app.session.unsaved = True
    answers = iter([None, True, True])
    monkeypatch.setattr(messagebox, "askyesnocancel", lambda *a, **k: next(answers))
    names = iter(["", str(tmp_path / "kept.keras")])
    monkeypatch.setattr(filedialog, "asksaveasfilename", lambda *a, **k: next(names))
    app.close()
    app.close()
    assert app.winfo_exists()  # cancelled; then saving was cancelled
    destroyed = []
    monkeypatch.setattr(app, "destroy", lambda: destroyed.append(True))
    app.close()
    assert destroyed and (tmp_path / "kept.keras").exists()
    monkeypatch.undo()
