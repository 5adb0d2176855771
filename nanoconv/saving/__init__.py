"""Saves and loads models and weights in Keras' own formats.

Reference: https://keras.io/api/models/model_saving_apis/
"""

from nanoconv.core import absent
from nanoconv.core.registry import (
    custom_object_scope,
    get_registered_name,
    register_keras_serializable,
)
from nanoconv.saving.model_configs import model_from_json
from nanoconv.saving.objects import (
    deserialize_keras_object,
    get_custom_objects,
    get_registered_object,
    serialize_keras_object,
)
from nanoconv.saving.save_and_load import load_model, load_weights, save_model, save_weights

CustomObjectScope = custom_object_scope

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_weights",
    "model_from_json",
    "register_keras_serializable",
    "save_model",
    "save_weights",
    "serialize_keras_object",
]

__getattr__, __dir__ = absent.public(__name__)
