"""What all tests share: real Keras as the judge, a fixed seed, and how a missing peer is told.

A test that needs something which is not installed skips with one clear reason on a user's machine
and fails where the environment variable CI is set.
"""

from __future__ import annotations

import importlib
import os
from types import ModuleType

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("MPLBACKEND", "Agg")


def require(module: str, install: str = "test") -> ModuleType:
    """Import a module a test needs, or skip (fail in CI) with the line that installs it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        reason = f"needs {module}; write pip install 'nanoconv[{install}]' ({error})"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def keras() -> ModuleType:
    """Real Keras, the judge of every name that nanoconv shares with it."""
    return require("keras")


@pytest.fixture(autouse=True)
def fixed_seed() -> None:
    """Let every test start from the same random state."""
    import nanoconv.random

    nanoconv.random.set_random_seed(1234)


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator of test data."""
    return np.random.default_rng(5678)
