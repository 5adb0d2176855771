"""Threads: the only place in nanoconv that knows them.

Compiled kernels and matrix products run without the GIL, so plain Python threads share the work.
`parallel_for(n, body)` cuts 0 ... n into ranges, the caller and a few helper threads take one after
the other, and the results come back in the order of the ranges: a sum over them is the same sum
every time, whoever was faster.

    0                                               n      n = 12, 4 ranges, 2 threads
    |  range 0  |  range 1  |  range 2  |  range 3  |      (start, stop) = (0, 3), (3, 6), ...
       caller      helper      helper      caller          whoever is done takes the next
       result 0    result 1    result 2    result 3        always in this order

Meanwhile BLAS, which has threads of its own that would fight for the same cores, is held to one:
`computing()` limits every BLAS in the process, and gives it back what it had.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any, TypeVar

from numpy.typing import NDArray

T = TypeVar("T")
SUMS = 8  # ranges whose results are added up: so many threads can share the work


def _checked(threads: int | str, where: str) -> int:
    try:
        number = int(threads)
    except (TypeError, ValueError):
        number = 0
    if number < 1 or str(number) != str(threads).strip():
        raise ValueError(f"{where} is {threads!r}, but must be a whole number from 1 up: write 2.")
    return number


def _available_cores() -> int:
    """Cores this process may use (a container or taskset may allow fewer than there are)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_threads: int | None = None


def get_threads() -> int:
    """Threads that share the work: set_threads, NANOCONV_THREADS, or the cores of this process."""
    global _threads
    if _threads is None:
        wish = os.environ.get("NANOCONV_THREADS")
        _threads = _checked(wish, "NANOCONV_THREADS") if wish else _available_cores()
    return _threads


def set_threads(threads: int) -> None:
    """Share the work among this many threads from the next call on (1: no helper threads).

    Raises ValueError for anything but a whole number from 1 up.
    """
    global _threads
    _threads = _checked(threads, "The number of threads")


class _Local(threading.local):
    """What each thread knows of itself."""

    job: _Job | None = None  # the parallel_for of which it runs a range
    pins = 0  # how often it has entered computing()


_local = _Local()


# BLAS on one thread ------------------------------------------------------------------------------


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


# Sharing work -----------------------------------------------------------------------------------


def split(n: int, ranges: int) -> list[tuple[int, int]]:
    """Cut 0 ... n into at most so many contiguous ranges (start, stop), equal but for 1."""
    ranges = max(1, min(ranges, n))
    edges = [n * i // ranges for i in range(ranges + 1)]
    return list(itertools.pairwise(edges))


class _Job:
    """One parallel_for: ranges that wait, results, and which helpers are at it.

    Only operations that Python makes atomic are used (append, pop, popleft, put, get), so that an
    interrupt at any moment leaves nothing locked.
    """

    def __init__(self, body: Callable[[int, int], Any], ranges: list[tuple[int, int]]) -> None:
        self.body = body
        self.waiting = deque(enumerate(ranges))
        self.results: list[Any] = [None] * len(ranges)
        self.errors: list[BaseException] = []
        self.helpers: list[None] = []  # one entry for each helper at work
        self.left: SimpleQueue[None] = SimpleQueue()  # one entry for each helper that left
        self.closed = False
        self.memory: dict[Hashable, Any] = {}  # see `once`

    def run(self) -> None:
        """Take ranges until none waits."""
        _local.job = self
        try:
            while True:
                try:
                    index, (start, stop) = self.waiting.popleft()
                except IndexError:
                    return
                self.results[index] = self.body(start, stop)
        finally:
            _local.job = None

    def help(self) -> None:
        """What a helper does: announce itself, run, say that it left."""
        self.helpers.append(None)
        try:
            if not self.closed:
                self.run()
        except BaseException as error:  # handed to the caller
            self.errors.append(error)
            self.waiting.clear()
        finally:
            self.helpers.pop()
            self.left.put(None)

    def share(self, helpers: int) -> None:
        """Run together with so many helpers."""
        _start_helpers(helpers)
        for _ in range(helpers):
            _jobs.put(self)
        try:
            self.run()
        finally:
            self.settle()
        if self.errors:
            raise self.errors[0]

    def settle(self) -> None:
        """Wait until no helper is at work; an interrupt is delivered only then."""
        interrupt: KeyboardInterrupt | None = None
        while True:
            try:
                self.closed = True  # whoever comes now goes again
                self.waiting.clear()
                while self.helpers:
                    self.left.get()
                break
            except KeyboardInterrupt as error:
                interrupt = error
        if interrupt is not None:
            raise interrupt


_jobs: SimpleQueue[_Job] = SimpleQueue()
_started = 0
_start_lock = threading.Lock()


def _serve(jobs: SimpleQueue[_Job]) -> None:
    while True:
        jobs.get().help()


def _start_helpers(wanted: int) -> None:
    global _started
    if _started >= wanted:
        return
    with _start_lock:
        while _started < wanted:
            name = f"nanoconv-{_started + 1}"
            threading.Thread(target=_serve, args=(_jobs,), name=name, daemon=True).start()
            _started += 1


def parallel_for(
    n: int, body: Callable[[int, int], T], grain: int = 1, ranges: int | None = None
) -> list[T]:
    """Run body(start, stop) over equal contiguous ranges of 0 ... n.

    Args:
        n: length of the whole range; 0 runs nothing.
        body: called from several threads at once, each with a range of its own.
        grain: the least length worth a thread of its own.
        ranges: how many there are at most; by default one for each thread. Where results are added
            up, or a range's length changes how they are rounded, a count that does not depend on
            the threads gives the same bits for any number of them. Whoever is done takes the next:
            a core that other programs slow down does fewer.

    Returns:
        What the calls returned, in the order of the ranges.

    Within a body it runs in place, as one range. An error or Ctrl-C is raised here, once no helper
    is at work any more.
    """
    if n <= 0:
        return []
    if _local.job is not None:
        return [body(0, n)]
    threads = get_threads()
    job = _Job(body, split(n, min(ranges or threads, max(1, n // grain))))
    helpers = min(threads, len(job.results)) - 1
    with computing():
        if helpers:
            job.share(helpers)
        else:
            job.run()
    return job.results


def once(make: Callable[[NDArray], T], array: NDArray) -> T:
    """make(array), made once within one parallel_for.

    A body that takes a batch a few images at a time asks for the same transformed kernel again and
    again. Nothing may write to the array meanwhile. Outside of a body it is simply made.
    """
    job = _local.job
    if job is None:
        return make(array)
    key = make, id(array)
    if key not in job.memory:
        job.memory[key] = array, make(array)  # the array stays alive, so that its id stays its own
    return job.memory[key][1]


def added(results: list[tuple[NDArray, ...]]) -> tuple[NDArray, ...]:
    """The sums of the arrays that the ranges of a parallel_for returned, in the ranges' order.

    The first range's arrays become the sums.
    """
    sums, *others = results
    for arrays in others:
        for total, array in zip(sums, arrays, strict=True):
            total += array
    return sums


def _after_fork() -> None:
    """In a forked child only the forking thread lives on: no helpers, and its own pins."""
    global _jobs, _started, _start_lock
    _jobs, _started, _start_lock = SimpleQueue(), 0, threading.Lock()
    _pin.lock = threading.Lock()
    held = _pin.count > 0
    _pin.count = 1 if _local.pins else 0
    if held and not _pin.count:
        _pin.restore()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
