"""Learning in two ways: a few corrections without forgetting the rest, and everything from scratch.

Learning one image alone would teach the network that every digit is that image. So each small
step mixes the corrections, each time shifted and rotated a little, with digits from nanoconv's
sample. Once the corrections are read, the digits that have suffered most are looked for and learnt
again; and what the weights have moved further than the corrections need is taken back.

Reference: A. Robins, "Catastrophic forgetting, rehearsal and pseudorehearsal" (1995);
    R. Aljundi et al., "Online continual learning with maximally interfered retrieval" (2019);
    M. Wortsman et al., "Robust fine-tuning of zero-shot models" (2022), for the way back
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nanoconv import Model
from nanoconv.callbacks import Callback
from nanoconv.optimizers import Adam

from .corrections import Corrections
from .distortion import Distortion
from .reading import as_batch, gives_probabilities, probabilities

#: A little of everything that another day's drawing may differ in.
JITTER = Distortion(rotation=8, shear=0.1, scale=0.08, shift=1.5, thickness=0.3)

BATCH = 64  # of which a quarter are corrections
CHECK_EVERY = 5  # steps
MAX_STEPS = 60
REPAIR = 10  # steps at least, once it is known what has suffered
PATIENCE = 25  # steps after which that is looked for anyway
DOUBTFUL = 100  # digits that count as suffering
LEARNING_RATE = 1e-4
SURE = 0.7  # the probability that the newest correction shall reach

#: Gets how far learning is (0 ... 1); answers whether to go on.
Report = Callable[[float], bool]


class Cancelled(Exception):
    """The user does not want to wait for the end."""


def compile_for_digits(model: Model, optimizer: Any) -> None:
    """Compile a model with ten outputs for labels 0 ... 9."""
    from nanoconv.losses import SparseCategoricalCrossentropy

    loss = SparseCategoricalCrossentropy(from_logits=not gives_probabilities(model))
    model.compile(optimizer, loss, metrics=["accuracy"])


@dataclass(frozen=True)
class Replay:
    """Digits not to forget, and which of them a model is least sure of."""

    images: np.ndarray  # (N, 28, 28) from 0 to 1
    labels: np.ndarray  # (N,)
    unsure: np.ndarray  # indices of half of them, the least sure first

    @classmethod
    def of(cls, model: Model, images: np.ndarray, labels: np.ndarray) -> Replay:
        """Find the digits that a model is least sure of."""
        order = _least_sure_first(model, images, labels)
        return cls(images, labels, order[: len(labels) // 2])

    def looked_at_again(self, model: Model) -> Replay:
        """Find those that it is least sure of by now, among the same half."""
        order = _least_sure_first(model, self.images[self.unsure], self.labels[self.unsure])
        return Replay(self.images, self.labels, self.unsure[order])

    def draw(self, count: int, generator: np.random.Generator) -> np.ndarray:
        """Return indices: half of any digits, half of doubtful ones, which are forgotten first."""
        half = count // 2
        chosen = self.unsure[:DOUBTFUL][generator.integers(0, DOUBTFUL, half)]
        return np.concatenate([generator.integers(0, len(self.labels), count - half), chosen])


def _least_sure_first(model: Model, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    parts = [probabilities(model, images[i : i + 500]) for i in range(0, len(labels), 500)]
    return np.argsort(np.concatenate(parts)[np.arange(len(labels)), labels])


def learn_corrections(
    model: Model, corrections: Corrections, replay: Replay, report: Report, seed: int = 0
) -> int:
    """Train a model until it reads the corrections, also shifted and rotated a little.

    Args:
        model: changed in place.
        corrections: at least one; the last is the newest and appears most often.
        replay: digits not to forget.
        report: gets the progress; its answer False ends the training.
        seed: of all chance.

    Returns:
        The number of steps it took.

    Raises:
        Cancelled: where `report` answers False; the model is half trained then.
    """
    generator = np.random.default_rng(seed)
    before = model.get_weights()
    compile_for_digits(model, Adam(LEARNING_RATE))
    looked, repairing = 0, False
    for step in range(1, MAX_STEPS + 1):
        images, labels = _mixed_batch(corrections, replay, generator)
        model.train_on_batch(as_batch(model, images), labels)
        if not report(step / MAX_STEPS):
            raise Cancelled
        if step % CHECK_EVERY:
            continue
        well = _reads_well(model, corrections, generator)
        if well and repairing and step >= looked + REPAIR:
            _go_back(model, before, corrections, generator)
            return step
        if (well and not repairing) or step >= looked + PATIENCE:
            replay = replay.looked_at_again(model)
            looked, repairing = step, True
    return MAX_STEPS


def _go_back(
    model: Model,
    before: list[np.ndarray],
    corrections: Corrections,
    generator: np.random.Generator,
) -> None:
    """Keep only as much of what was learnt as the corrections need, by halving the way."""
    after = model.get_weights()

    def go(share: float) -> None:
        model.set_weights([w + share * (v - w) for w, v in zip(before, after, strict=True)])

    too_little, enough = 0.0, 1.0
    for _ in range(4):
        middle = (too_little + enough) / 2
        go(middle)
        if _reads_well(model, corrections, generator):
            enough = middle
        else:
            too_little = middle
    go(enough)


def _mixed_batch(
    corrections: Corrections, replay: Replay, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return a batch: an eighth the newest correction, an eighth any, the rest replay."""
    eighth, newest = BATCH // 8, len(corrections) - 1
    chosen = np.concatenate([np.full(eighth, newest), generator.integers(0, newest + 1, eighth)])
    replayed = replay.draw(BATCH - len(chosen), generator)
    images = np.concatenate([corrections.images[chosen], replay.images[replayed]])
    labels = np.concatenate([corrections.labels[chosen], replay.labels[replayed]])
    return JITTER(images, generator), labels


def _reads_well(model: Model, corrections: Corrections, generator: np.random.Generator) -> bool:
    """Tell whether the last 64 corrections are read, also when shifted and rotated a little.

    Of the newest, nine in ten jittered copies must be read with certainty; of the others, half of
    the copies must be read at all: old corrections, too, may be digits that nobody can read.
    """
    images, labels = corrections.images[-64:], corrections.labels[-64:]
    copies = max(4, 64 // len(labels))
    jittered = JITTER(np.repeat(images, copies, 0), generator)
    newest = JITTER(np.repeat(images[-1:], 32, 0), generator)
    p = probabilities(model, np.concatenate([images, jittered, newest]))
    plain, moved, new = np.split(p, [len(images), len(images) + len(jittered)])
    right = (moved.argmax(1) == np.repeat(labels, copies)).reshape(-1, copies)
    return bool(
        (plain.argmax(1) == labels).all()
        and plain[-1, labels[-1]] > SURE
        and (new[:, labels[-1]] > SURE).mean() >= 0.9
        and (right.mean(1) >= 0.5).all()
    )


class Reporter(Callback):
    """Tells a window how training goes, and asks it whether to go on.

    Args:
        report: gets (epochs done, a fraction included; the logs of the latest batches, and at an
            epoch's end those of held-out digits; whether it is the end); answers whether to go on.
    """

    def __init__(self, report: Callable[[float, dict[str, float], bool], bool]) -> None:
        super().__init__()
        self.report = report
        self.epoch = 0
        self.cancelled = False
        self._means: dict[str, float] = {}
        self._smooth: dict[str, float] = {}

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Remember the epoch."""
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Report a step."""
        steps = (self.params or {}).get("steps") or 1
        self._tell(self.epoch + (batch + 1) / steps, self._recent(batch, dict(logs or {})), False)

    def _recent(self, batch: int, logs: dict[str, float]) -> dict[str, float]:
        """Turn means over the epoch so far into smooth values of the latest batches.

        The mean begins anew with every epoch, and its curve would jump there.
        """
        for name, mean in logs.items():
            before = self._means.get(name, 0.0) if batch else 0.0
            value = (batch + 1) * mean - batch * before  # of this batch alone
            self._smooth[name] = value + 0.95 * (self._smooth.get(name, value) - value)
        self._means = logs
        return dict(self._smooth)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Report an epoch."""
        if not self.cancelled:
            held_out = {k: v for k, v in (logs or {}).items() if k.startswith("val_")}
            self._tell(epoch + 1.0, self._smooth | held_out, True)

    def _tell(self, done: float, logs: dict[str, Any] | None, at_end: bool) -> None:
        if not self.report(done, dict(logs or {}), at_end):
            self.cancelled = True
            self.model.stop_training = True


def train_from_scratch(
    model: Model,
    train: tuple[np.ndarray, np.ndarray],
    held_out: tuple[np.ndarray, np.ndarray],
    epochs: int,
    report: Callable[[float, dict[str, float], bool], bool],
    seed: int = 0,
) -> None:
    """Train a fresh model on digits, each time rotated and shifted a little.

    Args:
        model: changed in place.
        train, held_out: what the model takes, and labels.
        epochs: passes over the digits.
        report: as for `Reporter`.
        seed: of the distortions.

    Raises:
        Cancelled: where `report` answers False.
    """
    generator = np.random.default_rng(seed)
    compile_for_digits(model, Adam(1e-3))
    reporter = Reporter(report)
    steps = -(-len(train[1]) // BATCH)

    def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        while True:
            order = generator.permutation(len(train[1]))
            for chosen in np.array_split(order, steps):
                images = train[0][chosen]
                jittered = JITTER(images.reshape(len(images), 28, 28), generator)
                yield jittered.reshape(images.shape), train[1][chosen]

    model.fit(
        batches(),
        epochs=epochs,
        steps_per_epoch=steps,
        validation_data=held_out,
        validation_batch_size=250,
        verbose=0,
        callbacks=[reporter],
    )
    if reporter.cancelled:
        raise Cancelled
