"""A model as a list of calls, and the two walks over it: forward and backward.

The graph of a model is flattened (nested models included) into calls in topological order. Calls
that follow each other and treat every image by itself (`layer.per_image`) form a *run*: the batch
is cut into chunks of a few images, and each worker takes its chunks through the whole run, so that
activations stay in its cache. Everything else (Dense, BatchNormalization, your own layers) sees the
whole batch at once. The layers know nothing of all this; `runs` does the walking.

Gradients are added up in a fixed order: same seed, same number of threads, same bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nanoconv import activations
from nanoconv.core.graph import Shape, SymbolicTensor, nodes_between
from nanoconv.core.variable import Variable
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer import Layer
from nanoconv.layers.core.input_layer import InputLayer
from nanoconv.models.runs import Call, ForwardWalk, Run, Slice, walk_backward


@dataclass
class Tape:
    """What a forward walk leaves for the backward walk."""

    batch_size: int
    slices: list[list[Slice]] = field(default_factory=list)  # for each run
    logits: dict[int, np.ndarray] = field(default_factory=dict)  # output number -> pre-activation


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
        self.runs = self._group()
        self._shapes: dict[tuple[Shape, ...], dict[int, Shape]] = {}

    # ---- from graph to runs ---------------------------------------------------------------------

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
            inner = getattr(node.layer, "graph_tensors", None)
            if inner is not None:  # a nested model: its calls become ours
                results = self._flatten(inner[0], arguments, inner[1], fixed)
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
        """Return, by output number, final softmax or sigmoid calls that nothing else consumes."""
        consumed = {number for call in self.calls for number in call.inputs}
        return {
            i: call
            for i, number in enumerate(self.outputs)
            for call in self.calls
            if call.output == number
            and number not in consumed
            and self.outputs.count(number) == 1
            and final_activation(call.layer) in (activations.softmax, activations.sigmoid)
        }

    def _group(self) -> list[Run]:
        """Group the calls into runs, and note what each takes from and gives to the others."""
        final = [id(call) for call in self.logit_calls.values()]
        runs: list[Run] = []
        for call in self.calls:
            chunked = call.layer.per_image and id(call) not in final
            if not (chunked and runs and runs[-1].chunked):
                runs.append(Run([], chunked))
            runs[-1].calls.append(call)
        for i, run in enumerate(runs):
            made = {call.output for call in run.calls}
            needed = [number for call in run.calls for number in call.inputs]
            run.inputs = sorted(set(needed) - made)
            later = {n for other in runs[i + 1 :] for call in other.calls for n in call.inputs}
            run.outputs = sorted(made & (later | set(self.outputs)))
        return runs

    def shapes(self, inputs: Sequence[Shape]) -> dict[int, Shape]:
        """Return each value's shape for inputs of these shapes (batch sizes are passed on)."""
        key = tuple(tuple(shape) for shape in inputs)
        if key not in self._shapes:
            shapes: dict[int, Shape] = dict(enumerate(key))
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
        keep_logits: bool = False,
        need_dx: bool = False,
    ) -> tuple[list[np.ndarray], Tape]:
        """Compute the outputs.

        Args:
            xs: the inputs (N, ...), of the layers' type.
            training: whether dropout drops and batch statistics are used; it wins over a fixed
                `training=` of single calls, as in Keras. None lets these have their way.
            keep: whether to keep what backward needs.
            keep_logits: whether the tape shall hold the logits of final softmax and sigmoid calls.
            need_dx: whether backward will be asked for the gradient of the inputs.

        Returns:
            The outputs, and the tape for `backward`.
        """
        values = dict(enumerate(xs))
        tape = Tape(len(xs[0]))
        shapes = self.shapes([x.shape for x in xs])
        wanted = self._needs_gradient(need_dx) if keep else set()
        logit_calls = list(self.logit_calls.values()) if keep_logits else []
        for run in self.runs:
            walk = ForwardWalk(run, values, shapes, training, keep, logit_calls, wanted)
            tape.slices.append(walk.start(tape.batch_size))
        if keep_logits:
            for output, call in self.logit_calls.items():
                tape.logits[output] = self._cache_of(call, tape).z
        return [values[number] for number in self.outputs], tape

    def _cache_of(self, call: Call, tape: Tape) -> Cache:
        for run, slices in zip(self.runs, tape.slices, strict=True):
            if run.calls[0] is call:
                return slices[0].caches[0]
        raise KeyError(call.layer.name)

    def _needs_gradient(self, need_dx: bool) -> set[int]:
        """Return the values whose gradient is needed: there is something to train before them."""
        needed = set(self.inputs) if need_dx else set()
        for call in self.calls:
            if call.layer.trainable_variables or needed.intersection(call.inputs):
                needed.add(call.output)
        return needed

    # ---- backward -------------------------------------------------------------------------------

    def backward(
        self, dys: Sequence[np.ndarray | None], tape: Tape, from_logits: Sequence[int] = ()
    ) -> tuple[list[np.ndarray | None], dict[Variable, np.ndarray]]:
        """Compute the gradients of all parameters, and of the inputs where they were asked for.

        Args:
            dys: gradient of the loss for each output; None where it does not count.
            tape: from `forward(..., keep=True)`.
            from_logits: outputs whose gradient is already that of the logits.

        Returns:
            The gradients of the inputs (None where not asked for) and of the parameters.
        """
        dvalues: dict[int, np.ndarray] = {}
        for number, dy in zip(self.outputs, dys, strict=True):
            if dy is not None:
                dvalues[number] = dvalues[number] + dy if number in dvalues else dy
        for output in from_logits:
            self._cache_of(self.logit_calls[output], tape).from_logits = True
        gradients: dict[Variable, np.ndarray] = {}
        for run, slices in zip(reversed(self.runs), reversed(tape.slices), strict=True):
            walk_backward(run, slices, dvalues, gradients)
        return [dvalues.get(number) for number in self.inputs], gradients


def final_activation(layer: Layer) -> Any:
    """Return the activation function that a layer ends with, or None."""
    return getattr(layer, "activation", None)
