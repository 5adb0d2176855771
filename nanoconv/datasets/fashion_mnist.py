"""Fashion-MNIST: 70,000 pictures of clothes in the format of MNIST, and harder than digits.

H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine
learning algorithms", arXiv:1708.07747, 2017; MIT licence, Zalando SE.
"""

from __future__ import annotations

import os

from . import sources
from .catalog import IDX_FILES, Dataset, idx_edition
from .formats import Arrays
from .sources import Source

CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

FASHION_MNIST = Dataset(
    name="fashion_mnist",
    title="Fashion-MNIST",
    train=60_000,
    test=10_000,
    image_shape=(28, 28),
    classes=10,
    editions=(
        idx_edition(
            IDX_FILES,
            (
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
            (
                "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
                "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            ),
        ),
    ),
    keras_folder="fashion-mnist",
    tfds_name="fashion_mnist",
)


def load_data(path: str | os.PathLike[str] | None = None) -> Arrays:
    """Load Fashion-MNIST from this machine or, if it is not there, from the network (31 MB).

    Args:
        path: None; or a folder of the four IDX files, gzipped or not (Debian's package
            dataset-fashion-mnist puts them into /usr/share/datasets/fashion-mnist); or an .npz file
            with x_train, y_train, x_test and y_test. A bare file name is looked up in the caches.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, all uint8: images (60000, 28, 28) with pixels from 0
        to 255 and labels (60000,) from 0 to 9, named by `CLASS_NAMES`; then the same with 10000.

    Raises:
        DatasetNotFound: no source has it, or `path` does not exist.
        DatasetDamaged: what `path` names is not Fashion-MNIST.

    Reference: https://keras.io/api/datasets/fashion_mnist/
    """
    return sources.load(FASHION_MNIST, path)


def load_local(path: str | os.PathLike[str] | None = None) -> Arrays:
    """Load Fashion-MNIST as `load_data` does if it is on this machine; never touch the network."""
    return sources.load(FASHION_MNIST, path, download=False)


def source() -> Source | None:
    """Tell where the images came from that were last loaded in this process (None: none were)."""
    return sources.last_source("fashion_mnist")
