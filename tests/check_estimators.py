"""Command line `python -m tests.check_estimators`, run from the root of the repository.

It runs scikit-learn's `check_estimator` on every estimator with every solver, and with
several random states where the fit is random, and prints a table of the failed checks.
"""

import argparse
import multiprocessing
import os
import sys
import time
import warnings
from collections import Counter, defaultdict

from sklearn.utils.estimator_checks import check_estimator

from skmlp.solvers import UpdateRule
from skmlp.utils import all_estimators

from .scikit_learn.test_estimator_checks import SOLVERS, expected_failures

PROGRAM = "python -m tests.check_estimators"

# The checks fit unscaled features: gradient descent needs a rate that suits them, and
# rules whose rate adapts slowly need a high one.
RULE_SETTINGS = {
    "gd": {"learning_rate_init": 0.1, "on_divergence": "backoff", "max_iter": 500},
    "adadelta": {"learning_rate_init": 1.0},
    "adagrad": {"learning_rate_init": 0.05},
} | SOLVERS
LINEAR = {
    "LogisticRegression": (
        *("lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga"),
    ),
    "LogisticRegressionCV": ("lbfgs", "newton-cholesky"),
    "LinearDiscriminantAnalysis": ("svd", "lsqr", "eigen"),
}
FEW_FITS = {"cv": 3, "Cs": [0.01, 1], "l1_ratios": (0,), "tol": 1e-8}


def settings_of(name):
    """Return {solver: parameters} of the estimator with this name."""
    if name.startswith("MLP"):
        solvers = ("lbfgs", *sorted(UpdateRule.table, key=lambda s: s not in SOLVERS))
        return {
            solver: {"solver": solver, "max_iter": 100} | RULE_SETTINGS.get(solver, {})
            for solver in solvers
        }
    extra = {}
    if name == "LogisticRegressionCV":
        extra = FEW_FITS | {"use_legacy_attributes": False}
    settings = dict.fromkeys(LINEAR.get(name, ()), extra)
    if name == "LogisticRegression":
        settings |= {
            solver: {"learning_rate_init": 0.02} for solver in UpdateRule.table
        }
        settings["adadelta"] = RULE_SETTINGS["adadelta"]
    return {s: {"solver": s} | each for s, each in settings.items()} or {"": {}}


def tasks(only="", n_states=20):
    """Return (estimator's name, solver, random state or None) of every run."""
    found = []
    for name, kind in all_estimators():
        is_random = "random_state" in kind().get_params()
        for solver in settings_of(name):
            if only in f"{name}/{solver}":
                states = range(n_states) if is_random else (None,)
                found += [(name, solver, state) for state in states]
    return found


def run(task):
    """Run the checks of one task; return it, its failures and their number."""
    name, solver, state = task
    estimator = dict(all_estimators())[name](**settings_of(name)[solver])
    if state is not None:
        estimator.set_params(random_state=state)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(
            estimator,
            on_skip=None,
            on_fail=None,
            expected_failed_checks=expected_failures(estimator),
        )
    failed = {
        result["check_name"]: _first_line(result["exception"])
        for result in results
        if result["status"] == "failed"
    }
    return task, failed, len(results)


def _first_line(error):
    """Return the type of an error and the first line of its message."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"


def main():
    """Run the checks, and exit with status 0 (none failed) or 1."""
    parser = argparse.ArgumentParser(prog=PROGRAM, description=__doc__)
    add = parser.add_argument
    add("--only", default="", help="those of a name, such as 'MLPClassifier/lbfgs'")
    add("--states", type=int, default=20, help="random states 0 to n − 1 (default 20)")
    add("--jobs", type=int, default=os.cpu_count(), help="processes (default: cores)")
    options = parser.parse_args()
    runs = tasks(options.only, options.states)
    if not runs:
        parser.error(f"--only={options.only}: no estimator and solver has such a name")
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # of the processes that begin now
    began, totals, failures = time.monotonic(), Counter(), defaultdict(list)
    print(f"{'estimator':<28}{'solver':<17}{'runs':>5}{'checks':>8}{'failed':>8}")
    n_runs = Counter((name, solver) for name, solver, _ in runs)
    done = Counter()
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        for (name, solver, state), failed, n_checks in pool.imap(run, runs):
            row = name, solver
            done[row] += 1
            totals[row] += n_checks
            failures[row] += [(state, *each) for each in failed.items()]
            if done[row] == n_runs[row]:
                print(
                    f"{name:<28}{solver:<17}{n_runs[row]:>5}{totals[row]:>8}"
                    f"{len(failures[row]):>8}",
                    flush=True,
                )
                for state, check, error in failures[row]:
                    print(f"    random_state={state} {check}: {error[:100]}")
    n_failed = sum(map(len, failures.values()))
    seconds = time.monotonic() - began
    print(f"{len(runs)} runs, {totals.total()} checks, {n_failed} failed", end="")
    print(f" ({seconds:.0f} s)")
    sys.exit(1 if n_failed else 0)


if __name__ == "__main__":
    main()
