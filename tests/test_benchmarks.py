"""The benchmarks run, and write what they say they write. Nothing here is timed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROW = "LDA 200,000 × 100, lsqr"


def run_benchmarks(*arguments):
    command = [sys.executable, "-m", "benchmarks", *arguments]
    finished = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=300
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_a_quick_row_holds_times_ratios_and_the_environment(tmp_path):
    file = tmp_path / "numbers.json"
    printed = run_benchmarks("--quick", "--only", ROW, "--json", str(file))
    assert max(map(len, printed.splitlines())) <= 120
    assert ROW in printed
    numbers = json.loads(file.read_text(encoding="utf-8"))
    environment = numbers["environment"]
    assert {"cpu", "cores", "blas", "kernels", "packages"} <= set(environment)
    assert environment["packages"]["scikit-learn"] in printed
    (row,) = numbers["rows"]
    assert row["work"] == ROW
    assert row["agreement"] == 1.0
    assert {"ours", "theirs"} <= set(row["seconds"])
    best = {}
    for role, variants in row["seconds"].items():
        for times in variants.values():
            assert 0 < min(times["runs"]) <= times["median"] <= max(times["runs"])
            assert times["spread"] >= 0
        best[role] = min(times["median"] for times in variants.values())
    assert row["times_faster"] == pytest.approx(best["theirs"] / best["ours"])
    if "floor" in best:
        assert row["of_floor"] == pytest.approx(best["ours"] / best["floor"])


def test_every_row_is_listed_and_only_chooses_among_them():
    names = run_benchmarks("--list").splitlines()
    assert len(names) == len(set(names))
    assert ROW in names
    chosen = run_benchmarks("--list", "--only", "Perceptron", "--only", "LDA")
    wanted = [n for n in names if "perceptron" in n.lower() or "lda" in n.lower()]
    assert chosen.splitlines() == wanted


def test_a_feature_is_compared_with_the_same_network_without_it(tmp_path):
    file = tmp_path / "numbers.json"
    title = "feature: activation gelu"
    printed = run_benchmarks("--quick", "--only", title, "--json", str(file))
    assert max(map(len, printed.splitlines())) <= 120
    numbers = json.loads(file.read_text(encoding="utf-8"))
    assert list(numbers["features"]) == ["activation gelu"]
    times = numbers["features"]["activation gelu"]
    assert times.keys() == {"with", "without"}
    (row,) = (line for line in printed.splitlines() if line.startswith("activation"))
    assert row.endswith(f"{times['with'] / times['without']:.2f}")


def test_what_was_not_done_to_its_end_counts_as_a_lower_bound():
    script = """
from benchmarks import report, timing, works
work = next(work for work in works.WORKS if work.name == "l1 digits / saga")
ours = {"": timing.Times([0.1])}
short, slow = timing.Times([2.0], "still far off"), timing.Times([5.0])
for theirs in ({"short": short}, {"short": short, "slow": slow}):
    result = timing.Result({"ours": ours, "theirs": theirs}, {}, {})
    print(report.table_row(work, result, {}), *report.footnotes(work, result), sep="|")
"""
    finished = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    bound, exact = finished.stdout.splitlines()
    assert ">2s" in bound
    assert ">20.0≥10✓" in bound
    assert bound.endswith("l1 digits / saga: theirs: still far off")
    # Once another variant is done to its end, it is the one that counts.
    assert "5s" in exact
    assert "50.0≥10✓" in exact
    assert ">" not in exact
