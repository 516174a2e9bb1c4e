"""The seconds to an accuracy are those of training; every library has settings."""

import importlib
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from versions import needs_callbacks

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))  # for the benchmarks, which are not installed
try:
    pytest.importorskip("benchmarks.targets", reason="there are no benchmarks here")
    race, report, tasks, settings, datasets = (
        importlib.import_module(f"benchmarks.{name}")
        for name in (
            *("targets.race", "targets.report", "targets.tasks", "targets.settings"),
            "datasets",
        )
    )
finally:
    sys.path.remove(str(ROOT))

DIGITS = "digits, accuracy 0.98"
ACCURACY = 0.9
TEST = datasets.Data(np.zeros((4, 1)), np.array([0, 1, 1, 1]))


def run_benchmarks(*arguments, **variables):
    finished = subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def predicting(n_right):
    """Return a prediction of TEST of which `n_right` rows are right."""
    return lambda X: np.where(np.arange(4) < n_right, TEST.y, 2)


def outcome(seconds, reached=True, n_epochs=3, accuracy=0.9):
    return race.Outcome(reached, seconds, n_epochs, accuracy)


def test_the_clock_stands_while_the_accuracy_is_measured(monkeypatch):
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(race, "perf_counter", lambda: clock.now)

    def slow(X):
        clock.now += 100
        return predicting(2)(X)

    watch = race.Watch(TEST, accuracy=0.75, budget=10)
    for _ in range(2):
        clock.now += 3
        assert not watch.epoch_ends(slow)
    assert watch.outcome() == race.Outcome(False, 6.0, 2, 0.5)
    clock.now += 1
    assert watch.epoch_ends(predicting(3))
    assert watch.outcome() == race.Outcome(True, 7.0, 3, 0.75)


def test_training_stops_after_its_budget(monkeypatch):
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(race, "perf_counter", lambda: clock.now)
    watch = race.Watch(TEST, accuracy=0.75, budget=10)
    clock.now = 11
    assert watch.epoch_ends(predicting(1))
    assert not watch.reached


@pytest.mark.parametrize("role", ["ours", "theirs", "torch_eager"])
@pytest.mark.parametrize("task", tasks.TASKS, ids=lambda task: task.name)
def test_every_library_has_five_settings(task, role):
    names = {setting.name for setting in settings.SETTINGS[task.name][role]}
    assert len(names) == 5


@pytest.mark.parametrize(
    "role", [pytest.param("ours", marks=needs_callbacks), "theirs"]
)
def test_training_ends_at_the_first_epoch_that_reaches_the_accuracy(role):
    name = "100, sgd 0.2, batch 64"
    (setting,) = (s for s in settings.SETTINGS[DIGITS][role] if s.name == name)
    outcome = race.train((DIGITS, role, name), 0, ACCURACY)
    assert outcome.reached
    assert outcome.n_epochs > 1
    # Fits of fewer epochs do not reach it.
    split = next(t for t in tasks.TASKS if t.name == DIGITS).split(True, 0)
    module = importlib.import_module(
        "skmlp" if role == "ours" else "sklearn.neural_network"
    )
    scores = []
    for n_epochs in range(1, outcome.n_epochs + 1):
        network = module.MLPClassifier(**setting.settings(0) | {"max_iter": n_epochs})
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*Maximum iterations")
            network.fit(*split.train)
        scores.append(network.score(*split.test))
    assert outcome.accuracy == scores[-1] >= ACCURACY
    assert max(scores[:-1]) < ACCURACY


def test_torch_trains_until_the_accuracy_is_reached():
    pytest.importorskip("torch")
    name = settings.SETTINGS[DIGITS]["torch_eager"][0].name
    result = race.train((DIGITS, "torch_eager", name), 0, ACCURACY)
    assert result.reached
    assert result.accuracy >= ACCURACY


def test_a_setting_counts_if_most_seeds_reach_the_accuracy():
    results = {
        "ours": {"slow": [outcome(4.0)] * 3, "fast": [outcome(2.0)] * 3},
        "theirs": {
            "unsure": [outcome(1.0), outcome(1.0, False), outcome(1.0, False)],
            "sure": [outcome(1.0, False), outcome(6.0), outcome(5.0)],
        },
        "torch_eager": {"lost": [outcome(9.0, False)] * 3},
    }
    assert report.ratios(results) == {"theirs": 3.0}
    best = report.best(results)
    assert best.startswith("best: skmlp 2s; scikit-learn 6s (ours 3.0 times faster)")
    assert best.endswith("PyTorch not reached")
    lost = report.row("torch_eager", "lost", None, [outcome(9.0, False)])
    assert lost.split()[:4] == ["PyTorch", "lost", "all", ">9s"]
    two = {"a": results, "b": {**results, "theirs": {"": [outcome(24.0)]}}}
    assert "6.00 times faster than scikit-learn" in report.summary(two)


@needs_callbacks
def test_quick_targets_hold_all_settings_and_name_what_is_left_out(tmp_path):
    file = tmp_path / "numbers.json"
    printed = run_benchmarks(
        *("--quick", "--only", "target: breast", "--only", "target: Fashion"),
        *("--json", str(file)),
        FASHION_MNIST=str(tmp_path / "nothing"),
    )
    assert max(map(len, printed.splitlines())) <= 120
    assert "Fashion-MNIST, accuracy 0.88 is left out: Debian's package" in printed
    (task,) = json.loads(file.read_text(encoding="utf-8"))["targets"].items()
    name, numbers = task
    assert name == "breast cancer, accuracy 0.97"
    for role, outcomes in numbers["outcomes"].items():
        known = [setting.name for setting in settings.SETTINGS[name][role]]
        assert list(outcomes) == known
        assert all(f"{report.LIBRARIES[role]:<14}{each}" in printed for each in known)
        for each in outcomes.values():
            assert all(run["seconds"] > 0 < run["n_epochs"] for run in each)
    assert {"ours", "theirs"} <= set(numbers["outcomes"])


def test_targets_are_listed():
    listed = run_benchmarks("--list", "--only", "target").splitlines()
    assert listed == [f"target: {task.name}" for task in tasks.TASKS]
