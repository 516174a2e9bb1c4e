"""The command `python -m tests.check_estimators`, in part."""

import subprocess
import sys
from pathlib import Path

from skmlp.utils import all_estimators

ROOT = Path(__file__).parents[2]


def run_command(*arguments):
    command = [
        sys.executable,
        "-m",
        "tests.check_estimators",
        "--jobs",
        "1",
        *arguments,
    ]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT)


def test_networks_by_lbfgs_pass_scikit_learns_checks_whatever_the_random_state():
    # Their probabilities are close to 0 and 1, where order is lost most easily.
    done = run_command("--only", "MLPClassifier/lbfgs", "--states", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    name, solver, n_runs, n_checks, n_failed = rows[1]
    assert (name, solver, n_runs, n_failed) == ("MLPClassifier", "lbfgs", "2", "0")
    assert int(n_checks) > 100


def test_the_command_knows_every_estimator_and_refuses_other_names():
    done = run_command("--only", "NoSuchEstimator")
    assert done.returncode == 2
    assert "no estimator and solver has such a name" in done.stderr
    script = "from tests.check_estimators import tasks; print(*{t[0] for t in tasks()})"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT
    )
    assert set(done.stdout.split()) == {name for name, _ in all_estimators()}
