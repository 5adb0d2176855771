"""One run of a model, walked over all slices of a batch.

A run is a stretch of calls that is walked as one: chunk by chunk inside the workers, where every
call treats each image by itself, or once on the whole batch. What forward leaves behind lies in one
`Slice` for each chunk; backward takes the same slices.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nanoconv.core.variable import Variable
from nanoconv.kernels.compiled import workers
from nanoconv.kernels.compiled.scratch import empty
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer import Layer

# Few enough bytes for the caches, enough images that Python's own time does not count: on the MNIST
# network, chunks of 16 images were fastest, and chunks of 4 a fifth slower.
CHUNK_BYTES = 6_000_000
THREAD_BYTES = 250_000  # so little is not worth waking a thread for


@dataclass
class Call:
    """One layer, applied to numbered values, making a numbered value."""

    layer: Layer
    inputs: list[int]
    output: int
    takes_list: bool
    training: bool | None  # a fixed `training=` of this call, for walks that leave it open


@dataclass
class Run:
    """Consecutive calls that are walked together, chunk by chunk or on the whole batch."""

    calls: list[Call]
    chunked: bool
    inputs: list[int] = field(default_factory=list)  # values made before, needed here
    outputs: list[int] = field(default_factory=list)  # values made here, needed later


@dataclass
class Slice:
    """Images first..last of a batch on their way through one run."""

    first: int
    last: int
    caches: list[Cache]


class ForwardWalk:
    """One run of one forward walk, over all its slices."""

    def __init__(
        self,
        run: Run,
        values: dict[int, np.ndarray],
        shapes: dict[int, Any],  # of whole batches
        training: bool | None,
        keep: bool,
        logit_calls: list[Call],
        wanted: set[int],
    ) -> None:
        self.run, self.values, self.shapes = run, values, shapes
        self.training, self.keep, self.wanted = training, keep, wanted
        self.logit_calls = [id(call) for call in logit_calls]
        self.draws = [call.layer.next_call() if self.trains(call) else (0, 0) for call in run.calls]

    def trains(self, call: Call) -> bool:
        """Tell whether this call is one of training."""
        return bool(call.training if self.training is None else self.training)

    def start(self, n: int) -> list[Slice]:
        """Walk the batch of n images; return its slices in order."""
        if not self.run.chunked or n == 0:
            return [self.walk(0, n)]
        for number in self.run.outputs:
            self.values[number] = empty(self.shapes[number], self.dtype_of(number))
        image = 4 * sum(math.prod(self.shapes[c.output][1:]) for c in self.run.calls) or 1
        chunk, grain = max(1, CHUNK_BYTES // image), max(1, THREAD_BYTES // image)
        return workers.parallel_for(n, self.walk, grain, pieces=-(-n // chunk))

    def dtype_of(self, number: int) -> str:
        """Return the type of a value made in this run."""
        return next(call.layer.dtype for call in self.run.calls if call.output == number)

    def walk(self, first: int, last: int) -> Slice:
        """Take images first..last through the run."""
        whole = not self.run.chunked
        local = {
            n: self.values[n] if whole else self.values[n][first:last] for n in self.run.inputs
        }
        caches = []
        for call, (seed, number) in zip(self.run.calls, self.draws, strict=True):
            cache = self.cache_for(call, first, seed, number)
            caches.append(cache)
            arguments = [local[n] for n in call.inputs]
            x = arguments if call.takes_list else arguments[0]
            local[call.output] = call.layer.forward(x, cache)
        for n in self.run.outputs:
            if whole:
                self.values[n] = local[n]
            else:
                self.values[n][first:last] = local[n]
        return Slice(first, last, caches)  # type: ignore[arg-type]

    def cache_for(self, call: Call, first: int, seed: int, number: int) -> Cache | None:
        """Return a cache where backward, logits or random masks need one."""
        keep_logits = id(call) in self.logit_calls
        trains = self.trains(call)
        if not (self.keep or keep_logits or trains):
            return None
        return Cache(
            trains,
            first=first,
            seed=seed,
            call=number,
            keep_logits=keep_logits,
            need_dx=not self.wanted.isdisjoint(call.inputs),
        )


def walk_backward(
    run: Run,
    slices: list[Slice],
    dvalues: dict[int, np.ndarray],
    gradients: dict[Variable, np.ndarray],
) -> None:
    """Walk one run backward, slice by slice; add to dvalues and gradients in fixed order."""
    dys = {number: dvalues[number] for number in run.outputs if number in dvalues}
    if not dys:
        return
    dxs: list[dict[int, np.ndarray]] = [{} for _ in slices]

    def body(start: int, stop: int) -> dict[Variable, np.ndarray]:
        added: dict[Variable, np.ndarray] = {}  # by this worker alone
        for i in range(start, stop):
            part = slices[i]
            for cache in part.caches:
                cache.gradients = added
            local = {number: dy[part.first : part.last] for number, dy in dys.items()}
            dxs[i] = _backward_slice(run, part, local)
            part.caches.clear()  # what forward kept is not needed any more
        return added

    # A whole batch is not walked inside a worker, so that each kernel may share it among them all.
    n = len(slices)
    results = workers.parallel_for(n, body, pieces=n) if run.chunked else [body(0, n)]
    for number in run.inputs:
        parts = [dx[number] for dx in dxs if number in dx]
        if parts:
            whole = parts[0] if len(parts) == 1 else np.concatenate(parts)
            dvalues[number] = dvalues[number] + whole if number in dvalues else whole
    for added in results:
        for variable, gradient in added.items():
            known = gradients.get(variable)
            gradients[variable] = gradient if known is None else known + gradient


def _backward_slice(run: Run, part: Slice, local: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
    """Walk one slice backward; return the gradients of the run's inputs."""
    for call, cache in zip(reversed(run.calls), reversed(part.caches), strict=True):
        dy = local.pop(call.output, None)
        if dy is None or not (cache.need_dx or call.layer.trainable_variables):
            continue
        dx = call.layer.backward(dy, cache)
        if not cache.need_dx:
            continue
        for number, d in zip(call.inputs, dx if call.takes_list else [dx], strict=True):
            local[number] = local[number] + d if number in local else d  # forks add up
    return {number: local[number] for number in run.inputs if number in local}
