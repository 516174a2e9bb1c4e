"""Diagnoses of all estimators and kinds of targets; errors."""

import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import (
    LinearDiscriminantAnalysis,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
)
from skmlp.diagnosis import diagnose

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X, y = load_iris(return_X_y=True)
CANCER, MALIGNANT = load_breast_cancer(return_X_y=True)
SCALED = StandardScaler().fit_transform(CANCER)


@pytest.mark.parametrize(
    ("estimator", "rows", "names"),
    [
        (LogisticRegression(max_iter=1000), SCALED, ()),
        (LogisticRegression(max_iter=2000), CANCER, ()),  # it needs no scaling
        (LogisticRegression(solver="sgd"), CANCER, ("inputs not scaled",)),
        (LogisticRegression(C=1e-6), SCALED, ("over-regularised",)),
        (Perceptron(), SCALED, ()),
        (Perceptron(), CANCER, ("inputs not scaled",)),
    ],
    ids=str,
)
def test_linear_classifiers_get_the_findings_that_apply_to_them(estimator, rows, names):
    found = diagnose(clone(estimator).fit(rows, MALIGNANT), rows, MALIGNANT).names
    assert set(names) <= set(found)
    if not names:
        assert found == ()


TARGETS = {
    "labels": y,
    "text": np.array(["setosa", "versicolor", "virginica"])[y],
    "two classes": y > 0,
    "several labels": np.c_[y > 0, y > 1].astype(int),
    "several columns": np.c_[y, y > 1],
    "numbers": X[:, 0] ** 2,
    "two targets": X[:, :2] ** 2,
}


@pytest.mark.parametrize("targets", TARGETS)
@pytest.mark.parametrize("layout", [np.asarray, scipy.sparse.csr_array])
def test_all_kinds_of_targets_and_rows_are_diagnosed(targets, layout):
    target, rows = TARGETS[targets], layout(X)
    kind = MLPRegressor if target.dtype.kind == "f" else MLPClassifier
    network = kind(hidden_layer_sizes=(5,), max_iter=3, random_state=0)
    diagnosis = diagnose(network.fit(rows, target), rows, target, rows, target)
    expected = "target not scaled" if kind is MLPRegressor else "stopped too early"
    assert expected in diagnosis.names
    assert diagnosis[0].severity == max(each.severity for each in diagnosis)


def test_a_diagnosis_changes_nothing_in_the_estimator():
    network = MLPClassifier((5, 5), max_iter=3, random_state=0).fit(X, y)
    before = {name: str(value) for name, value in vars(network).items()}
    diagnose(network, X, y, X, y)
    assert {name: str(value) for name, value in vars(network).items()} == before


def test_cures_are_code_that_defines_a_model():
    network = MLPClassifier((5,) * 8, activation="logistic", max_iter=3).fit(X, y)
    for finding in diagnose(network, X, y, X, y):
        scope = {}
        exec(finding.cure, scope)
        assert hasattr(scope["model"], "fit")


def test_columns_are_named():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["a", "b", "c", "width"])
    frame["width"] *= 1e4
    network = MLPClassifier((5,), max_iter=5).fit(frame, y)
    finding = next(
        each for each in diagnose(network, frame, y) if each.name == "inputs not scaled"
    )
    assert "'width' (mean 1.2e+04" in finding.evidence


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"y": y[:-1]}, ValueError, "y has 149 rows, but X has 150"),
        ({"X": X[:, :3]}, ValueError, "3 features"),
        ({"X_val": X}, ValueError, "X_val and y_val: pass both"),
        ({"y": np.where(y == 1, 7, y)}, ValueError, "y has labels .* not seen: 7"),
        (
            {"X_val": X, "y_val": y + 3},
            ValueError,
            "y_val has labels .* not seen: 3, 4, 5",
        ),
        ({"estimator": MLPClassifier()}, NotFittedError, "not fitted"),
        (
            {"estimator": LinearDiscriminantAnalysis()},
            TypeError,
            "estimator=LinearDiscriminantAnalysis: a diagnosis is for",
        ),
        (
            {"estimator": make_pipeline(StandardScaler(), Perceptron())},
            TypeError,
            "of a pipeline, pass the last step",
        ),
    ],
)
def test_wrong_arguments_are_refused(arguments, error, message):
    fitted = MLPClassifier((3,), max_iter=2).fit(X, y)
    with pytest.raises(error, match=message):
        diagnose(**{"estimator": fitted, "X": X, "y": y} | arguments)
