"""The benchmarks are scripts beside the library: their folder is put where Python finds modules."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def benchmark_module(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Import one of the scripts."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module
