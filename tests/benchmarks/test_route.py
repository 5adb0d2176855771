"""The way of one batch can be followed: the command prints it."""

from __future__ import annotations

import json

import pytest

from tests.benchmarks.test_commands import run


@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_the_route_starts_at_the_step_and_names_every_file(tmp_path, backend):
    done = run("route", tmp_path, f"--backend {backend} --batch-size 8")
    assert done.returncode == 0, done.stderr
    written = json.loads((tmp_path / "route.json").read_text())
    assert f"{written['functions']} functions in {written['files']} files" in done.stdout
    functions = [function for function, _, _ in written["route"]]
    assert functions[0].endswith("train_step")
    # Forward comes before backward, and the optimizer last.
    order = [functions.index(f) for f in ("Conv2D.forward", "Conv2D.backward", "Adam.update_step")]
    assert order == sorted(order)
    compiled = any(file.startswith("kernels/compiled/conv") for _, file, _ in written["route"])
    assert compiled == (backend == "numba")
