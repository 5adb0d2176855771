"""Methods, classes and keys that Keras 1 and 2 had under other names, each with a warning.

Reference: https://github.com/keras-team/keras/wiki/Keras-2.0-release-notes
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nanoconv import backend, callbacks, constraints, layers, models, optimizers, utils
from nanoconv.callbacks import callback_list
from nanoconv.dropin import paths, sessions
from nanoconv.dropin.monkey_patching import Patches, warn
from nanoconv.dropin.old_arguments import FIT, Renamed, call_renamed

patches = Patches()

# ---- methods -------------------------------------------------------------------------------------

_GENERATOR: Renamed = {
    "generator": "x",
    "samples_per_epoch": "steps_per_epoch",
    "nb_val_samples": "validation_steps",
    "val_samples": "steps",
    **FIT,
}


def _generator_method(name: str, *positions: str) -> Callable[..., Any]:
    """Return what was `fit_generator`, ...: today's method, which takes generators itself."""
    today = getattr(models.Model, name)

    @functools.wraps(today)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        warn(f"{name}_generator is an old name; write {name}.")
        kwargs |= dict(zip(positions, args[1:], strict=False))
        return call_renamed(_GENERATOR, today, self, *args[:1], **kwargs)

    return call


def _predict_proba(self: Any, x: Any, batch_size: int = 32, verbose: Any = 0) -> Any:
    """Return the model's outputs; the old name of `predict`."""
    warn("predict_proba is an old name; write predict.")
    return self.predict(x, batch_size=batch_size, verbose=verbose)


def _predict_classes(self: Any, x: Any, batch_size: int = 32, verbose: Any = 0) -> np.ndarray:
    """Return the most likely class of each sample (N,), or (N, 1) of one sigmoid."""
    warn("predict_classes is an old name; write model.predict(x).argmax(axis=-1).")
    y = self.predict(x, batch_size=batch_size, verbose=verbose)
    return y.argmax(axis=-1) if y.shape[-1] > 1 else (y > 0.5).astype("int32")


patches.add(
    models.Model,
    fit_generator=_generator_method("fit", "steps_per_epoch", "epochs"),
    evaluate_generator=_generator_method("evaluate", "steps"),
    predict_generator=_generator_method("predict", "steps"),
    predict_proba=_predict_proba,
    predict_classes=_predict_classes,
)
patches.add(backend, **sessions.FOR_BACKEND)

# ---- keys of logs and histories ------------------------------------------------------------------


class OldKeys(dict[str, Any]):
    """A history, or logs, in which `acc` finds `accuracy`, and `lr` finds `learning_rate`."""

    def __missing__(self, key: str) -> Any:
        new = "learning_rate" if key == "lr" else key.replace("acc", "accuracy")
        if new != key and new in self:
            warn(f"{key!r} is an old key; write {new!r}.")
            return self[new]
        raise KeyError(key)

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a key, old or new."""
        try:
            return self[key]
        except KeyError:
            return default


@patches.replace(callbacks.History, "on_train_begin")
def _history(begin: Callable[..., None], self: Any, logs: Any = None) -> None:
    begin(self, logs)
    self.history = OldKeys(self.history)


@patches.replace(callback_list, "_plain")
def _logs(plain: Callable[..., dict[str, Any]], logs: Any) -> OldKeys:
    return OldKeys(plain(logs))


@patches.replace(callbacks.CallbackList, "on_epoch_end")
def _monitor(end: Callable[..., None], self: Any, epoch: int, logs: Any = None) -> None:
    """Let callbacks that monitor `val_acc` find `val_accuracy`."""
    for callback in self.callbacks:
        old = getattr(callback, "monitor", None)
        new = str(old).replace("acc", "accuracy")
        if old not in (logs or {}) and new in (logs or {}):
            warn(f"monitor={old!r} is an old name; write {new!r}.")
            callback.monitor = new
    end(self, epoch, logs)


# ---- classes, functions and attributes -----------------------------------------------------------


def _in_lower_case(module: Any, *names: str) -> None:
    """Let classes be called by their names in lower case, as they once could be."""
    for name in names:
        patches.add(module, **{name.lower(): _renamed(getattr(module, name))})


def _renamed(cls: type) -> Callable[..., Any]:
    @functools.wraps(cls, updated=())
    def make(*args: Any, **kwargs: Any) -> Any:
        warn(f"{cls.__name__.lower()} is an old name; write {cls.__name__}.")
        return cls(*args, **kwargs)

    return make


_in_lower_case(constraints, "MaxNorm", "NonNeg", "UnitNorm")
_in_lower_case(optimizers, "SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam")


def _decay(self: Any) -> float:
    """Return 0: `decay=` is ignored, as in Keras 3."""
    warn(
        "optimizer.decay is an old name, and decay= is ignored; write learning_rate="
        "optimizers.schedules.InverseTimeDecay(...)."
    )
    return 0.0


def _shape_of(tensor: str) -> property:
    """Return a property: the shape of a layer's input or output."""

    def shape(self: Any) -> Any:
        warn(f"{tensor}_shape is an old name for layers; write layer.{tensor}.shape.")
        found = getattr(self, tensor)
        return [t.shape for t in found] if isinstance(found, list) else found.shape

    return property(shape)


patches.add(optimizers.Optimizer, decay=property(_decay))
patches.add(layers.Layer, input_shape=_shape_of("input"), output_shape=_shape_of("output"))


def _plot(
    model: Any,
    to_file: Any = "model.png",
    show_shapes: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
) -> Any:
    """Draw a model; `keras.utils.visualize_util.plot` of Keras 1."""
    warn("plot is an old name; write keras.utils.plot_model(model, to_file='model.png').")
    return utils.plot_model(
        model, to_file, show_shapes, show_layer_names=show_layer_names, rankdir=rankdir
    )


patches.add(utils, plot=_plot)

_MODES = {
    "sum": layers.Add,
    "mul": layers.Multiply,
    "ave": layers.Average,
    "max": layers.Maximum,
    "concat": layers.Concatenate,
}


class Merge(paths.Door):
    """`keras.layers.merge`: a function in Keras 1, and since then a module."""

    def __call__(
        self, inputs: Sequence[Any], mode: str = "sum", concat_axis: int = -1, name: Any = None
    ) -> Any:
        """Join symbolic tensors by a layer of `_MODES`; raise ValueError for another mode."""
        if mode not in _MODES:
            raise ValueError(f"merge got mode={mode!r}, but nanoconv has {', '.join(_MODES)}.")
        layer = _MODES[mode]
        warn(f"merge(mode={mode!r}) is an old name; write {layer.__name__}()([...]).")
        axis = {"axis": concat_axis} if mode == "concat" else {}
        return layer(name=name, **axis)(list(inputs))


patches.add(layers, merge=Merge("keras.layers.merge", [layers]))
