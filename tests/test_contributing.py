"""The files that the contributors' page names are where it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
NAMED = re.findall(r"\]\(\.\./([^)]+)\)|`((?:nanoconv|tests)/[^`\s]+)`", PAGE)


@pytest.mark.parametrize("path", sorted({link or name for link, name in NAMED}))
def test_a_named_file_exists(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize(
    "table, path",
    [
        ("COMPILED", "nanoconv/kernels/dispatch.py"),
        ("TABLE", "nanoconv/losses/loss_classes.py"),
        ("DENSE", "tests/losses/test_loss_values.py"),
        ("OWN", "tests/layers/cases.py"),
        ("NAMES", "tests/optimizers/cases.py"),
        ("RULES", "tests/optimizers/cases.py"),
        ("EQUATIONS", "tests/optimizers/test_rules.py"),
        ("OWN", "tests/test_docs.py"),
        ("ROWS", "tests/test_structure.py"),
    ],
)
def test_a_named_table_is_in_its_file(table, path):
    assert f"`{table}`" in PAGE
    text = (ROOT / path).read_text(encoding="utf-8")
    assert re.search(rf"^{table}\b.* = ", text, re.M), f"no {table} in {path}"
