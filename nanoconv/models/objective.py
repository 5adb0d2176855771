"""What `compile` was given: losses and metrics for each output, and how they join.

Keras' names decide the keys: `loss`, `accuracy` for one output; `a_loss`, `a_accuracy` for the
output `a` of several. A second metric of one name becomes `accuracy_1`, or `weighted_accuracy`
where it is one of `weighted_metrics`.

Reference: https://keras.io/api/models/model_training_apis/#compile-method
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nanoconv import activations, losses, metrics
from nanoconv.core import registry
from nanoconv.losses.label_shapes import check_range, sparse_labels
from nanoconv.models.data import Batch
from nanoconv.models.model_graph import Graph
from nanoconv.models.program import Program

_LOGITS = {activations.softmax: "softmax", activations.sigmoid: "sigmoid"}


class Objective:
    """Losses and metrics of a compiled model, resolved when the first batch shows the shapes.

    Args:
        loss: a name, `Loss` or function, or a list or dictionary with one for each output.
        loss_weights: factors, likewise.
        metrics: names, objects or functions; for several outputs a list or dictionary of such.
        weighted_metrics: likewise; these see the sample weights.

    Raises:
        ValueError: for unknown names.
    """

    def __init__(
        self, loss: Any, loss_weights: Any = None, metrics: Any = None, weighted_metrics: Any = None
    ) -> None:
        for one in _leaves(loss):  # unknown names are refused by compile, not by fit
            if str(one).lower() not in ("crossentropy", "ce"):
                losses.as_loss(one)
        self._user = (loss, loss_weights, metrics, weighted_metrics)
        self.names: list[str] = []
        self.losses: list[Any] = []
        self.metrics: list[Any] = []  # in the order in which `evaluate` returns them
        self.keys: list[str] = []  # their names in `History`
        self.built = False

    def build(self, graph: Graph, batch: Batch) -> None:
        """Choose each output's loss and metrics by the first batch's shapes.

        Args:
            graph: of the model.
            batch: with labels.
        """
        assert batch.ys is not None
        loss, loss_weights, plain, weighted = self._user
        self.names = names = graph.label_names
        shapes: list[Any] = [
            (y.shape, (len(y), *tensor.shape[1:]))
            for y, tensor in zip(batch.ys, graph.outputs, strict=True)
        ]
        self.losses = [
            losses.as_loss(one, *shape)
            for one, shape in zip(_for_each(loss, names, "loss"), shapes, strict=True)
        ]
        weights = _for_each(loss_weights, names, "loss_weights")
        self.loss_weights = [1.0 if w is None else float(w) for w in weights]
        self.total = metrics.Mean(name="loss")
        counted = [i for i, one in enumerate(self.losses) if one is not None]
        if isinstance(graph.output, dict) and isinstance(loss, Mapping):
            # evaluate returns them in this dictionary's order
            counted.sort(key=lambda i: list(loss).index(names[i]))
        self.parts = {i: metrics.Mean(name=f"{names[i]}_loss") for i in counted}
        if len(counted) == 1:
            self.parts.clear()  # it would be the total once more
        self.plain = _resolve(plain, names, shapes)
        self.weighted = _resolve(weighted, names, shapes)
        own = _with_keys(self.plain, self.weighted, names)
        # As Keras orders them: first those whose key is their name.
        own.sort(key=lambda pair: "" if pair[0] == pair[1].name else pair[0])
        losses_shown = [self.total, *self.parts.values()]
        self.keys = [*(metric.name for metric in losses_shown), *(key for key, _ in own)]
        self.metrics = [*losses_shown, *(metric for _, metric in own)]
        self.built = True

    def reset(self) -> None:
        """Start counting anew."""
        for metric in self.metrics:
            metric.reset_state()

    def check(self, batch: Batch, graph: Graph) -> None:
        """Check all labels before the first step, so that a bad one leaves the model unchanged.

        Args:
            batch: with labels.
            graph: of the model.

        Raises:
            ValueError: names the first label that is out of range.
        """
        assert batch.ys is not None
        for loss, y, tensor in zip(self.losses, batch.ys, graph.outputs, strict=True):
            if getattr(loss, "fn", None) is losses.sparse_categorical_crossentropy:
                shape: Any = (len(y), *tensor.shape[1:])
                probe = np.broadcast_to(np.float32(0), shape)
                check_range(sparse_labels(y, probe), shape[-1])

    def logits(self, program: Program) -> list[int]:
        """Return the outputs whose loss takes the logits before their final softmax or sigmoid."""
        found = []
        for output, call in program.logit_calls.items():
            wanted = getattr(self.losses[output], "logits_of", None)
            if wanted is not None and wanted == _LOGITS.get(call.layer.activation):
                found.append(output)
        return found

    def loss(
        self,
        batch: Batch,
        outputs: Sequence[np.ndarray],
        logits: Mapping[int, np.ndarray],
        scale: float | None = None,
    ) -> tuple[float, list[np.ndarray | None]]:
        """Return the weighted sum of the losses, and its gradient for each output (or its logits).

        Args:
            batch: with labels.
            outputs: the predictions.
            logits: by output, where the loss can use them.
            scale: what to multiply the gradients by; None where no gradients are wanted.
        """
        assert batch.ys is not None
        total = 0.0
        gradients: list[np.ndarray | None] = []
        for i, (loss, y, p) in enumerate(zip(self.losses, batch.ys, outputs, strict=True)):
            if loss is None:
                gradients.append(None)
                continue
            if i in logits:
                loss, p = loss.with_logits(), logits[i]
            weight = None if batch.weights is None else batch.weights[i]
            if scale is not None:
                value, dy = loss.value_and_gradient(y, p, weight)
                factor = self.loss_weights[i] * scale
                gradients.append(dy if factor == 1 else dy * factor)
            else:
                value = float(loss(y, p, weight))
            if i in self.parts:
                self.parts[i].update_state(value, batch.size)
            total += self.loss_weights[i] * value
        return total, gradients

    def update(self, batch: Batch, outputs: Sequence[np.ndarray], loss: float) -> None:
        """Add a batch to all running values; the epoch's loss weighs batches by their size."""
        assert batch.ys is not None
        self.total.update_state(loss, sample_weight=len(outputs[0]))
        for i, (y, p) in enumerate(zip(batch.ys, outputs, strict=True)):
            for metric in self.plain[i]:
                metric.update_state(y, p)
            weight = None if batch.weights is None else batch.weights[i]
            for metric in self.weighted[i]:
                metric.update_state(y, p, sample_weight=weight)

    def results(self) -> dict[str, float]:
        """Return all running values by name."""
        logs: dict[str, Any] = {}
        for key, metric in zip(self.keys, self.metrics, strict=True):
            value = np.asarray(metric.result())
            logs[key] = float(value) if value.ndim == 0 else value
        return logs


def _leaves(tree: Any) -> list[Any]:
    if isinstance(tree, Mapping):
        return [leaf for name in sorted(tree) for leaf in _leaves(tree[name])]
    if isinstance(tree, (list, tuple)):
        return [leaf for value in tree for leaf in _leaves(value)]
    return [tree]


def _for_each(value: Any, names: Sequence[str], what: str) -> list[Any]:
    """Return one loss (or weight) for each output.

    Raises:
        ValueError: where names are unknown, or the number differs.
    """
    if isinstance(value, Mapping) and "class_name" not in value:
        for name in value:
            if name not in names:
                raise ValueError(
                    f"{what}: {registry.unknown('outputs of this model', name, names)}"
                )
        return [value.get(name) for name in names]
    if isinstance(value, (list, tuple)):
        if len(value) != len(names):
            raise ValueError(
                f"{what} holds {len(value)} items, but the model has {len(names)} outputs "
                f"({', '.join(names)}); write one for each."
            )
        return list(value)
    return [value] * len(names)


def _resolve(value: Any, names: Sequence[str], shapes: Sequence[Any]) -> list[list[Any]]:
    """Return the metric objects of each output; a single output takes all."""
    each = [value] if len(names) == 1 else _for_each(value, names, "metrics")
    return [
        [metrics.resolve(one, *shape) for one in _leaves(ones) if one is not None]
        for ones, shape in zip(each, shapes, strict=True)
    ]


def _with_keys(
    plain: list[list[Any]], weighted: list[list[Any]], names: Sequence[str]
) -> list[tuple[str, Any]]:
    """Return each metric with its key, which no other has."""
    found = []
    used: Counter[str] = Counter()
    for kind, outputs in (("", plain), ("weighted_", weighted)):
        for output, ones in zip(names, outputs, strict=True):
            start = f"{output}_" if len(names) > 1 else ""
            for metric in ones:
                key = f"{start}{metric.name}"
                if used[key]:
                    key = f"{start}{kind}{metric.name}"
                used[key] += 1
                found.append((key if used[key] == 1 else f"{key}_{used[key] - 1}", metric))
    return found
