"""Numbers are compared within their round, and every table tells where it comes from."""

from __future__ import annotations

import sys

import pytest


def test_every_second_round_goes_backwards(benchmark_module):
    common = benchmark_module("common")
    order = []

    def measure(key: str) -> float:
        order.append(key)
        return float(len(order))

    numbers = common.interleave(["a", "b"], measure, rounds=3)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert numbers == {"a": [1, 4, 5], "b": [2, 3, 6]}


def test_ratios_are_taken_within_a_round(benchmark_module):
    common = benchmark_module("common")
    # The machine was ten times slower in the second round: the ratio does not change.
    assert common.ratios([300.0, 30.0], [100.0, 10.0]) == [3.0, 3.0]
    with pytest.raises(ValueError):
        common.ratios([1.0], [1.0, 2.0])


def test_a_spread_tells_median_and_range(benchmark_module):
    common = benchmark_module("common")
    summary = common.Summary.of([3.0, 1.0, 2.0])
    assert (summary.median, summary.low, summary.high) == (2.0, 1.0, 3.0)
    assert summary.text(".1f") == "2.0 (1.0-3.0)"
    assert common.Summary.of([2.0]).text(".1f") == "2.0"


def test_tables_are_aligned_markdown(benchmark_module):
    lines = benchmark_module("common").table(("what", "ms"), [("a", "1.5"), ("bcdef", "10")])
    assert lines.splitlines() == [
        "| what  |  ms |",
        "| ----- | --: |",
        "| a     | 1.5 |",
        "| bcdef |  10 |",
    ]


def test_the_command_names_script_arguments_and_settings(benchmark_module, monkeypatch):
    common = benchmark_module("common")
    monkeypatch.setattr(sys, "argv", ["/somewhere/benchmarks/ladder.py", "--rounds", "2"])
    monkeypatch.setenv("NANOCONV_THREADS", "1")
    assert common.command().endswith("NANOCONV_THREADS=1 python benchmarks/ladder.py --rounds 2")


def test_the_machine_and_the_versions_stand_beside_a_table(benchmark_module, tmp_path, capsys):
    common = benchmark_module("common")
    report = common.Report("some", tmp_path / "new", ["numpy", "nanoconv"], "A title")
    report.print(("a", "b"), [("1", "2")])
    report.save(numbers={"x": common.Summary(1.0, 1.0, 1.0)})
    printed = capsys.readouterr().out
    for words in ("A title", common.machine(), "numpy ", "nanoconv ", "`python "):
        assert words in printed
    assert (tmp_path / "new" / "some.json").exists()


def test_a_count_below_one_is_refused(benchmark_module, capsys):
    parser = benchmark_module("common").parser("text")
    parser.add_argument("--rounds", type=benchmark_module("common").positive)
    with pytest.raises(SystemExit):
        parser.parse_args(["--rounds", "0"])
    assert "write 1 or more" in capsys.readouterr().err
