"""The user's data set: grows, is saved, comes back; bad files change nothing."""

from __future__ import annotations

import os
import tracemalloc

import numpy as np
import pytest

from gui.corrections import Corrections


@pytest.fixture
def some(digits) -> Corrections:
    return Corrections().with_all(digits[0][:7], digits[1][:7])


def test_adding_leaves_the_original_alone(some, digits):
    more = some.with_one_more(digits[0][9], 3)
    assert (len(some), len(more), more.labels[-1]) == (7, 8, 3)


def test_saved_corrections_come_back(some, tmp_path):
    some.save(tmp_path / "mine.npz")
    back = Corrections.load(tmp_path / "mine.npz")
    np.testing.assert_array_equal(back.labels, some.labels)
    np.testing.assert_allclose(back.images, some.images, atol=0.5 / 255)
    assert os.listdir(tmp_path) == ["mine.npz"]


@pytest.mark.parametrize(
    ("image", "digit"),
    [(np.zeros((20, 20)), 3), (np.zeros((28, 28)), 10), (np.full((28, 28), 7.0), 1)],
)
def test_what_is_no_correction_is_refused(some, image, digit):
    with pytest.raises(ValueError, match="corrections"):
        some.with_one_more(image, digit)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"text"])
def test_a_damaged_file_is_refused_by_a_sentence(tmp_path, content):
    (tmp_path / "bad.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"bad\.npz is damaged .*; load a copy"):
        Corrections.load(tmp_path / "bad.npz")


def test_another_kind_of_npz_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", weights=np.zeros(3))
    with pytest.raises(ValueError, match="holds no corrections"):
        Corrections.load(tmp_path / "other.npz")


def test_a_write_that_fails_keeps_the_old_file_and_leaves_nothing_behind(
    some, tmp_path, monkeypatch
):
    (tmp_path / "kept.npz").write_text("old")

    def savez(file, **arrays):
        file.write(b"half of the n")
        raise OSError("the disk is full")

    monkeypatch.setattr(np, "savez_compressed", savez)
    with pytest.raises(OSError, match="full"):
        some.save(tmp_path / "kept.npz")
    assert (tmp_path / "kept.npz").read_text() == "old"
    assert os.listdir(tmp_path) == ["kept.npz"]


@pytest.mark.parametrize(
    ("images", "labels", "words"),
    [
        (np.zeros((20_001, 28, 28), np.uint8), np.zeros(20_001, np.uint8), "more than 20,000"),
        (np.zeros(3), np.zeros(3), "images of shape"),
        (np.float32(1), np.int8(1), "images of shape"),
        (np.full((1, 28, 28), "x"), np.zeros(1, int), "pixels"),
        (np.zeros((1, 28, 28), "M8[s]"), np.zeros(1, int), "pixels"),
        (np.full((1, 28, 28), np.nan), np.zeros(1, int), "pixels"),
        (np.zeros((1, 28, 28)), np.array(["4"]), "labels"),
    ],
)
def test_arrays_that_are_no_corrections_are_refused_with_the_file_named(
    tmp_path, images, labels, words
):
    np.savez_compressed(tmp_path / "odd.npz", images=images, labels=labels)
    with pytest.raises(ValueError, match=rf"odd\.npz is refused\. .*{words}"):
        Corrections.load(tmp_path / "odd.npz")


def test_a_small_file_that_would_fill_the_memory_is_refused_before(tmp_path):
    images = np.zeros((200_000, 28, 28), np.uint8)
    np.savez_compressed(tmp_path / "bomb.npz", images=images, labels=images[:, 0, 0])
    assert (tmp_path / "bomb.npz").stat().st_size < 1_000_000
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="claims 156800"):
            Corrections.load(tmp_path / "bomb.npz")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
