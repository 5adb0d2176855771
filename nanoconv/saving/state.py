"""Where each variable of a model lives in a weights file, and how it gets there and back.

Keras' layout is a tree: `layers/conv2d/vars/0` is the first weight of the first Conv2D,
`optimizer/vars/0` the optimizer's first number. Names are those of classes, counted, not those of
layers, so that two equal models have equal files. nanoconv adds `seed_generator/vars/0` for the
random state of layers such as Dropout, which Keras does not keep; it reads over it.

Reading has two halves: `plan` looks up and checks every array, `Plan.carry_out` reads them all and
then writes them into the model. Whatever goes wrong leaves the model as it was.

Reference: https://keras.io/api/models/model_saving_apis/weights_saving_and_loading/
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nanoconv.layers.base import Layer
from nanoconv.optimizers.base import Optimizer
from nanoconv.random import SeedGenerator
from nanoconv.registry import snake_case
from nanoconv.saving import hdf5
from nanoconv.variable import Variable

# What nanoconv's own classes hold beside their layers; Keras' files have no place for it.
_SKIPPED = ("compile_arguments", "_input_layer", "_tensors", "_nodes")


class Place:
    """One object of a model: its path in the file, its name, its variables.

    Args:
        path: such as `"layers/conv2d"`; the model itself is `""`.
        owner: a layer, optimizer or seed generator.
    """

    def __init__(self, path: str, owner: Any) -> None:
        self.path = path
        self.owner = owner
        self.name: str = owner.name
        self.variables = _own_variables(owner)

    @property
    def group(self) -> str:
        """The group that holds the variables."""
        return f"{self.path}/vars".lstrip("/")


def _own_variables(owner: Any) -> list[Variable]:
    """Return the variables that belong to an object itself, not to objects inside it."""
    if isinstance(owner, SeedGenerator):
        return [owner.state]
    if isinstance(owner, Optimizer):
        return owner.variables
    own = owner._own_variables
    return [v for v in own if v.trainable] + [v for v in own if not v.trainable]


def places(model: Any, optimizer: bool = True) -> list[Place]:
    """Return all objects of a model that a weights file has a place for.

    Args:
        model: the model.
        optimizer: whether its optimizer is among them.
    """
    seen: set[int] = set() if optimizer else {id(model.optimizer)}
    return list(_walk(model, "", seen))


def _walk(owner: Any, path: str, seen: set[int]) -> Iterator[Place]:
    if id(owner) in seen:
        return
    seen.add(id(owner))
    yield Place(path, owner)
    if isinstance(owner, (SeedGenerator, Optimizer)):
        return
    for name, value in _attributes(owner):
        below = f"{path}/{name}".lstrip("/")
        if _is_saved(value):
            yield from _walk(value, below, seen)
        elif isinstance(value, (list, tuple, dict)):
            counts: Counter[str] = Counter()
            for item in value.values() if isinstance(value, dict) else value:
                if not _is_saved(item):
                    continue
                stem = snake_case(type(item).__name__)
                number = counts[stem]
                counts[stem] += 1
                yield from _walk(
                    item, f"{below}/{stem}_{number}" if number else f"{below}/{stem}", seen
                )


def _attributes(owner: Any) -> list[tuple[str, Any]]:
    """Return what a layer or model holds, in Keras' order: layers, then by name, private last."""
    if not isinstance(owner, Layer):
        return []
    held = {k: v for k, v in vars(owner).items() if k not in _SKIPPED}
    names = sorted(held, key=lambda name: (name.startswith("_"), name))
    layers = [("layers", owner.layers)] if hasattr(type(owner), "layers") else []
    return layers + [(name, held[name]) for name in names]


def _is_saved(value: Any) -> bool:
    return isinstance(value, (Layer, Optimizer, SeedGenerator))


def write(file: Any, model: Any, optimizer: bool = True) -> None:
    """Write all variables of a model into an HDF5 file, as Keras does.

    Args:
        file: an open file or group.
        model: the model.
        optimizer: whether its optimizer's state is written, too.
    """
    for place in places(model, optimizer):
        group = file.create_group(place.group)
        group.attrs["name"] = place.name
        for i, variable in enumerate(place.variables):
            group.create_dataset(str(i), data=variable.value)


class Plan:
    """Which stored array goes into which variable."""

    def __init__(self) -> None:
        self._pairs: list[tuple[Variable, hdf5.StoredArray]] = []

    def add(
        self, owner: str, variables: Sequence[Variable], arrays: Sequence[hdf5.StoredArray]
    ) -> None:
        """Note the arrays of one layer.

        Raises:
            ValueError: where number or shapes differ.
        """
        expected, stored = [v.shape for v in variables], [a.shape for a in arrays]
        if expected != stored:
            raise ValueError(
                f"layer {owner!r} has weights of shapes {expected}, but the file holds {stored} "
                "for it; load it into a model of the same architecture, or write "
                "skip_mismatch=True."
            )
        self._pairs += zip(variables, arrays, strict=True)

    def carry_out(self) -> None:
        """Read all arrays, then write them all.

        Raises:
            ValueError: where one cannot be read; nothing is written then.
        """
        values = [(variable, stored.read()) for variable, stored in self._pairs]
        for variable, value in values:
            if value.dtype.kind != np.dtype(variable.dtype).kind and value.dtype.kind == "f":
                raise ValueError(
                    f"{variable.path} holds {variable.dtype} numbers, but the file has "
                    f"{value.dtype} ones; save the model again."
                )
        for variable, value in values:
            variable.value[...] = value


def plan(file: Any, model: Any, skip_mismatch: bool = False) -> Plan:
    """Look up all variables of a model in an HDF5 file in Keras' layout.

    Args:
        file: an open file or group.
        model: the model, built.
        skip_mismatch: whether layers that do not fit are left out, with a warning.

    Raises:
        ValueError: where an array is missing, or its shape differs.
    """
    made = Plan()
    for place in places(model):
        group = hdf5.member(file, place.group)
        if group is None:  # files of Keras 2.13 called the layers so
            group = hdf5.member(
                file, place.group.replace("layers/", "_layer_checkpoint_dependencies/")
            )
        names = hdf5.array_names(group) if group is not None else []
        if isinstance(place.owner, SeedGenerator) and not names:
            continue  # files of Keras hold no random state
        arrays = [hdf5.StoredArray(group, name) for name in names]
        variables = place.variables
        if isinstance(place.owner, Optimizer):
            if not arrays or _fits_optimizer(place, arrays):
                made.add(place.name, variables[: len(arrays)], arrays)
            continue
        try:
            made.add(place.name, variables, arrays)
        except ValueError as error:
            if not skip_mismatch:
                raise
            warnings.warn(f"weights are left as they are: {error}", stacklevel=4)
    return made


def _fits_optimizer(place: Place, arrays: Sequence[hdf5.StoredArray]) -> bool:
    """Tell whether an optimizer can take over what a file remembers; warn where it cannot.

    An optimizer that was saved before its first step has counted nothing but its iterations (and
    its learning rate).
    """
    own = [v.shape for v in place.variables]
    stored = [a.shape for a in arrays]
    fresh = len(stored) <= 2 and stored == own[: len(stored)]
    if own == stored or fresh:
        return True
    advice = "compile with the optimizer that was saved"
    if not place.owner.built:
        advice = (
            "to go on with the saved one write model.optimizer.build(model.trainable_variables)"
        )
    warnings.warn(
        f"{place.name} remembers {len(own)} arrays, but the file holds {len(stored)}, so that it "
        f"stays as it is; {advice}.",
        stacklevel=5,
    )
    return False
