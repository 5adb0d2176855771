"""Run a test once with each implementation of the kernels."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nanoconv import kernels

BACKENDS = ["naive", "numpy", "numba"]


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of an implementation, in use for this test; then back to the one before."""
    before = kernels.get_backend()
    kernels.set_backend(request.param)
    yield request.param
    kernels.set_backend(before)


@pytest.fixture(autouse=True)
def keep_backend() -> Iterator[None]:
    """A test that fails half-way leaves the implementation as it was."""
    before = kernels.get_backend()
    yield
    kernels.set_backend(before)
