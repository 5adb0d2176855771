"""The scheduler: every range once, in order, through errors, interrupts, forks and overlaps."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from nanoconv.kernels.compiled import workers


@pytest.fixture(autouse=True)
def four_threads():
    """More threads than this machine may have, so that helpers really help."""
    before = workers.get_threads()
    workers.set_threads(4)
    yield
    workers.set_threads(before)


def blas_threads() -> set[int]:
    """Threads of the BLAS that was there when nanoconv first computed: NumPy's."""
    workers.parallel_for(1, lambda start, stop: None)
    info = workers._pin.controller.info()
    return {library["num_threads"] for library in info if library["user_api"] == "blas"}


@pytest.mark.parametrize("n", [0, 1, 3, 4, 5, 100])
@pytest.mark.parametrize("threads", [1, 2, 64])
def test_every_index_is_visited_once_and_results_keep_their_order(n, threads):
    workers.set_threads(threads)
    ranges = workers.parallel_for(n, lambda start, stop: list(range(start, stop)))
    assert [i for part in ranges for i in part] == list(range(n))
    lengths = {len(part) for part in ranges}
    assert len(ranges) <= threads and max(lengths, default=0) - min(lengths, default=0) <= 1


def test_a_grain_keeps_small_work_in_one_place():
    assert workers.parallel_for(99, lambda start, stop: (start, stop), 50) == [(0, 99)]
    assert len(workers.parallel_for(100, lambda start, stop: (start, stop), 50)) == 2


def test_helpers_run_at_the_same_time():
    barrier = threading.Barrier(4, timeout=20)
    workers.parallel_for(4, lambda start, stop: barrier.wait())


def test_within_a_body_it_runs_in_place():
    def body(start: int, stop: int):
        me = threading.get_ident()
        return workers.parallel_for(8, lambda a, b: (a, b, threading.get_ident() == me))

    assert workers.parallel_for(4, body) == [[(0, 8, True)]] * 4


@pytest.mark.parametrize("guilty", [0, 3])
def test_an_error_arrives_after_the_helpers_are_idle(guilty):
    at_work = []

    def body(start: int, stop: int) -> None:
        at_work.append(start)
        if start == guilty:
            raise ZeroDivisionError("on purpose")
        time.sleep(0.02)
        at_work.remove(start)

    with pytest.raises(ZeroDivisionError, match="on purpose"):
        workers.parallel_for(4, body)
    assert at_work == [guilty]
    assert len(workers.parallel_for(4, lambda start, stop: start)) == 4


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_arrives_after_the_helpers_are_idle_and_restores_blas():
    # A shell that starts Python in the background lets it ignore Ctrl-C: hear it here all the same.
    before_test = signal.signal(signal.SIGINT, signal.default_int_handler)
    before, at_work = blas_threads(), []

    def body(start: int, stop: int) -> None:
        at_work.append(start)
        deadline = time.monotonic() + 0.2
        while time.monotonic() < deadline:
            time.sleep(0.005)
        at_work.remove(start)

    for delay in (0.05, 0.1):
        timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            workers.parallel_for(4, body)
        timer.join()
        assert not [start for start in at_work if start != 0]  # the caller's own was cut short
        at_work.clear()
    assert blas_threads() == before
    assert len(workers.parallel_for(4, lambda start, stop: start)) == 4
    signal.signal(signal.SIGINT, before_test)


def test_many_threads_may_share_work_at_once():
    results = {}

    def caller(number: int) -> None:
        for _ in range(50):
            parts = workers.parallel_for(16, lambda a, b: sum(range(a, b)) + number)
            results.setdefault(number, set()).add(tuple(parts))

    threads = [threading.Thread(target=caller, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    expected = [(0, 1, 2, 3), (4, 5, 6, 7), (8, 9, 10, 11), (12, 13, 14, 15)]
    assert results == {n: {tuple(sum(part) + n for part in expected)} for n in range(6)}


def test_blas_is_held_to_one_thread_until_the_last_of_overlapping_blocks_ends():
    with threadpool_limits(2, "blas"):
        entered, leave = threading.Event(), threading.Event()

        def other() -> None:
            with workers.computing():
                entered.set()
                leave.wait(20)

        thread = threading.Thread(target=other)
        with workers.computing(), workers.computing():
            assert blas_threads() == {1}
            thread.start()
            assert entered.wait(20)
        assert blas_threads() == {1}  # the other thread still computes
        leave.set()
        thread.join()
        assert blas_threads() == {2}
        with pytest.raises(ZeroDivisionError), workers.computing():
            raise ZeroDivisionError
        assert blas_threads() == {2}


def _child(queue) -> None:
    parts = workers.parallel_for(8, lambda a, b: float((np.ones((9, 9)) @ np.ones((9, 9))).sum()))
    queue.put((len(parts), sum(parts), threading.active_count(), sorted(blas_threads())))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork")
def test_a_forked_child_computes_while_the_parent_was_computing():
    workers.parallel_for(8, lambda a, b: None)  # the parent has helpers, the child has not
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    with threadpool_limits(2, "blas"):
        release, held = threading.Event(), threading.Event()

        def hold() -> None:
            with workers.computing():
                held.set()
                release.wait(20)

        thread = threading.Thread(target=hold)
        thread.start()
        assert held.wait(20)
        child = context.Process(target=_child, args=(queue,))
        child.start()
        child.join(30)
        release.set()
        thread.join()
    assert child.exitcode == 0
    parts, total, threads, blas = queue.get()
    assert (parts, total, blas) == (4, 4 * 729.0, [2]) and threads == 4


def test_a_spawned_child_computes():
    code = (
        "from nanoconv.kernels.compiled import workers\n"
        "assert workers.get_threads() == 64\n"
        "print(sum(b - a for a, b in workers.parallel_for(1000, lambda a, b: (a, b))))\n"
    )
    environment = os.environ | {"NANOCONV_THREADS": "64"}
    command = [sys.executable, "-c", code]
    got = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert got.stdout.strip() == "1000", got.stderr


def test_the_default_is_the_cores_of_this_process(monkeypatch):
    monkeypatch.delenv("NANOCONV_THREADS", raising=False)
    monkeypatch.setattr(workers, "_threads", None)
    if hasattr(os, "sched_getaffinity"):
        assert workers.get_threads() == len(os.sched_getaffinity(0))
    monkeypatch.setattr(workers, "_threads", None)
    monkeypatch.setenv("NANOCONV_THREADS", "3")
    assert workers.get_threads() == 3


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "many", None, True])
def test_a_wrong_number_of_threads_is_refused(wrong):
    with pytest.raises(ValueError, match="whole number from 1 up"):
        workers.set_threads(wrong)
    assert workers.get_threads() == 4


def test_what_is_made_once_is_made_anew_for_the_next_job_and_for_other_arrays():
    made = []

    def body(start: int, stop: int) -> list[float]:
        return [workers.once(double, weights) for _ in range(3)]

    def double(array: np.ndarray) -> float:
        made.append(array[0])
        return 2 * array[0]

    workers.set_threads(1)
    for value in (1.0, 5.0):
        weights = np.array([value])
        assert workers.parallel_for(4, body) == [[2 * value] * 3]
    assert made == [1.0, 5.0]
    workers.once(double, weights)
    workers.once(double, weights)
    assert made == [1.0, 5.0, 5.0, 5.0]
