"""The training loop: fit, evaluate, predict.

The loop only asks for batches (`data`), takes steps (`steps`), and tells callbacks what happens.
Progress bars, early stopping and checkpoints are callbacks; the loop knows none of them.

Reference: https://keras.io/api/models/model_training_apis/
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from nanoconv.kernels.compiled import workers
from nanoconv.models.data import ArrayData, Epochs, IterableData
from nanoconv.models.steps import Steps


class Trainer(Steps):
    """The half of a model that learns. See `Model` for the half that has layers."""

    # ---- fit ------------------------------------------------------------------------------------

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> Any:
        """Train for some epochs.

        Args:
            x: inputs (N, ...), or an iterable of batches (x, y) or (x, y, sample_weight).
            y: labels (N, ...).
            batch_size: samples in a step; 32 by default, or what gives `steps_per_epoch` steps.
            epochs: number of the last epoch.
            verbose: 0 silent, 1 a progress bar, 2 one line an epoch, `"auto"` 1.
            callbacks: a list of `Callback`s.
            validation_split: share of the last samples to hold back, cut off before shuffling.
            validation_data: (x, y) or (x, y, sample_weight), or an iterable of batches.
            shuffle: whether each epoch has another order.
            class_weight: class -> weight of its samples in the loss.
            sample_weight: a weight for each sample.
            initial_epoch: number of the first epoch.
            steps_per_epoch: batches in an epoch; all by default.
            validation_steps: batches of validation; all by default.
            validation_batch_size: `batch_size` by default.
            validation_freq: validate every so many epochs, or after those listed (1 is the first).

        Returns:
            A `History`: `.history` maps `"loss"`, `"accuracy"`, `"val_loss"`, ... to one number an
            epoch. Training numbers are running means while the weights change, with dropout on;
            that is why they differ from `evaluate`'s.

        Raises:
            RuntimeError: before `compile`.
            ValueError: where data do not fit; the model is unchanged then.

        Reference: https://keras.io/api/models/model_training_apis/#fit-method
        """
        self.require_compiled("fit")
        data = self.make_data(
            x, y, sample_weight, batch_size, shuffle, class_weight, steps_per_epoch
        )
        held_back: ArrayData | IterableData | None = None
        held_size = validation_batch_size or batch_size
        if validation_data is not None:
            held_back = self.make_validation_data(validation_data, held_size, validation_steps)
        elif validation_split:
            held_back = data.hold_back(validation_split, held_size, validation_steps)
            if class_weight is not None:
                held_back.all.weights = None  # classes weigh in what is learned, not in val_loss
        batches = Epochs(data, steps_per_epoch)
        callbacks = self._callback_list(callbacks, verbose, batches, epochs, add_history=True)
        self.stop_training = False
        logs: dict[str, float] = {}
        with workers.computing():
            self._initial_epoch = initial_epoch  # BackupAndRestore moves it on
            callbacks.on_train_begin()
            for epoch in range(self._initial_epoch, epochs):
                callbacks.on_epoch_begin(epoch)
                logs = self._train_epoch(batches, epoch, epoch == initial_epoch, callbacks)
                if held_back is not None and _is_due(epoch, validation_freq):
                    values = self._evaluate(Epochs(held_back, validation_steps), callbacks)
                    logs.update({f"val_{name}": value for name, value in values.items()})
                callbacks.on_epoch_end(epoch, logs)
                if self.stop_training:
                    break
            self.optimizer.finalize_variable_values(self.trainable_variables)
            callbacks.on_train_end(logs)
        return self.history

    def _train_epoch(
        self, batches: Epochs, epoch: int, first: bool, callbacks: Any
    ) -> dict[str, float]:
        """Train on every batch once; return the epoch's loss and metrics."""
        self.reset_metrics()
        logs: dict[str, float] = {}
        step = -1
        for step, batch in enumerate(batches):
            callbacks.on_train_batch_begin(step)
            logs = self.train_step(batch)
            if not math.isfinite(logs["loss"]):
                self._warn_of_nan(logs["loss"], epoch, step)
            callbacks.on_train_batch_end(step, logs)
            if self.stop_training:
                break
        if step < 0:
            self._stop_without_data(epoch, first)
        return dict(sorted(logs.items()))

    def _stop_without_data(self, epoch: int, first: bool) -> None:
        """End training where an iterable has no batch left; refuse one that never had any."""
        told = f"epoch {epoch + 1} got no batch, because the iterable ran out"
        if first:
            raise ValueError(f"{told}; pass arrays, or a generator that yields (x, y).")
        warnings.warn(f"{told}; training stops here.", stacklevel=4)
        self.stop_training = True

    def _warn_of_nan(self, loss: float, epoch: int, step: int) -> None:
        """Say once a training that the loss is not a number any more; training goes on."""
        if getattr(self, "_nan_told", None) is not self.optimizer:
            self._nan_told = self.optimizer
            warnings.warn(
                f"the loss became {loss} in epoch {epoch + 1}, step {step + 1}; write a smaller "
                "learning rate, or callbacks=[TerminateOnNaN()].",
                stacklevel=4,
            )

    # ---- evaluate and predict -------------------------------------------------------------------

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Return loss and metrics on data, without learning from them.

        Args:
            x, y, sample_weight: as for `fit`.
            batch_size: samples at once; 32 by default.
            verbose: as for `fit`.
            steps: number of batches; all by default.
            callbacks: a list of `Callback`s.
            return_dict: whether to return a dictionary by name.

        Returns:
            The loss alone where there are no metrics, else a list in the order of `metrics_names`.

        Raises:
            RuntimeError: before `compile`.
            ValueError: where data do not fit.

        Reference: https://keras.io/api/models/model_training_apis/#evaluate-method
        """
        if kwargs:
            raise ValueError(
                f"evaluate got {sorted(kwargs)}, which it does not know; leave it out."
            )
        self.require_compiled("evaluate")
        data = self.make_data(x, y, sample_weight, batch_size, shuffle=False, steps=steps)
        batches = Epochs(data, steps)
        callbacks = self._callback_list(callbacks, verbose, batches)
        values = self._evaluate(batches, callbacks)
        if return_dict:
            return values
        ordered = [values[name] for name in self.metrics_names]
        return ordered[0] if len(ordered) == 1 else ordered

    def _evaluate(self, batches: Epochs, callbacks: Any) -> dict[str, float]:
        self.reset_metrics()
        logs: dict[str, float] = {}
        callbacks.on_test_begin()
        for step, batch in enumerate(batches):
            callbacks.on_test_batch_begin(step)
            logs = self.test_step(batch)
            callbacks.on_test_batch_end(step, logs)
        callbacks.on_test_end(logs)
        return dict(sorted(logs.items()))

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """Return the outputs for inputs, in their order.

        Args:
            x: inputs (N, ...), or an iterable of batches.
            batch_size: samples at once; 32 by default.
            verbose: as for `fit`.
            steps: number of batches; all by default.
            callbacks: a list of `Callback`s.

        Returns:
            An array (N, ...), or several in the model's list or dictionary of outputs.

        Raises:
            ValueError: where data do not fit.

        Reference: https://keras.io/api/models/model_training_apis/#predict-method
        """
        data = self.make_data(x, None, None, batch_size, shuffle=False, steps=steps)
        batches = Epochs(data, steps)
        callbacks = self._callback_list(callbacks, verbose, batches)
        parts: list[list[np.ndarray]] = []
        callbacks.on_predict_begin()
        for step, batch in enumerate(batches):
            callbacks.on_predict_batch_begin(step)
            parts.append(self.predict_step(batch))
            callbacks.on_predict_batch_end(step, {"outputs": parts[-1]})
        callbacks.on_predict_end()
        whole = [np.concatenate(outputs) for outputs in zip(*parts, strict=True)]
        return self.pack(whole)

    def _callback_list(
        self,
        callbacks: Any,
        verbose: Any,
        batches: Epochs,
        epochs: int = 1,
        add_history: bool = False,
    ) -> Any:
        """Return the user's callbacks as one list, with a progress bar where one is wanted."""
        from nanoconv.callbacks import CallbackList

        if isinstance(callbacks, CallbackList):
            return callbacks
        return CallbackList(
            callbacks,
            add_history=add_history,
            add_progbar=verbose != 0,
            verbose=verbose,
            epochs=epochs,
            steps=batches.steps,
            model=self,
        )


def _is_due(epoch: int, frequency: Any) -> bool:
    """Tell whether an epoch (from 0) ends with validation."""
    if isinstance(frequency, int):
        return (epoch + 1) % frequency == 0
    return (epoch + 1) in frequency
