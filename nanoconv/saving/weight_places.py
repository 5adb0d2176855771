"""Writes the variables of a model into a weights file in Keras' layout, and reads them.

Keras' layout is a tree: `layers/conv2d/vars/0` is the first weight of the first Conv2D,
`optimizer/vars/0` the optimizer's first variable. Names are those of classes, counted, not those of
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

from nanoconv.core.registry import snake_case
from nanoconv.core.variable import Variable
from nanoconv.layers.base.layer import Layer
from nanoconv.optimizers.optimizer import Optimizer
from nanoconv.random import SeedGenerator
from nanoconv.saving import hdf5

# What nanoconv's own classes hold beside their layers; Keras' files have no place for it.
_SKIPPED = ("compile_arguments", "_graph", "_input_layer", "_tensors", "_nodes")


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
    return list(_places(model, "", seen))


def _places(owner: Any, path: str, seen: set[int]) -> Iterator[Place]:
    if id(owner) in seen:
        return
    seen.add(id(owner))
    yield Place(path, owner)
    if isinstance(owner, (SeedGenerator, Optimizer)):
        return
    for name, value in _attributes(owner):
        below = f"{path}/{name}".lstrip("/")
        if _is_saved(value):
            yield from _places(value, below, seen)
        elif isinstance(value, (list, tuple, dict)):
            counts: Counter[str] = Counter()
            for item in value.values() if isinstance(value, dict) else value:
                if not _is_saved(item):
                    continue
                stem = snake_case(type(item).__name__)
                count = counts[stem]
                counts[stem] += 1
                yield from _places(
                    item, f"{below}/{stem}_{count}" if count else f"{below}/{stem}", seen
                )


def _attributes(owner: Any) -> list[tuple[str, Any]]:
    """Return what a layer or model holds, in Keras' order: by name, private ones last.

    The list `layers` takes its place among the names; chains and graphs begin with it.
    """
    held = {key: value for key, value in vars(owner).items() if key not in _SKIPPED}
    if hasattr(owner, "layers"):
        held["layers"] = owner.layers
    first = getattr(owner, "lists_layers", False)
    names = sorted(held, key=lambda name: (not (first and name == "layers"), name[0] == "_", name))
    return [(name, held[name]) for name in names]


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
        self,
        owner: str,
        variables: Sequence[Variable],
        arrays: Sequence[hdf5.StoredArray],
        skip_mismatch: bool = False,
    ) -> None:
        """Note the arrays of one layer.

        Args:
            owner: the layer's name.
            variables: what they go into.
            arrays: what the file holds.
            skip_mismatch: whether to warn, and leave the layer alone, where they do not fit.

        Raises:
            ValueError: where their number, shapes or kinds of values differ.
        """
        expected, stored = [_sort(v) for v in variables], [_sort(a) for a in arrays]
        if expected == stored:
            self._pairs += zip(variables, arrays, strict=True)
            return
        message = (
            f"layer {owner!r} has weights of shapes {[v.shape for v in variables]}, but the file "
            f"holds {[a.shape for a in arrays]} for it"
        )
        if not skip_mismatch:
            raise ValueError(
                f"{message}; load it into a model of the same architecture, or write "
                "skip_mismatch=True."
            )
        warnings.warn(f"{message}; its weights stay as they are.", stacklevel=5)

    def add_optimizer(self, optimizer: Optimizer, arrays: Sequence[hdf5.StoredArray]) -> None:
        """Note what an optimizer is to remember; warn where the file holds something else.

        An optimizer that was saved before its first step has counted nothing but iterations, and
        perhaps a learning rate. Keras 2 kept the learning rate in the configuration alone, and
        momenta even where the momentum was zero.
        """
        own, stored = optimizer.variables, [a.shape for a in arrays]
        without_rate = [v for v in own if v is not optimizer.learning_rate]
        if optimizer.built and len(without_rate) == 1 and stored[:1] == [()]:
            arrays, stored = (arrays[:1], stored[:1]) if len(stored) > 2 else (arrays, stored)
        for variables in (own, without_rate, own[:2], own[:1], []):
            if [v.shape for v in variables] == stored:
                self._pairs += zip(variables, arrays, strict=True)
                return
        advice = "compile with the optimizer that was saved"
        if not optimizer.built:
            advice = (
                "to take over the saved one write model.optimizer.build(model.trainable_variables)"
            )
        warnings.warn(
            f"{optimizer.name} remembers {len(own)} arrays, but the file holds {len(stored)}, so "
            f"that it stays as it is; {advice}.",
            stacklevel=5,
        )

    def carry_out(self) -> None:
        """Read all arrays, then write them all.

        Raises:
            ValueError: where one cannot be read; nothing is written then.
        """
        values = [stored.read() for _, stored in self._pairs]
        for (variable, _), value in zip(self._pairs, values, strict=True):
            variable.value[...] = value


def _sort(array: Any) -> tuple[tuple[int, ...], bool]:
    """Return an array's shape, and whether it holds fractions."""
    return array.shape, np.dtype(array.dtype).kind == "f"


def _group(file: Any, path: str) -> Any:
    """Return the group of an object's variables, or None.

    Around Keras 2.13 `layers` had another name, and on Windows Keras 2.15 wrote backslashes into
    the names: the group `layers\\dense` instead of `dense` in `layers`.
    """
    for name in (path, path.replace("layers/", "_layer_checkpoint_dependencies/")):
        for written in (name, name.replace("/", "\\")):
            group = hdf5.member(file, f"{written}/vars".lstrip("/"))
            if group is not None:
                return group
    return None


def plan(file: Any, model: Any, skip_mismatch: bool = False) -> Plan:
    """Look up all variables of a model in an HDF5 file in Keras' layout.

    Args:
        file: an open file or group.
        model: the model, built.
        skip_mismatch: whether layers that do not fit are left out, with a warning.

    Raises:
        ValueError: where an array is missing, or does not fit.
    """
    made = Plan()
    for place in places(model):
        group = _group(file, place.path)
        names = hdf5.array_names(group) if group is not None else []
        arrays = [hdf5.StoredArray(group, name) for name in names]
        if isinstance(place.owner, Optimizer):
            made.add_optimizer(place.owner, arrays)
        elif arrays or not isinstance(place.owner, SeedGenerator):  # Keras keeps no random state
            made.add(place.name, place.variables, arrays, skip_mismatch)
    return made
