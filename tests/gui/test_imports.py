"""gui's modules import each other downwards only, and under any name of the package."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "gui"


def imports(path: Path) -> set[str]:
    """Return the modules of gui that a file imports anywhere, for type checkers, too."""
    package = ["gui", *path.relative_to(FOLDER).parts[:-1]]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert not (node.module or "").startswith("gui"), f"{path}: write a relative import"
            if node.level:
                base = [*package[: len(package) - node.level + 1], *(node.module or "").split(".")]
                names = [".".join(filter(None, [*base, alias.name])) for alias in node.names]
                found |= {".".join(filter(None, base)), *names}
    return found


def test_no_circle():
    files = {
        ".".join(["gui", *path.relative_to(FOLDER).with_suffix("").parts]): path
        for path in FOLDER.rglob("*.py")
        if "editable" not in path.parts and path.name != "__init__.py"
    }
    graph = {name: imports(path) & set(files) for name, path in files.items()}
    assert sum(map(len, graph.values())) > 50
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError
    assert order.index("gui.session") < order.index("gui.app")


def test_the_installed_name_of_an_editable_install_finds_the_same_files():
    code = (
        "import sys; sys.path.insert(0, 'gui/editable')\n"
        "from nanoconv_gui.command import main\n"
        "import nanoconv_gui.app, nanoconv_gui.session\n"
        "assert nanoconv_gui.session.SHIPPED.exists()\n"
        "assert 'gui.session' not in sys.modules\n"
        "try: main(['--help'])\n"
        "except SystemExit as end: assert end.code == 0\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, cwd=FOLDER.parent)
