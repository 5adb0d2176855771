"""Arguments and methods of Keras 1 and 2 that old scripts use, each with a DeprecationWarning.

`accept()` teaches nanoconv's classes these names when it takes Keras' place. The classes themselves
know nothing of the past.

Reference: https://github.com/keras-team/keras/wiki/Keras-2.0-release-notes
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from nanoconv import (
    backend,
    callbacks,
    constraints,
    layers,
    models,
    optimizers,
    preprocessing,
    utils,
)
from nanoconv.callbacks import callback_list
from nanoconv.dropin import blocks, old_files, old_layers, paths, sessions
from nanoconv.dropin.teaching import add, wrap

_WEIGHTS = {
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "bias": "use_bias",
}
_WINDOW = {"border_mode": "padding", "subsample": "strides", "dim_ordering": "data_format"}
_VALUES = {"tf": "channels_last", "th": "channels_first"}  # of dim_ordering

# class -> old argument -> new argument; None: it is left out, because it changes no result
RENAMED: dict[type, dict[str, str | None]] = {
    layers.Conv2D: {"nb_filter": "filters", **_WINDOW, **_WEIGHTS},
    layers.Dense: {"output_dim": "units", **_WEIGHTS},
    layers.MaxPooling2D: dict(_WINDOW),
    layers.AveragePooling2D: dict(_WINDOW),
    layers.ZeroPadding2D: dict(_WINDOW),
    layers.UpSampling2D: dict(_WINDOW),
    layers.Dropout: {"p": "rate"},
    layers.SpatialDropout2D: {"p": "rate"},
    layers.GaussianNoise: {"sigma": "stddev"},
    layers.Concatenate: {"concat_axis": "axis"},
    layers.BatchNormalization: {"mode": None, "fused": None},
    callbacks.ModelCheckpoint: {"period": None},
    callbacks.ReduceLROnPlateau: {"epsilon": "min_delta"},
    optimizers.Nadam: {"schedule_decay": None},
    callbacks.TensorBoard: dict.fromkeys(
        [
            "batch_size",
            "write_grads",
            "embeddings_layer_names",
            "embeddings_data",
            "profile_batch",
            "write_steps_per_second",
        ]
    ),
}
_FIT = {"nb_epoch": "epochs"} | dict.fromkeys(
    ["workers", "use_multiprocessing", "max_queue_size", "max_q_size", "nb_worker"]
)
_GENERATOR = {
    "generator": "x",
    "samples_per_epoch": "steps_per_epoch",
    "nb_val_samples": "validation_steps",
    "val_samples": "steps",
    **_FIT,
}

_LOWER_CASE = (
    *(optimizers.SGD, optimizers.Adam, optimizers.RMSprop, optimizers.Adagrad),
    *(optimizers.Adadelta, optimizers.Adamax, optimizers.Nadam),
)


def accept() -> None:
    """Teach the classes their old arguments, and models their old methods."""
    blocks.accept()
    old_files.accept()
    for cls, names in RENAMED.items():
        depth = 3 if cls is layers.Conv2D else 2
        wrap(cls, "__init__", functools.partial(accepting, names=names, stacklevel=depth))
    old_layers.accept({*_WINDOW, *_WEIGHTS, "nb_row", "nb_col"})
    add(layers, "merge", paths.MergeDoor("keras.layers.merge", [layers]))
    add(optimizers.Optimizer, "decay", property(_decay))
    for name in ("MaxNorm", "NonNeg", "UnitNorm"):
        add(constraints, name.lower(), _renamed(getattr(constraints, name)))
    for module in (utils, preprocessing.image):
        wrap(module, "load_img", _with_grayscale)
    for name, value in sessions.FOR_BACKEND.items():
        add(backend, name, value)
    wrap(models.Model, "compile", metrics_third)
    for method in ("fit", "evaluate", "predict"):
        today = getattr(models.Model, method)
        add(models.Model, method, accepting(today, _FIT))
        add(models.Model, f"{method}_generator", _generator_method(today))
    for model in (models.Model, models.Functional):
        wrap(
            model,
            "__init__",
            lambda init: accepting(init, {"input": "inputs", "output": "outputs"}),
        )
    wrap(callbacks.History, "on_train_begin", _with_old_keys)
    wrap(callbacks.CallbackList, "on_epoch_end", _watching)
    wrap(callback_list, "_plain", _logs_with_old_keys)
    for cls in _LOWER_CASE:
        add(optimizers, cls.__name__.lower(), _renamed(cls))
    add(models.Model, "predict_classes", _predict_classes)
    add(models.Model, "predict_proba", _predict_proba)


def accepting(
    function: Callable[..., Any], names: dict[str, str | None], stacklevel: int = 2
) -> Callable[..., Any]:
    """Return the function with old names for some of its arguments.

    Args:
        function: a function or method of today.
        names: old argument -> new argument, or None to leave it out.
        stacklevel: how far above the script's line is.
    """
    known = inspect.signature(function).parameters

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        for old in [name for name in kwargs if name in names and name not in known]:
            new, value = names[old], kwargs.pop(old)
            if new is None:
                told = "leave it out"
            else:
                kwargs[new] = _VALUES.get(value, value) if isinstance(value, str) else value
                told = f"write {new}="
            warnings.warn(f"{old}= is an old name; {told}.", DeprecationWarning, stacklevel)
        return function(*args, **kwargs)

    return call


def metrics_third(compile: Callable[..., None]) -> Callable[..., None]:
    """Return `compile` with metrics as third argument, where loss weights are today."""

    @functools.wraps(compile)
    def call(self: Any, *args: Any, **kwargs: Any) -> None:
        third = args[2] if len(args) > 2 else None
        if isinstance(third, (list, tuple)) and not all(isinstance(w, (int, float)) for w in third):
            warnings.warn(
                "metrics are no longer the third argument; write metrics=.",
                DeprecationWarning,
                stacklevel=2,
            )
            args, kwargs = args[:2], {"metrics": third, **kwargs}
        compile(self, *args, **kwargs)

    return call


def _generator_method(today: Callable[..., Any]) -> Callable[..., Any]:
    """Return what was `fit_generator`, ...: today's method, which takes generators itself."""
    renamed = accepting(today, _GENERATOR, 3)

    @functools.wraps(today)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        warnings.warn(
            f"{today.__name__}_generator is an old name; write {today.__name__}.",
            DeprecationWarning,
            stacklevel=2,
        )
        names = ("steps_per_epoch", "epochs") if today.__name__ == "fit" else ("steps",)
        kwargs |= dict(zip(names, args[1:], strict=False))
        return renamed(self, *args[:1], **kwargs)

    return call


class OldKeys(dict[str, Any]):
    """A history, or logs, in which `acc` finds `accuracy`, and `lr` finds `learning_rate`."""

    def __missing__(self, key: str) -> Any:
        new = "learning_rate" if key == "lr" else key.replace("acc", "accuracy")
        if new != key and new in self:
            warnings.warn(
                f"{key!r} is an old key; write {new!r}.", DeprecationWarning, stacklevel=2
            )
            return self[new]
        raise KeyError(key)

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a key, old or new."""
        try:
            return self[key]
        except KeyError:
            return default


def _with_old_keys(begin: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(begin)
    def on_train_begin(self: Any, logs: Any = None) -> None:
        begin(self, logs)
        self.history = OldKeys(self.history)

    return on_train_begin


def _logs_with_old_keys(plain: Callable[[Any], dict[str, Any]]) -> Callable[[Any], OldKeys]:
    """Return what makes the logs for callbacks, so that `logs.get("acc")` finds `accuracy`."""
    return lambda logs: OldKeys(plain(logs))


def _watching(end: Callable[..., None]) -> Callable[..., None]:
    """Return `on_epoch_end` that lets callbacks which ask for `val_acc` find `val_accuracy`."""

    @functools.wraps(end)
    def on_epoch_end(self: Any, epoch: int, logs: Any = None) -> None:
        for callback in self.callbacks:
            old = getattr(callback, "monitor", None)
            new = str(old).replace("acc", "accuracy")
            if old not in (logs or {}) and new in (logs or {}):
                told = f"monitor={old!r} is an old name; write {new!r}."
                warnings.warn(told, DeprecationWarning, stacklevel=2)
                callback.monitor = new
        end(self, epoch, logs)

    return on_epoch_end


def _with_grayscale(load_img: Callable[..., Any]) -> Callable[..., Any]:
    """Return `load_img` with `grayscale=True`, which was `color_mode="grayscale"`."""

    @functools.wraps(load_img)
    def call(path: Any, *args: Any, **kwargs: Any) -> Any:
        if "grayscale" in kwargs:
            warnings.warn(
                "grayscale= is an old name; write color_mode='grayscale'.",
                DeprecationWarning,
                stacklevel=2,
            )
            if kwargs.pop("grayscale"):
                kwargs["color_mode"] = "grayscale"
        return load_img(path, *args, **kwargs)

    return call


def _renamed(cls: type) -> Callable[..., Any]:
    """Return a class under its name in lower case, by which it once could be called."""

    @functools.wraps(cls, updated=())
    def make(*args: Any, **kwargs: Any) -> Any:
        told = f"{cls.__name__.lower()} is an old name; write {cls.__name__}."
        warnings.warn(told, DeprecationWarning, stacklevel=2)
        return cls(*args, **kwargs)

    return make


def _decay(self: Any) -> float:
    """Return 0: `decay=` is ignored, as in Keras 3."""
    warnings.warn(
        "optimizer.decay is an old name, and decay= is ignored; write learning_rate="
        "optimizers.schedules.InverseTimeDecay(...).",
        DeprecationWarning,
        stacklevel=2,
    )
    return 0.0


def _predict_proba(self: Any, x: Any, batch_size: int = 32, verbose: Any = 0) -> Any:
    """Return the model's outputs; the old name of `predict`."""
    warnings.warn("predict_proba is an old name; write predict.", DeprecationWarning, stacklevel=2)
    return self.predict(x, batch_size=batch_size, verbose=verbose)


def _predict_classes(self: Any, x: Any, batch_size: int = 32, verbose: Any = 0) -> np.ndarray:
    """Return the most likely class of each sample (N,), or (N, 1) of one sigmoid."""
    warnings.warn(
        "predict_classes is an old name; write model.predict(x).argmax(axis=-1).",
        DeprecationWarning,
        stacklevel=2,
    )
    y = self.predict(x, batch_size=batch_size, verbose=verbose)
    return y.argmax(axis=-1) if y.shape[-1] > 1 else (y > 0.5).astype("int32")
