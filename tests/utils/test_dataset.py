"""Data sets made batch by batch: in order, ahead of time, and never twice."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

import nanoconv
from nanoconv.utils import PyDataset, Sequence
from nanoconv.utils.py_dataset import load_ahead


class Squares(PyDataset):
    """Batch i is i * i; notes which were made, and by which threads."""

    def __init__(self, **options):
        super().__init__(**options)
        self.made: list[int] = []
        self.threads: set[int] = set()

    def __len__(self):
        return 12

    def __getitem__(self, index):
        self.made.append(index)
        self.threads.add(threading.get_ident())
        time.sleep(0.001 * (index % 3))  # so that later batches may be ready first
        return index * index


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("queue", [1, 2, 6, 10])
def test_batches_come_in_the_order_asked_for(workers, queue):
    dataset = Squares(workers=workers, max_queue_size=queue)
    order = [3, 1, 11, 0, 7, 5]
    assert list(load_ahead(dataset, order)) == [i * i for i in order]
    assert sorted(dataset.made) == sorted(order)
    assert (threading.get_ident() in dataset.threads) == (workers == 1)


def test_no_more_batches_are_made_ahead_than_the_queue_holds():
    dataset = Squares(workers=2, max_queue_size=3)
    batches = load_ahead(dataset, range(12))
    next(batches)
    batches.close()
    assert len(dataset.made) <= 4


def test_an_error_in_a_batch_reaches_the_reader():
    class Broken(Squares):
        def __getitem__(self, index):
            raise OSError("disk gone")

    with pytest.raises(OSError, match="disk gone"):
        list(load_ahead(Broken(workers=2), range(3)))


def test_iterating_walks_through_all_batches():
    assert list(Squares()) == [i * i for i in range(12)] and Squares().num_batches == 12
    assert Sequence is PyDataset


def test_what_is_missing_or_not_supported_is_told():
    with pytest.raises(ValueError, match="use_multiprocessing"):
        PyDataset(use_multiprocessing=True)
    with pytest.raises(NotImplementedError, match="__getitem__"):
        PyDataset()[0]
    with pytest.raises(NotImplementedError, match="__len__"):
        _ = PyDataset().num_batches


def test_a_subclass_may_forget_to_call_init():
    class Forgetful(Squares):
        def __init__(self):
            self.made, self.threads = [], set()

    assert len(list(load_ahead(Forgetful(), range(3)))) == 3


def test_fit_uses_the_workers_and_tells_when_epochs_begin_and_end():
    events: list[str] = []

    class Told(Squares):
        def __getitem__(self, index):
            self.threads.add(threading.get_ident())
            return np.ones((2, 3)), np.ones((2, 1))

        def on_epoch_begin(self):
            events.append("begin")

        def on_epoch_end(self):
            events.append("end")

    dataset = Told(workers=2)
    model = nanoconv.Sequential([nanoconv.Input(shape=(3,)), nanoconv.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(dataset, epochs=2, verbose=0)
    assert events == ["begin", "end"] * 2
    assert threading.get_ident() not in dataset.threads


@pytest.mark.parametrize("workers", [1, 2])
def test_fit_on_a_dataset_equals_fit_on_its_arrays(rng, workers):
    from tests.models.helpers import digits, small_cnn

    x, y = digits(rng)

    class Batches(PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            part = slice(8 * index, 8 * index + 8)
            return x[part], y[part]

    ours, other = small_cnn(nanoconv), small_cnn(nanoconv)
    other.set_weights(ours.get_weights())
    for model in (ours, other):
        model.compile("sgd", "sparse_categorical_crossentropy")
    ours.fit(Batches(workers=workers), epochs=2, shuffle=False, verbose=0)
    other.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    for mine, theirs in zip(ours.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
