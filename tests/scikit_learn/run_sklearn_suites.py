"""Run test modules of scikit-learn on skmlp's estimators, in a separate process.

`python run_sklearn_suites.py REPORT MODULE...` writes a JSON file:
{module: {"estimators": [names], "outcomes": {test: "passed" or traceback}}}.
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
    """Replace scikit-learn's estimators by ours, in public and private modules."""
    for name, module in REPLACED.items():
        public = module.partition("._")[0]
        for place in (module, public):
            setattr(importlib.import_module(place), name, getattr(skmlp, name))


def estimators_in(module):
    """Return the names of our estimators that a test module has imported."""
    values = vars(importlib.import_module(module)).values()
    ours = {name: getattr(skmlp, name) for name in REPLACED}
    return [name for name in ours if any(value is ours[name] for value in values)]


class Recorder:
    """Plugin of pytest that records the outcome of every test but skipped ones."""

    def __init__(self):
        self.outcomes = {}

    def pytest_runtest_makereport(self, item, call):
        """Record the outcome; a failed set-up or tear-down is a failed test."""
        test = item.nodeid.partition("::")[2]
        if call.excinfo is None:
            if call.when == "call":
                self.outcomes[test] = "passed"
        elif not call.excinfo.errisinstance(pytest.skip.Exception):
            trace = traceback.format_exception(call.excinfo.value)
            self.outcomes[test] = "".join(trace)


def main(report, *modules):
    """Run the test modules one after another, and write the report."""
    replace_estimators()
    # An empty configuration file, else pytest searches the folders of scikit-learn.
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
