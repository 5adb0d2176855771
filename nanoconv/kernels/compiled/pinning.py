"""BLAS held to one thread while nanoconv computes.

BLAS has threads of its own, which would fight with nanoconv's for the same cores. `computing()`
holds every BLAS in the process to one thread, and gives it back what it had.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class _Pin:
    """Counts who needs BLAS on one thread; the first limits it, the last restores it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.count = 0
        self.controller: Any = None
        self.limiter: Any = None

    def hold(self) -> None:
        """Limit every BLAS in this process to one thread."""
        if self.controller is None:
            from threadpoolctl import ThreadpoolController

            self.controller = ThreadpoolController()  # scans the libraries: done once
        self._take_control()
        self.limiter = self.controller.limit(limits=1, user_api="blas")
        self._take_control()

    def look_again(self) -> None:
        """A library that may bring a BLAS of its own was loaded: hold that one, too."""
        with self.lock:
            if self.count > 0:
                self.restore()
            self.controller = None
            if self.count > 0:
                self.hold()

    def restore(self) -> None:
        """Give BLAS back the threads it had."""
        self._take_control()
        self.limiter.restore_original_limits()
        self._take_control()

    def _take_control(self) -> None:
        """Let any thread set the limits of OpenBLAS.

        threadpoolctl (from 3.8) obeys only the thread that set them first, and silently ignores
        others; here the last to leave restores them, whoever that is.
        """
        for library in self.controller.lib_controllers:
            clear = getattr(library, "clear_controlling_thread", None)
            if clear is not None:
                clear(force=True)


_pin = _Pin()
look_for_blas = _pin.look_again


class _Local(threading.local):
    """What each thread knows of itself."""

    pins = 0  # how often this thread has entered computing()


_local = _Local()


@contextmanager
def computing() -> Iterator[None]:
    """Hold BLAS to one thread within the block.

    Blocks may nest and overlap in several threads: the limits that BLAS had before the first began
    come back when the last ends.
    """
    if _local.pins == 0:
        with _pin.lock:
            _pin.count += 1
            if _pin.count == 1:
                _pin.hold()
    _local.pins += 1
    try:
        yield
    finally:
        _local.pins -= 1
        if _local.pins == 0:
            with _pin.lock:
                _pin.count -= 1
                if _pin.count == 0:
                    _pin.restore()


def _after_fork() -> None:
    """In a forked child only the forking thread lives on, with its own pins."""
    _pin.lock = threading.Lock()
    held = _pin.count > 0
    _pin.count = 1 if _local.pins else 0
    if held and not _pin.count:
        _pin.restore()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
