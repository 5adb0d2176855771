"""The older HDF5 format, `.h5` and `.hdf5`: whole models, or weights alone.

    attributes         keras_version, backend, model_config, training_config (JSON)
    model_weights/     one group for each layer, named as the layer; all arrays of a layer's
                       weights in the order of its attribute weight_names
    optimizer_weights/ what the optimizer remembers, likewise

A weights file is the group `model_weights` alone. nanoconv keeps the state of random layers in
`random_state/`, which Keras reads over.

Reference: https://keras.io/guides/serialization_and_saving/
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from nanoconv import losses
from nanoconv.core import allocation, registry
from nanoconv.core.safe_files import Budget
from nanoconv.core.variable import Variable
from nanoconv.layers.base.layer import Layer
from nanoconv.layers.base.layer_serialization import serialize, sharing
from nanoconv.random import SeedGenerator
from nanoconv.saving import hdf5, weight_places
from nanoconv.saving.archive import KERAS_VERSION
from nanoconv.saving.model_configs import model_from_config, parse_json

_LARGEST_ATTRIBUTE = 64_000  # HDF5 keeps attributes in 64 KB; longer lists are split
_RANDOM = "random_state"


# ---- writing ------------------------------------------------------------------------------------


def write(file: Any, model: Any, include_optimizer: bool = True) -> None:
    """Write a whole model.

    Args:
        file: an open HDF5 file.
        model: the model.
        include_optimizer: whether compile settings and optimizer state are written, too.
    """
    with sharing():
        config = serialize(model)
    training = config.pop("compile_config", None)
    file.attrs["keras_version"] = KERAS_VERSION
    file.attrs["backend"] = "nanoconv"
    _write_text(file, "model_config", json.dumps(config))
    write_weights(file.create_group("model_weights"), model)
    generators = file.create_group(_RANDOM)
    for i, variable in enumerate(_random_state(model)):
        generators.create_dataset(str(i), data=variable.value)
    if include_optimizer and training is not None:
        training["optimizer_config"] = training.pop("optimizer")
        training["loss"] = _full_names(training["loss"])
        _write_text(file, "training_config", json.dumps(training))
        _write_arrays(file.create_group("optimizer_weights"), model.optimizer.variables)


def write_weights(group: Any, model: Any) -> None:
    """Write a model's weights.

    Args:
        group: an open HDF5 file or group.
        model: the model.
    """
    group.attrs["backend"] = "nanoconv"
    group.attrs["keras_version"] = KERAS_VERSION
    _write_texts(group, "layer_names", [layer.name for layer in model.layers])
    for layer in sorted(model.layers, key=lambda layer: layer.name):
        _write_arrays(group.create_group(layer.name), _weights(layer))
    _write_arrays(group.create_group("top_level_model_weights"), [])


def _full_names(loss: Any) -> Any:
    """Return `"mean_squared_error"` for `"mse"`: the short names Keras 3 cannot read back."""
    if isinstance(loss, dict) and "class_name" not in loss:
        return {key: _full_names(one) for key, one in loss.items()}
    if isinstance(loss, list):
        return [_full_names(one) for one in loss]
    known = isinstance(loss, str) and loss in registry.names("losses")
    return getattr(losses.get(loss), "__name__", loss) if known else loss


def _write_arrays(group: Any, variables: Sequence[Variable]) -> None:
    names = [v.path for v in variables]
    if len(set(names)) < len(names):  # layers of equal names inside nested models
        names = [f"{name}_{i}" for i, name in enumerate(names)]
    _write_texts(group, "weight_names", names)
    for name, variable in zip(names, variables, strict=True):
        group.create_dataset(name, data=variable.value)


def _write_text(group: Any, name: str, text: str) -> None:
    import h5py

    group.attrs.create(name, text, dtype=h5py.string_dtype())  # of any length


def _write_texts(group: Any, name: str, texts: Sequence[str]) -> None:
    """Write a list of texts as one attribute, or as several where one is too long for HDF5."""
    data = np.asarray([text.encode() for text in texts])
    count = 1 + data.nbytes // _LARGEST_ATTRIBUTE
    if count == 1:
        group.attrs[name] = data
        return
    for i, some in enumerate(np.array_split(data, count)):
        group.attrs[f"{name}{i}"] = some


# ---- reading ------------------------------------------------------------------------------------


def read(file: Any, budget: Budget, compile: bool = True) -> Any:
    """Make a model from a whole-model file.

    Args:
        file: an open HDF5 file.
        budget: of memory for it.
        compile: whether to compile it as it was, optimizer state included.

    Raises:
        ValueError: where the file holds no whole model, is damaged, or names something unknown.
    """
    text = hdf5.attribute(file, "model_config")
    if not isinstance(text, str):
        raise ValueError(
            "it holds weights only, no architecture; build the model in your program and write "
            "model.load_weights(...)."
        )
    config = parse_json(text, "model_config")
    training = hdf5.attribute(file, "training_config") if compile else None
    if training is not None and isinstance(config, dict):
        config["compile_config"] = parse_json(training, "training_config")
    stored = hdf5.group(file, "model_weights")
    total = hdf5.total_bytes(stored)
    budget.spend(total, "the arrays in it")
    with allocation.limited_to(total):
        model = model_from_config(config, compile)
    plan = plan_weights(stored, model, same_names=model.lists_layers)  # others name them anew
    _plan_random_state(plan, file, model)
    if model.compiled and "optimizer_weights" in file:
        _plan_optimizer(plan, hdf5.group(file, "optimizer_weights"), model.optimizer)
    plan.carry_out()
    return model


def plan_weights(
    group: Any,
    model: Any,
    skip_mismatch: bool = False,
    by_name: bool = False,
    same_names: bool = False,
) -> weight_places.Plan:
    """Look up all weights of a model.

    Layers are matched by their names where the file knows all of them, else in order, as Keras
    does: names are counted anew in each program.

    Args:
        group: an open HDF5 file or group with the attribute `layer_names`.
        model: the model, built.
        skip_mismatch: whether layers that do not fit are left out, with a warning.
        by_name: whether layers are matched by name only, and others left out.
        same_names: whether the file must know all of them, because it described the model.

    Raises:
        ValueError: where the file does not fit the model.
    """
    stored = {name: _stored(group, name) for name in _texts(group, "layer_names")}
    stored = {name: arrays for name, arrays in stored.items() if arrays}
    layers = [layer for layer in model.layers if _weights(layer)]
    if by_name or stored.keys() == {layer.name for layer in layers}:
        pairs = [(layer, stored[layer.name]) for layer in layers if layer.name in stored]
    elif len(stored) == len(layers) and not same_names:
        pairs = list(zip(layers, stored.values(), strict=True))
    else:
        raise ValueError(
            f"the file holds weights of {len(stored)} layers ({', '.join(stored) or 'none'}), but "
            f"the model has {len(layers)} with weights ({', '.join(x.name for x in layers)}); load "
            "it into a model of the same architecture, or write by_name=True."
        )
    plan = weight_places.Plan()
    for layer, arrays in pairs:
        plan.add(layer.name, _weights(layer), arrays, skip_mismatch)
    return plan


def _stored(group: Any, layer_name: str) -> list[hdf5.StoredArray]:
    here = hdf5.group(group, layer_name)
    return [hdf5.StoredArray(here, name) for name in _texts(here, "weight_names")]


def _weights(layer: Layer) -> list[Variable]:
    """Return a layer's weights in the order of this format: those being trained, then the rest."""
    return layer.trainable_weights + layer.non_trainable_weights


def _texts(group: Any, name: str) -> list[str]:
    """Return a list of texts, which may be split over several attributes."""
    whole = hdf5.attribute(group, name)
    if whole is not None:
        return whole if isinstance(whole, list) else [whole]
    texts: list[str] = []
    i = 0
    while (some := hdf5.attribute(group, f"{name}{i}")) is not None:
        texts += some
        i += 1
    return texts


def _random_state(model: Any) -> list[Variable]:
    """Return the state of all random layers, in the model's order."""
    generators = (
        place for place in weight_places.places(model) if isinstance(place.owner, SeedGenerator)
    )
    return [variable for place in generators for variable in place.variables]


def _plan_random_state(plan: weight_places.Plan, file: Any, model: Any) -> None:
    group = hdf5.member(file, _RANDOM)
    if group is not None:
        arrays = [hdf5.StoredArray(group, name) for name in hdf5.array_names(group)]
        plan.add(_RANDOM, _random_state(model), arrays)


def _plan_optimizer(plan: weight_places.Plan, group: Any, optimizer: Any) -> None:
    names = _texts(group, "weight_names")
    plan.add_optimizer(optimizer, [hdf5.StoredArray(group, name) for name in _by_weight(names)])


def _by_weight(names: list[str]) -> list[str]:
    """Return the names of an optimizer's arrays with those of each weight side by side.

    Before Keras 2.11 all first moments (`Adam/dense/kernel/m:0`) came before all second ones
    (`Adam/dense/kernel/v:0`); since then they alternate.
    """
    slots = [re.fullmatch(r"(.*)/(m|v|accum_grad|accum_var):0", name) for name in names]
    weights = list(dict.fromkeys(slot[1] for slot in slots if slot))
    rest = [name for name, slot in zip(names, slots, strict=True) if not slot]
    return rest + [slot[0] for weight in weights for slot in slots if slot and slot[1] == weight]
