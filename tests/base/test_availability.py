"""Methods that are not available for some values of the parameters."""

import doctest
import inspect
import pickle

import numpy as np
import pytest

import skmlp.multilayer_perceptron.classifier
from skmlp import (
    LinearDiscriminantAnalysis,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
)
from skmlp.base.availability import UnavailableError, unavailable_when

X = np.random.default_rng(0).normal(size=(20, 2))
Y = np.arange(20) % 2

# An estimator, a method that its parameters rule out, and words of the reason.
WITHHELD = [
    (MLPClassifier(solver="lbfgs"), "partial_fit", "solver='adam'"),
    (MLPRegressor(solver="lbfgs"), "partial_fit", "solver='adam'"),
    (MLPClassifier(loss="hinge"), "predict_proba", "loss='log_loss'"),
    (MLPClassifier(loss="hinge"), "predict_log_proba", "loss='log_loss'"),
    (MLPClassifier(), "decision_function", "use predict_proba"),
    (LogisticRegression(), "partial_fit", "solver='sgd'"),
    (LinearDiscriminantAnalysis(shrinkage="auto"), "partial_fit", "use fit"),
    (LinearDiscriminantAnalysis(shrinkage="auto"), "merge", "use fit"),
    (LinearDiscriminantAnalysis("lsqr"), "transform", "'svd' or 'eigen'"),
    (LinearDiscriminantAnalysis("lsqr"), "fit_transform", "'svd' or 'eigen'"),
]


@pytest.mark.parametrize(("estimator", "method", "reason"), WITHHELD, ids=str)
def test_a_withheld_method_says_that_it_is_not_there_and_why(estimator, method, reason):
    assert not hasattr(estimator, method)
    name = type(estimator).__name__
    with pytest.raises(AttributeError, match=f"'{name}' has no attribute '{method}': "):
        getattr(estimator, method)
    with pytest.raises(UnavailableError) as caught:
        getattr(estimator, method)(X, Y)
    assert reason in str(caught.value)


@pytest.mark.parametrize(("estimator", "method", "reason"), WITHHELD, ids=str)
def test_a_withheld_method_is_refused_through_the_class_as_well(
    estimator, method, reason
):
    before = vars(estimator).copy()
    with pytest.raises(UnavailableError) as caught:
        getattr(type(estimator), method)(estimator, X, Y)
    assert reason in str(caught.value)
    assert vars(estimator) == before


def test_a_method_that_is_there_works_through_the_object_and_the_class():
    by_object = MLPClassifier((2,), random_state=0).partial_fit(X, Y, classes=[0, 1])
    by_class = MLPClassifier((2,), random_state=0)
    MLPClassifier.partial_fit(by_class, X, Y, classes=[0, 1])
    expected = by_object.predict_proba(X)
    np.testing.assert_array_equal(MLPClassifier.predict_proba(by_class, X), expected)
    method = pickle.loads(pickle.dumps(by_object.predict_proba))
    np.testing.assert_array_equal(method(X), expected)


def test_a_conditional_method_looks_like_the_method():
    class Bird:
        @unavailable_when(lambda bird: None)
        def sing(self, song: str) -> str:
            """Sing a song."""
            return song

    for method in (Bird.sing, Bird().sing, inspect.getattr_static(Bird, "sing")):
        assert method.__name__ == "sing"
        assert method.__doc__ == "Sing a song."
    assert str(inspect.signature(Bird.sing)) == "(self, song: str) -> str"
    assert Bird().sing("la") == Bird.sing(Bird(), "la") == "la"
    found = doctest.DocTestFinder(exclude_empty=False).find(
        skmlp.multilayer_perceptron.classifier
    )
    names = {test.name.rpartition(".")[2] for test in found}
    assert {"partial_fit", "predict_proba", "decision_function"} <= names
