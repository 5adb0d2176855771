"""Learning, undo and files, without a window."""

from __future__ import annotations

import os

import numpy as np
import pytest

from gui import tuning
from gui.digit_image import drawing_image
from gui.reading import ModelError, copy_of, load, read, score
from gui.session import SHIPPED, Session
from nanoconv import Input, Sequential
from nanoconv.layers import Activation, Conv2D, Dense, Flatten
from tests.gui import styles
from tests.gui.conftest import placed


@pytest.fixture
def seven() -> np.ndarray:
    return drawing_image(placed(7, 1))


@pytest.fixture
def misread(session, digits) -> tuple[np.ndarray, int]:
    """A digit that the shipped model, weakened a little, does not read."""
    noise = np.random.default_rng(3)
    while score(session.model, digits).right > 990:
        for variable in session.model.weights[:4]:
            variable.value[...] += noise.normal(0, 0.02, variable.shape).astype(np.float32)
    images, labels = digits
    wrong = next(i for i in range(len(labels)) if session.read(images[i]).digit != labels[i])
    return images[wrong], int(labels[wrong])


def test_the_shipped_model_is_small_and_good(shipped, digits):
    assert SHIPPED.stat().st_size <= 2**20
    assert score(shipped, digits).share >= 0.99


def test_the_shipped_model_reads_what_pens_draw(session):
    from gui import pens

    images, labels = pens.images(200, np.random.default_rng(99))
    assert score(session.model, (images, labels)).share >= 0.97


def test_the_shipped_model_reads_other_hands_in_every_style(shipped):
    shares = styles.shares(shipped, 8, seed=5)
    assert {name[0] for name in shares} == set("0123456789")
    assert np.mean(list(shares.values())) >= 0.96
    assert min(shares.values()) >= 0.5


def test_a_reading_is_a_digit_and_ten_probabilities(session, seven):
    digit, probabilities = session.read(seven)
    assert digit == 7 and probabilities.shape == (10,)
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert session.read(seven).confidence == probabilities[7]


def test_a_misread_digit_is_read_after_learning_it_and_little_is_forgotten(
    session, misread, digits
):
    image, digit = misread
    before = score(session.model, digits)
    lesson = session.learn(image, digit)
    assert lesson.before.digit != digit
    assert lesson.after.digit == digit == session.read(image).digit
    jittered = tuning.JITTER(np.repeat(image[None], 40, 0), np.random.default_rng(5))
    assert score(session.model, (jittered, np.full(40, digit))).share >= 0.9
    assert lesson.held_out_before == before
    assert lesson.held_out_after.right >= before.right - 10
    assert (lesson.corrections_before.right, lesson.corrections_after.right) == (0, 1)
    assert len(session.corrections) == 1 and session.unsaved


def test_undo_goes_back_to_the_very_weights_and_corrections(session, misread):
    weights = session.model.get_weights()
    session.learn(*misread)
    changed = session.model.get_weights()
    assert any((a != b).any() for a, b in zip(weights, changed, strict=True))
    assert session.undo()
    for a, b in zip(weights, session.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert len(session.corrections) == 0 and not session.unsaved
    assert not session.undo()


def test_nothing_changes_while_a_lesson_runs_or_when_it_is_cancelled(session, misread):
    weights = session.model.get_weights()
    lesson = session.begin_lesson(*misread)
    with pytest.raises(tuning.Cancelled):
        session.run_lesson(lesson, lambda share: share < 0.05)
    for a, b in zip(weights, session.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert len(session.corrections) == 0 and not session.can_undo


def test_lessons_give_the_same_weights_each_time(shipped, seven):
    first, second = Session(copy_of(shipped)), Session(copy_of(shipped))
    for session in (first, second):
        import nanoconv.random

        nanoconv.random.set_random_seed(1)
        session.learn(seven, 7)
    for a, b in zip(first.model.get_weights(), second.model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.mark.parametrize(("image", "digit"), [(np.zeros((3, 3)), 1), (np.zeros((28, 28)), 11)])
def test_what_is_no_correction_is_refused_before_anything_changes(session, image, digit):
    with pytest.raises(ValueError, match="corrections"):
        session.begin_lesson(image, digit)


def test_saving_and_reading_a_model_keeps_what_was_learnt(session, seven, tmp_path):
    session.model.weights[-1].value[3] += 0.5
    path = session.save_as(tmp_path / "mine")
    assert path.name == "mine.keras" and not session.unsaved
    assert os.listdir(tmp_path) == ["mine.keras"]
    other = Session(load(path))
    np.testing.assert_array_equal(
        other.read(seven).probabilities, session.read(seven).probabilities
    )


def test_the_shipped_model_is_never_overwritten(session):
    content = SHIPPED.read_bytes()
    with pytest.raises(ValueError, match="never overwritten"):
        session.save_as(SHIPPED)
    assert SHIPPED.read_bytes() == content


def test_a_full_disk_loses_nothing(session, tmp_path, monkeypatch):
    path = session.save_as(tmp_path / "mine.keras")
    content = path.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        session.save_as(path)
    assert path.read_bytes() == content and os.listdir(tmp_path) == ["mine.keras"]


def test_restoring_the_shipped_model_keeps_corrections_and_can_be_undone(session, shipped, seven):
    session.learn(seven, 7)
    learnt = session.read(seven).probabilities
    session.restore_shipped()
    np.testing.assert_array_equal(
        session.read(seven).probabilities, read(shipped, seven).probabilities
    )
    assert len(session.corrections) == 1
    session.undo()
    np.testing.assert_array_equal(session.read(seven).probabilities, learnt)


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "There is no file"), (b"", "could not be read as a model"), (b"PK\3\4", "could not")],
)
def test_an_unreadable_model_is_refused_by_a_sentence(session, tmp_path, content, words):
    model = session.model
    if content is not None:
        (tmp_path / "x.keras").write_bytes(content)
    with pytest.raises(ModelError, match=words):
        session.open_model(tmp_path / "x.keras")
    assert session.model is model and not session.can_undo


@pytest.mark.parametrize(
    "layers",
    [
        [Input(shape=(32, 32, 3)), Flatten(), Dense(10)],
        [Input(shape=(28, 28, 1)), Flatten(), Dense(26)],
        [Input(shape=(None, None, 1)), Conv2D(10, 3)],
    ],
)
def test_a_model_for_other_images_or_classes_is_refused_by_a_sentence(layers):
    with pytest.raises(ModelError, match=r"needs one that takes \(None, 28, 28, 1\)"):
        Session(Sequential(layers))


@pytest.mark.parametrize("shape", [(28, 28), (784,), (1, 28, 28)])
def test_a_model_may_take_the_784_pixels_in_any_shape(seven, shape):
    session = Session(Sequential([Input(shape=shape), Flatten(), Dense(10, activation="softmax")]))
    assert session.learn(seven, 4).after.digit == 4


def test_logits_become_probabilities(seven):
    layers = [Input(shape=(28, 28, 1)), Flatten(), Dense(10)]
    logits = Session(Sequential(layers))
    with_softmax = Session(Sequential([*layers, Activation("softmax")]))
    p = logits.read(seven).probabilities
    assert p.sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(p, with_softmax.read(seven).probabilities, atol=1e-5)


def test_corrections_of_a_file_are_added_and_can_be_undone(session, seven, tmp_path):
    session.learn(seven, 7)
    session.corrections.save(tmp_path / "mine.npz")
    assert session.load_corrections(tmp_path / "mine.npz") == 1
    assert len(session.corrections) == 2
    session.undo()
    assert len(session.corrections) == 1


def test_training_from_scratch_learns_and_reports(session):
    reports = []
    x, y = session.sample.replay
    x_held, y_held = session.sample.held_out
    model = session.fresh_copy()
    assert score(model, session.sample.held_out).share < 0.4

    def report(done, logs, at_end):
        reports.append((done, at_end, set(logs)))
        return True

    tuning.train_from_scratch(
        model,
        (session.as_batch(x[:1200]), y[:1200]),
        (session.as_batch(x_held[:200]), y_held[:200]),
        2,
        report,
    )
    assert [done for done, _, _ in reports] == sorted(done for done, _, _ in reports)
    assert [done for done, at_end, _ in reports if at_end] == [1.0, 2.0]
    assert reports[-1][2] == {"accuracy", "loss", "val_accuracy", "val_loss"}
    session.adopt_training(model)
    assert score(session.model, session.sample.held_out).share > 0.6
    session.undo()
    assert score(session.model, session.sample.held_out).share > 0.98
