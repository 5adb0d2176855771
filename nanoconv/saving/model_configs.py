"""Makes a model from its configuration, as plain data or JSON.

Reference: https://keras.io/api/models/model_saving_apis/model_config_serialization/
"""

from __future__ import annotations

import json
from typing import Any

from nanoconv.core import allocation, registry
from nanoconv.core.safe_files import ALLOWANCE, shortened
from nanoconv.layers.base.layer_serialization import deserialize, sharing
from nanoconv.saving.dialects import modern

LARGEST_FRESH_MODEL = 8 * ALLOWANCE  # 1 GB of weights, twice VGG16's, made from a JSON text alone
LARGEST_JSON = ALLOWANCE // 16  # what is made of it takes up to thirty times as much


def parse_json(text: str | bytes, what: str) -> Any:
    """Return what JSON text stands for.

    Raises:
        ValueError: where it is not JSON, or longer than any model's.
    """
    if len(text) > LARGEST_JSON:
        raise ValueError(
            f"{what} has {len(text)} characters, but no model needs more than {LARGEST_JSON}; save "
            "the model again."
        )
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{what} is not JSON ({error}); save the model again.") from None


def model_from_config(config: Any, compile: bool = True) -> Any:
    """Make a model from the dictionary that `serialize` returned for it.

    Args:
        config: with `class_name`, `config` and perhaps `compile_config`.
        compile: whether to compile it as it was.

    Raises:
        ValueError: where something in it is unknown, wrong, or no model.
    """
    class_name = config.get("class_name") if isinstance(config, dict) else None
    if class_name == "Graph" or (isinstance(config, dict) and {"layers", "nodes"} & set(config)):
        raise ValueError(
            "it was written by Keras 0.x, in 2015, whose files Keras itself reads no more; build "
            "the model in your program."
        )
    if not isinstance(class_name, str):
        raise ValueError(
            f"the model's configuration is {str(config)[:60]}, but a dictionary with class_name "
            "and config is needed; write what model.to_json() returns."
        )
    try:
        with sharing():
            model: Any = deserialize(modern(config))
        if not hasattr(model, "compile_from_config"):
            raise ValueError(
                f"it describes {model!r}, which is no model; write layers.deserialize(config)."
            )
        if compile and config.get("compile_config"):
            model.compile_from_config(config["compile_config"])
            _ = model.optimizer.learning_rate  # a schedule must be able to compute it
    except (
        RecursionError,
        ArithmeticError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
    ) as error:
        raise ValueError(
            f"the model's configuration is not valid ({type(error).__name__}: {error}); save the "
            "model again, or pass compile=False where only training settings are wrong."
        ) from error
    return model


def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """Make a model, with fresh weights, from `model.to_json()`'s text.

    Args:
        json_string: the text; that of Keras is read the same way.
        custom_objects: the user's own classes and functions by name.

    Raises:
        ValueError: where it is not JSON, names something unknown, or asks for more than 1 GB of
            weights.

    Reference: https://keras.io/api/models/model_saving_apis/model_config_serialization/
    """
    config = parse_json(json_string, "json_string")
    with (
        registry.custom_object_scope(custom_objects),
        allocation.limited_to(LARGEST_FRESH_MODEL, empty=False),
    ):
        try:
            return model_from_config(config)
        except ValueError as error:
            raise ValueError(shortened(str(error))) from error
