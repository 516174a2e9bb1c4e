"""The first fit on reference kernels that nobody asked for warns, once a process."""

import os
import shutil
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest

import skmlp
from skmlp import (
    AssociationUnits,
    LinearDiscriminantAnalysis,
    LogisticRegression,
    LogisticRegressionCV,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
    _kernels,
)
from skmlp.base import fit_context
from skmlp.base.fit_context import ReferenceKernelsWarning
from skmlp.model_comparison import compare

X = np.random.default_rng(0).normal(size=(60, 3))
Y = np.arange(60) % 2

ESTIMATORS = [
    Perceptron(),
    LinearDiscriminantAnalysis(),
    LogisticRegression(),
    LogisticRegression(solver="sgd"),
    LogisticRegressionCV(),
    MLPClassifier(max_iter=2),
    MLPRegressor(max_iter=2),
]
FITS = [
    (estimator, method)
    for estimator in ESTIMATORS
    for method in ("fit", "partial_fit")
    if hasattr(estimator, method)
]

# Environment variables, and whether a fit without the compiled file warns.
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


@pytest.fixture
def fallen_back(monkeypatch):
    """A process that has reference kernels nobody asked for, and did not fit yet."""
    monkeypatch.setattr(_kernels, "FELL_BACK", True)
    monkeypatch.setattr(fit_context, "_told", False)


@pytest.fixture(scope="module")
def run_without_compiled(tmp_path_factory):
    """Run Python on a copy of the package that holds no compiled file."""
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
    return [each for each in caught if each.category is ReferenceKernelsWarning]


def learn(estimator, method="fit"):
    """Call the method; returns the warnings of the kernels."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        keywords = {"classes": [0, 1]} if method == "partial_fit" else {}
        if isinstance(estimator, MLPRegressor):
            keywords = {}
        getattr(estimator, method)(X, Y, **keywords)
    return of_kernels(caught)


@pytest.mark.parametrize(("estimator", "method"), FITS, ids=str)
def test_every_method_that_fits_warns_the_first_time(fallen_back, estimator, method):
    (warning,) = learn(estimator, method)
    assert warning.filename == __file__
    for words in ("no compiled kernels in", "pip install", "SKMLP_KERNELS=reference"):
        assert words in str(warning.message)
    for other in ESTIMATORS:
        assert learn(other) == []


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
def test_a_prediction_does_not_warn(monkeypatch, fallen_back, estimator):
    learn(estimator)
    monkeypatch.setattr(fit_context, "_told", False)
    estimator.predict(X)
    estimator.score(X, Y)


def test_what_uses_no_kernels_does_not_warn(fallen_back):
    AssociationUnits(n_units=4, random_state=0).fit(X).transform(X)
    MLPClassifier().initialize(X, Y)


def test_kernels_that_were_chosen_do_not_warn(monkeypatch):
    monkeypatch.setattr(fit_context, "_told", False)
    assert not _kernels.FELL_BACK
    assert learn(Perceptron()) == []


@pytest.mark.parametrize(("estimator", "method"), FITS, ids=str)
def test_a_warning_that_is_an_error_leaves_the_estimator_and_comes_again(
    fallen_back, estimator, method
):
    estimator = type(estimator)(**estimator.get_params())
    before = dict(vars(estimator))
    for _ in range(2):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(ReferenceKernelsWarning):
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
            LinearDiscriminantAnalysis().fit(X, Y)
        except ReferenceKernelsWarning as error:
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
        LinearDiscriminantAnalysis().fit(X, Y)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        monkeypatch.setattr(warnings, "showwarning", show)
        LinearDiscriminantAnalysis().fit(X, Y)
    assert len(shown) == 1


def test_a_comparison_warns_at_the_line_of_the_user_and_makes_it_no_note(fallen_back):
    with pytest.warns(ReferenceKernelsWarning) as caught:
        comparison = compare(X, Y, ["LDA"], cv=2, repeats=1)
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
