"""One script, run twice: by real Keras, and with nanoconv in its place. Both print the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = str(Path(__file__).parents[2])

# A block that only calls layers, trained for three steps; all starts are fixed, nothing is random.
BLOCK = """
import json
import numpy as np
import keras
from keras import layers


def start(shape, dtype=None, **kwargs):
    size = int(np.prod(shape))
    return np.sin(np.arange(size, dtype="float32") * 1.7 + size).reshape(shape) * 0.3


class Block(layers.Layer):
    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.conv = layers.Conv2D(filters, 3, padding="same", kernel_initializer=start)
        self.norm = layers.BatchNormalization()
        self.relu = layers.Activation("relu")

    def call(self, x, training=False):
        return self.relu(self.norm(self.conv(x), training=training))

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


inputs = keras.Input((6, 6, 2))
x = Block(4)(inputs)
x = layers.GlobalAveragePooling2D()(Block(3, name="second")(x))
model = keras.Model(inputs, layers.Dense(2, kernel_initializer=start)(x))
model.compile(keras.optimizers.SGD(0.1), "mse")
images = np.cos(np.arange(8 * 72, dtype="float32")).reshape(8, 6, 6, 2)
targets = np.sin(np.arange(16, dtype="float32")).reshape(8, 2)
before = model.predict(images, verbose=0)
losses = model.fit(images, targets, batch_size=8, epochs=3, shuffle=False, verbose=0).history
after = model.predict(images, verbose=0)
block = model.get_layer("second")
print(json.dumps({
    "before": before.tolist(),
    "after": after.tolist(),
    "losses": losses["loss"],
    "shapes": [list(w.shape) for w in block.get_weights()],
    "parameters": model.count_params(),
    "filters": block.get_config()["filters"],
}))
"""


def answers(code: str, folder: Path, *, ours: bool) -> dict[str, object]:
    """Run code as a script of its own; return what its last line tells."""
    script = folder / "script.py"
    script.write_text(code)
    command = [sys.executable, *(("-m", "nanoconv") if ours else ()), str(script)]
    environment = os.environ | {"PYTHONPATH": ROOT, "KERAS_BACKEND": "jax"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.full
@pytest.mark.usefixtures("keras")
def test_a_block_of_layers_computes_and_learns_what_it_does_in_keras(tmp_path):
    keras, nanoconv = (answers(BLOCK, tmp_path, ours=ours) for ours in (False, True))
    for what in ("before", "after", "losses"):
        np.testing.assert_allclose(nanoconv[what], keras[what], rtol=2e-4, atol=2e-5)
    for what in ("shapes", "parameters", "filters"):
        assert nanoconv[what] == keras[what], what
