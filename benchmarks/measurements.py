"""What is measured of each peer: a process of its own, asked in turns, round by round."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from common import interleave
from networks import training_flops
from processes import PEERS, Worker, ask_once, import_seconds, start

OURS, SINGLE, TENSORFLOW, TORCH = "nanoconv", "nanoconv-1-thread", "keras-tensorflow", "torch"
SGEMM = "direct convolution's limit"
# What the last row trains: a network and the images in a step.
OTHERS = [
    *((name, 128) for name in ("5x5", "stride-2", "same", "colour", "lenet", "vgg")),
    ("mnist", 32),
    ("mnist", 512),
]

Rounds = dict[str, list[float]]


class Measurements:
    """The rows of the table: each measures all peers, round by round.

    Args:
        peers: names of those to measure.
        options: of the command line.
        digits: file for the workers.
        stack: ends the workers.
    """

    def __init__(
        self, peers: Sequence[str], options: argparse.Namespace, digits: Path, stack: ExitStack
    ) -> None:
        self.peers, self.options, self.digits, self.stack = peers, options, digits, stack
        self._workers: dict[str, Worker] = {}

    def worker(self, name: str) -> Worker:
        """Return the process of a peer, started once."""
        if name not in self._workers:
            self._workers[name] = self.stack.enter_context(start(PEERS[name], self.digits))
        return self._workers[name]

    def run(self, row: str) -> dict[str, Rounds]:
        """Return the numbers of a row: one table, or one a network."""
        measure = getattr(self, f"measure_{row.replace('-', '_')}")
        return measure() if row == "networks" else {row: measure()}

    def _rounds(self, names: Sequence[str], measure: Callable[[str], float], what: str) -> Rounds:
        return interleave(names, measure, self.options.rounds, what)

    def _rates(self, task: str, network: str, batch: int, names: Sequence[str]) -> Rounds:
        """Measure images a second."""
        words = {"task": task, "network": network, "batch": batch}
        limit = training_flops(network)

        def measure(name: str) -> float:
            seconds = self.options.seconds
            if name == SGEMM:  # as images a second: what a direct convolution cannot exceed
                return self.worker(OURS).ask("sgemm", seconds=seconds / 4) / limit
            return self.worker(name).ask("rate", seconds=seconds, **words)

        return self._rounds(names, measure, f"{task} {network}, batch {batch}")

    def measure_train(self) -> Rounds:
        """Train, and measure the machine's matrix product beside it."""
        names = [*self.peers, SGEMM] if OURS in self.peers else self.peers
        return self._rates("train", "mnist", 128, names)

    def measure_predict(self) -> Rounds:
        """Predict."""
        return self._rates("predict", "mnist", 256, self.peers)

    def measure_predict_one(self) -> Rounds:
        """Predict a single image, in milliseconds."""

        def measure(name: str) -> float:
            calls = max(3, int(20 * self.options.seconds))
            return 1e3 * self.worker(name).ask("predict_one", network="mnist", calls=calls)

        return self._rounds(self.peers, measure, "predict one")

    def measure_import(self) -> Rounds:
        """Import in a fresh process; twice each, for the files to be in memory."""
        names = [name for name in self.peers if name != SINGLE]
        for name in names:
            import_seconds(PEERS[name])
        return self._rounds(names, lambda name: import_seconds(PEERS[name]), "import")

    def measure_first_step(self) -> Rounds:
        """Take the first step in a fresh process."""
        names = [name for name in self.peers if name not in (OURS, SINGLE)]
        if OURS in self.peers:
            ask_once(PEERS[OURS], self.digits, "first_step", network="mnist", batch=128)
            names = [f"{OURS} warm", f"{OURS} cold", *names]

        def measure(name: str) -> float:
            peer, _, state = name.partition(" ")
            with tempfile.TemporaryDirectory() as empty:
                cold = {"NUMBA_CACHE_DIR": empty} if state == "cold" else {}
                words = {"network": "mnist", "batch": 128}
                return ask_once(PEERS[peer], self.digits, "first_step", cold, **words)

        return self._rounds(names, measure, "first step")

    def measure_memory(self) -> Rounds:
        """Train on bytes in a fresh process, and read its peak, in MB."""
        names = [name for name in self.peers if name != SINGLE]
        words = {"images": self.options.memory_images, "batch": 128, "steps": 60}
        words["steps"] = min(words["steps"], words["images"] // 128)

        def measure(name: str) -> float:
            return ask_once(PEERS[name], self.digits, "memory", **words) / 1e6

        return self._rounds(names, measure, "memory")

    def measure_networks(self) -> dict[str, Rounds]:
        """Train other networks."""
        names = [name for name in self.peers if name in (OURS, TENSORFLOW)]
        return {
            f"{name}, {batch}": self._rates("train", name, batch, names)
            for name, batch in OTHERS
            if not self.options.networks or name in self.options.networks
        }
