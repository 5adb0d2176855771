"""Every data set: its declaration is sound, and its `load_data` returns what Keras' returns."""

from __future__ import annotations

import gzip
import inspect
import os
import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from nanoconv import datasets
from nanoconv.datasets import (
    DatasetDamaged,
    DatasetNotFound,
    cifar10,
    cifar100,
    emnist,
    fashion_mnist,
    kmnist,
    mnist,
    verification,
)
from nanoconv.datasets.catalog import IDX_FILES, Dataset
from nanoconv.datasets.formats import Arrays

from .conftest import digest, put, same, to_idx, to_npz

DECLARATIONS: list[Dataset] = [
    mnist.MNIST,
    fashion_mnist.FASHION_MNIST,
    kmnist.KMNIST,
    cifar10.CIFAR10,
    *cifar100.CIFAR100.values(),
    *emnist.EMNIST.values(),
]
MODULES = [mnist, fashion_mnist, kmnist, cifar10, cifar100, emnist]


@pytest.mark.parametrize("dataset", DECLARATIONS, ids=lambda dataset: dataset.title)
def test_everything_that_is_downloaded_has_a_digest(dataset: Dataset) -> None:
    assert any(edition.urls for edition in dataset.editions)
    for archive in (a for edition in dataset.editions for a in edition.archives):
        assert not archive.urls or re.fullmatch("[0-9a-f]{64}", archive.sha256 or "")
        for url in archive.urls:
            assert re.fullmatch(rf"https?://[^/]+/.*{re.escape(archive.name)}", url)


@pytest.mark.parametrize("dataset", DECLARATIONS, ids=lambda dataset: dataset.title)
def test_a_data_set_is_named_after_its_module(dataset: Dataset) -> None:
    assert inspect.ismodule(getattr(datasets, dataset.name))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.split(".")[-1])
def test_a_data_set_that_is_not_there_says_what_to_write(module: ModuleType) -> None:
    with pytest.raises(DatasetNotFound, match=r"not on this machine.*mnist\.load_sample\(\)"):
        module.load_local()
    assert module.source() is None


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10", "cifar100"])
def test_load_data_takes_what_keras_takes(keras: ModuleType, name: str) -> None:
    theirs = inspect.signature(getattr(keras.datasets, name).load_data).parameters
    ours = inspect.signature(getattr(datasets, name).load_data).parameters
    assert [(p.name, p.default) for p in list(ours.values())[: len(theirs)]] == [
        (p.name, p.default) for p in theirs.values()
    ]
    assert all(p.default is None for p in list(ours.values())[len(theirs) :])


def made_up(rng: np.random.Generator, dataset: Dataset) -> Arrays:
    """Arrays of a data set's full size; few pixels are drawn, for the sake of time."""
    stripe = rng.integers(0, 256, dataset.image_shape, dtype=np.uint8)
    labels = rng.integers(0, dataset.classes, dataset.train + dataset.test, dtype=np.uint8)
    images = np.zeros((len(labels), *dataset.image_shape), np.uint8)
    images[::1000] = stripe
    cut = dataset.train
    return (images[:cut], labels[:cut]), (images[cut:], labels[cut:])


def test_mnist_is_read_from_keras_cache_as_keras_reads_it(
    keras: ModuleType, rng: np.random.Generator, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the digest of the file is changed in the declaration; real digits are not at hand."""
    content = to_npz(made_up(rng, mnist.MNIST))
    path = put(home / ".keras" / "datasets", {"mnist.npz": content}) / "mnist.npz"
    (archive,) = mnist.MNIST.editions[0].archives
    edition = replace(mnist.MNIST.editions[0], archives=(replace(archive, sha256=digest(content)),))
    monkeypatch.setitem(vars(mnist.MNIST), "editions", (edition,))
    loader = inspect.unwrap(keras.datasets.mnist.load_data)
    monkeypatch.setitem(loader.__globals__, "get_file", lambda **asked: str(path))
    assert same(mnist.load_local(), keras.datasets.mnist.load_data())
    assert mnist.source() == ("keras", str(path))


def test_fashion_mnist_is_read_from_keras_cache_as_keras_reads_it(
    keras: ModuleType, rng: np.random.Generator, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = fashion_mnist.FASHION_MNIST
    (x_train, y_train), (x_test, y_test) = made_up(rng, declared)
    parts = zip(IDX_FILES, (x_train, y_train, x_test, y_test), strict=True)
    files = {name: gzip.compress(to_idx(array), 1) for name, array in parts}
    folder = put(home / ".keras" / "datasets" / "fashion-mnist", files)
    (edition,) = declared.editions
    archives = (replace(a, sha256=digest(files[a.name])) for a in edition.archives)
    edition = replace(edition, archives=tuple(archives))
    monkeypatch.setitem(vars(declared), "editions", (edition,))
    loader = inspect.unwrap(keras.datasets.fashion_mnist.load_data)

    def get_file(name: str, cache_subdir: str, **asked: str) -> str:
        return os.path.join(home, ".keras", cache_subdir, name)

    monkeypatch.setitem(loader.__globals__, "get_file", get_file)
    assert same(fashion_mnist.load_local(), keras.datasets.fashion_mnist.load_data())
    assert fashion_mnist.source() == ("keras", str(folder))


def test_cifar_labels_are_a_column_as_in_keras(rng: np.random.Generator, tmp_path: Path) -> None:
    folder = put(tmp_path / "here", {"any.npz": to_npz(made_up(rng, cifar10.CIFAR10))})
    (x_train, y_train), (x_test, y_test) = cifar10.load_data(folder / "any.npz")
    assert (x_train.shape, y_train.shape) == ((50000, 32, 32, 3), (50000, 1))
    assert (x_test.shape, y_test.shape) == ((10000, 32, 32, 3), (10000, 1))
    with pytest.raises(DatasetDamaged, match=r"labels go from 0 to 9, CIFAR-10.*0 to 3"):
        loaded = (x_train, y_train), (x_test, y_test)
        verification.conform(loaded, replace(cifar10.CIFAR10, classes=4), "here")


def test_emnist_images_are_turned_upright(rng: np.random.Generator) -> None:
    declared = replace(emnist.EMNIST["digits"], train=2, test=1, image_shape=(4, 4))
    x, y = rng.integers(0, 256, (3, 4, 4), dtype=np.uint8), np.arange(3, dtype=np.uint8)
    (upright, _), _ = verification.conform(((x[:2], y[:2]), (x[2:], y[2:])), declared, "here")
    assert np.array_equal(upright, x[:2].transpose(0, 2, 1))


def test_clothes_do_not_pass_for_digits(
    rng: np.random.Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both come in four files of the same names and sizes."""
    arrays = made_up(rng, fashion_mnist.FASHION_MNIST)
    labels = digest(arrays[0][1].tobytes())
    monkeypatch.setitem(verification.TRAINING_LABELS, "Fashion-MNIST", labels)
    folder = put(tmp_path / "here", {"any.npz": to_npz(arrays)})
    with pytest.raises(DatasetDamaged, match="holds Fashion-MNIST, not MNIST"):
        mnist.load_data(folder / "any.npz")
    assert same(fashion_mnist.load_data(folder / "any.npz"), arrays)


@pytest.mark.parametrize(
    ("load", "message"),
    [
        (lambda: emnist.load_data("capitals"), r"split='capitals': EMNIST has .*'byclass', 'by"),
        (lambda: cifar100.load_data("rough"), r"label_mode='rough': write 'fine' or 'coarse'"),
    ],
)
def test_an_unknown_choice_is_refused(load: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load()
