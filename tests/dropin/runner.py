"""Runs scripts one after another, each in its own folder, with small data; tells how each ended.

    python -m tests.dropin.runner FOLDER script.py [script.py ...]

Scripts share a process, because starting Python takes longer than most of them. What a script
prints goes into `output.txt` of its folder, the traceback of a failure into `failure.txt`.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from nanoconv import backend
from nanoconv.datasets import sources
from nanoconv.dropin import run

TRAIN, TEST = 160, 60


def small_data(dataset: Any, *args: Any, **kwargs: Any) -> Any:
    """Return noisy images of the set's shape, each class with a bright row of its own."""
    rng = np.random.default_rng(3)

    def split(n: int) -> tuple[np.ndarray, np.ndarray]:
        y = (np.arange(n) % dataset.classes).astype(np.uint8)
        x = rng.integers(0, 100, (n, *dataset.image_shape), dtype=np.uint8)
        for i, label in enumerate(y):
            x[i, 2 * label : 2 * label + 3] = 255
        return x, y[:, None] if dataset.column_labels else y

    return split(TRAIN), split(TEST)


def main(folder: str, *scripts: str) -> None:
    """Run the scripts."""
    sources.load = small_data  # type: ignore[assignment]
    for script in scripts:
        place = Path(folder, f"{Path(script).parent.name}_{Path(script).stem}")
        place.mkdir()
        os.chdir(place)
        backend.clear_session()  # names of layers start anew, as in a fresh process
        arguments = ["1"] if Path(script).stem == "original" else []
        with open("output.txt", "w") as output, contextlib.redirect_stdout(output):
            try:
                run(script, arguments)
            except BaseException:
                Path("failure.txt").write_text(traceback.format_exc())
        plots = sys.modules.get("matplotlib.pyplot")
        if plots is not None:
            plots.close("all")


if __name__ == "__main__":
    main(*sys.argv[1:])
