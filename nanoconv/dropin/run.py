"""Running a Keras script, as `python script.py` would, with nanoconv in Keras' place."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from nanoconv.dropin.finder import install_as_keras

USAGE = "python -m nanoconv script.py [its arguments]"


def run(script: str, arguments: Sequence[str] = ()) -> None:
    """Run a script with nanoconv in Keras' place.

    Args:
        script: its path.
        arguments: what it shall find in `sys.argv[1:]`.

    Raises:
        FileNotFoundError: where there is no such file.
    """
    if not Path(script).is_file():
        raise FileNotFoundError(f"{script} is not a file; write {USAGE}.")
    install_as_keras()
    sys.argv = [script, *arguments]
    sys.path[0] = str(Path(script).resolve().parent)  # its neighbours can be imported
    runpy.run_path(script, run_name="__main__")


def main() -> int | str:
    """Run the script that the command line names; return what the process shall exit with."""
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(f"usage: {USAGE}\n\nRuns a Keras script with nanoconv in Keras' place.")
        return 0 if len(sys.argv) > 1 else 2
    try:
        run(sys.argv[1], sys.argv[2:])
    except FileNotFoundError as error:
        if error.filename is not None:  # the script missed a file of its own
            raise
        return str(error)
    return 0
