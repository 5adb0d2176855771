"""What the README says about reading the code: its files exist, lines and minutes are true."""

from __future__ import annotations

import math
import re
import subprocess
from pathlib import Path

import matplotlib
import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| \[`(\S+)`\]\((\S+)\) \| (\d+) \| (\d+) \|", re.M)
SECTION = README.partition("## The reading order")[2]
ROWS = ROW.findall(SECTION)


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_the_path_has_files():
    assert len(ROWS) >= 10
    assert len({path for _, path, _, _ in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("name", "path", "lines", "minutes"), ROWS, ids=[row[0] for row in ROWS])
def test_lines_and_minutes_are_true(name, path, lines, minutes):
    assert path == f"nanoconv/{name}"
    counted = lines_of(ROOT / path)
    assert abs(counted - int(lines)) <= 10 + 0.05 * counted, f"{path} has {counted} lines"
    assert int(minutes) == math.ceil(int(lines) / 20)


def test_the_sums_are_true():
    lines, hours, minutes = re.search(
        r"([\d,]+) lines, about (\d+) hours? and (\d+)\s+minutes", SECTION
    ).groups()
    assert int(lines.replace(",", "")) == sum(int(row[2]) for row in ROWS)
    assert 60 * int(hours) + int(minutes) == sum(int(row[3]) for row in ROWS)


def test_the_size_of_the_library_is_true():
    told = re.search(r"The whole library has ([\d,]+) lines", SECTION).group(1)
    files = subprocess.run(
        ["git", "ls-files", "nanoconv/*.py"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    paths = [ROOT / file for file in files] or list((ROOT / "nanoconv").rglob("*.py"))
    counted = sum(lines_of(path) for path in paths if path.exists())
    assert abs(counted - int(told.replace(",", ""))) <= 0.05 * counted, f"{counted} lines"


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([\w./-]+)\)", SECTION))))
def test_what_it_links_to_exists(path):
    assert (ROOT / path).exists()


def test_the_students_tools_do_what_the_readme_shows(tmp_path, monkeypatch, capsys):
    code = re.search(r"```python\n(.*?)```", SECTION, re.S).group(1)
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gui").symlink_to(ROOT / "gui")
    exec(compile(code, "README.md", "exec"), {})
    told = capsys.readouterr().out
    assert "3 of 3 gradients are right" in told and "conv1a: y[0, 9, 12, 7]" in told
    assert (tmp_path / "saliency.png").stat().st_size > 0
