"""MNIST: 70,000 handwritten digits, 28x28 pixels; and 5,000 of them that nanoconv brings along.

Y. LeCun, C. Cortes and C. J. C. Burges; Creative Commons Attribution-ShareAlike 3.0.
"""

from __future__ import annotations

from pathlib import Path

from . import formats, sources
from .catalog import IDX_FILES, Dataset, idx_edition, npz_edition
from .formats import Arrays
from .sources import Source

SAMPLE_FILE = Path(__file__).parent / "data" / "mnist_sample.npz"

MNIST = Dataset(
    name="mnist",
    title="MNIST",
    editions=(
        npz_edition(
            "mnist.npz",
            "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
            ("https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",),
        ),
        idx_edition(
            IDX_FILES,
            (
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
            (
                "https://storage.googleapis.com/cvdf-datasets/mnist/",
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
            ),
        ),
    ),
    tfds_name="mnist",
)

load_data, load_local, source = sources.loaders(MNIST, megabytes=11, where="mnist.npz")


def load_sample() -> Arrays:
    """Load 5,000 real digits that come with the package: no file, no network, no waiting.

    They are taken from MNIST's training set, so do not test on them a model that was trained on the
    full set. Licence and credits are in `datasets/data/LICENSE.txt`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, all uint8: images (4000, 28, 28) and labels (4000,),
        400 of each digit; then 1000, 100 of each. The split is always the same.
    """
    arrays = formats.read_npz([SAMPLE_FILE])
    sources.used("mnist", Source("sample", str(SAMPLE_FILE)))
    return arrays
