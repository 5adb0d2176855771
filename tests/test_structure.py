"""The structure that a newcomer sees: imports run downwards, and file names can be told apart.

Read from the source, without importing anything. What is imported inside a function does not count:
it is loaded when it is used, and by then everything is there.
"""

from __future__ import annotations

import ast
import functools
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: Folders and files of nanoconv; each row may import from the rows above it.
ROWS = (
    "kernels",  # stand alone: arrays in, arrays out
    "core",
    "config random datasets autodiff",
    "ops",
    "activations initializers regularizers constraints losses mixed_precision utils",
    "metrics optimizers backend preprocessing callbacks layers",
    "models",
    "saving",
    "study",
    "plots",
    "dropin",
    "__main__",
)
LEVEL = {name: level for level, row in enumerate(ROWS) for name in row.split()}


@functools.cache
def files() -> dict[str, Path]:
    """Every module of nanoconv and gui -> its file."""
    found = {}
    for path in [*ROOT.glob("nanoconv/**/*.py"), *ROOT.glob("gui/**/*.py")]:
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def statements(body: list[ast.stmt], for_types: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports that run with their module; with `for_types`, those for type checkers, too."""
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from statements(node.body if for_types else node.orelse, for_types)
        elif isinstance(node, (ast.If, ast.Try, ast.With, ast.ClassDef)):
            yield from statements(node.body + getattr(node, "orelse", []), for_types)


@functools.cache
def imports(module: str, for_types: bool) -> frozenset[str]:
    """The modules of nanoconv and gui that a module imports."""
    path, found = files()[module], set()
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in statements(ast.parse(path.read_text(encoding="utf-8")).body, for_types):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
            continue
        above = package.split(".")[: len(package.split(".")) - node.level + 1]
        place = ".".join([*(above if node.level else []), *([node.module] if node.module else [])])
        for alias in node.names:
            inside = f"{place}.{alias.name}"
            found.add(inside if inside in files() else place)
    return frozenset(found & set(files()) - {module})


def packages(module: str) -> set[str]:
    """The packages around a module."""
    parts = module.split(".")
    return {".".join(parts[:i]) for i in range(1, len(parts))}


def assert_no_circle(graph: dict[str, set[str]]) -> None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(f"a circle of imports: {' <- '.join(error.args[1])}") from None


def test_no_import_forms_a_circle():
    """Any module can be imported first: importing it runs the packages around it, too."""
    graph = {}
    for module in files():
        needed = {each for name in imports(module, False) for each in {name} | packages(name)}
        graph[module] = needed - packages(module) - {module}
    assert_no_circle(graph)


def test_types_form_no_circle_either():
    """A circle for the type checker's eyes only is still two files that know each other.

    A package that offers names of files that are loaded later declares them for type checkers;
    that is not counted.
    """
    graph = {
        module: set(imports(module, for_types=path.name != "__init__.py"))
        for module, path in files().items()
    }
    assert_no_circle(graph)


def folder(module: str) -> str:
    return module.split(".")[1]


def test_imports_of_nanoconv_run_downwards():
    ours = [m for m in files() if m.startswith("nanoconv.")]
    assert {folder(m) for m in ours} == set(LEVEL), "a folder without a row, or a row without one"
    upwards = {
        f"{module} imports {other}"
        for module in ours
        for other in imports(module, for_types=False)
        if other.startswith("nanoconv.")
        and folder(module) != folder(other)
        and LEVEL[folder(other)] >= LEVEL[folder(module)]
    }
    assert not upwards


def test_nothing_of_nanoconv_imports_the_window():
    users = {m for m in files() if m.startswith("nanoconv") for i in imports(m, True) if "gui" in i}
    assert not users


@pytest.mark.parametrize("top", ["nanoconv", "gui"])
def test_no_two_files_share_a_name(top):
    names = Counter(path.name for module, path in files().items() if module.startswith(top))
    twice = {name for name, count in names.items() if count > 1}
    assert twice <= {"__init__.py"}
