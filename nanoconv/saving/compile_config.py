"""Compiles a model from the settings that a file keeps.

Reference: https://keras.io/api/models/model_saving_apis/serialization_utils/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nanoconv import losses, metrics, optimizers
from nanoconv.core import registry
from nanoconv.saving.dialects import modern_training

_USED = ("optimizer", "optimizer_config", "loss", "loss_weights", "metrics", "weighted_metrics")
_KNOWN = (
    *_USED,
    *("run_eagerly", "steps_per_execution", "jit_compile", "auto_scale_loss", "sample_weight_mode"),
)


def compile_from_config(model: Any, config: dict[str, Any]) -> None:
    """Compile a model as a file says, and build its optimizer, so that its state can be read.

    Args:
        model: the model.
        config: with `optimizer` (RMSprop by default), `loss`, `metrics`, ...; how a program was
            executed (`jit_compile`, `run_eagerly`, `steps_per_execution`) is left to this one.

    Raises:
        ValueError: where something in it is not known; the model stays as it was.
    """
    if not isinstance(config, dict):
        raise ValueError(
            f"a compile configuration is {config!r}, but a dictionary is needed; write what "
            "model.get_compile_config() returns."
        )
    for key in config:
        if key not in _KNOWN:
            raise ValueError(registry.unknown("compile settings", key, _KNOWN))
    config = modern_training(config)
    arguments = {
        "optimizer": optimizers.get(config.get("optimizer", "rmsprop")),
        "loss": _each(config.get("loss"), losses.deserialize),
        "loss_weights": config.get("loss_weights"),
        "metrics": _each(config.get("metrics"), metrics.deserialize),
        "weighted_metrics": _each(config.get("weighted_metrics"), metrics.deserialize),
    }
    model.compile(**arguments)
    if model.built:
        model.optimizer.build(model.trainable_variables)


def _each(value: Any, deserialize: Callable[[Any], Any]) -> Any:
    """Make objects of all configurations and of the user's names; other names stay names."""
    if isinstance(value, dict) and "class_name" not in value:
        return {key: _each(one, deserialize) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_each(one, deserialize) for one in value]
    return deserialize(value) if isinstance(value, dict) or registry.is_custom(value) else value
