"""`import keras` and `import tensorflow` give nanoconv's own modules, in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = str(Path(__file__).parents[2])


def python(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run Python with nanoconv on its path."""
    environment = os.environ | {"PYTHONPATH": ROOT, "MPLBACKEND": "Agg"}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=cwd, capture_output=True, text=True
    )


IDENTITY = """
import nanoconv
nanoconv.install_as_keras()
nanoconv.install_as_keras()  # once more does nothing
import keras, tensorflow as tf, tensorflow.keras.layers as L
from tensorflow import keras as k2
from tensorflow.keras.models import Model
from tensorflow.python.keras.layers import Dense
from keras.layers.convolutional import Conv2D, MaxPooling2D
from keras.layers.core import Dropout
from keras.src.layers import Flatten
from keras.datasets.mnist import load_data
from keras.optimizers.schedules import ExponentialDecay
from keras.optimizers.legacy import Adam
from keras.utils.np_utils import to_categorical
import keras.utils.vis_utils
import tensorflow.compat.v1 as tf1
assert keras is nanoconv and tf.keras is nanoconv and k2 is nanoconv and tf1.keras is nanoconv
assert L is nanoconv.layers and keras.layers is nanoconv.layers
assert Model is nanoconv.Model and Dense is nanoconv.layers.Dense
assert Conv2D is nanoconv.layers.Conv2D and MaxPooling2D is nanoconv.layers.MaxPooling2D
assert Dropout is nanoconv.layers.Dropout and Flatten is nanoconv.layers.Flatten
assert load_data is nanoconv.datasets.mnist.load_data and Adam is nanoconv.optimizers.Adam
assert ExponentialDecay is nanoconv.optimizers.schedules.ExponentialDecay
assert to_categorical is nanoconv.utils.to_categorical
assert keras.utils.np_utils.to_categorical is to_categorical
assert tf.losses is nanoconv.losses
from nanoconv.layers.convolutional import Conv2D as inner
assert inner is Conv2D and nanoconv.layers.convolutional.Conv2D is Conv2D
print("the same")
"""


def test_modules_are_the_very_same_objects():
    done = python("-W", "ignore", "-c", IDENTITY)
    assert done.stdout.strip() == "the same", done.stderr


REFUSED = [
    ("from keras.layers import LSTM; LSTM(3)", "nanoconv is for images"),
    ("from keras.layers import LSTM; type('Own', (LSTM,), {})", "nanoconv is for images"),
    ("import keras; keras.layers.Conv3D(1, 1)", "write the layer with 2D in its name"),
    ("from tensorflow.keras.applications import VGG16", "fine-tune pretrained ones in Keras"),
    ("from keras.applications.vgg16 import preprocess_input", "fine-tune pretrained"),
    ("from keras.preprocessing.text import Tokenizer", "prepare text and series with Keras"),
    ("from keras.wrappers.scikit_learn import KerasClassifier", "write a loop over sklearn's"),
    ("from keras.datasets import imdb; imdb.load_data()", "write mnist"),
    ("import tensorflow as tf; tf.data.TFRecordDataset", "arrays, or a keras.utils.PyDataset"),
    ("import tensorflow as tf; tf.Session().run(1)", "write model.predict(x)"),
    ("import tensorflow as tf; tf.placeholder('float32')", "write keras.Input"),
    ("import tensorflow as tf, tensorflow_datasets as tfds", "write keras.datasets.mnist"),
    ("import tensorflow.foo", "it has what Keras scripts use most"),
    ("import tensorflow as tf; tf.keras.backend.set_image_data_format('channels_first')", "tran"),
    ("import keras; keras.mixed_precision.set_global_policy('float16')", "write set_global"),
    ("import keras; keras.layers.Conv2d(3, 3)", "write Conv2D"),
    ("import keras; keras.backend.set_learning_phase(1)", "write model(x, training=True)"),
]

TELL = """
import nanoconv, sys
nanoconv.install_as_keras()
for line in sys.stdin.read().splitlines():
    try:
        exec(line)
        print("nothing happened")
    except Exception as error:
        print(type(error).__name__, error)
"""


def test_what_is_missing_is_refused_by_a_sentence():
    lines = "\n".join(line for line, _ in REFUSED)
    environment = os.environ | {"PYTHONPATH": ROOT}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", TELL],
        input=lines,
        env=environment,
        capture_output=True,
        text=True,
    )
    told = done.stdout.splitlines()
    assert len(told) == len(REFUSED), done.stderr
    for (line, sentence), answer in zip(REFUSED, told, strict=True):
        assert sentence in answer, f"{line}: {answer}"


def test_what_is_missing_may_be_imported_as_long_as_it_is_not_used():
    code = """
import nanoconv
nanoconv.install_as_keras()
from keras.layers import LSTM, Conv2DTranspose, Dense
from tensorflow.keras.callbacks import RemoteMonitor
print(isinstance(Dense(3), (LSTM, Conv2DTranspose)), RemoteMonitor.__name__)
"""
    assert python("-c", code).stdout.split() == ["False", "RemoteMonitor"]


def test_keras_that_is_imported_already_is_not_replaced():
    code = """
import sys, types, nanoconv
sys.modules["keras"] = types.ModuleType("keras")
try:
    nanoconv.install_as_keras()
except RuntimeError as error:
    print(error)
assert len([f for f in sys.meta_path if type(f).__module__.startswith("nanoconv")]) == 0
"""
    done = python("-c", code)
    assert "before all other imports" in done.stdout, done.stderr


def test_a_script_gets_its_arguments_and_neighbours(tmp_path):
    (tmp_path / "neighbour.py").write_text("import keras\nword = keras.__name__\n")
    (tmp_path / "script.py").write_text(
        "import sys, neighbour\n"
        "if __name__ == '__main__':\n"
        "    print(sys.argv[1:], neighbour.word, __file__.endswith('script.py'))\n"
        "    sys.exit(3)\n"
    )
    done = python("-m", "nanoconv", "script.py", "--epochs", "5", cwd=tmp_path)
    assert done.stdout.strip() == "['--epochs', '5'] nanoconv True", done.stderr
    assert done.returncode == 3


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ([], 2, "python -m nanoconv script.py"),
        (["--help"], 0, "python -m nanoconv script.py"),
        (["missing.py"], 1, "missing.py is not a file; write python -m nanoconv"),
    ],
)
def test_the_command_explains_itself(arguments, code, sentence, tmp_path):
    done = python("-m", "nanoconv", *arguments, cwd=tmp_path)
    assert sentence in done.stdout + done.stderr
    assert done.returncode == code
    assert "Traceback" not in done.stderr


def test_a_file_that_the_script_misses_is_told_by_the_script(tmp_path):
    (tmp_path / "script.py").write_text("open('weights.h5')\n")
    done = python("-m", "nanoconv", "script.py", cwd=tmp_path)
    assert "Traceback" in done.stderr
    assert "weights.h5" in done.stderr


def test_importing_nanoconv_installs_nothing():
    done = python(
        "-c",
        "import sys, nanoconv, nanoconv.layers\n"
        "print([f for f in sys.meta_path if 'nanoconv' in type(f).__module__], "
        "'nanoconv.dropin' in sys.modules)",
    )
    assert done.stdout.strip() == "[] False", done.stderr
