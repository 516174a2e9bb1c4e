"""Errors of inference: bad arguments, fits, rows and estimators."""

import numpy as np
import pandas as pd
import pytest
from logistic_samples import binary, infer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import LogisticRegression, Perceptron
from skmlp.inference import LogisticInference

BAD = {
    "cov": ({"cov": "hc9"}, "cov='hc9'"),
    "groups": ({"cov": "cluster"}, "groups"),
    "one group": ({"cov": "cluster", "groups": np.zeros(200)}, "use cov='robust'"),
    "groups alone": ({"groups": np.arange(200)}, "groups"),
    "reference": ({"reference": 7}, "reference=7"),
    "names": ({"feature_names": ["a"]}, "feature_names has 1.*; give one name"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_arguments_are_named(case, rng):
    settings, message = BAD[case]
    X, y = binary(rng)
    with pytest.raises(ValueError, match=message):
        infer(X, y, **settings)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"solver": "saga", "l1_ratio": 1}, "l1 penalty"),
        ({"lower_bounds": 0.0}, "lower_bounds"),
        (
            {"bias_reduction": "firth", "solver": "newton-cholesky", "C": np.inf},
            "bias_reduction",
        ),
    ],
)
def test_fits_that_the_formulas_do_not_hold_for_are_refused(parameters, message, rng):
    X, y = binary(rng)
    fitted = LogisticRegression(**parameters).fit(X, y)
    with pytest.raises(ValueError, match=message):
        LogisticInference.from_estimator(fitted, X, y)


def test_other_rows_than_those_of_the_fit_are_refused(rng):
    X, y = binary(rng)
    fitted = LogisticRegression(C=np.inf).fit(X, y)
    for rows, labels in ((X + 1, y), (X[:100], y[:100]), (X, 1 - y)):
        with pytest.raises(ValueError, match="not at the optimum of these rows"):
            LogisticInference.from_estimator(fitted, rows, labels)
    with pytest.raises(
        ValueError, match=r"labels that .* not fitted.* whose classes are"
    ):
        LogisticInference.from_estimator(fitted, X, y + 1)


def test_columns_that_depend_on_each_other_are_named(rng):
    X, y = binary(rng)
    X = pd.DataFrame(np.column_stack([X, X[:, 0] - X[:, 2]]), columns=list("abcd"))
    fitted = LogisticRegression(C=np.inf).fit(X, y)
    with pytest.raises(ValueError, match="columns of a, c, d are linearly dependent"):
        LogisticInference.from_estimator(fitted, X, y)


@pytest.mark.filterwarnings("ignore::skmlp.logistic_regression.SeparationWarning")
def test_separated_classes_are_refused(rng):
    X, _ = binary(rng)
    y = (X[:, 0] > 0).astype(int)
    fitted = LogisticRegression(C=np.inf).fit(X, y)
    with pytest.raises(ValueError, match="complete separation, by x0"):
        LogisticInference.from_estimator(fitted, X, y)


def test_bad_questions_are_named(rng):
    X, y = binary(rng)
    ours = infer(X, y)
    for question, message in (
        (
            lambda: ours.wald_test(["x9"]),
            "'x9', which is no term; give names among intercept, x0",
        ),
        (
            lambda: ours.wald_test([5]),
            "features has 5; give names, or indices .* from 0 to 2",
        ),
        (lambda: ours.wald_test([]), "at least one feature, each once; got none"),
        (lambda: ours.likelihood_ratio_test([1, "x1"]), "each once; got x1, x1"),
        (lambda: ours.confidence_intervals(95), "level=95"),
        (
            lambda: infer(X, y, feature_names=["a", "a", "b"]).wald_test("a"),
            "name of several terms",
        ),
        (
            lambda: infer(X, y, cov="cluster", groups=np.full(len(y), np.nan)),
            "groups contains NaN.*; leave out",
        ),
        (lambda: ours.confidence_intervals(method="bayes"), "method='bayes'"),
        (
            lambda: infer(X, y, cov="robust").confidence_intervals(method="profile"),
            "cov='robust' does not",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            question()


def test_other_estimators_are_refused_by_name(rng):
    X, y = binary(rng)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    for fitted in (pipeline, Perceptron(max_iter=3, tol=None).fit(X, y)):
        with pytest.raises(TypeError, match=f"got {type(fitted).__name__}.* last step"):
            LogisticInference.from_estimator(fitted, X, y)
