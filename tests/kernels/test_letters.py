"""One set of letters: what a definition's Math calls a thing, every implementation calls so too."""

from __future__ import annotations

import inspect
import re
from importlib import import_module

import pytest

from nanoconv.kernels import dispatch, naive, shapes

NAMES = sorted(dispatch.COMPILED)
INDEXED = re.compile(r"\b([a-z_]+)\[([a-z_+*, 0-9]+)\]")  # dkernel[kh, kw, c, o]


def implementations(name: str) -> dict[str, object]:
    """The kernel in each of its three homes."""
    homes = ["naive", "vectorized", dispatch.COMPILED[name]]
    return {home: getattr(import_module(f"nanoconv.kernels.{home}"), name) for home in homes}


@pytest.mark.parametrize("name", NAMES)
def test_the_three_implementations_have_one_signature(name):
    signatures = {home: inspect.signature(f) for home, f in implementations(name).items()}
    assert len({str(signature) for signature in signatures.values()}) == 1, signatures


@pytest.mark.parametrize("name", NAMES)
def test_the_letters_of_the_mathematics_are_those_of_the_loops(name):
    definition = getattr(naive, name)
    code = inspect.getsource(definition).replace(definition.__doc__, "")
    words = set(re.findall(r"\w+", code))
    for array, indices in INDEXED.findall(definition.__doc__):
        letters = {array, *re.findall(r"[a-z]+", indices)}
        assert letters <= words, f"{name}: {letters - words} of {array}[{indices}] are not in it"


@pytest.mark.parametrize("name", NAMES)
def test_sizes_have_their_letters_in_every_implementation(name):
    """Where an implementation unpacks a shape, it names the axes as `Shapes` does."""
    axes_of = dict(re.findall(r"\b(\w+) \(([A-Z, ]+)\)", getattr(naive, name).__doc__))
    for home, function in implementations(name).items():
        source = inspect.getsource(function)
        for names, array in re.findall(r"^ +([A-Z_, ]+) = (\w+)\.shape$", source, re.M):
            axes = axes_of.get(array)
            if axes is None or names.count(",") != axes.count(","):
                continue
            pairs = zip(names.split(", "), axes.split(", "), strict=True)
            wrong = [(one, other) for one, other in pairs if one not in ("_", other)]
            assert not wrong, f"{home}.{name}: {array}.shape is {axes}, but it is read as {names}"


def test_the_table_of_letters_knows_every_size_of_the_definitions():
    table = set(re.findall(r"\b[A-Z]{1,2}\b", shapes.__doc__))
    words = {"A", "E", "U"}  # of sentences, and dropout's U
    sizes = set(re.findall(r"\b[A-Z]{1,2}\b", inspect.getsource(naive))) - words
    assert sizes <= table, sizes - table
