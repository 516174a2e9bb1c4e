"""Warnings name the line of the user as their source, however deep the call is."""

import ast
import inspect
import threading
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skmlp
from skmlp import (
    LinearDiscriminantAnalysis,
    LogisticRegression,
    LogisticRegressionCV,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
)
from skmlp.base.warn import warn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = np.arange(60) % 2

# An estimator whose fit warns, and words of the warning.
WARNING = [
    (Perceptron(max_iter=1), "still making"),
    (LinearDiscriminantAnalysis(priors=[0.4, 0.4]), "priors do not sum to 1"),
    (LogisticRegression(max_iter=1), "Increase max_iter"),
    (LogisticRegression(penalty="l2"), "'penalty' was deprecated"),
    (LogisticRegression(n_jobs=2), "'n_jobs' has no effect"),
    (LogisticRegressionCV(), "'scoring' will change"),
    (LogisticRegressionCV(max_iter=1), "Increase max_iter"),
    (MLPClassifier(max_iter=1), "converge"),
    (MLPClassifier(batch_size=100, max_iter=1), "clipped to"),
    (MLPRegressor(max_iter=1), "converge"),
    (MLPRegressor(solver="lbfgs", max_iter=1), "converge"),
]


def fit_alone(estimator):
    estimator.fit(X, Y)
    return inspect.currentframe().f_lineno - 1


def fit_in_a_pipeline(estimator):
    make_pipeline(StandardScaler(), estimator).fit(X, Y)
    return inspect.currentframe().f_lineno - 1


def fit_in_a_grid_search(estimator):
    GridSearchCV(estimator, {}, cv=2).fit(X, Y)
    return inspect.currentframe().f_lineno - 1


@pytest.mark.parametrize("fit", [fit_alone, fit_in_a_pipeline, fit_in_a_grid_search])
@pytest.mark.parametrize(("estimator", "words"), WARNING, ids=str)
def test_every_warning_of_a_fit_points_at_the_line_of_the_user(estimator, words, fit):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        line = fit(estimator)
    assert any(words in str(each.message) for each in caught)
    for each in caught:
        assert (each.filename, each.lineno) == (__file__, line), each.message


def test_without_a_frame_of_the_user_a_warning_still_comes():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        thread = threading.Thread(target=LogisticRegression(n_jobs=2).fit, args=(X, Y))
        thread.start()
        thread.join()
    assert "'n_jobs' has no effect" in str(caught[0].message)


@pytest.mark.parametrize("name", [None, 3, "", "sklearn_extras", "skmlp_of_a_user"])
def test_code_of_any_module_name_is_the_users(name):
    code = compile("fit()", "<typed>", "exec")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit = LogisticRegression(n_jobs=2).fit
        exec(code, {"__name__": name, "fit": partial(fit, X, Y)})
    # Python itself drops a warning at a frame whose module has the name None.
    assert [each.filename for each in caught] == ["<typed>"] * (name is not None)


def test_the_category_is_a_user_warning_unless_another_is_given():
    with pytest.warns(UserWarning, match="one"):
        warn("one")
    with pytest.warns(FutureWarning, match="two"):
        warn("two", FutureWarning)


def test_nothing_in_the_package_counts_frames_by_itself():
    for path in Path(skmlp.__file__).parent.rglob("*.py"):
        if path.stem.strip("_") == "warn":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) != "warnings.warn", path
