"""Models whose `call` or `train_step` is free Python: they run on tensors, batch by batch.

Most classes of models only connect layers. Their `call` is traced once, and they train as any
graph does (`program`). Where `call` does more, it runs anew for every batch, under a tape: the
whole model is then one layer of its graph, `EagerCall`, and everything else stays as it is. And
where a class has a `train_step` of its own, `fit` hands it what the user passed to `fit`.

Reference: https://keras.io/guides/custom_train_step_in_tensorflow/
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from nanoconv.autodiff.engine import Tensor, raw
from nanoconv.core.arrays import as_plain
from nanoconv.core.graph import flatten, map_structure
from nanoconv.layers.base.layer import Layer
from nanoconv.layers.base.tensor_calls import call
from nanoconv.models.data import ArrayData, Batch, IterableData, class_weights, is_array_like
from nanoconv.models.input_checks import check_lengths


class EagerCall(Layer):
    """A model's own `call` as a layer: run on tensors, differentiated by a tape.

    Args:
        model: whose `call` it is.
        structure: the symbolic inputs as `call` takes them, one or a list or dictionary.
    """

    def __init__(self, model: Any, structure: Any) -> None:
        super().__init__(name=f"{model.name}_call", dtype=model.dtype)
        self.model = model
        self.structure = structure

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Return the model's output for tensors.

        Raises:
            TypeError: where the model has several outputs.
        """
        left = iter(flatten(inputs))
        y = call(self.model, map_structure(lambda _: next(left), self.structure), training)
        if isinstance(y, (list, tuple, dict)):
            raise TypeError(
                f"{type(self.model).__name__}.call returns {len(y)} outputs and does more than "
                "connect layers; write a train_step for it, or return one output."
            )
        return y


@dataclass
class FreeBatch(Batch):
    """Some samples of data whose meaning only the user's step knows."""

    structure: tuple[Any, Any] = (None, None)  # of x and y as they were given

    @property
    def data(self) -> Any:
        """What the step gets: x, (x, y) or (x, y, sample_weight), in the user's structure."""
        x, y = (
            None if arrays is None else _packed(arrays, structure)
            for arrays, structure in zip((self.xs, self.ys), self.structure, strict=True)
        )
        if self.weights is not None:
            return x, y, self.weights[0]
        return x if y is None else (x, y)


def _packed(arrays: list[np.ndarray], structure: Any) -> Any:
    left = iter(arrays)
    return map_structure(lambda _: next(left), structure)


def own_step(step: Callable[[Any], Any], batch: Batch) -> dict[str, float]:
    """Run a user's `train_step` or `test_step` on a batch; return its scalars.

    Args:
        step: takes x, (x, y) or (x, y, sample_weight), and returns a dictionary of scalars.
        batch: a `FreeBatch`.
    """
    logs = step(batch.data) if isinstance(batch, FreeBatch) else step(batch)
    return {name: float(np.asarray(raw(value))) for name, value in (logs or {}).items()}


def free_data(
    x: Any,
    y: Any,
    sample_weight: Any,
    batch_size: int | None,
    shuffle: bool,
    class_weight: dict[int, float] | None = None,
    steps: int | None = None,
) -> ArrayData | IterableData:
    """Return data to iterate over for a step that alone knows what they mean.

    Args:
        x, y, sample_weight, batch_size, shuffle, class_weight: as for `fit`.
        steps: number of batches that are wanted; all by default.
    """
    if not is_array_like(x):
        return IterableData(x, _batch, shuffle)
    if class_weight is not None:
        sample_weight = class_weights(as_plain(y), class_weight)
    batch = _batch(x, y, sample_weight)
    return ArrayData(batch, batch_size, bool(shuffle), steps, [a.dtype.name for a in batch.xs])


def _batch(x: Any, y: Any = None, sample_weight: Any = None) -> FreeBatch:
    xs = [as_plain(a) for a in flatten(x)]
    ys = None if y is None else [as_plain(a) for a in flatten(y)]
    weights = None if sample_weight is None else [as_plain(sample_weight)]
    arrays = [*xs, *(ys or []), *(weights or [])]
    check_lengths({f"array {i}": len(a) for i, a in enumerate(arrays)})
    return FreeBatch(xs, ys, weights, (x, y))  # type: ignore[arg-type]


def tensors(inputs: Any) -> Any:
    """Return tensors for arrays, in the same structure."""
    return map_structure(lambda x: x if isinstance(x, Tensor) else Tensor(raw(x)), inputs)


def compute_loss(model: Any, y: Any, y_pred: Any, sample_weight: Any) -> Any:
    """Return the compiled losses of predictions, weighted, and the layers' own. See `Model`."""
    objective = _objective(model, y, y_pred)
    weights = sample_weight if isinstance(sample_weight, (list, tuple)) else [sample_weight]
    total: Any = Tensor(np.float32(0))
    outputs = zip(objective.losses, flatten(y), flatten(y_pred), strict=True)
    for i, (loss, one, p) in enumerate(outputs):
        if loss is not None:
            weight = weights[i] if len(weights) > 1 else weights[0]
            total = total + objective.loss_weights[i] * loss(one, p, weight)
    for loss in model.losses:
        total = total + loss
    return total


def compute_metrics(model: Any, y: Any, y_pred: Any, sample_weight: Any) -> dict[str, float]:
    """Add predictions to the compiled metrics; return all running values. See `Model`."""
    objective = _objective(model, y, y_pred)
    for i, (one, p) in enumerate(zip(flatten(y), flatten(y_pred), strict=True)):
        for metric in objective.plain[i]:
            metric.update_state(raw(one), raw(p))
        for metric in objective.weighted[i]:
            metric.update_state(raw(one), raw(p), sample_weight=sample_weight)
    return {metric.name: float(np.asarray(metric.result())) for metric in model.metrics}


def _objective(model: Any, y: Any, y_pred: Any) -> Any:
    """Return the model's losses and metrics, chosen by the shapes of labels and predictions."""
    if not model.objective.built:
        predictions = flatten(y_pred)
        names = [f"output_{i}" for i in range(len(predictions))]
        graph = SimpleNamespace(label_names=names, outputs=predictions, output=y_pred)
        model.objective.build(graph, Batch([], [raw(one) for one in flatten(y)]))
    return model.objective
