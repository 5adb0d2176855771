"""Old spellings warn, so that a script's author learns today's, and change nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = str(Path(__file__).parents[2])

WARNS = {
    "merge": "keras.layers.merge([keras.Input((3,)), keras.Input((3,))], mode='mul')",
    "weights_of_any_ending": "model.save_weights('weights')",
    "model_of_any_ending": "model.save('model')",
    "checkpoint_of_any_ending": "keras.callbacks.ModelCheckpoint('weights.hdf5')",
    "shape_of_a_layer": "model.layers[-1].output_shape",
    "constraint_in_lower_case": "keras.constraints.nonneg()",
    "decay": "keras.optimizers.SGD(0.1).decay",
    "plot": "from keras.utils.visualize_util import plot; plot(model, 'm.svg', show_shapes=True)",
    "session": "import keras.backend.tensorflow_backend",
}
TEMPLATE = """
import warnings
import nanoconv
nanoconv.install_as_keras()
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    {line}
for warning in told:
    print(warning.category.__name__, warning.filename, warning.message)
"""

NEW_WAYS = """
import nanoconv
nanoconv.install_as_keras()
import keras
x = keras.layers.Conv2D(4, 3, 2)(keras.Input((9, 9, 1)))
assert x.shape == (None, 4, 4, 4), x.shape  # strides of 2, where no argument is of Keras 1

class Scale(keras.layers.Layer):
    def build(self, shape):
        self.scale = self.add_weight(shape=(1,))
    def call(self, x):
        return x * self.scale

assert not issubclass(Scale, keras.Model)
assert keras.Sequential([keras.Input((3,)), Scale()]).count_params() == 1
try:
    keras.layers.merge([keras.Input((3,)), keras.Input((3,))], mode="cos")
except ValueError as error:
    assert "nanoconv has sum" in str(error)
keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]).save_weights("w")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
try:
    model.save_weights("w", overwrite=False)
except FileExistsError as error:
    assert "overwrite" in str(error)
else:
    raise AssertionError("overwritten")
print("as today")
"""


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code with nanoconv in Keras' place, in a process and a folder of its own."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": ROOT},
        cwd=folder,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("line", WARNS.values(), ids=WARNS)
def test_an_old_way_works_with_a_warning(line, tmp_path):
    done = run(TEMPLATE.format(line=line), tmp_path)
    assert done.returncode == 0, done.stderr
    assert "DeprecationWarning <string>" in done.stdout  # at the script's line
    assert "write " in done.stdout or "leave " in done.stdout


def test_what_is_written_today_means_what_it_means_in_keras(tmp_path):
    done = run(NEW_WAYS, tmp_path)
    assert done.stdout.strip() == "as today", done.stderr
