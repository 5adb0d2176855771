"""Each command runs, on tiny sizes: tables, JSON and plots come out. Nobody looks at times."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.conftest import BENCHMARKS

COMMANDS = [
    "compile_times",
    "ladder",
    "peers",
    "profile_step",
    "route",
    "scaling",
    "time_to_accuracy",
]


def run(name: str, folder: Path, options: str) -> subprocess.CompletedProcess[str]:
    paths = [str(BENCHMARKS.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.run(
        [sys.executable, str(BENCHMARKS / f"{name}.py"), "--output", folder, *options.split()],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths), "NANOCONV_THREADS": "2"},
        capture_output=True,
        text=True,
    )


def results(name: str, folder: Path, options: str) -> tuple[str, dict[str, Any]]:
    """Run a command; return what it printed and what it wrote."""
    done = run(name, folder, options)
    assert done.returncode == 0, done.stderr
    assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    written = json.loads((folder / f"{name}.json").read_text())
    assert written["machine"] in done.stdout and written["command"] in done.stdout
    return done.stdout, written


@pytest.mark.parametrize("name", COMMANDS)
def test_help_tells_the_options_and_an_example(benchmark_module, monkeypatch, capsys, name):
    monkeypatch.setattr(sys, "argv", [f"{name}.py", "--help"])
    with pytest.raises(SystemExit) as stopped:
        benchmark_module(name).parse_arguments()
    printed = capsys.readouterr().out
    assert stopped.value.code == 0
    assert "--output" in printed and f"python benchmarks/{name}.py --" in printed


def test_ladder_climbs_from_naive_to_all_threads(tmp_path):
    printed, written = results(
        "ladder", tmp_path, "--images 2 --size 5 --channels 2 --filters 3 --rounds 2"
    )
    assert "naive loops" in printed and "Numba" in printed
    assert len(written["milliseconds"]["Numba: compiled im2col, backward"]) == 2
    assert max(written["differences"].values()) < 1e-5


def test_ladder_has_winograd_where_it_applies(benchmark_module):
    ladder = benchmark_module("ladder")
    titles = [rung.title for rung in ladder.Convolution(1, 26, 3, 32, 64).rungs()]
    assert "Winograd F(4x4, 3x3)" in titles
    titles = [rung.title for rung in ladder.Convolution(1, 26, 5, 32, 64).rungs()]
    assert "Winograd F(4x4, 3x3)" not in titles and titles[-1].startswith("all ")


def test_profile_step_has_a_line_for_each_layer(tmp_path):
    printed, written = results(
        "profile_step", tmp_path, "--network lenet --batch-size 4 --steps 2 --threads 2"
    )
    kinds = [row["kind"] for row in written["rows"]]
    assert kinds[:2] == ["Conv2D", "AveragePooling2D"] and "Adam" in kinds
    assert "average_pooling2d" in printed and "2 threads" in printed


def test_peers_measures_in_processes_and_judges_its_goals(tmp_path):
    printed, written = results(
        "peers",
        tmp_path,
        "--peers nanoconv nanoconv-1-thread --rounds 2 --seconds 0.01 "
        "--rows predict-one import networks --networks lenet",
    )
    assert set(written["measured"]["predict-one"]) == {"nanoconv", "nanoconv-1-thread"}
    assert len(written["measured"]["lenet, 128"]["nanoconv"]) == 2
    assert [r["goal"]["title"] for r in written["ratios"]] == ["predict of one image", "import"]
    assert "goal" in printed


def test_peers_divides_round_by_round_and_respects_the_direction(benchmark_module):
    peers = benchmark_module("peers")
    measured = {
        "train": {"nanoconv": [300.0, 30.0], "keras-tensorflow": [100.0, 10.0]},
        "memory": {"nanoconv": [30.0], "keras-tensorflow": [100.0]},
        "lenet, 128": {"nanoconv": [80.0], "keras-tensorflow": [100.0]},
    }
    lines, _ = peers.goal_rows(measured)
    assert [(line[1], line[3]) for line in lines] == [
        ("3.00 x", "yes"),
        ("0.30 x", "yes, and the aim"),
        ("0.80 x", "no"),
    ]


def test_scaling_has_a_point_for_each_size(tmp_path):
    _, written = results(
        "scaling",
        tmp_path,
        "--panels threads channels --threads 1 --channels 1 2 --rounds 1 --seconds 0",
    )
    assert set(written["microseconds"]) == {"threads", "channels"}
    assert "nanoconv, predict, 2" in written["microseconds"]["channels"]


def test_time_to_accuracy_stops_at_the_highest_level(tmp_path):
    printed, written = results(
        "time_to_accuracy",
        tmp_path,
        "--sample --peers nanoconv --levels 0.12 --every 3 --rounds 1 --epochs 1",
    )
    (curve,) = written["curves"]["nanoconv"]
    assert all(accuracy < 0.12 for _, accuracy in curve[:-1])
    assert curve[-1][1] >= 0.12 and "12 %" in printed


def test_time_to_accuracy_says_what_to_write_where_there_is_no_mnist(tmp_path):
    done = run("time_to_accuracy", tmp_path, "--data nowhere/at/all")
    assert done.returncode != 0
    assert "--sample" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.full
def test_compile_times_has_a_line_for_each_kernel(tmp_path):
    done = run("compile_times", tmp_path, "--network lenet --batch-size 4")
    assert done.returncode == 0, done.stderr
    written = json.loads((tmp_path / "compile_times.json").read_text())
    functions = [function for function, *_ in written["kernels"]]
    assert any("loop" in function for function in functions) and functions[-1] == "all"
    assert written["second"] < written["first"]


def test_a_worker_passes_on_what_went_wrong(benchmark_module, tmp_path):
    processes = benchmark_module("processes")
    with (
        processes.start(processes.PEERS["nanoconv"], tmp_path / "missing.npz") as worker,
        pytest.raises(RuntimeError, match=r"nanoconv could not do rate:[\s\S]*missing\.npz"),
    ):
        worker.ask("rate", task="train", network="lenet", batch=8)
