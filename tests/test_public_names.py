"""`dir()` of every public package lists what users write, and nothing of its inner works."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

import nanoconv

PACKAGES = [
    "nanoconv",
    *(f"nanoconv.{name}" for name in nanoconv._MODULES),
    *("nanoconv.dropin", "nanoconv.optimizers.schedules", "nanoconv.preprocessing.image"),
]
#: Modules that users reach as attributes of another.
PUBLIC_MODULES = {
    "datasets": {"cifar10", "cifar100", "emnist", "fashion_mnist", "kmnist", "mnist"},
    "optimizers": {"schedules"},
    "preprocessing": {"image"},
}


@pytest.mark.parametrize("name", PACKAGES)
def test_dir_lists_public_names_only(name):
    module = importlib.import_module(name)
    listed = dir(module)
    assert listed == sorted(set(listed))
    assert set(getattr(module, "__all__", ())) <= set(listed)
    modules = set()
    for attribute in listed:
        assert not attribute.startswith("_")
        thing = getattr(module, attribute)  # also what is loaded when it is first used
        home = thing.__name__ if isinstance(thing, ModuleType) else vars_home(thing)
        assert home.startswith("nanoconv"), f"{name}.{attribute} is from {home}"
        if isinstance(thing, ModuleType):
            modules.add(attribute)
    family = name.removeprefix("nanoconv").removeprefix(".")
    assert modules == (PUBLIC_MODULES.get(family, set()) if family else set(nanoconv._MODULES))


def vars_home(thing: object) -> str:
    return getattr(thing, "__module__", "nanoconv")


@pytest.mark.parametrize("name", PACKAGES)
def test_a_star_import_brings_nothing_private(name):
    brought: dict[str, object] = {}
    exec(f"from {name} import *", brought)
    brought.pop("__builtins__")
    module = importlib.import_module(name)
    if hasattr(module, "__all__"):
        assert set(brought) == set(module.__all__)


FAMILIES = [
    *("activations", "constraints", "initializers", "losses", "metrics", "optimizers"),
    "regularizers",
]


@pytest.mark.parametrize("family", FAMILIES)
def test_what_reads_and_writes_a_family_is_listed(family):
    listed = dir(importlib.import_module(f"nanoconv.{family}"))
    assert {"get", "serialize", "deserialize"} <= set(listed)
