"""A model as a list of calls, and the two passes over it: forward and backward.

The graph of a model is flattened (nested models included) into calls in topological order. Calls
that follow each other and treat every image by itself (`layer.per_image`) form a *segment*: the
batch is cut into *chunks* of a few images, and each thread passes its chunks through the whole
segment, so that activations stay in its cache. Everything else (Dense, BatchNormalization, your own
layers) sees the whole batch at once. The layers know nothing of all this.

A *value* is an array between two calls; it has a number here. How a batch is cut depends on its
size alone, and gradients are added up in the chunks' order: same seed, same bits, for any number of
threads.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nanoconv import activations
from nanoconv.core.graph import Shape, SymbolicTensor, nodes_between
from nanoconv.core.variable import Variable
from nanoconv.kernels.compiled import workers
from nanoconv.kernels.compiled.scratch import empty
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer import Layer
from nanoconv.layers.core.input_layer import InputLayer

# Few enough bytes for the caches, enough images that Python's own time does not count: on the MNIST
# network, chunks of 16 images were fastest, of 8 a fiftieth slower, of 4 a sixteenth.
CHUNK_BYTES = 6_000_000
THREAD_BYTES = 250_000  # so little is not worth waking a thread for


@dataclass
class Call:
    """One layer, applied to values, making a value."""

    layer: Layer
    inputs: list[int]
    output: int
    takes_list: bool
    training: bool | None  # a fixed `training=` of this call, for passes that leave it open


@dataclass
class Segment:
    """Consecutive calls that a batch passes together, in chunks or whole."""

    calls: list[Call]
    chunked: bool
    inputs: list[int] = field(default_factory=list)  # values made before, needed here
    outputs: list[int] = field(default_factory=list)  # values made here, needed later
    logits_of: int | None = None  # the output whose logits its one call knows


@dataclass
class Chunk:
    """Images first..last of a batch on their way through one segment."""

    first: int
    last: int
    caches: list[Any] = field(default_factory=list)  # of each call; None where nobody needs one
    dxs: dict[int, np.ndarray] = field(default_factory=dict)  # gradients of the segment's inputs
    penalty: float = 0.0  # of activity regularizers


@dataclass
class Tape:
    """What a forward pass leaves for the backward pass."""

    wanted: set[int]  # the values whose gradients are needed
    chunks: list[list[Chunk]] = field(default_factory=list)  # of each segment
    logits: dict[int, np.ndarray] = field(default_factory=dict)  # by output
    penalty: float = 0.0  # of activity regularizers


class Program:
    """The calls between some input tensors and some output tensors.

    Args:
        inputs: symbolic inputs.
        outputs: symbolic outputs.

    Raises:
        ValueError: where an output depends on something else than the inputs.
    """

    def __init__(self, inputs: Sequence[SymbolicTensor], outputs: Sequence[SymbolicTensor]) -> None:
        self.calls: list[Call] = []
        self._count = len(inputs)
        self.inputs = list(range(len(inputs)))
        self.dtypes = [tensor.dtype for tensor in inputs]
        self.outputs = self._flatten(inputs, self.inputs, outputs)
        self.logit_calls = self._find_logit_calls()
        self.segments = self._group()
        self.by_call = any(call.layer.by_call for call in self.calls)
        self._shapes: dict[tuple[Shape, ...], dict[int, Shape]] = {}

    # ---- from graph to segments -----------------------------------------------------------------

    def _flatten(
        self,
        inputs: Sequence[SymbolicTensor],
        numbers: Sequence[int],
        outputs: Sequence[SymbolicTensor],
        training: bool | None = None,
    ) -> list[int]:
        """Append the calls between inputs and outputs; return the outputs' numbers.

        A fixed `training=` of a nested model's call holds for its layers, too.
        """
        values = {id(tensor): number for tensor, number in zip(inputs, numbers, strict=True)}
        for node in nodes_between(inputs, outputs):
            arguments = [values[id(tensor)] for tensor in node.inputs]
            fixed = training if node.training is None else node.training
            graph = getattr(node.layer, "_graph", None)
            if graph is not None:  # a nested model: its calls become ours
                results = self._flatten(graph.inputs, arguments, graph.outputs, fixed)
            elif isinstance(node.layer, InputLayer):
                results = arguments
            else:
                results = [self._count]
                self.calls.append(Call(node.layer, arguments, self._count, node.takes_list, fixed))
                self._count += 1
            for tensor, number in zip(node.outputs, results, strict=True):
                values[id(tensor)] = number
        return [values[id(tensor)] for tensor in outputs]

    def _find_logit_calls(self) -> dict[int, Call]:
        """Return, by output, final softmax or sigmoid calls whose value nothing else consumes."""
        consumed = {number for call in self.calls for number in call.inputs}
        takes_logits = (activations.softmax, activations.sigmoid)
        return {
            i: call
            for i, number in enumerate(self.outputs)
            for call in self.calls
            if call.output == number
            and number not in consumed
            and self.outputs.count(number) == 1
            and call.layer.activation in takes_logits
        }

    def _group(self) -> list[Segment]:
        """Group the calls into segments; note what each takes from and gives to the others."""
        logits_of = {id(call): output for output, call in self.logit_calls.items()}
        segments: list[Segment] = []
        for call in self.calls:
            chunked = call.layer.per_image and id(call) not in logits_of
            if not (chunked and segments and segments[-1].chunked):
                segments.append(Segment([], chunked, logits_of=logits_of.get(id(call))))
            segments[-1].calls.append(call)
        later = set(self.outputs)
        for segment in reversed(segments):
            made = {call.output for call in segment.calls}
            needed = {number for call in segment.calls for number in call.inputs}
            segment.inputs = sorted(needed - made)
            segment.outputs = sorted(made & later)
            later |= needed
        return segments

    def shapes(self, inputs: Sequence[Shape]) -> dict[int, Shape]:
        """Return each value's shape for inputs of these shapes (batch sizes are passed on)."""
        key = tuple(inputs)
        if key not in self._shapes:
            shapes = dict(enumerate(key))
            for call in self.calls:
                arguments = [shapes[number] for number in call.inputs]
                shapes[call.output] = tuple(
                    call.layer.compute_output_shape(arguments if call.takes_list else arguments[0])
                )
            if len(self._shapes) > 64:  # images of ever new sizes must not fill the memory
                self._shapes.clear()
            self._shapes[key] = shapes
        return self._shapes[key]

    # ---- forward --------------------------------------------------------------------------------

    def forward(
        self,
        xs: Sequence[np.ndarray],
        training: bool | None = False,
        keep: bool = False,
        logits: Collection[int] = (),
        need_dx: bool = False,
    ) -> tuple[list[np.ndarray], Tape]:
        """Compute the outputs.

        Args:
            xs: the inputs (N, ...), of the layers' type.
            training: whether dropout drops and batch statistics are used; it wins over a fixed
                `training=` of single calls, as in Keras. None lets these have their way.
            keep: whether to keep what `backward` needs.
            logits: outputs, some of `logit_calls`, whose logits the tape shall hold: the loss takes
                them, and backward gets their gradients.
            need_dx: whether backward will be asked for the gradient of the inputs.

        Returns:
            The outputs, and the tape for `backward`.
        """
        values = dict(enumerate(xs))
        shapes = self.shapes([x.shape for x in xs])
        tape = Tape(self._wanted(need_dx) if keep else set())
        for segment in self.segments:
            from_logits = segment.logits_of in logits
            chunks = _forward(segment, values, shapes, tape.wanted, training, keep, from_logits)
            tape.chunks.append(chunks)
            tape.penalty += sum([chunk.penalty for chunk in chunks])
            if segment.logits_of is not None and from_logits:
                tape.logits[segment.logits_of] = chunks[0].caches[0].z
        return [values[number] for number in self.outputs], tape

    def _wanted(self, need_dx: bool) -> set[int]:
        """Return the values whose gradient is needed: there is something to train before them."""
        wanted = set(self.inputs) if need_dx else set()
        for call in self.calls:
            if call.layer.trainable_variables or not wanted.isdisjoint(call.inputs):
                wanted.add(call.output)
        return wanted

    # ---- backward -------------------------------------------------------------------------------

    def backward(
        self, dys: Sequence[np.ndarray | None], tape: Tape
    ) -> tuple[list[np.ndarray | None], dict[Variable, np.ndarray]]:
        """Compute the gradients of all parameters, and of the inputs where they were asked for.

        Args:
            dys: gradient of the loss for each output, or for its logits where forward was asked for
                them; None where it does not count.
            tape: from `forward(..., keep=True)`.

        Returns:
            The gradients of the inputs (None where not asked for) and of the parameters.
        """
        dvalues: dict[int, np.ndarray] = {}
        gradients: dict[Variable, np.ndarray] = {}
        for number, dy in zip(self.outputs, dys, strict=True):
            if dy is not None:
                dvalues[number] = dvalues[number] + dy if number in dvalues else dy
        for segment, chunks in zip(reversed(self.segments), reversed(tape.chunks), strict=True):
            _backward(segment, chunks, tape.wanted, dvalues, gradients)
        return list(map(dvalues.get, self.inputs)), gradients


def _forward(
    segment: Segment,
    values: dict[int, np.ndarray],
    shapes: dict[int, Any],
    wanted: set[int],
    training: bool | None,
    keep: bool,
    from_logits: bool,
) -> list[Chunk]:
    """Pass a batch through one segment; add what it makes to the values; return its chunks."""
    N = len(values[0])
    calls = []  # with each, whether it trains, and the seed and number of its random values
    for call in segment.calls:
        train = bool(call.training if training is None else training)
        random = call.layer.seed_generator
        calls.append((call, train, *(random.next_call() if train and random else (0, 0))))

    def images(first: int, last: int) -> Chunk:
        """Take images first..last through the segment."""
        local, chunk = {}, Chunk(first, last)
        for number in segment.inputs:
            local[number] = values[number][first:last] if segment.chunked else values[number]
        for call, train, seed, draw in calls:
            cache = None
            if keep or train or from_logits:
                need_dx = not wanted.isdisjoint(call.inputs)
                cache = Cache(train, first, seed, draw, need_dx, from_logits)
            chunk.caches.append(cache)
            first_x = local[call.inputs[0]]
            x = [local[number] for number in call.inputs] if call.takes_list else first_x
            y = local[call.output] = call.layer.forward(x, cache)
            if call.layer.activity_regularizer is not None:
                chunk.penalty += float(call.layer.activity_regularizer(y)) / N
                if cache is not None:
                    cache.activity_gradient = call.layer.activity_regularizer.gradient(y) / N
        for number in segment.outputs:
            if segment.chunked:
                values[number][first:last] = local[number]
            else:
                values[number] = local[number]
        return chunk

    if not segment.chunked:
        return [images(0, N)]
    image = 0  # bytes of all values of one image
    for call in segment.calls:
        image += 4 * math.prod(shapes[call.output][1:])
        if call.output in segment.outputs:
            values[call.output] = empty(shapes[call.output], call.layer.dtype)
    chunk, grain = max(1, CHUNK_BYTES // (image or 1)), max(1, THREAD_BYTES // (image or 1))
    # The chunks' gradients are added up: their count never depends on the threads, so that the same
    # seed gives the same bits for any number of them. 2, 4, 8, ... let 2 or 4 threads end together.
    chunks = -(-N // chunk)
    chunks = 2 if chunks == 1 else -(-chunks // 4) * 4
    return workers.parallel_for(N, images, grain, chunks)


def _backward(
    segment: Segment,
    chunks: list[Chunk],
    wanted: set[int],
    dvalues: dict[int, np.ndarray],
    gradients: dict[Variable, np.ndarray],
) -> None:
    """Pass one segment backward, chunk by chunk; add to dvalues and gradients in fixed order."""
    dys = {number: dvalues[number] for number in segment.outputs if number in dvalues}
    if not dys:
        return

    def some(start: int, stop: int) -> dict[Variable, np.ndarray]:
        """Take chunks start..stop backward; return the sum of their parameters' gradients."""
        added: dict[Variable, np.ndarray] = {}
        for chunk in chunks[start:stop]:
            local = {number: dy[chunk.first : chunk.last] for number, dy in dys.items()}
            for call, cache in zip(reversed(segment.calls), reversed(chunk.caches), strict=True):
                dy = local.pop(call.output, None)
                if dy is None or call.output not in wanted:
                    continue
                cache.gradients = added
                if call.layer.activity_regularizer is not None:
                    dy = dy + cache.activity_gradient
                dx = call.layer.backward(dy, cache)
                if cache.need_dx:
                    for number, d in zip(call.inputs, dx if call.takes_list else [dx], strict=True):
                        local[number] = local[number] + d if number in local else d  # a fork
            chunk.dxs = local  # all that is left belongs to the segment's inputs
            chunk.caches.clear()  # what forward kept is not needed any more
        return added

    # A whole batch stays outside of the workers, so that each kernel may share it among them all.
    n = len(chunks)
    results = workers.parallel_for(n, some, ranges=n) if segment.chunked else [some(0, n)]
    for number in segment.inputs:
        dxs = [chunk.dxs[number] for chunk in chunks if number in chunk.dxs]
        if dxs:
            dx = dxs[0] if len(dxs) == 1 else np.concatenate(dxs)
            dvalues[number] = dvalues[number] + dx if number in dvalues else dx
    for added in results:
        for variable, gradient in added.items():
            known = gradients.get(variable)
            gradients[variable] = gradient if known is None else known + gradient
