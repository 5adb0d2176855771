"""Writes the API pages: every public name with its docstring, from output/api/index.html on.

    python .ci/api.py

pdoc reads a module's dictionary, so names that are loaded when they are used are loaded first.
"""

from __future__ import annotations

import importlib
import pkgutil
import warnings
from pathlib import Path

import pdoc

import nanoconv

OUTPUT = Path(__file__).parents[1] / "output" / "api"


def load_late_names() -> None:
    """Put what `__all__` promises into the dictionary of each public package."""
    for found in pkgutil.iter_modules(nanoconv.__path__, "nanoconv."):
        if found.ispkg:
            module = importlib.import_module(found.name)
            names = getattr(module, "__all__", ())
            vars(module).update({name: getattr(module, name) for name in names})


def main() -> None:
    """Write the pages."""
    # Some names are imported for type checkers only; their annotations stay as they are written.
    warnings.filterwarnings("ignore", "Error parsing type annotation")
    load_late_names()
    pdoc.render.configure(docformat="google", math=False)
    pdoc.pdoc("nanoconv", output_directory=OUTPUT)
    print(f"Written: {OUTPUT / 'index.html'}")


if __name__ == "__main__":
    main()
