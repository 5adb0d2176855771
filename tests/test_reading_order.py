"""What the README says about reading the code: its files exist, and lines and minutes are true."""

from __future__ import annotations

import ast
import math
import re
import subprocess
from pathlib import Path

import matplotlib
import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("## The reading paths")[2].partition("\n## ")[0]
PATHS = {
    name: SECTION.partition(f"### {name}")[2].partition("\n### ")[0] for name in ("Core", "Engine")
}
ROW = re.compile(r"^\| \[`(\S+)`\]\((\S+)\)([^|]*)\| (\d+) \| (\d+) \|", re.M)
ROWS = [(path, *row) for path, text in PATHS.items() for row in ROW.findall(text)]
SPEED = {"Core": 12, "Engine": 10}  # lines a minute, as new readers took them


def span(path: Path, name: str) -> int:
    """Lines of a function, class or method of a file."""
    nodes = ast.parse(path.read_text(encoding="utf-8")).body
    for part in name.split("."):
        node = next(n for n in nodes if getattr(n, "name", None) == part)
        nodes = getattr(node, "body", [])
    return node.end_lineno - node.lineno + 1


def lines_of(path: Path, names: list[str]) -> int:
    """Lines to read: of the whole file, or of the named parts of it."""
    if names:
        return sum(span(path, name) for name in names)
    return len(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("path", PATHS)
def test_a_path_has_files(path):
    names = [row[1:4] for row in ROWS if row[0] == path]
    assert len(names) >= 8 and len(set(names)) == len(names)


def test_the_first_file_is_the_whole_idea_in_one():
    assert ROWS[0][2] == "examples/nano.py"


@pytest.mark.parametrize(
    ("path", "name", "file", "parts", "lines", "minutes"),
    ROWS,
    ids=[f"{row[1]}-{row[3].strip()}" for row in ROWS],
)
def test_lines_and_minutes_are_true(path, name, file, parts, lines, minutes):
    assert file in (f"nanoconv/{name}", name)
    counted = lines_of(ROOT / file, re.findall(r"`([\w.]+)`", parts))
    assert abs(counted - int(lines)) <= 5 + 0.05 * counted, f"{file} has {counted} lines"
    assert int(minutes) == math.ceil(int(lines) / SPEED[path])


@pytest.mark.parametrize("path", PATHS)
def test_the_sums_are_true(path):
    lines, hours, minutes = re.search(
        r"([\d,]+) lines, about (?:(\d+) hours? and )?(\d+)\s+minutes", PATHS[path]
    ).groups()
    rows = [row for row in ROWS if row[0] == path]
    assert int(lines.replace(",", "")) == sum(int(row[4]) for row in rows)
    assert 60 * int(hours or 0) + int(minutes) == sum(int(row[5]) for row in rows)


def test_the_size_of_the_library_is_true():
    told = re.search(r"The whole library has ([\d,]+) lines", SECTION).group(1)
    files = subprocess.run(
        ["git", "ls-files", "nanoconv/*.py"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    paths = [ROOT / file for file in files] or list((ROOT / "nanoconv").rglob("*.py"))
    counted = sum(lines_of(path, []) for path in paths if path.exists())
    assert abs(counted - int(told.replace(",", ""))) <= 0.05 * counted, f"{counted} lines"


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([\w./-]+)\)", README))))
def test_what_it_links_to_exists(path):
    assert (ROOT / path).exists()


def test_the_tree_names_every_folder_of_the_library_and_nothing_else():
    tree = README.partition("<!-- tree -->")[2].partition("```\n\n")[0]
    named = set(re.findall(r"^  (\w+)/", tree, re.M))
    folders = {p.parent.name for p in (ROOT / "nanoconv").glob("*/__init__.py")}
    assert named == folders


def test_the_students_tools_do_what_the_readme_shows(tmp_path, monkeypatch, capsys):
    code = re.search(r"```python\n(.*?)```", SECTION, re.S).group(1)
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gui").symlink_to(ROOT / "gui")
    exec(compile(code, "README.md", "exec"), {})
    told = capsys.readouterr().out
    assert "3 of 3 gradients are right" in told and "conv1a: y[0, 9, 12, 7]" in told
    assert (tmp_path / "saliency.png").stat().st_size > 0
