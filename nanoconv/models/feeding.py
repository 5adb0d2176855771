"""What a model makes of a user's data before a step: arrays checked, in order, of its own type.

Reference: https://keras.io/api/models/model_training_apis/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nanoconv.core.arrays import as_plain
from nanoconv.core.graph import SymbolicTensor
from nanoconv.core.variable import Variable
from nanoconv.models.data import (
    ArrayData,
    Batch,
    IterableData,
    class_weights,
    is_array_like,
    to_types,
)
from nanoconv.models.input_checks import as_list, check_finite, check_lengths, fit_inputs
from nanoconv.models.objective import Objective
from nanoconv.models.program import Program


class Feeding:
    """The part of a trainer that turns arguments of `fit` and its relatives into batches."""

    name: str
    objective: Objective | None

    # What the other half of a model brings:

    @property
    def inputs(self) -> list[SymbolicTensor]:
        """The symbolic inputs."""
        raise NotImplementedError

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """The symbolic outputs."""
        raise NotImplementedError

    @property
    def program(self) -> Program:
        """The calls that lead from inputs to outputs."""
        raise NotImplementedError

    @property
    def trainable_variables(self) -> list[Variable]:
        """The parameters to train."""
        raise NotImplementedError

    def require_compiled(self, method: str) -> None:
        """Refuse to train a model that was not told how.

        Raises:
            RuntimeError: before `compile`.
        """
        if self.objective is None:
            raise RuntimeError(
                f"{self.name}.{method} was called before compile; write model.compile("
                'optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]).'
            )

    @property
    def input_names(self) -> list[str]:
        """By what a dictionary of inputs tells them apart."""
        raise NotImplementedError

    @property
    def label_names(self) -> list[str]:
        """By what losses, labels and metrics tell the outputs apart."""
        raise NotImplementedError

    @property
    def output_names(self) -> list[str]:
        """The name of the layer behind each output."""
        return [tensor.name for tensor in self.outputs]

    def pack(self, ys: list[Any]) -> Any:
        """Return the outputs in the model's structure."""
        raise NotImplementedError

    def program_for(self, inputs: Any) -> Program:
        """Return the program, building the model for these arrays where it is not built yet."""
        raise NotImplementedError

    def make_data(
        self,
        x: Any,
        y: Any,
        sample_weight: Any,
        batch_size: int | None,
        shuffle: bool,
        class_weight: dict[int, float] | None = None,
        steps: int | None = None,
    ) -> ArrayData | IterableData:
        """Return checked data to iterate over.

        Args:
            x, y, sample_weight, batch_size, class_weight: as for `fit`.
            shuffle: whether each epoch has another order.
            steps: number of batches that are wanted of it; all by default.

        Raises:
            ValueError: where anything does not fit; nothing is trained then.
        """
        if is_array_like(x):
            if batch_size is not None and (
                not isinstance(batch_size, (int, np.integer)) or batch_size < 1
            ):
                raise ValueError(
                    f"batch_size is {batch_size!r}, but a positive integer is needed; "
                    "write batch_size=128."
                )
            batch = self._make_batch(x, y, sample_weight, class_weight, cast=False)
            self._check_labels(batch)
            return ArrayData(batch, batch_size, bool(shuffle), steps, self.program.dtypes)
        if x is None or not (hasattr(x, "__iter__") or hasattr(x, "__getitem__")):
            raise ValueError(
                f"x is {x!r}, but arrays or an iterable of batches are needed; "
                "write model.fit(x_train, y_train)."
            )
        if y is not None:
            raise ValueError(
                f"y was given beside x of type {type(x).__name__}, which yields the labels itself; "
                "leave y out."
            )

        def make_batch(x: Any, y: Any = None, w: Any = None) -> Batch:
            batch = self._make_batch(x, y, w, class_weight, cast=True)
            self._check_labels(batch)
            return batch

        return IterableData(x, make_batch, shuffle)

    def make_validation_data(
        self, data: Any, batch_size: int | None, steps: int | None
    ) -> ArrayData | IterableData:
        """Return checked data for `validation_data=`.

        Raises:
            ValueError: where it is neither (x, y), (x, y, weight) nor an iterable of batches.
        """
        if isinstance(data, (tuple, list)):
            if len(data) not in (2, 3):
                raise ValueError(
                    f"validation_data holds {len(data)} items, but (x, y) or (x, y, sample_weight) "
                    "is needed; write validation_data=(x_test, y_test)."
                )
            x, y, w = (*data, None)[:3]
            return self.make_data(x, y, w, batch_size, shuffle=False, steps=steps)
        return self.make_data(data, None, None, batch_size, shuffle=False)

    def _make_batch(
        self,
        x: Any,
        y: Any,
        sample_weight: Any,
        class_weight: dict[int, float] | None,
        cast: bool,
    ) -> Batch:
        """Return all samples as one checked batch; cast to the model's type where wanted."""
        program = self.program_for(x)
        xs = fit_inputs(x, self.inputs, self.input_names)
        for array, tensor in zip(xs, self.inputs, strict=True):
            check_finite(array, tensor.name)
        if cast:
            xs = to_types(xs, program.dtypes)
        if y is None:
            check_lengths({t.name: len(a) for t, a in zip(self.inputs, xs, strict=True)})
            return Batch(xs)
        names = self.label_names
        ys = [as_plain(one) for one in as_list(y, names)]
        weights = self._weights(ys, sample_weight, class_weight, names)
        lengths = {f"x ({t.name})": len(a) for t, a in zip(self.inputs, xs, strict=True)}
        lengths |= {f"y ({name})": len(a) for name, a in zip(names, ys, strict=True)}
        lengths |= {
            f"sample_weight ({n})": len(w)
            for n, w in zip(names, weights or [], strict=False)
            if w is not None
        }
        check_lengths(lengths)
        for name, one in zip(names, ys, strict=True):
            check_finite(one, f"y ({name})")
        return Batch(xs, ys, weights)

    def _weights(
        self,
        ys: Sequence[np.ndarray],
        sample_weight: Any,
        class_weight: dict[int, float] | None,
        names: Sequence[str],
    ) -> list[np.ndarray | None] | None:
        """Return the samples' weights for each output, or None where all weigh 1."""
        if class_weight is not None:
            if sample_weight is not None or len(ys) > 1:
                raise ValueError(
                    "class_weight goes with one output and without sample_weight; write "
                    "sample_weight=[class_weight[label] for label in y] instead."
                )
            return [class_weights(ys[0], class_weight)]
        if sample_weight is None:
            return None
        if len(names) > 1 and not isinstance(sample_weight, (list, tuple, dict)):
            return [as_plain(sample_weight)] * len(names)
        return [None if w is None else as_plain(w) for w in as_list(sample_weight, names)]

    def _check_labels(self, batch: Batch) -> None:
        """Check labels against the compiled losses, before any step."""
        if self.objective is None or batch.ys is None:
            return
        if not self.objective.built:
            self.build_objective([y.shape for y in batch.ys])
        self.objective.check(batch.ys, self._output_shapes(batch.size))

    def _output_shapes(self, n: int) -> list[tuple[Any, ...]]:
        return [(n, *tensor.shape[1:]) for tensor in self.outputs]

    def build_objective(self, y_shapes: Sequence[Any]) -> None:
        """Choose losses and metrics by the shapes of labels and predictions."""
        assert self.objective is not None
        shapes = self._output_shapes(y_shapes[0][0])
        keyed = isinstance(self.pack(self.outputs), dict)
        self.objective.build(self.label_names, y_shapes, shapes, keyed)
