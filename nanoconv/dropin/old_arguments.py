"""Arguments of Keras 1 and 2 under their old names, in their old places and with old defaults.

Reference: https://github.com/keras-team/keras/wiki/Keras-2.0-release-notes
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from nanoconv import callbacks, layers, models, optimizers, preprocessing, utils
from nanoconv.dropin.monkey_patching import Patches, warn

patches = Patches()

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
_FUNCTIONAL = {"input": "inputs", "output": "outputs"}
_TENSORBOARD = (
    *("batch_size", "write_grads", "embeddings_layer_names", "embeddings_data", "profile_batch"),
    "write_steps_per_second",
)
# Old argument -> new argument; None: it is left out, because it changes no result.
Renamed = dict[str, str | None]
RENAMED: dict[type, Renamed] = {
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
    callbacks.TensorBoard: dict.fromkeys(_TENSORBOARD),
    optimizers.Nadam: {"schedule_decay": None},
    models.Model: dict(_FUNCTIONAL),
    models.Functional: dict(_FUNCTIONAL),
}
FIT: Renamed = {"nb_epoch": "epochs"} | dict.fromkeys(
    ["workers", "use_multiprocessing", "max_queue_size", "max_q_size", "nb_worker"]
)


def call_renamed(names: Renamed, today: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a function of today with arguments that may have old names."""
    known = inspect.signature(today).parameters
    for old in [name for name in kwargs if name in names and name not in known]:
        new, value = names[old], kwargs.pop(old)
        if new is not None:
            kwargs[new] = _VALUES.get(value, value) if isinstance(value, str) else value
        warn(f"{old}= is an old name; {f'write {new}=' if new else 'leave it out'}.")
    return today(*args, **kwargs)


for _class, _names in RENAMED.items():
    patches.replace(_class, "__init__")(functools.partial(call_renamed, _names))
patches.replace(models.Model, "fit", "evaluate", "predict")(functools.partial(call_renamed, FIT))

_only_keras_1 = {*_WINDOW, *_WEIGHTS, "nb_row", "nb_col"}
_is_keras_1 = False


@patches.replace(layers.Conv2D, "__init__")
def _rows_and_columns(init: Callable[..., None], self: Any, *args: Any, **kwargs: Any) -> None:
    """Also take Keras 1's (filters, rows, columns, ...).

    Two integers behind the filters were the kernel's size in Keras 1, and are its size and the
    strides since then. They are read in the old way where another argument is one of Keras 1's,
    and in all layers that follow, because a script does not change its age.
    """
    global _is_keras_1
    _is_keras_1 = _is_keras_1 or bool(_only_keras_1.intersection(kwargs))
    if _is_keras_1 and len(args) >= 3 and all(isinstance(n, int) for n in args[1:3]):
        args = (args[0], tuple(args[1:3]), *args[3:])
    if "nb_row" in kwargs and "nb_col" in kwargs:
        kwargs["kernel_size"] = (kwargs.pop("nb_row"), kwargs.pop("nb_col"))
    init(self, *args, **kwargs)


@patches.replace(layers.AveragePooling2D, "__init__")
def _pool_size(init: Callable[..., None], self: Any, *args: Any, **kwargs: Any) -> None:
    init(self, *args, **(kwargs if args else {"pool_size": (2, 2)} | kwargs))


@patches.replace(models.Model, "compile")
def _metrics_third(compile: Callable[..., None], self: Any, *args: Any, **kwargs: Any) -> None:
    """Also take metrics as third argument, where loss weights are today."""
    third = args[2] if len(args) > 2 else None
    if isinstance(third, (list, tuple)) and not all(isinstance(w, (int, float)) for w in third):
        warn("metrics are no longer the third argument; write metrics=.")
        args, kwargs = args[:2], {"metrics": third, **kwargs}
    compile(self, *args, **kwargs)


@patches.replace(utils, "load_img")
@patches.replace(preprocessing.image, "load_img")
def _grayscale(load_img: Callable[..., Any], path: Any, *args: Any, **kwargs: Any) -> Any:
    if "grayscale" in kwargs:
        warn("grayscale= is an old name; write color_mode='grayscale'.")
        if kwargs.pop("grayscale"):
            kwargs["color_mode"] = "grayscale"
    return load_img(path, *args, **kwargs)
