"""Data sets to learn from, loaded as Keras loads them.

    from nanoconv.datasets import mnist
    (x_train, y_train), (x_test, y_test) = mnist.load_data()

Every set looks for its files on this machine before it downloads them (`sources` says in which
order), names the place it found (logger "nanoconv.datasets", and `mnist.source()`), and passes over
damaged files. `mnist.load_sample()` needs neither files nor network.
"""

from nanoconv.core import absent
from nanoconv.datasets.dataset_errors import DatasetDamaged, DatasetNotFound

from . import cifar10, cifar100, emnist, fashion_mnist, kmnist, mnist
from .sources import Source, last_source

__all__ = [
    "DatasetDamaged",
    "DatasetNotFound",
    "Source",
    "cifar10",
    "cifar100",
    "emnist",
    "fashion_mnist",
    "kmnist",
    "last_source",
    "mnist",
]

__getattr__, __dir__ = absent.public(__name__)
