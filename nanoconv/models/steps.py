"""How to learn, and single steps: compile, then forward, loss, backward, update.

`Steps.train_step` is what training is, in a few lines; the loops around it are in `training`.

Reference: https://keras.io/api/models/model_training_apis/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nanoconv import optimizers
from nanoconv.core.variable import Variable
from nanoconv.kernels.compiled import workers
from nanoconv.models.data import Batch
from nanoconv.models.feeding import Feeding
from nanoconv.models.objective import Objective
from nanoconv.models.program import final_activation


class Steps(Feeding):
    """The part of a model that knows its optimizer and its losses, and takes one step."""

    def init_trainer(self) -> None:
        """Start uncompiled."""
        self.optimizer: Any = None
        self.objective: Objective | None = None
        self.compile_arguments: dict[str, Any] | None = None
        self.history: Any = None
        self.stop_training = False

    # ---- compile --------------------------------------------------------------------------------

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Choose how to learn.

        Args:
            optimizer: a name such as `"adam"`, or an optimizer.
            loss: a name, `Loss` or function; a list or dictionary of them for several outputs.
            loss_weights: a number for each output.
            metrics: names, objects or functions to watch.
            weighted_metrics: likewise, weighted by sample weights.
            run_eagerly: accepted; nanoconv always runs eagerly.
            steps_per_execution: only 1.
            jit_compile: only False or `"auto"`; nanoconv's kernels are compiled anyway.
            auto_scale_loss: accepted; float32 needs no loss scaling.

        Raises:
            ValueError: for unknown names and unsupported values; the model stays as it was.

        Reference: https://keras.io/api/models/model_training_apis/#compile-method
        """
        if jit_compile not in ("auto", False, None):
            raise ValueError(
                f"jit_compile is {jit_compile!r}, but nanoconv's kernels are always compiled by "
                "Numba; leave jit_compile out."
            )
        if steps_per_execution != 1:
            raise ValueError(
                f"steps_per_execution is {steps_per_execution!r}, but nanoconv tells callbacks of "
                "every batch; leave steps_per_execution out."
            )
        chosen = optimizers.get(optimizer)
        self.objective = Objective(loss, loss_weights, metrics, weighted_metrics)
        self.optimizer = chosen
        self.compile_arguments = {
            "optimizer": chosen,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": bool(jit_compile is True),
        }

    @property
    def compiled(self) -> bool:
        """Whether `compile` was called."""
        return self.optimizer is not None

    @property
    def loss(self) -> Any:
        """The loss as it was given to `compile`."""
        return (self.compile_arguments or {}).get("loss")

    @property
    def metrics(self) -> list[Any]:
        """The running numbers: loss and metrics."""
        return self.objective.metrics if self.objective else []

    @property
    def metrics_names(self) -> list[str]:
        """Their names, in the order in which `evaluate` returns them."""
        return [metric.name for metric in self.metrics]

    def reset_metrics(self) -> None:
        """Start counting anew."""
        if self.objective:
            self.objective.reset()

    # ---- one step -------------------------------------------------------------------------------

    def train_step(self, batch: Batch) -> dict[str, float]:
        """Learn from one batch: forward, loss, backward, update.

        Args:
            batch: checked inputs and labels.

        Returns:
            The running loss and metrics of the epoch so far.
        """
        objective = self._objective_for(batch)
        with workers.computing():
            ys, tape = self.program.forward(batch.xs, training=True, keep=True, keep_logits=True)
            logits = self._usable_logits(tape.logits)
            loss, dys = objective.loss(batch, ys, logits, gradient=True)
            dys = [None if dy is None else self.optimizer.scale_loss(dy) for dy in dys]
            _, gradients = self.program.backward(dys, tape, from_logits=tuple(logits))
            loss += self._regularize(gradients)
            self.optimizer.build(self.trainable_variables)
            variables = [v for v in self.trainable_variables if v in gradients]
            self.optimizer.apply([gradients[v] for v in variables], variables)
            objective.update(batch, ys, loss)
        return objective.results()

    def test_step(self, batch: Batch) -> dict[str, float]:
        """Measure one batch without learning from it."""
        objective = self._objective_for(batch)
        with workers.computing():
            ys, tape = self.program.forward(batch.xs, keep_logits=True)
            loss, _ = objective.loss(batch, ys, self._usable_logits(tape.logits), gradient=False)
            objective.update(batch, ys, loss + self._regularize({}))
        return objective.results()

    def predict_step(self, batch: Batch) -> list[np.ndarray]:
        """Return the outputs for one batch."""
        with workers.computing():
            ys, _ = self.program.forward(batch.xs)
        return ys

    def _objective_for(self, batch: Batch) -> Objective:
        assert self.objective is not None and batch.ys is not None
        if not self.objective.built:
            self.build_objective([y.shape for y in batch.ys])
        return self.objective

    def _usable_logits(self, logits: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
        """Return the logits of those outputs whose loss can take them."""
        assert self.objective is not None
        calls = self.program.logit_calls
        return {
            output: z
            for output, z in logits.items()
            if self.objective.takes_logits(output, final_activation(calls[output].layer))
        }

    def _regularize(self, gradients: dict[Variable, np.ndarray]) -> float:
        """Add the regularizers' gradients; return their losses."""
        penalty = 0.0
        for variable in self.trainable_variables:
            if variable.regularizer is not None:
                penalty += float(variable.regularizer(variable.value))
                if variable in gradients:
                    slope = variable.regularizer.gradient(variable.value)
                    gradients[variable] = gradients[variable] + self.optimizer.scale_loss(slope)
        return penalty

    # ---- single batches -------------------------------------------------------------------------

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Learn from one batch; return its loss and metrics, not those of earlier batches.

        Args:
            x, y, sample_weight, class_weight: as for `fit`.
            return_dict: whether to return a dictionary by name.

        Reference: https://keras.io/api/models/model_training_apis/#trainonbatch-method
        """
        self.require_compiled("train_on_batch")
        return self._on_batch(self.train_step, x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Measure one batch; return its loss and metrics, not those of earlier batches.

        Args:
            x, y, sample_weight: as for `evaluate`.
            return_dict: whether to return a dictionary by name.

        Reference: https://keras.io/api/models/model_training_apis/#testonbatch-method
        """
        self.require_compiled("test_on_batch")
        return self._on_batch(self.test_step, x, y, sample_weight, None, return_dict)

    def _on_batch(
        self,
        step: Callable[[Batch], dict[str, float]],
        x: Any,
        y: Any,
        sample_weight: Any,
        class_weight: dict[int, float] | None,
        return_dict: bool,
    ) -> Any:
        data = self.make_data(
            x, y, sample_weight, 1 << 62, shuffle=False, class_weight=class_weight
        )
        self.reset_metrics()
        logs = step(next(iter(data)))
        if return_dict:
            return dict(sorted(logs.items()))
        values = list(logs.values())
        return values[0] if len(values) == 1 else values

    def predict_on_batch(self, x: Any) -> Any:
        """Return the outputs for one batch.

        Reference: https://keras.io/api/models/model_training_apis/#predictonbatch-method
        """
        batch = next(iter(self.make_data(x, None, None, 1 << 62, shuffle=False)))
        return self.pack(self.predict_step(batch))
