"""The package as a whole: cost of the import, documentation, choice of kernels."""

import doctest
import importlib
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from versions import HAS_CALLBACKS

import skmlp

OPTIONAL = ("pandas", "pyarrow", "matplotlib", "rich", "torch", "polars")
PACKAGE = Path(skmlp.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(
        ".__init__"
    )
    for path in PACKAGE.rglob("*.py")
    if path.name != "__main__.py"
)


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        check=False,
    )


def test_importing_skmlp_costs_next_to_nothing_over_scikit_learn():
    code = """
import sys, sklearn
before = set(sys.modules)
import skmlp
print(len(set(sys.modules) - before))
"""
    finished = run(code)
    # skmlp itself and modules of importlib. Times are not compared: machines are busy.
    assert int(finished.stdout) <= 3, finished.stderr


def test_no_optional_package_is_imported():
    code = f"""
import json, sys
import skmlp
at_once = [name for name in {OPTIONAL!r} if name in sys.modules]
import sklearn.{"callback" if HAS_CALLBACKS else "base"}  # imports some of them itself
theirs = set(sys.modules)
for name in skmlp.__all__:
    getattr(skmlp, name)
ours = set(sys.modules) - theirs
print(json.dumps(at_once + [name for name in {OPTIONAL!r} if name in ours]))
"""
    finished = run(code)
    assert json.loads(finished.stdout) == [], finished.stderr


def test_every_public_name_can_be_had():
    for name in skmlp.__all__:
        assert getattr(skmlp, name) is not None
        assert name in dir(skmlp)
    with pytest.raises(AttributeError, match="nothing"):
        _ = skmlp.nothing


def test_the_examples_of_many_modules_are_found():
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [
        module.__name__
        for module in map(importlib.import_module, MODULES)
        if any(test.examples for test in finder.find(module))
    ]
    assert len(found) >= 12, found


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_in_docstrings_run(module):
    if module == "skmlp.diagnosis.watch" and not HAS_CALLBACKS:
        pytest.skip("scikit-learn before 1.9 has no callbacks")
    results = doctest.testmod(
        importlib.import_module(module),
        optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE,
    )
    assert results.failed == 0


@pytest.mark.parametrize(
    "name",
    [
        "Perceptron",
        "AssociationUnits",
        "LinearDiscriminantAnalysis",
        "LogisticRegression",
        "MLPClassifier",
        "MLPRegressor",
    ],
)
def test_every_parameter_and_attribute_is_documented(name):
    estimator = getattr(skmlp, name)
    for section in ("Parameters", "Attributes", "References", "Examples", "See Also"):
        assert f"\n    {section}\n    ---" in estimator.__doc__, section
    for parameter in inspect.signature(estimator).parameters:
        assert f"\n    {parameter} : " in estimator.__doc__, parameter
    for method in ("fit", "predict" if hasattr(estimator, "predict") else "transform"):
        assert "Returns" in getattr(estimator, method).__doc__


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_the_page_of_parameters_names_all_that_the_networks_have(name):
    page = Path(__file__).parents[2] / "docs" / "parameters.md"
    rows = [
        line for line in page.read_text(encoding="utf-8").splitlines() if "|" in line
    ]
    ours = " ".join(row.split("|")[1] for row in rows)
    estimator = getattr(skmlp, name)
    for parameter in inspect.signature(estimator).parameters:
        assert f"`{parameter}`" in ours, parameter
    networks = (skmlp.MLPClassifier, skmlp.MLPRegressor)
    real = set(dir(skmlp.solvers))
    for network in networks:
        documented = re.findall(r"^    (\w+) : ", network.__doc__, re.MULTILINE)
        real |= {*dir(network), *documented, *inspect.signature(network.fit).parameters}
    for word in re.findall(r"`([a-z]\w*)`", ours, re.IGNORECASE):
        assert word in real, word


@pytest.mark.parametrize("choice", ["reference", "auto"])
def test_the_environment_variable_chooses_the_kernels(choice):
    finished = run("import skmlp; skmlp.show_versions()", SKMLP_KERNELS=choice)
    lines = dict(
        line.split(maxsplit=1) for line in finished.stdout.splitlines() if " " in line
    )
    assert lines["skmlp"] == skmlp.__version__
    expected = {"reference"} if choice == "reference" else {"compiled", "reference"}
    assert lines["kernels"] in expected


def test_an_unknown_choice_of_kernels_is_named():
    finished = run("import skmlp._kernels", SKMLP_KERNELS="fast")
    assert finished.returncode != 0
    assert "'fast' is unknown; use one of auto, compiled, reference" in finished.stderr


def test_all_estimators_are_listed_and_can_be_chosen_by_kind():
    from sklearn.utils import discovery

    ours = dict(skmlp.utils.all_estimators())
    public = {name for name in skmlp.__all__ if name[0].isupper()}
    assert set(ours) == public
    assert list(ours) == sorted(ours)
    for kind in ("classifier", "regressor", "transformer"):
        theirs = dict(discovery.all_estimators(type_filter=kind))
        chosen = dict(skmlp.utils.all_estimators(kind))
        assert set(chosen) >= set(theirs) & public
        assert set(chosen) <= set(ours)
    both = skmlp.utils.all_estimators(["classifier", "regressor"])
    assert {"MLPClassifier", "MLPRegressor"} <= set(dict(both))
    with pytest.raises(ValueError, match="type_filter='cluster' is unknown"):
        skmlp.utils.all_estimators("cluster")
