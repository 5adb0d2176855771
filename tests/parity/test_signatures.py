"""Everything public that nanoconv and Keras both have takes the same parameters.

Names, order, kinds and defaults are compared with the installed Keras: of functions, of classes and
of their public methods. `DIFFERENT` is the whole list of deliberate differences.
"""

from __future__ import annotations

import importlib
import inspect
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from nanoconv.core.absent import NotInNanoconv

MODULES = [
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets.cifar10",
    "datasets.cifar100",
    "datasets.fashion_mnist",
    "datasets.mnist",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "optimizers",
    "optimizers.schedules",
    "preprocessing.image",
    "random",
    "regularizers",
    "saving",
    "utils",
    "",
]

_ONE_PASS = "a layer takes one input (or a list of them), and the one option training"
_OWN_DATA = "path= reads a copy that is already on this computer, for machines without a network"
_OWN_STEP = "a step takes a batch that is already checked; Keras' take what a backend hands on"
_ONE_COMPUTER = "there are no other devices to gather from, and no casting between types"
_ONE_FILE = "models this small need one file; max_shard_size is refused by name"

# What differs on purpose -> why. Methods stand under the class that defines them in nanoconv.
DIFFERENT = {
    "Layer.__call__": _ONE_PASS,
    "Layer.compute_output_shape": _ONE_PASS,
    "Model.__call__": _ONE_PASS,
    "Model.compute_output_shape": _ONE_PASS,
    "Model.call": _ONE_PASS,
    "Model.build": "a model that knows its input's shape is built without being told",
    "Lambda.call": "takes training, which the function may ask for, instead of a mask",
    "Lambda.from_config": "no code in a file is ever run, so there is no safe_mode",
    "Model.train_step": _OWN_STEP,
    "Model.test_step": _OWN_STEP,
    "Model.predict_step": _OWN_STEP,
    "Layer.add_weight": _ONE_COMPUTER,
    "Optimizer.add_variable": _ONE_COMPUTER,
    "Optimizer.build": "one name for what Keras calls variables here and var_list there",
    "Metric.add_variable": "a running number begins at zero, unless another start is given",
    "Adadelta.update_step": "it is gradient in all optimizers; Keras says grad in this one",
    "Layer.from_config": "names of your own go in custom_object_scope; Keras takes them in places",
    "Variable": "it holds an array, which nanoconv's initializers return",
    "models.Model": "the arguments are named; Keras hides them behind *args, **kwargs",
    "saving.deserialize_keras_object": "an argument that nobody knows is refused",
    "Model.save_weights": _ONE_FILE,
    "saving.save_weights": _ONE_FILE,
    "datasets.cifar10.load_data": _OWN_DATA,
    "datasets.cifar100.load_data": _OWN_DATA,
    "datasets.fashion_mnist.load_data": _OWN_DATA,
}


def parameters(thing: Any) -> list[tuple[str, Any, Any]]:
    """What a function, or the constructor of a class, takes: (name, kind, default)."""
    if isinstance(thing, type):
        if isinstance(thing.__dict__.get("__signature__"), inspect.Signature):
            thing = thing.__signature__
        else:
            thing = _constructor(thing)
    signature = thing if isinstance(thing, inspect.Signature) else inspect.signature(thing)
    return [(p.name, p.kind, p.default) for p in signature.parameters.values() if p.name != "self"]


def _constructor(cls: type) -> Any:
    """The first constructor that does not only pass everything on to its base."""
    for base in cls.__mro__:
        found = base.__dict__.get("__init__")
        if found is None or base is object:
            continue
        if [k for n, k, _ in parameters(found)] != [inspect.Parameter.VAR_KEYWORD]:
            return found
    return cls.__init__


def modules(name: str, keras: ModuleType) -> tuple[ModuleType, ModuleType]:
    """The module of nanoconv and that of Keras."""
    return (
        importlib.import_module(f"nanoconv.{name}".rstrip(".")),
        importlib.import_module(f"{keras.__name__}.{name}".rstrip(".")),
    )


def public(module: ModuleType) -> list[str]:
    """The names of a module of Keras that are for users, submodules left out."""
    return [
        name
        for name in dir(module)
        if not name.startswith("_") and not isinstance(getattr(module, name), ModuleType)
    ]


def shared(keras: ModuleType) -> Iterator[tuple[str, Any, Any]]:
    """Each (path, nanoconv's, Keras') function or class that both have, under its first name."""
    seen: set[int] = set()
    for place in MODULES:
        ours, theirs = modules(place, keras)
        for name in public(theirs):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", DeprecationWarning)
                    mine = getattr(ours, name)
            except (NotInNanoconv, AttributeError):
                continue
            if callable(mine) and id(mine) not in seen:
                seen.add(id(mine))
                yield f"{place}.{name}".lstrip("."), mine, getattr(theirs, name)


def methods(ours: type, theirs: type) -> Iterator[tuple[str, Any, Any]]:
    """Each (path, nanoconv's, Keras') public method that both classes have."""
    for name in dir(theirs):
        if name.startswith("_") and name != "__call__":
            continue
        mine, other = getattr(ours, name, None), getattr(theirs, name)
        if inspect.isroutine(mine) and inspect.isroutine(other):
            yield mine.__qualname__, mine, other


def differences(keras: ModuleType) -> dict[str, str]:
    """Every difference: its path and both signatures."""
    found: dict[str, str] = {}
    for path, mine, other in shared(keras):
        pairs = [(path, mine, other)]
        if isinstance(mine, type) and isinstance(other, type):
            pairs += methods(mine, other)
        for name, a, b in pairs:
            if parameters(a) != parameters(b):
                found[name] = f"{name}\n    nanoconv {_told(a)}\n    Keras    {_told(b)}"
    return found


def _told(thing: Any) -> str:
    return ", ".join(
        f"{'*' * (kind - 1) if kind in (2, 4) else ''}{name}"
        + ("" if default is inspect.Parameter.empty else f"={default!r}")
        for name, kind, default in parameters(thing)
    )


def test_every_shared_name_takes_what_keras_takes(keras):
    found = differences(keras)
    assert not (new := set(found) - set(DIFFERENT)), "\n".join(found[name] for name in sorted(new))


def test_every_deliberate_difference_is_real(keras):
    assert set(DIFFERENT) - set(differences(keras)) == set()
    assert len(DIFFERENT) <= 27


def test_enough_is_compared(keras):
    """The comparison itself is watched: it must reach each module, and hundreds of names."""
    paths = [path for path, *_ in shared(keras)]
    reached = {path.rpartition(".")[0] for path in paths}
    assert {*MODULES} - {"config"} <= reached  # config's functions are known by other names first
    assert len(paths) > 240
