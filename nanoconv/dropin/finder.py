"""The import finder: `import keras.layers` gives the module `nanoconv.layers` itself.

Reference: https://docs.python.org/3/reference/import.html#the-meta-path
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import ModuleType

from nanoconv.core import absent
from nanoconv.dropin import old_arguments, old_files, old_names, paths

ROOTS = ("keras", "tensorflow", "tf_keras", "tensorflow_datasets")


class KerasFinder(MetaPathFinder, Loader):
    """Finds modules of Keras and TensorFlow, and gives those of nanoconv."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Claim everything below `keras` and `tensorflow`."""
        if fullname.partition(".")[0] in ROOTS:
            return spec_from_loader(fullname, self)
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Put nanoconv's module in the place of the empty one that Python made.

        Python looks into `sys.modules` again when this returns, so that no copy is ever made.
        """
        sys.modules[module.__name__] = paths.resolve(module.__name__)


def install_as_keras() -> None:
    """Let `keras`, `tensorflow.keras` and the bare `tensorflow` mean nanoconv from now on.

    Calling it again does nothing.

    Raises:
        RuntimeError: where Keras or TensorFlow itself is imported already.

    Example:
        >>> import nanoconv
        >>> nanoconv.install_as_keras()  # doctest: +SKIP
        >>> import keras  # doctest: +SKIP
        >>> keras is nanoconv  # doctest: +SKIP
        True
    """
    if any(isinstance(finder, KerasFinder) for finder in sys.meta_path):
        return
    loaded = [name for name in ROOTS if name in sys.modules]
    if loaded:
        raise RuntimeError(
            f"{' and '.join(loaded)} is imported already, so that nanoconv cannot take its place; "
            "write import nanoconv; nanoconv.install_as_keras() before all other imports."
        )
    for file in (old_files, old_arguments, old_names):
        file.patches.apply()
    absent.refuse_later()
    sys.meta_path.insert(0, KerasFinder())
