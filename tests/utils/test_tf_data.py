"""`tf.data` as Keras scripts use it: chains of steps over arrays, read anew by each `for`."""

from __future__ import annotations

import numpy as np
import pytest

import nanoconv
from nanoconv import layers
from nanoconv.utils.tf_data import AUTOTUNE, Dataset

X = np.arange(20, dtype="f4").reshape(10, 2)
Y = np.arange(10)


def numbers(dataset):
    return [np.asarray(each).tolist() for each in dataset]


def test_rows_side_by_side_become_batches():
    dataset = Dataset.from_tensor_slices((X, Y)).batch(4)
    batches = list(dataset)
    assert [len(y) for _, y in batches] == [4, 4, 2] and len(dataset) == 3
    np.testing.assert_array_equal(np.concatenate([x for x, _ in batches]), X)
    assert batches[0][1].numpy().tolist() == [0, 1, 2, 3]
    assert len(Dataset.from_tensor_slices(X).batch(4, drop_remainder=True)) == 2


def test_dictionaries_keep_their_names():
    (first,) = Dataset.from_tensor_slices({"a": X, "b": Y}).batch(3).take(1)
    assert first["a"].shape == (3, 2) and first["b"].tolist() == [0, 1, 2]


def test_every_epoch_has_another_order_unless_told():
    dataset = Dataset.range(50).shuffle(50, seed=3)
    one, two = numbers(dataset), numbers(dataset)
    assert sorted(one) == sorted(two) == list(range(50)) and one != two
    assert numbers(Dataset.range(50).shuffle(50, seed=3)) == one
    fixed = Dataset.range(50).shuffle(50, seed=3, reshuffle_each_iteration=False)
    assert numbers(fixed) == numbers(fixed)


def test_shuffle_looks_no_farther_than_its_buffer():
    for place, number in enumerate(numbers(Dataset.range(200).shuffle(5))):
        assert number < place + 5


def test_steps_one_after_another():
    dataset = Dataset.range(10).map(lambda i: i * i, num_parallel_calls=AUTOTUNE)
    assert numbers(dataset.skip(2).take(3)) == [4, 9, 16]
    assert numbers(dataset.filter(lambda i: i % 2 == 0)) == [0, 4, 16, 36, 64]
    assert numbers(Dataset.range(2).repeat(2).concatenate(Dataset.range(5, 6))) == [0, 1, 0, 1, 5]
    assert numbers(Dataset.range(6).batch(4).unbatch().prefetch(AUTOTUNE)) == [*range(6)]
    pairs = Dataset.zip((Dataset.range(3), dataset))
    assert [(int(a), int(b)) for a, b in pairs] == [(0, 0), (1, 1), (2, 4)] and len(pairs) == 3
    assert [i for i, _ in Dataset.range(3).enumerate(5)] == [5, 6, 7]


def test_a_cached_set_is_made_once():
    calls = []
    dataset = Dataset.range(3).map(lambda i: calls.append(1) or i).cache()
    assert numbers(dataset) == numbers(dataset) == [0, 1, 2]
    assert len(calls) == 3


def test_sets_without_an_end_or_a_known_length_tell():
    assert Dataset.range(3).cardinality().numpy() == 3
    assert Dataset.range(3).repeat().cardinality() == -1
    unknown = Dataset.from_generator(lambda: iter([1, 2]))
    assert unknown.cardinality() == -2 and numbers(unknown) == [1, 2]
    with pytest.raises(TypeError, match="no known length"):
        len(unknown)


def test_arrays_of_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match=r"\[9, 10\] rows"):
        Dataset.from_tensor_slices((X, Y[:9]))


def test_a_model_learns_the_same_from_a_set_as_from_arrays():
    def model():
        nanoconv.random.set_random_seed(0)
        model = nanoconv.Sequential([nanoconv.Input((2,)), layers.Dense(10, "softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    one, two = model(), model()
    dataset = Dataset.from_tensor_slices((X, Y)).batch(4)
    a = one.fit(X, Y, batch_size=4, epochs=2, shuffle=False, validation_data=(X, Y), verbose=0)
    b = two.fit(dataset, epochs=2, validation_data=dataset, verbose=0)
    assert a.history["loss"] == b.history["loss"]
    np.testing.assert_array_equal(one.get_weights()[0], two.get_weights()[0])
    np.testing.assert_array_equal(two.predict(dataset), one.predict(X, 4))
    endless = dataset.repeat()
    two.fit(endless, steps_per_epoch=5, epochs=1, verbose=0)
    assert int(two.optimizer.iterations) == 11
