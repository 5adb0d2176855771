"""The documentation is part of the promise: docstrings, examples, and what the README counts."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import importlib
import inspect
import re
from pathlib import Path

import pytest

import nanoconv
import nanoconv.study

ROOT = Path(nanoconv.__file__).parents[1]
FILES = sorted((ROOT / "nanoconv").rglob("*.py"))
ROOMS = [
    "activations", "backend", "callbacks", "config", "constraints", "datasets", "dropin",
    "core.graph", "initializers", "kernels", "layers", "losses", "metrics", "mixed_precision",
    "models", "optimizers", "optimizers.schedules", "preprocessing.image", "random",
    "core.registry", "regularizers", "saving", "study", "utils", "core.variable",
]  # fmt: skip
#: Arguments that every layer, loss, metric or optimizer takes, told once in its base class.
SHARED = {"self", "cls", "name", "dtype", "trainable", "kwargs", "options", "shared", "args"}


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_record(thing: type) -> bool:
    """Results and errors, which the library makes: their fields are told where they stand."""
    return dataclasses.is_dataclass(thing) or issubclass(thing, Exception)


def public() -> dict[str, object]:
    """Every public class and function, once, under its full name."""
    found = {}
    for room in ROOMS:
        module = importlib.import_module(f"nanoconv.{room}")
        for name in getattr(module, "__all__", None) or dir(module):
            thing = getattr(module, name)
            if inspect.isfunction(thing) or (inspect.isclass(thing) and not is_record(thing)):
                home = thing.__module__
                if home.startswith("nanoconv") and not name.startswith("_"):
                    found[f"{home}.{thing.__qualname__}"] = thing
    return found


PUBLIC = public()
LAYERS = {
    name: thing
    for name, thing in PUBLIC.items()
    if name == "nanoconv.layers.core.input_layer.Input"
    or (inspect.isclass(thing) and issubclass(thing, nanoconv.Layer) and ".layers." in name)
}
#: Ideas of nanoconv's own; everything else is somebody else's, and says whose.
OWN = {
    "nanoconv.activations.activation_gradients.gradient_of",
    "nanoconv.datasets.sources.Source",
    "nanoconv.datasets.sources.last_source",
    "nanoconv.dropin.run.run",
    "nanoconv.kernels.dispatch.get_backend",
    "nanoconv.kernels.dispatch.get_winograd",
    "nanoconv.kernels.dispatch.set_backend",
    "nanoconv.kernels.dispatch.set_winograd",
    "nanoconv.losses.loss.gradient_of",
    "nanoconv.plots.plot_tiles.plot_misread",
    "nanoconv.plots.plot_history.plot_history",
}


def documented(thing: object) -> str:
    """The docstring with all that it leans on: its module, base classes, and the functions named.

    `losses.Huber`, say, explains its options "at `huber`".
    """
    texts = [inspect.getdoc(thing) or ""]
    for name in re.findall(r"`(?:losses\.)?(\w+)`", texts[0]):
        texts.append(inspect.getdoc(getattr(nanoconv.losses, name, None)) or "")
    if inspect.isclass(thing):
        texts += [inspect.getdoc(base) or "" for base in thing.__mro__[1:-1]]
    texts.append(inspect.getmodule(thing).__doc__ or "")
    return "\n".join(texts)


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_a_module_opens_with_plain_words(path):
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert text, f"{path} has no docstring"
    assert re.match(r"[A-Z`\"(]", text) or text.startswith("nanoconv"), text
    assert text.splitlines()[0].rstrip().endswith((".", ":", "?", ",", "!")) or "\n" in text, text


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_documented(name):
    thing = PUBLIC[name]
    assert (thing.__doc__ or "").strip(), f"{name} has no docstring"
    parameters = inspect.signature(thing).parameters
    text = documented(thing)
    missing = [p for p in parameters if p not in SHARED and not re.search(rf"\b{p}\b", text)]
    assert not missing, f"{name} does not say what {missing} mean"


@pytest.mark.parametrize("name", [name for name in PUBLIC if name not in OWN])
def test_what_others_invented_names_its_source(name):
    text = documented(PUBLIC[name])
    assert re.search(r"https?://|arXiv|Reference", text), f"{name} names no source"


@pytest.mark.parametrize("name", [n for n, thing in PUBLIC.items() if inspect.isfunction(thing)])
def test_a_function_that_refuses_says_what(name):
    source = inspect.getsource(PUBLIC[name])
    if re.search(r"^    (    )?raise ", source, re.M):
        assert re.search(r"[Rr]aise", PUBLIC[name].__doc__), f"{name} raises unannounced"


@pytest.mark.parametrize("name", [n for n, thing in PUBLIC.items() if inspect.isclass(thing)])
def test_a_class_that_refuses_says_what(name):
    start = vars(PUBLIC[name]).get("__init__")
    if start is not None and re.search(r"^ {8,12}raise ", inspect.getsource(start), re.M):
        assert re.search(r"[Rr]aise", documented(PUBLIC[name])), f"{name} raises unannounced"


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_shows_shapes_mathematics_an_example_and_where_to_read_on(name):
    needed = ["Shapes", "Math", "Example", "Reference"]
    if name.endswith((".Layer", ".Input")):  # they compute nothing
        needed = ["Example", "Reference"]
    missing = [
        word for word in needed if not re.search(rf"^    {word}\b", LAYERS[name].__doc__, re.M)
    ]
    assert not missing, f"{name} lacks {missing}"
    assert ">>> " in LAYERS[name].__doc__, f"{name}'s example is no doctest"
    told = re.search(r"\bdx|no gradient", LAYERS[name].__doc__)
    assert told or "Math" not in needed, f"{name} does not say what its gradient is"


def modules_with_examples() -> list[str]:
    """Modules whose docstrings hold a prompt."""
    return [module_of(path) for path in FILES if ">>> " in path.read_text(encoding="utf-8")]


@pytest.fixture
def at_hand(rng, tmp_path, monkeypatch):
    """What examples may use without saying: a small compiled model, and data for it."""
    monkeypatch.chdir(tmp_path)  # some examples write files
    model = nanoconv.Sequential([nanoconv.Input((4,)), nanoconv.layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return {"model": model, "x": rng.normal(size=(40, 4)), "y": rng.integers(0, 3, 40)}


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples_do_what_they_say(name, at_hand):
    module = importlib.import_module(name)
    result = doctest.testmod(module, extraglobs=at_hand)
    assert result.attempted and not result.failed
