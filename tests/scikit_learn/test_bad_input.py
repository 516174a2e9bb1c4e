"""Invalid data raises scikit-learn's own errors, which name parameter and cure."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from skmlp import (
    LinearDiscriminantAnalysis,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
)

CLASSIFIERS = (
    LinearDiscriminantAnalysis,
    LogisticRegression,
    MLPClassifier,
    Perceptron,
)
ALL = (*CLASSIFIERS, MLPRegressor)
X = np.random.default_rng(0).normal(size=(20, 3))
Y = np.arange(20) % 2


def with_entry(value):
    changed = X.copy()
    changed[3, 1] = value
    return changed


BAD = {
    "missing values": (with_entry(np.nan), Y, ValueError, "NaN"),
    "infinite values": (with_entry(np.inf), Y, ValueError, "infinity"),
    "text columns": (np.array([["a", "b"]] * 20), Y, ValueError, "could not convert"),
    "no rows": (X[:0], Y[:0], ValueError, "0 sample"),
    "no columns": (X[:, :0], Y, ValueError, "0 feature"),
    "one-dimensional X": (X[:, 0], Y, ValueError, "2D array"),
    "unequal lengths": (X, Y[:-1], ValueError, "inconsistent numbers of samples"),
    "complex X": (X + 1j, Y, ValueError, "Complex data"),
    "missing y": (X, None, ValueError, "y"),
    "missing targets": (X, np.where(Y == 0, np.nan, 1.0), ValueError, "NaN"),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("estimator", ALL, ids=lambda e: e.__name__)
def test_bad_data_raises_scikit_learns_own_error(estimator, case):
    bad_X, bad_y, error, message = BAD[case]
    model = estimator()
    with pytest.raises(error, match=message):
        model.fit(bad_X, bad_y)
    assert model.fit(X, Y).predict(X).shape == (20,)  # it stays usable


@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=lambda e: e.__name__)
def test_numbers_are_no_class_labels(estimator):
    with pytest.raises(ValueError, match="Unknown label type"):
        estimator().fit(X, X[:, 0])


@pytest.mark.parametrize(
    "estimator",
    [LinearDiscriminantAnalysis, LogisticRegression, Perceptron],
    ids=lambda e: e.__name__,
)
def test_a_single_class_is_named(estimator):
    with pytest.raises(ValueError, match="class"):
        estimator().fit(X, np.zeros(20, dtype=int))


@pytest.mark.parametrize("estimator", ALL, ids=lambda e: e.__name__)
def test_predicting_before_fitting_says_so(estimator):
    with pytest.raises(NotFittedError, match=estimator.__name__):
        estimator().predict(X)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("estimator", ALL, ids=lambda e: e.__name__)
def test_another_number_of_features_at_predict_is_named(estimator):
    model = estimator().fit(X, Y)
    with pytest.raises(ValueError, match=r"2 features.*expecting 3"):
        model.predict(X[:, :2])


@pytest.mark.parametrize("weight", [-1.0, np.nan], ids=str)
@pytest.mark.parametrize("estimator", ALL, ids=lambda e: e.__name__)
def test_impossible_sample_weights_are_named(estimator, weight):
    with pytest.raises(ValueError, match=r"[Nn]egative|NaN"):
        estimator().fit(X, Y, sample_weight=np.full(20, weight))


@pytest.mark.parametrize("estimator", ALL, ids=lambda e: e.__name__)
def test_sample_weights_of_the_wrong_length_are_named(estimator):
    with pytest.raises(ValueError, match="sample_weight"):
        estimator().fit(X, Y, sample_weight=np.ones(19))
