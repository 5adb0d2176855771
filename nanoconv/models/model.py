"""A model is one class to read: how it is compiled and trained, called, saved and looked at.

Reading order: `train_step` (what training is, in eight lines), then `fit` (the loop around it); how
a batch passes through the layers is in `program`. The other classes of this folder only say which
layers there are: `Sequential` a chain, `Functional` a graph.

A model is also a layer: it can be called, nested in another model, saved and counted. One can be
written as a class, whose layers are attributes, and whose `call` says how they are connected:

    class Digits(Model):
        def __init__(self):
            super().__init__()
            self.convolution = Conv2D(8, 3, activation="relu")
            self.flatten = Flatten()
            self.scores = Dense(10, activation="softmax")

        def call(self, x):
            return self.scores(self.flatten(self.convolution(x)))

`call` runs once, on symbolic tensors, when the first data (or `build`) show the input's shape. What
it connects is a graph like any other; its gradients come from the layers' own. Where `call` does
more than connect layers, it runs for every batch instead, on tensors; see `free_form`.

Reference: https://keras.io/api/models/model/,
    https://keras.io/guides/making_new_layers_and_models_via_subclassing/
"""

from __future__ import annotations

import functools
import inspect
import json
import math
import warnings
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from nanoconv import optimizers
from nanoconv.core import registry
from nanoconv.core.arrays import as_array
from nanoconv.core.graph import (
    Node,
    SymbolicTensor,
    flatten,
    is_symbolic,
    map_structure,
    nodes_between,
)
from nanoconv.core.variable import Variable
from nanoconv.kernels.compiled import workers
from nanoconv.layers.base.cache import Cache
from nanoconv.layers.base.layer import Layer
from nanoconv.layers.base.layer_serialization import sharing
from nanoconv.layers.base.tensor_calls import added_losses, call, on_tape
from nanoconv.layers.core.input_layer import Input
from nanoconv.models.data import (
    ArrayData,
    Batch,
    Epochs,
    IterableData,
    make_batch,
    make_data,
    make_validation_data,
    to_types,
)
from nanoconv.models.free_form import (
    EagerCall,
    compute_loss,
    compute_metrics,
    free_data,
    own_step,
    tensors,
)
from nanoconv.models.input_checks import as_list, fit_inputs
from nanoconv.models.layer_outputs import activations
from nanoconv.models.model_graph import Graph
from nanoconv.models.objective import Objective
from nanoconv.models.program import Program


class Model(Layer):
    """A network of layers between inputs and outputs.

    Write `Sequential([...])` for a chain of layers, `Model(inputs, outputs)` for any graph of
    symbolic tensors, or a class with layers as attributes and a method `call` (see above).

    Args:
        inputs: a symbolic tensor, or a list or dictionary of them.
        outputs: likewise.
        name: the model's name.

    Reference: https://keras.io/api/models/model/
    """

    #: `Functional`, the subclass that is made of a graph; it puts itself there.
    graph_class: ClassVar[Any]
    #: Whether the configuration lists the layers, or they are attributes of the user's class.
    lists_layers: ClassVar[bool] = False

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make a `Functional` where a `Model` is given inputs and outputs."""
        if cls is Model and (args or any(name.startswith("input") for name in kwargs)):
            return super().__new__(cls.graph_class)
        return super().__new__(cls, *args, **kwargs)

    def __init__(
        self,
        inputs: Any = None,
        outputs: Any = None,
        *,
        trainable: bool = True,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(trainable=trainable, name=name, dtype=dtype)
        self._graph: Graph | None = None
        self._listed_layers: list[Layer] | None = None  # of models that are no user's class
        self.objective: Objective | None = None
        self.optimizer: Any = None
        self.loss: Any = None
        self.compile_arguments: dict[str, Any] | None = None
        self.history: Any = None
        self.stop_training = False
        if inputs is not None:
            self._connect(inputs, outputs)
            self.built = True

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
            loss_weights: a factor for each output.
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
        self.optimizer, self.loss = chosen, loss
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
    def metrics(self) -> list[Any]:
        """The running values: loss and metrics."""
        return self.objective.metrics if self.objective else []

    @property
    def metrics_names(self) -> list[str]:
        """Their names, in the order in which `evaluate` returns them."""
        if self.objective is not None and self.metrics is self.objective.metrics:
            return self.objective.keys
        return [metric.name for metric in self.metrics]

    def reset_metrics(self) -> None:
        """Start counting anew."""
        for metric in self.metrics:
            metric.reset_state()

    def _data(self, method: str, *args: Any, **options: Any) -> ArrayData | IterableData:
        """Return data for `train_step` or `test_step`: see `make_data`."""
        if getattr(type(self), method) is getattr(Model, method):
            return make_data(self, *args, **options)
        return free_data(*args, **options)

    def _own(self, method: str) -> Callable[[Batch], dict[str, float]]:
        """Return `train_step` or `test_step` as a function of a batch, whoever wrote it."""
        step = getattr(self, method)
        if getattr(type(self), method) is getattr(Model, method):
            return step
        return functools.partial(own_step, step)

    def _require_compiled(self, method: str) -> None:
        if self.objective is None:
            raise RuntimeError(
                f"{self.name}.{method} was called before compile; write model.compile("
                'optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]).'
            )

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
            A `History`: `.history` maps `"loss"`, `"accuracy"`, `"val_loss"`, ... to one value an
            epoch. Training values are running means while the weights change, with dropout on;
            that is why they differ from `evaluate`'s.

        Raises:
            RuntimeError: before `compile`.
            ValueError: where data do not fit; the model is unchanged then.

        Reference: https://keras.io/api/models/model_training_apis/#fit-method
        """
        self._require_compiled("fit")
        data = self._data(
            "train_step", x, y, sample_weight, batch_size, shuffle, class_weight, steps_per_epoch
        )
        held_back: ArrayData | IterableData | None = None
        held_size = validation_batch_size or batch_size
        if validation_data is not None:
            make = functools.partial(self._data, "test_step")
            held_back = make_validation_data(make, validation_data, held_size, validation_steps)
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
            self._sources = [getattr(one, "source", None) for one in (data, held_back)]
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
        self._sources = []
        return self.history

    def _train_epoch(
        self, batches: Epochs, epoch: int, first: bool, callbacks: Any
    ) -> dict[str, float]:
        """Train on every batch once; return the epoch's loss and metrics."""
        self.reset_metrics()
        logs: dict[str, float] = {}
        step, train_step = -1, self._own("train_step")
        for step, batch in enumerate(batches):
            callbacks.on_train_batch_begin(step)
            logs = train_step(batch)
            if not math.isfinite(logs.get("loss", 0)):
                self._warn_of_nan(logs["loss"], epoch, step)
            callbacks.on_train_batch_end(step, logs)
            if self.stop_training:
                break
        if step < 0:
            self._stop_without_data(epoch, first)
        return dict(sorted(logs.items()))

    def _stop_without_data(self, epoch: int, first: bool) -> None:
        """End training where an iterable has no batch left; refuse one that never had any."""
        sentence = f"epoch {epoch + 1} got no batch, because the iterable ran out"
        if first:
            raise ValueError(f"{sentence}; pass arrays, or a generator that yields (x, y).")
        warnings.warn(f"{sentence}; training stops here.", stacklevel=4)
        self.stop_training = True

    def _warn_of_nan(self, loss: float, epoch: int, step: int) -> None:
        """Say once a training that the loss is NaN or infinite; training goes on."""
        if getattr(self, "_nan_warned", None) is not self.optimizer:
            self._nan_warned = self.optimizer
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
            x, y, batch_size, verbose, sample_weight, callbacks: as for `fit`.
            steps: number of batches; all by default.
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
        self._require_compiled("evaluate")
        data = self._data("test_step", x, y, sample_weight, batch_size, shuffle=False, steps=steps)
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
        test_step = self._own("test_step")
        callbacks.on_test_begin()
        for step, batch in enumerate(batches):
            callbacks.on_test_batch_begin(step)
            logs = test_step(batch)
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
            batch_size, verbose, steps, callbacks: as for `evaluate`.

        Returns:
            An array (N, ...), or several in the model's list or dictionary of outputs.

        Raises:
            ValueError: where data do not fit.

        Reference: https://keras.io/api/models/model_training_apis/#predict-method
        """
        data = make_data(self, x, None, None, batch_size, shuffle=False, steps=steps)
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
        return self.graph.pack(whole)

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

    # ---- one step -------------------------------------------------------------------------------

    def train_step(self, batch: Batch) -> dict[str, float]:
        """Learn from one batch: forward, loss, backward, update.

        Args:
            batch: checked inputs and labels.

        Returns:
            The running loss and metrics of the epoch so far.
        """
        if not isinstance(batch, Batch):  # (x, y) from a train_step of the user's
            batch = make_batch(self, *batch)
        program, objective = self.graph.program, self._built_objective(batch)
        variables, scale = self.trainable_variables, self.optimizer.loss_scale_factor or 1.0
        with workers.computing():
            ys, tape = program.forward(batch.xs, True, keep=True, logits=objective.logits(program))
            loss, dys = objective.loss(batch, ys, tape.logits, scale)
            _, found = program.backward(dys, tape)
            loss += tape.penalty + self._regularize(variables, found, scale)
            gradients = {v: found[v] for v in variables if v in found}
            self.optimizer.build(variables)
            self.optimizer.apply(list(gradients.values()), list(gradients))
            objective.update(batch, ys, loss)
        return objective.results()

    def test_step(self, batch: Batch) -> dict[str, float]:
        """Measure one batch without learning from it."""
        if not isinstance(batch, Batch):
            batch = make_batch(self, *batch)
        program, objective = self.graph.program, self._built_objective(batch)
        with workers.computing():
            ys, tape = program.forward(batch.xs, logits=objective.logits(program))
            loss, _ = objective.loss(batch, ys, tape.logits)
            loss += tape.penalty + self._regularize(self.trainable_variables)
            objective.update(batch, ys, loss)
        return objective.results()

    def predict_step(self, batch: Batch) -> list[np.ndarray]:
        """Return the outputs for one batch."""
        with workers.computing():
            ys, _ = self.graph.program.forward(batch.xs)
        return ys

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Return the compiled loss of predictions and the layers' own losses: for a `train_step`.

        Args:
            x: the inputs; not needed.
            y, y_pred: labels and predictions, in the model's structure of outputs.
            sample_weight: as for `fit`.
            training: accepted for Keras' sake.

        Reference: https://keras.io/guides/custom_train_step_in_tensorflow/
        """
        self._require_compiled("compute_loss")
        return compute_loss(self, y, y_pred, sample_weight)

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict[str, float]:
        """Add predictions to the compiled metrics; return all running values: for a `train_step`.

        Args:
            x, y, y_pred, sample_weight: as for `compute_loss`.

        Reference: https://keras.io/guides/custom_train_step_in_tensorflow/
        """
        return compute_metrics(self, y, y_pred, sample_weight)

    def _built_objective(self, batch: Batch) -> Objective:
        """Return losses and metrics, chosen by this batch's shapes if it is the first."""
        assert self.objective is not None
        if not self.objective.built:
            self.objective.build(self.graph, batch)
        return self.objective

    def _regularize(
        self,
        variables: list[Variable],
        gradients: dict[Variable, np.ndarray] | None = None,
        scale: float = 1.0,
    ) -> float:
        """Add the regularizers' gradients, scaled as the others; return their losses."""
        penalty = 0.0
        for v in variables:
            if v.regularizer is not None:
                penalty += float(v.regularizer(v.value))
                if gradients and v in gradients:
                    gradients[v] = gradients[v] + v.regularizer.gradient(v.value) * scale
        if self.graph.program.by_call:
            calls = self.graph.program.calls
            penalty += sum(float(x) for call in calls for x in added_losses(call.layer))
        return penalty

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
            return_dict: as for `evaluate`.
        """
        self._require_compiled("train_on_batch")
        return self._on_batch("train_step", x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Measure one batch; return its loss and metrics, not those of earlier batches.

        Args:
            x, y, sample_weight, return_dict: as for `evaluate`.
        """
        self._require_compiled("test_on_batch")
        return self._on_batch("test_step", x, y, sample_weight, None, return_dict)

    def _on_batch(
        self,
        method: str,
        x: Any,
        y: Any,
        sample_weight: Any,
        class_weight: dict[int, float] | None,
        return_dict: bool,
    ) -> Any:
        data = self._data(
            method, x, y, sample_weight, 1 << 62, shuffle=False, class_weight=class_weight
        )
        self.reset_metrics()
        logs = self._own(method)(next(iter(data)))
        if return_dict:
            return dict(sorted(logs.items()))
        values = list(logs.values())
        return values[0] if len(values) == 1 else values

    def predict_on_batch(self, x: Any) -> Any:
        """Return the outputs for one batch."""
        batch = next(iter(make_data(self, x, None, None, 1 << 62, shuffle=False)))
        return self.graph.pack(self.predict_step(batch))

    # ---- from layers to a graph -----------------------------------------------------------------

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Return the outputs for symbolic inputs, by calling layers; a class of yours says how.

        Args:
            inputs: a symbolic tensor, or a list or dictionary of them.
            training: to be passed on to layers; may be left out.
        """
        raise NotImplementedError(
            f"{type(self).__name__} says nowhere how its layers are connected; write "
            "def call(self, x): return self.dense(x), or Model(inputs, outputs)."
        )

    def build(self, input_shape: Any = None) -> None:
        """Trace `call`, which creates the variables of all layers.

        Args:
            input_shape: of a batch, such as `(None, 28, 28, 1)`; a list or dictionary of shapes for
                several inputs.

        Raises:
            ValueError: where no shape is given, or `call` returns anything but layers' outputs.
            TypeError: where `call` does more than connect layers, and returns several outputs.
        """
        if self._graph is not None:
            return
        if input_shape is None:
            raise ValueError(
                f"{self.name}.build needs a shape; write model.build((None, 28, 28, 1))."
            )
        inputs, following = _inputs_of(input_shape), _Following()
        takes = inspect.signature(self.call).parameters
        options = {"training": following} if "training" in takes else {}
        try:
            outputs = self.call(inputs, **options)
        except (TypeError, AttributeError):  # it does more than connect layers
            outputs = EagerCall(self, inputs)(flatten(inputs))
        for layer in self._connect(inputs, outputs):
            for node in layer._nodes:
                if node.training is following:
                    node.training = None

    def _connect(self, inputs: Any, outputs: Any) -> list[Layer]:
        """Make what lies between symbolic inputs and outputs this model's graph; return its layers.

        Raises:
            ValueError: where the inputs do not lead to the outputs, or two layers have one name.
        """
        graph = Graph(inputs, outputs)
        layers = graph.layers
        self._graph = graph  # once nothing can fail any more
        return layers

    @property
    def graph(self) -> Graph:
        """The graph between the model's inputs and outputs; a ValueError where it is not built."""
        if self._graph is None:
            raise ValueError(
                f"{self.name} is not built, because no input shape is known; write "
                "model.build((None, 28, 28, 1)), or put Input(shape=(28, 28, 1)) first."
            )
        return self._graph

    @property
    def program(self) -> Program:
        """The calls that lead from inputs to outputs."""
        return self.graph.program

    @property
    def layers(self) -> list[Layer]:
        """The layers in order; those of a class of yours in the order in which they were set."""
        if self._listed_layers is not None:
            return list(self._listed_layers)
        found: dict[Layer, None] = {}

        def look(value: Any) -> None:
            if isinstance(value, Layer):
                found[value] = None
            elif isinstance(value, (list, tuple)):
                for item in value:
                    look(item)
            elif isinstance(value, dict):
                look(list(value.values()))

        look(vars(self))
        if not found and self._graph is not None:  # a class that draws its graph itself
            return [layer for layer in self._graph.layers if not isinstance(layer, EagerCall)]
        return list(found)

    def program_for(self, inputs: Any) -> Program:
        """Return the program, building the model for these arrays where it is not built yet."""
        if self._graph is None:
            self.build_for(map_structure(lambda x: (None, *getattr(x, "shape", (0,))[1:]), inputs))
        return self.program

    def build_for(self, input_shape: Any) -> None:
        """Build once; later calls only return."""
        if not self.built:
            self.build(input_shape)
            self.built, self.build_shape = True, input_shape

    def prepare_inputs(self, inputs: Any) -> list[np.ndarray]:
        """Return a list of arrays in the inputs' order, shapes checked, cast to the model's type.

        Raises:
            ValueError: where number or shapes do not fit.
        """
        arrays = fit_inputs(inputs, self.inputs, self.input_names)
        return to_types(arrays, self.program.dtypes)

    # ---- calling --------------------------------------------------------------------------------

    def __call__(self, inputs: Any, training: bool | None = None) -> Any:
        """Run the model on arrays, or write down its call on symbolic tensors.

        Args:
            inputs: an array (N, ...), a symbolic tensor, or a list of either.
            training: whether this is a training pass.
        """
        if is_symbolic(inputs):
            return self._call_symbolically(inputs, training)
        if on_tape(inputs):
            return self._call_on_tape(tensors(inputs), training)
        ys, _ = self.program_for(inputs).forward(self.prepare_inputs(inputs), training)
        return self.graph.pack([as_array(y) for y in ys])

    def _call_on_tape(self, inputs: Any, training: bool | None) -> Any:
        """Call layer after layer on tensors, so that the tapes that watch record each."""
        if type(self).call is not Model.call:
            return call(self, inputs, training)
        self.program_for(inputs)
        xs = as_list(inputs, self.input_names)
        values = {id(tensor): x for tensor, x in zip(self.graph.inputs, xs, strict=True)}
        for node in nodes_between(self.graph.inputs, self.graph.outputs):
            xs = [values[id(tensor)] for tensor in node.inputs]
            fixed = node.training if training is None else training
            y = node.layer(xs if node.takes_list else xs[0], training=fixed)
            for tensor, value in zip(node.outputs, flatten(y), strict=True):
                values[id(tensor)] = value
        return self.graph.pack([values[id(tensor)] for tensor in self.graph.outputs])

    def _call_symbolically(self, inputs: Any, training: bool | None) -> Any:
        self.build_for(map_structure(lambda tensor: tensor.shape, inputs))
        graph, takes_list = self.graph, isinstance(inputs, (list, tuple, dict))
        tensors = as_list(inputs, graph.input_names) if takes_list else [inputs]
        node = Node(self, tensors, takes_list, training)
        self._nodes.append(node)
        shapes = graph.program.shapes([t.shape for t in tensors])
        for number, tensor in zip(graph.program.outputs, graph.outputs, strict=True):
            node.add_output(shapes[number], tensor.dtype)
        return graph.pack(node.outputs)

    def forward(self, x: Any, cache: Cache | None = None) -> Any:
        """Compute the output; the cache keeps the tape of the whole pass."""
        xs = list(x) if isinstance(x, (list, tuple)) else [x]
        training = cache is not None and cache.training
        ys, tape = self.program.forward(xs, training, keep=cache is not None, need_dx=True)
        if cache is not None:
            cache.tape = tape
        return ys[0] if len(ys) == 1 else ys

    def backward(self, dy: Any, cache: Cache) -> Any:
        """Compute the gradient of the input, and add those of all parameters."""
        dys = list(dy) if isinstance(dy, (list, tuple)) else [dy]
        dxs, gradients = self.program.backward(dys, cache.tape)
        for variable, gradient in gradients.items():
            cache.add_gradient(variable, gradient)
        return dxs[0] if len(dxs) == 1 else dxs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the output's shape, or a list of shapes."""
        several = isinstance(input_shape, list) and isinstance(input_shape[0], (list, tuple))
        program = self.program
        shapes = program.shapes(input_shape if several else [tuple(input_shape)])
        found = [shapes[number] for number in program.outputs]
        return found[0] if len(found) == 1 else found

    # ---- weights --------------------------------------------------------------------------------

    def _of_layers(self, what: str) -> list[Variable]:
        """Return one list of all layers' variables, each variable once."""
        found: dict[Variable, None] = {}
        for layer in self.layers:
            found.update(dict.fromkeys(getattr(layer, what)))
        return list(found)

    @property
    def weights(self) -> list[Variable]:
        """All layers' weights, in order."""
        return self._of_layers("weights")

    @property
    def variables(self) -> list[Variable]:
        """All layers' variables, in order."""
        return self._of_layers("variables")

    @property
    def trainable_variables(self) -> list[Variable]:
        """The parameters that optimizers change."""
        return self._of_layers("trainable_variables") if self._trainable else []

    @property
    def trainable(self) -> bool:
        """Whether optimizers may change this model's parameters."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for layer in self.layers:
            layer.trainable = value

    def count_params(self) -> int:
        """Return the number of elements in all weights.

        Raises:
            ValueError: where the model is not built.
        """
        _ = self.program
        return super().count_params()

    # ---- looking inside -------------------------------------------------------------------------

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its place.

        Raises:
            ValueError: where there is no such layer, or neither is given.

        Reference: https://keras.io/api/models/model/#getlayer-method
        """
        if (name is None) == (index is None):
            raise ValueError("get_layer needs a name or an index; write get_layer('dense').")
        if index is not None:
            if index >= len(self.layers):
                raise ValueError(
                    f"{self.name} has {len(self.layers)} layers, so index={index} does not exist; "
                    f"write get_layer(index={len(self.layers) - 1}) for the last."
                )
            return self.layers[index]
        by_name = {layer.name: layer for layer in self.layers}
        if name not in by_name:
            raise ValueError(registry.unknown(f"layers of {self.name}", name, by_name))
        return by_name[name]

    def activations(self, x: Any) -> dict[str, np.ndarray]:
        """Return every layer's output for inputs (N, ...), by name: see `study.activations`."""
        return activations(self, x)

    @property
    def inputs(self) -> list[SymbolicTensor]:
        """The symbolic inputs."""
        return self.graph.inputs

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """The symbolic outputs."""
        return self.graph.outputs

    @property
    def input(self) -> Any:
        """The symbolic inputs as they were given: one, or a list or dictionary of them."""
        return self.graph.input

    @property
    def output(self) -> Any:
        """The symbolic outputs as they were given."""
        return self.graph.output

    @property
    def input_names(self) -> list[str]:
        """By what data are told apart: the keys of a dictionary, or the input layers' names."""
        return self.graph.input_names

    @property
    def label_names(self) -> list[str]:
        """By what losses and labels are told apart: keys, or the output layers' names."""
        return self.graph.label_names

    @property
    def output_names(self) -> list[str]:
        """The name of the layer behind each output."""
        return [tensor.name for tensor in self.outputs]

    @property
    def input_shape(self) -> Any:
        """The input's shape, or a list of shapes."""
        shapes = [tensor.shape for tensor in self.inputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self) -> Any:
        """The output's shape, or a list of shapes."""
        shapes = [tensor.shape for tensor in self.outputs]
        return shapes[0] if len(shapes) == 1 else shapes

    def summary(
        self,
        line_length: int | None = None,
        positions: list[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: list[str] | None = None,
    ) -> None:
        """Print the layers with their shapes and parameters: see `summary.print_summary`."""
        from nanoconv.models.summary import print_summary

        columns = line_length, positions, print_fn
        print_summary(self, *columns, expand_nested, show_trainable, layer_range)

    # ---- files and configurations ---------------------------------------------------------------

    def save(
        self, filepath: Any, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any
    ) -> None:
        """Save the whole model as one `.keras` or `.h5` file: see `saving.save_model`."""
        from nanoconv import saving

        saving.save_model(self, filepath, overwrite=overwrite, zipped=zipped, **kwargs)

    def save_weights(self, filepath: Any, overwrite: bool = True, **kwargs: Any) -> None:
        """Save the weights as a `.weights.h5` file: see `saving.save_weights`."""
        from nanoconv import saving

        saving.save_weights(self, filepath, overwrite=overwrite, **kwargs)

    def load_weights(self, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
        """Read the weights from a file: see `saving.load_weights`."""
        from nanoconv import saving

        saving.load_weights(self, filepath, skip_mismatch=skip_mismatch, **kwargs)

    def export(
        self,
        filepath: Any,
        format: str = "tf_saved_model",
        verbose: Any = None,
        input_signature: Any = None,
        **kwargs: Any,
    ) -> None:
        """Refuse: SavedModel, ONNX and their like hold graphs of TensorFlow's or other runtimes.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            f"export writes {format!r} for other runtimes, which nanoconv does not; write "
            "model.save('model.keras'), load that file with Keras and export it there."
        )

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make a model from `get_config()`'s dictionary.

        Args:
            config: with the layers of a graph, or with the arguments of the class.
            custom_objects: the user's own classes by name.
        """
        if "input_layers" in config:
            return cls.graph_class.from_config(config, custom_objects)
        return cls(**config)

    def to_json(self, **kwargs: Any) -> str:
        """Return architecture and compile settings as JSON text.

        Args:
            kwargs: for `json.dumps`, such as `indent=2`.

        Reference: https://keras.io/api/models/model_saving_apis/model_config_serialization/
        """
        with sharing():
            return json.dumps(registry.serialize(self), **kwargs)

    def get_compile_config(self) -> dict[str, Any] | None:
        """Return what `compile` was given, as plain data; None before `compile`."""
        return registry.serialize(self.compile_arguments)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile as `get_compile_config()` says.

        Args:
            config: the dictionary; files of Keras are read the same way.

        Raises:
            ValueError: where something in it is not known; the model stays as it was.
        """
        from nanoconv.saving.compile_config import compile_from_config

        compile_from_config(self, config)


class _Following:
    """The `training` that `call` gets: to be passed on to layers, and followed by them.

    It is no truth value, because a graph is the same in training and at inference. A `call` that
    asks for one is run for every batch instead; see `Model.build`.
    """

    def __bool__(self) -> bool:
        raise TypeError("training is not known while call is traced")


def _inputs_of(shapes: Any) -> Any:
    """Return a symbolic input for each shape in a structure of shapes."""
    if isinstance(shapes, dict):
        return {key: _inputs_of(shape) for key, shape in shapes.items()}
    if isinstance(shapes, (list, tuple)) and isinstance(shapes[0], (list, tuple, dict)):
        return [_inputs_of(shape) for shape in shapes]
    return Input(batch_shape=(None, *shapes[1:]))


def _is_due(epoch: int, frequency: Any) -> bool:
    """Tell whether an epoch (from 0) ends with validation."""
    if isinstance(frequency, int):
        return (epoch + 1) % frequency == 0
    return (epoch + 1) in frequency
