"""The peers, and the processes in which they are measured."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

HERE = Path(__file__).parent
# Peers compute on the CPU; TensorFlow keeps its greetings to itself.
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}


@dataclass(frozen=True)
class Peer:
    """A framework in one configuration.

    Attributes:
        name: on the command line and in tables.
        module: what a process imports.
        packages: whose versions tell what was measured.
        environment: variables of its processes.
    """

    name: str
    module: str
    packages: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def installed(self) -> bool:
        """Whether it can be measured here."""
        return all(importlib.util.find_spec(package) for package in self.packages)


def _keras(backend: str, package: str) -> Peer:
    return Peer(f"keras-{backend}", "keras", ("keras", package), {"KERAS_BACKEND": backend})


OURS = ("nanoconv", "numpy", "numba")
PEERS = {
    peer.name: peer
    for peer in (
        Peer("nanoconv", "nanoconv", OURS),
        Peer("nanoconv-1-thread", "nanoconv", OURS, {"NANOCONV_THREADS": "1"}),
        _keras("tensorflow", "tensorflow"),
        _keras("jax", "jax"),
        _keras("torch", "torch"),
        Peer("torch", "torch", ("torch",)),
    )
}


def threads(count: int) -> Peer:
    """Return nanoconv with a number of threads."""
    name = f"{count} thread" + "s" * (count > 1)
    return Peer(name, "nanoconv", OURS, {"NANOCONV_THREADS": str(count)})


class Worker:
    """A process that measures one peer; `start` makes it."""

    def __init__(self, peer: Peer, process: subprocess.Popen[str], errors: IO[str]) -> None:
        self.peer, self._process, self._errors = peer, process, errors

    def ask(self, job: str, **words: Any) -> Any:
        """Send a job, wait, and return its answer.

        Raises:
            RuntimeError: with the peer's own message, where the job failed.
        """
        assert self._process.stdin and self._process.stdout
        try:
            print(json.dumps({"job": job, **words}), file=self._process.stdin, flush=True)
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        answer = json.loads(line) if line else {}
        if "answer" not in answer:
            self._errors.seek(0)
            reason = answer.get("error") or self._errors.read()[-2000:]
            raise RuntimeError(f"{self.peer.name} could not do {job}:\n{reason}")
        return answer["answer"]


@contextmanager
def start(
    peer: Peer, digits: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Worker]:
    """Start a process that measures one peer, and end it with the block.

    Args:
        peer: the framework.
        digits: file of `digits_file`.
        environment: further variables.

    Example:
        >>> with digits_file() as digits, start(PEERS["nanoconv"], digits) as worker:
        ...     worker.ask("rate", task="train", network="mnist", batch=128, seconds=2)
    """
    command = [sys.executable, str(HERE / "worker.py"), peer.module, str(digits)]
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            command,
            env=variables(peer, environment) | {"BENCHMARK_STARTED": repr(time.time())},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        yield Worker(peer, process, errors)  # its input is closed then, and it ends


def ask_once(
    peer: Peer,
    digits: Path,
    job: str,
    environment: Mapping[str, str] | None = None,
    **words: Any,
) -> Any:
    """Do one job in a fresh process."""
    with start(peer, digits, environment) as worker:
        return worker.ask(job, **words)


def import_seconds(peer: Peer) -> float:
    """Return how long the import takes in a fresh process, until a model could be written."""
    use = "" if peer.module == "torch" else f"; {peer.module}.Sequential, {peer.module}.layers"
    program = f"import time; t = time.perf_counter(); import {peer.module}{use}"
    command = [sys.executable, "-c", f"{program}; print(time.perf_counter() - t)"]
    done = subprocess.run(command, env=variables(peer), capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def variables(peer: Peer, environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a peer's process."""
    return {**os.environ, **QUIET, **peer.environment, **(environment or {})}


@contextmanager
def digits_file() -> Iterator[Path]:
    """Write the 5,000 digits that come with nanoconv into a file for all workers."""
    from nanoconv.datasets import mnist

    (x, y), (x_test, y_test) = mnist.load_sample()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digits.npz"
        np.savez(path, x=np.concatenate([x, x_test]), y=np.concatenate([y, y_test]))
        yield path
