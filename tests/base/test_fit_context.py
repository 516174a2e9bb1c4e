"""Warning of the first fit in a process if the compiled kernels are missing."""

import importlib
import os
import pkgutil
import shutil
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator

import skmlp
from skmlp import _kernels
from skmlp.base.fit_context import fit_context

X = np.random.default_rng(0).normal(size=(60, 3))
Y = np.arange(60) % 2

ESTIMATORS = [
    ("Perceptron", {}),
    ("LinearDiscriminantAnalysis", {}),
    ("LogisticRegression", {}),
    ("LogisticRegression", {"solver": "sgd"}),
    ("LogisticRegressionCV", {}),
    ("MLPClassifier", {"max_iter": 2}),
    ("MLPRegressor", {"max_iter": 2}),
]
FITS = [
    (name, settings, method)
    for name, settings in ESTIMATORS
    for method in ("fit", "partial_fit")
    if hasattr(getattr(skmlp, name)(**settings), method)
]

# Environment variables, and True if a fit without the compiled file warns.
CHOICES = [({}, True), ({"SKMLP_KERNELS": "reference"}, False)]
FIRST_FITS = """\
import numpy as np
from skmlp import LinearDiscriminantAnalysis, Perceptron
import skmlp.model_comparison, skmlp.inference
print("imported", flush=True)
y = np.arange(20) % 2
X = np.random.default_rng(0).normal(size=(20, 2)) + 9 * y[:, None]
Perceptron().fit(X, y)
LinearDiscriminantAnalysis().fit(X, y)
"""


def our_modules():
    return {
        name: module
        for name, module in sys.modules.items()
        if name.partition(".")[0] == "skmlp"
    }


@pytest.fixture(scope="module")
def modules_without_compiled():
    """Return all modules of skmlp, imported again without the compiled kernels."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SKMLP_KERNELS", raising=False)
        for name in our_modules():
            patch.delitem(sys.modules, name)
        patch.setitem(sys.modules, "skmlp._kernels.compiled", None)
        for found in pkgutil.walk_packages(skmlp.__path__, "skmlp."):
            if found.name not in ("skmlp.__main__", "skmlp._kernels.compiled"):
                importlib.import_module(found.name)
        modules = our_modules()
        for name in modules.keys() - {"skmlp._kernels.compiled"}:
            del sys.modules[name]
    return modules


@pytest.fixture
def fallen_back(monkeypatch, modules_without_compiled):
    """Return the package without compiled kernels, before its first fit."""
    for name in our_modules():
        monkeypatch.delitem(sys.modules, name)
    for name, module in modules_without_compiled.items():
        monkeypatch.setitem(sys.modules, name, module)
    package = modules_without_compiled["skmlp"]
    assert package._kernels.FELL_BACK
    monkeypatch.setattr(package.base.fit_context, "_has_warned", False)
    return package


@pytest.fixture(scope="module")
def run_without_compiled(tmp_path_factory):
    """Return a function that runs Python with a copy of skmlp without compiled file."""
    folder = tmp_path_factory.mktemp("sources")
    package = Path(skmlp.__file__).parent
    for path in package.rglob("*.py"):
        target = folder / "skmlp" / path.relative_to(package)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)

    def run(*arguments, **variables):
        kept = {key: os.environ[key] for key in os.environ if key != "SKMLP_KERNELS"}
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=folder,
            env=kept | {"PYTHONPATH": str(folder)} | variables,
            check=False,
        )

    return run


def of_kernels(caught):
    return [each for each in caught if issubclass(each.category, warning_class())]


def warning_class():
    return sys.modules["skmlp.base.fit_context"].ReferenceKernelsWarning


def learn(estimator, method="fit"):
    """Call a method that fits; return its warnings about the kernels."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        keywords = {"classes": [0, 1]} if method == "partial_fit" else {}
        if type(estimator).__name__ == "MLPRegressor":
            keywords = {}
        getattr(estimator, method)(X, Y, **keywords)
    return of_kernels(caught)


@pytest.mark.parametrize(("name", "settings", "method"), FITS, ids=str)
def test_every_method_that_fits_warns_the_first_time(
    fallen_back, name, settings, method
):
    (warning,) = learn(getattr(fallen_back, name)(**settings), method)
    assert warning.filename == __file__
    for words in ("no compiled kernels in", "pip install", "SKMLP_KERNELS=reference"):
        assert words in str(warning.message)
    for other, of_other in ESTIMATORS:
        assert learn(getattr(fallen_back, other)(**of_other)) == []


@pytest.mark.parametrize(("name", "settings"), ESTIMATORS, ids=str)
def test_a_prediction_does_not_warn(monkeypatch, fallen_back, name, settings):
    estimator = getattr(fallen_back, name)(**settings)
    learn(estimator)
    monkeypatch.setattr(fallen_back.base.fit_context, "_has_warned", False)
    estimator.predict(X)
    estimator.score(X, Y)


def test_what_uses_no_kernels_does_not_warn(fallen_back):
    fallen_back.AssociationUnits(n_units=4, random_state=0).fit(X).transform(X)
    fallen_back.MLPClassifier().initialize(X, Y)


def test_kernels_that_were_chosen_do_not_warn():
    assert not _kernels.FELL_BACK
    assert learn(skmlp.Perceptron()) == []


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_method_that_raises_leaves_the_attributes_of_before(error):
    class Estimator(BaseEstimator):
        _parameter_constraints = {}

        @fit_context(prefer_skip_nested_validation=True)
        def fit(self, fails):
            del self.removed_
            self.changed_, self.new_ = 2, 3
            if fails:
                raise error
            return self

    estimator = Estimator()
    estimator.removed_, estimator.changed_ = 0, 1
    with pytest.raises(error):
        estimator.fit(fails=True)
    assert vars(estimator) == {"removed_": 0, "changed_": 1}
    assert vars(estimator.fit(fails=False)) == {"changed_": 2, "new_": 3}


@pytest.mark.parametrize(("name", "settings", "method"), FITS, ids=str)
def test_a_warning_that_is_an_error_leaves_the_estimator_and_comes_again(
    fallen_back, name, settings, method
):
    estimator = getattr(fallen_back, name)(**settings)
    before = dict(vars(estimator))
    for _ in range(2):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(warning_class()):
                getattr(estimator, method)(X, Y)
        assert vars(estimator) == before
    assert len(learn(estimator, method)) == 1


@pytest.mark.parametrize(("action", "n_errors"), [("error", 8), ("always", 0)])
def test_threads_warn_once_and_each_raises_where_warnings_are_errors(
    fallen_back, action, n_errors
):
    raised = []
    start = threading.Barrier(8)

    def fit():
        start.wait()
        try:
            fallen_back.LinearDiscriminantAnalysis().fit(X, Y)
        except warning_class() as error:
            raised.append(error)

    threads = [threading.Thread(target=fit) for _ in range(8)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter(action)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(raised) == n_errors
    assert len(of_kernels(caught)) == (n_errors == 0)


def test_what_shows_the_warning_may_fit(fallen_back, monkeypatch):
    shown = []

    def show(message, *where):
        shown.append(message)
        fallen_back.LinearDiscriminantAnalysis().fit(X, Y)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        monkeypatch.setattr(warnings, "showwarning", show)
        fallen_back.LinearDiscriminantAnalysis().fit(X, Y)
    assert len(shown) == 1


def test_a_comparison_warns_at_the_line_of_the_user_and_makes_it_no_note(fallen_back):
    with pytest.warns(warning_class()) as caught:
        comparison = fallen_back.model_comparison.compare(
            X, Y, ["LDA"], cv=2, repeats=1
        )
    assert [each.filename for each in caught] == [__file__]
    assert "kernels" not in str(comparison)


@pytest.mark.parametrize(("variables", "warns"), CHOICES, ids=str)
def test_without_the_compiled_file_only_the_first_fit_warns(
    run_without_compiled, tmp_path, variables, warns
):
    script = tmp_path / "fits.py"
    script.write_text(FIRST_FITS)
    finished = run_without_compiled("-W", "always", script, **variables)
    assert finished.returncode == 0, finished.stderr
    of_kernels = [
        line for line in finished.stderr.splitlines() if "reference kernels" in line
    ]
    line = 1 + FIRST_FITS.splitlines().index("Perceptron().fit(X, y)")
    expected = [f"{script}:{line}: ReferenceKernelsWarning: skmlp runs on"] * warns
    assert [each[: len(expected[0])] for each in of_kernels] == expected


@pytest.mark.parametrize(("variables", "warns"), CHOICES, ids=str)
def test_without_the_compiled_file_an_import_never_fails_and_a_fit_may(
    run_without_compiled, tmp_path, variables, warns
):
    script = tmp_path / "fits.py"
    script.write_text(FIRST_FITS)
    finished = run_without_compiled("-W", "error", script, **variables)
    assert finished.stdout == "imported\n"
    assert finished.returncode == warns, finished.stderr
    assert ("ReferenceKernelsWarning" in finished.stderr) == warns


@pytest.mark.parametrize(("variables", "warns"), CHOICES, ids=str)
@pytest.mark.parametrize("filters", [[], ["-W", "error::UserWarning"]], ids=str)
def test_the_command_line_says_it_in_one_line(
    run_without_compiled, variables, warns, filters
):
    command = [*filters, "-m", "skmlp", "compare", "iris", "--cv", "2"]
    finished = run_without_compiled(*command, "--repeats", "1", **variables)
    assert finished.returncode == 0
    assert len(finished.stderr.splitlines()) == warns
    assert finished.stderr.startswith("skmlp: warning: skmlp runs on its ref" * warns)
    assert "kernels" not in finished.stdout
