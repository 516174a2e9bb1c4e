"""Runs test modules of scikit-learn on skmlp's estimators, in a process of its own.

`python run_sklearn_suites.py REPORT MODULE...` writes a JSON file:
{module: {"estimators": [ours that it tests], "outcomes": {test: "passed" or why not}}}.
"""

import importlib
import json
import sys
import traceback
from pathlib import Path

import pytest

import skmlp

REPLACED = {
    "LinearDiscriminantAnalysis": "sklearn.discriminant_analysis",
    "LogisticRegression": "sklearn.linear_model._logistic",
    "LogisticRegressionCV": "sklearn.linear_model._logistic",
    "MLPClassifier": "sklearn.neural_network._multilayer_perceptron",
    "MLPRegressor": "sklearn.neural_network._multilayer_perceptron",
    "Perceptron": "sklearn.linear_model._perceptron",
}


def replace_estimators():
    """Put ours in the place of scikit-learn's, in public and private modules."""
    for name, module in REPLACED.items():
        public = module.partition("._")[0]
        for place in (module, public):
            setattr(importlib.import_module(place), name, getattr(skmlp, name))


def estimators_in(module):
    """Which of our estimators a test module imported."""
    values = vars(importlib.import_module(module)).values()
    ours = {name: getattr(skmlp, name) for name in REPLACED}
    return [name for name in ours if any(value is ours[name] for value in values)]


class Recorder:
    """Remembers what became of every test; one that is skipped is not there."""

    def __init__(self):
        self.outcomes = {}

    def pytest_runtest_makereport(self, item, call):
        """A failure in the set-up or the tear-down is one of the test."""
        test = item.nodeid.partition("::")[2]
        if call.excinfo is None:
            if call.when == "call":
                self.outcomes[test] = "passed"
        elif not call.excinfo.errisinstance(pytest.skip.Exception):
            trace = traceback.format_exception(call.excinfo.value)
            self.outcomes[test] = "".join(trace)


def main(report, *modules):
    """Run the modules one after another."""
    replace_estimators()
    # An empty configuration of our own, or pytest looks for one around scikit-learn.
    configuration = Path("pytest.ini")
    configuration.write_text("[pytest]\n")
    found = {}
    for module in modules:
        recorder = Recorder()
        pytest.main(
            [
                *("-q", "-c", str(configuration), "-p", "no:cacheprovider"),
                *("--tb=line", "--disable-warnings", "--pyargs", module),
            ],
            plugins=[recorder],
        )
        found[module] = {
            "estimators": estimators_in(module),
            "outcomes": recorder.outcomes,
        }
    Path(report).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
