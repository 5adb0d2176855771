"""Translates older configurations into those of Keras 3.

Files live longer than the programs that wrote them. What Keras 1 and 2 named differently is
translated here, as plain data, before anything is made of it; the rest of nanoconv knows only
Keras 3.

Reference: https://keras.io/guides/migrating_to_keras_3/
"""

from __future__ import annotations

import re
from typing import Any

from nanoconv.core.registry import is_custom
from nanoconv.layers.base.layer_serialization import MODELS

_CLASSES = {
    "Model": "Functional",
    "Convolution2D": "Conv2D",
    "SeparableConvolution2D": "SeparableConv2D",
}
_ARGUMENTS = {
    "nb_filter": "filters",
    "subsample": "strides",
    "border_mode": "padding",
    "atrous_rate": "dilation_rate",
    "dim_ordering": "data_format",
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "bias": "use_bias",
    "gamma_init": "gamma_initializer",
    "beta_init": "beta_initializer",
    "p": "rate",
}
_ARGUMENTS_OF = {
    "Dense": {"output_dim": "units"},
    "LeakyReLU": {"alpha": "negative_slope"},
    "InputLayer": {"batch_input_shape": "batch_shape"},
}
_VALUES = {"tf": "channels_last", "th": "channels_first"}
# What said how a layer was executed, not what it computes.
_DROPPED = ("input_dtype", "mode", "fused", "renorm", "renorm_clipping", "renorm_momentum",
            "virtual_batch_size", "adjustment")  # fmt: skip
_OPERATIONS = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer")  # of Keras 2
_DROPPED_OF_OPTIMIZERS = ("jit_compile", "is_legacy_optimizer")


def modern(config: Any) -> Any:
    """Return a layer's or model's configuration as Keras 3 would write it.

    Args:
        config: with `class_name` and `config`; anything else is returned as it is.
    """
    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
        return config
    name = _CLASSES.get(str(config["class_name"]), str(config["class_name"]))
    inner = config.get("config")
    if name in _OPERATIONS or re.match(r"keras(\.src)?\.ops\b", str(config.get("module"))):
        _refuse_operation(name, inner)
    if name == "Sequential" and isinstance(inner, list):  # before Keras 2.2.3
        inner = {"layers": inner}
    if isinstance(inner, dict) and isinstance(inner.get("layers"), list):
        inner = {**inner, "layers": [modern(layer) for layer in inner["layers"]]}
        if name == "Functional":
            _modernize_calls(inner)
    elif isinstance(inner, dict):
        inner = _arguments(name, inner)
    return {**config, "class_name": name, "config": inner}


def _refuse_operation(class_name: str, inner: Any) -> None:
    """Refuse what a program computed between the layers of a graph.

    Raises:
        ValueError: always.
    """
    known = inner if isinstance(inner, dict) else {}
    operation = str(known.get("function", class_name))[:60]
    raise ValueError(
        f"layer {str(known.get('name'))[:60]!r} is the operation {operation!r} of Keras or "
        "TensorFlow, and nanoconv's graphs are of layers alone; make the model with layers such as "
        "Add, Multiply or Rescaling, and save it again."
    )


def _arguments(class_name: str, config: dict[str, Any]) -> dict[str, Any]:
    """Return a layer's arguments under their names of today."""
    if class_name == "Lambda":
        return config
    renamed = {**_ARGUMENTS, **_ARGUMENTS_OF.get(class_name, {})}
    new = {renamed.get(key, key): value for key, value in config.items() if key not in _DROPPED}
    if "nb_row" in new and "nb_col" in new:
        new["kernel_size"] = [new.pop("nb_row"), new.pop("nb_col")]
    if isinstance(new.get("axis"), list) and len(new["axis"]) == 1:  # BatchNormalization's
        new["axis"] = new["axis"][0]
    for key, value in new.items():
        if key == "data_format":
            new[key] = _VALUES.get(value, value)
        elif key.endswith("initializer"):
            new[key] = _without(value, "dtype")
        elif key.endswith("regularizer") and isinstance(value, dict) and "name" in value:  # Keras 1
            penalties = {name: value[name] for name in ("l1", "l2") if name in value}
            new[key] = {"class_name": "L1L2", "config": penalties}
    return new


def _without(value: Any, *keys: str) -> Any:
    """Return an object's configuration without some arguments."""
    if not isinstance(value, dict) or not isinstance(value.get("config"), dict):
        return value
    return {**value, "config": {k: v for k, v in value["config"].items() if k not in keys}}


# ---- calls in graphs ----------------------------------------------------------------------------


def _modernize_calls(config: dict[str, Any]) -> None:
    """Write a graph's calls as Keras 3 does, where they are lists, as Keras 2 wrote them.

    Keras 2 counts the calls of a nested model from 1, because making the model was the first.
    """
    layers = [one for one in config["layers"] if isinstance(one, dict)]
    if not any(isinstance(call, list) for one in layers for call in one.get("inbound_nodes") or []):
        return
    first = {one.get("name"): 1 for one in layers if one["class_name"] in MODELS}
    for one in layers:
        one["inbound_nodes"] = [_call(call, first) for call in one.get("inbound_nodes") or []]
    chains = {one.get("name"): 1 for one in layers if one["class_name"] == "Sequential"}
    for key in ("input_layers", "output_layers"):
        config[key] = [_place(one, chains) for one in config[key]]


def _call(call: Any, first: dict[Any, int]) -> dict[str, Any]:
    """Return one call in Keras 3's words: `[[layer, call, output, options], ...]` before.

    Raises:
        ValueError: where it is something else.
    """
    options: dict[str, Any] = {}
    try:
        places = [_place(one[:3], first) for one in call]
        for one in call:
            options.update(one[3] if len(one) > 3 else {})
    except (TypeError, ValueError, KeyError):
        raise ValueError(
            f"a layer's call is {str(call)[:60]}, but [[layer, call, output], ...] is needed; save "
            "the model again."
        ) from None
    tensors = [
        {"class_name": "__keras_tensor__", "config": {"keras_history": place}} for place in places
    ]
    return {"args": tensors if len(tensors) == 1 else [tensors], "kwargs": options}


def _place(place: Any, first: dict[Any, int]) -> list[Any]:
    name, call, output = place
    return [name, call - first.get(name, 0), output]


# ---- compile settings ---------------------------------------------------------------------------


def modern_training(config: dict[str, Any]) -> dict[str, Any]:
    """Return compile settings as Keras 3 would write them.

    Args:
        config: with `optimizer` (or `optimizer_config`), `loss`, `metrics`, ...
    """
    new = dict(config)
    if "optimizer_config" in new:
        new["optimizer"] = new.pop("optimizer_config")
    if "optimizer" in new:
        new["optimizer"] = _optimizer(new["optimizer"])
    new["loss"] = _each(new.get("loss"), _loss)
    for key in ("metrics", "weighted_metrics"):
        new[key] = _each(new.get(key), _metric)
    return new


def _each(value: Any, change: Any) -> Any:
    """Change all configurations within lists and dictionaries."""
    if isinstance(value, dict) and "class_name" not in value:
        return {key: _each(one, change) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_each(one, change) for one in value]
    return change(value) if isinstance(value, dict) else value


def _optimizer(config: Any) -> Any:
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict):
        return config
    new = _without(config, *_DROPPED_OF_OPTIMIZERS)
    name, arguments = str(new.get("class_name")), new["config"]
    if not is_custom(name):
        new["class_name"] = name.removeprefix("Custom>")
    if "lr" in arguments:
        arguments["learning_rate"] = arguments.pop("lr")
    decay = arguments.pop("decay", None)
    if decay and isinstance(arguments.get("learning_rate"), (int, float)):
        # Keras 2: learning_rate / (1 + decay * iterations)
        arguments["learning_rate"] = {
            "class_name": "InverseTimeDecay",
            "config": {
                "initial_learning_rate": arguments["learning_rate"],
                "decay_steps": 1,
                "decay_rate": decay,
            },
        }
    if arguments.get("epsilon", 0) is None:
        del arguments["epsilon"]
    return new


def _loss(config: dict[str, Any]) -> dict[str, Any]:
    inner = config.get("config")
    if not isinstance(inner, dict):
        return config
    fn = () if config["class_name"] == "LossFunctionWrapper" else ("fn",)
    new = _without(config, *fn)
    if new["config"].get("reduction") == "auto":
        new["config"]["reduction"] = "sum_over_batch_size"
    return new


def _metric(config: dict[str, Any]) -> Any:
    """Return a metric; one that wraps a function by name becomes that name."""
    inner = config.get("config")
    if config["class_name"] == "MeanMetricWrapper" and isinstance(inner, dict):
        name, fn = inner.get("name"), inner.get("fn")
        if isinstance(fn, str):
            return name if name in ("accuracy", "acc", "mae", "mse") else fn
    return _without(config, "fn")
