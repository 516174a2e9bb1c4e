"""The benchmarks run and write correct numbers; no test depends on a time."""

import importlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import skmlp

ROOT = Path(__file__).parents[2]
ROW = "LDA 200,000 × 100, lsqr"

needs_git = pytest.mark.skipif(
    not (ROOT / ".git").exists() or shutil.which("git") is None,
    reason="--against needs git, and a git checkout",
)


def start_benchmarks(*arguments, folder=ROOT):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )


def run_benchmarks(*arguments):
    finished = start_benchmarks(*arguments)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.fixture
def benchmarks(monkeypatch):
    """Return a function that imports a module of the benchmarks."""
    monkeypatch.syspath_prepend(ROOT)
    return lambda name: importlib.import_module(f"benchmarks.{name}")


class ScriptedWorker:
    """Worker with given seconds for each of its processes, or an error in `prepare`."""

    def __init__(self, seconds, error=None):
        self.seconds, self.error = iter(seconds), error
        self.now, self.n_runs = None, 0

    def stop(self):
        self.now = next(self.seconds)

    def prepare(self, work, quick):
        if self.error:
            raise self.error
        return ["1 thread"]

    def run(self, variant):
        return importlib.import_module("benchmarks.contestants").Run(self.now)

    def repeat(self, variant, seconds):
        self.n_runs += 1
        return [self.now] * 3


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


def test_the_gradient_of_a_network_is_timed_beside_the_fused_kernel(tmp_path):
    file = tmp_path / "numbers.json"
    printed = run_benchmarks("--quick", "--only", "graph: ", "--json", str(file))
    assert max(map(len, printed.splitlines())) <= 120
    numbers = json.loads(file.read_text(encoding="utf-8"))["gradients"]
    assert len(numbers) == 4
    for name, times in numbers.items():
        (row,) = (line for line in printed.splitlines() if line.startswith(name))
        assert {"skmlp.graph", "fused"} <= set(times)
        assert row.endswith(f"{times['skmlp.graph'] / times['fused']:.1f}")
        assert ("autograd" in times) != ("autograd is left out" in printed)
        assert ("≥1" in row) == ("autograd" in times)


def test_gradients_that_differ_are_not_timed(benchmarks):
    gradients = benchmarks("gradients")
    runs = gradients.contestants(gradients.GRADIENTS[0])
    gradients.check_agreement(runs, "float64")
    value, right = runs["fused"]()
    runs["fused"] = lambda: (value, right + 1e-9)
    with pytest.raises(ValueError, match=r"of skmlp.graph and fused differ by 8.7e-08"):
        gradients.check_agreement(runs, "float64")


def test_a_text_that_is_in_no_name_is_an_error():
    command = [sys.executable, "-m", "benchmarks", "--only", "no such row"]
    for more in ([], ["--against", "HEAD"]):
        finished = subprocess.run(
            [*command, *more], cwd=ROOT, capture_output=True, text=True, timeout=300
        )
        assert finished.returncode == 2
        assert "text" in finished.stderr.splitlines()[-1]


def test_checks_of_sparse_matrices_are_a_share_of_a_fit(tmp_path):
    file = tmp_path / "numbers.json"
    title = "check: Perceptron, 20 classes"
    printed = run_benchmarks("--quick", "--only", title, "--json", str(file))
    times = json.loads(file.read_text(encoding="utf-8"))["checks"]
    (times,) = times.values()
    assert 0 < times["checks"] < times["whole"]
    (row,) = (line for line in printed.splitlines() if line.startswith("Perceptron"))
    assert f"{times['checks'] / times['whole']:.2%}" in row


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
    # If another variant finishes its work, that one counts.
    assert "5s" in exact
    assert "50.0≥10✓" in exact
    assert ">" not in exact


@pytest.mark.parametrize(
    ("ratios", "expected"),
    [
        ([1.0], "within noise"),
        ([0.95], "within noise"),
        ([1.05], "within noise"),
        ([0.949], "faster"),
        ([1.051], None),  # to be measured again
        ([1.2, 1.051], "LOST"),
        ([1.2, 1.05], "within noise"),
        ([1.2, 0.9], "within noise"),  # the two contradict each other
    ],
    ids=str,
)
def test_a_verdict_follows_from_the_ratios_of_medians(benchmarks, ratios, expected):
    assert benchmarks("against").verdict(ratios) == expected


@pytest.mark.parametrize(
    ("tree", "expected", "n_measurements"),
    [
        ([1.1] * 6, "LOST", 2),
        ([1.1, 1.1, 1.0, 1.1, 1.0, 1.0], "within noise", 2),
        ([1.1, 1.0, 1.0], "within noise", 1),  # one process by itself is slow
        ([0.5] * 3, "faster", 1),
    ],
    ids=str,
)
def test_a_row_is_measured_again_before_it_counts_as_lost(
    benchmarks, tree, expected, n_measurements
):
    against = benchmarks("against")
    workers = {"revision": ScriptedWorker([1.0] * 6), "tree": ScriptedWorker(tree)}
    results, verdict = against.measure_until_decided(None, workers, quick=False)
    assert verdict == expected
    assert len(results) == n_measurements
    assert {worker.n_runs for worker in workers.values()} == {9 * n_measurements}


def test_a_row_that_the_revision_does_not_have_is_not_lost(benchmarks):
    against, error = benchmarks("against"), benchmarks("workers").WorkerError("missing")
    working, failing = ScriptedWorker([1.0] * 2), ScriptedWorker([1.0] * 2, error)
    workers = {"revision": failing, "tree": working}
    results, verdict = against.measure_until_decided(None, workers, quick=True)
    assert verdict is None
    assert results[-1].failures == {"revision": "missing"}
    workers = {"revision": working, "tree": failing}
    assert against.measure_until_decided(None, workers, quick=True)[1] == "LOST"


def test_two_builds_are_compared_by_processes_of_their_own(
    benchmarks, tmp_path, capsys
):
    revisions = benchmarks("revisions")
    package = Path(skmlp.__file__).parent
    here = revisions.Environment(Path(sys.executable), package, "this environment")
    work = next(w for w in benchmarks("works").WORKS if w.name == "LDA iris")
    file = tmp_path / "numbers.json"
    status = benchmarks("against").compare(
        [work],
        "a-name-that-is-much-too-long",
        quick=True,
        file=file,
        build=lambda revision: {"revision": here, "tree": here},
    )
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 120
    numbers = json.loads(file.read_text(encoding="utf-8"))
    (row,) = numbers["rows"]
    assert row["work"] == "LDA iris"
    assert row["verdict"] in ("within noise", "faster", "LOST")
    assert status == (row["verdict"] == "LOST")
    for measurement in row["measurements"]:
        assert measurement["failures"] == {}
        best = {}
        for side, variants in measurement["seconds"].items():
            assert all(len(times["runs"]) == 3 for times in variants.values())
            best[side] = min(times["median"] for times in variants.values())
        ratio = best["tree"] / best["revision"]
        assert measurement["ratio"] == pytest.approx(ratio)
        assert f"{ratio:.3f}" in printed


def test_a_process_with_another_skmlp_is_refused(benchmarks, tmp_path):
    revisions, sides = benchmarks("revisions"), benchmarks("sides")
    wrong = revisions.Environment(Path(sys.executable), tmp_path, "an old revision")
    refused = pytest.raises(revisions.RevisionError, match="an old revision: the proc")
    with sides.running({"tree": wrong}) as workers, refused:
        workers["tree"].prepare(benchmarks("works").WORKS[0], True)


@needs_git
def test_an_unknown_revision_is_an_error_that_names_it():
    finished = start_benchmarks("--against", "no-such-revision")
    assert finished.returncode == 2
    assert "git knows no revision 'no-such-revision'" in finished.stderr


def test_a_comparison_needs_a_git_checkout(tmp_path):
    shutil.copytree(ROOT / "benchmarks", tmp_path / "benchmarks")
    finished = start_benchmarks("--against", "HEAD", folder=tmp_path)
    assert finished.returncode == 2
    assert "needs a git checkout" in finished.stderr


@needs_git
def test_the_tree_is_what_lies_on_disk_but_for_what_git_ignores(benchmarks, tmp_path):
    revisions = benchmarks("revisions")
    contents = {
        ".gitignore": "*.so\n",
        "skmlp/kept.py": "1",
        "skmlp/removed.py": "1",
        "tests/test_kept.py": "1",
    }
    for name, content in contents.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    for command in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    before = revisions.tree_files(tmp_path)
    assert before.keys() == {".gitignore", "skmlp/kept.py", "skmlp/removed.py"}
    (tmp_path / "skmlp" / "kept.py").write_text("2")
    (tmp_path / "skmlp" / "removed.py").unlink()
    (tmp_path / "skmlp" / "new.py").write_text("1")
    (tmp_path / "skmlp" / "compiled.so").write_text("1")
    after = revisions.tree_files(tmp_path)
    assert after.keys() == {".gitignore", "skmlp/kept.py", "skmlp/new.py"}
    assert after["skmlp/kept.py"] == b"2"
    assert revisions.digest(before) != revisions.digest(after)
    assert revisions.digest(after) == revisions.digest(dict(reversed(after.items())))
