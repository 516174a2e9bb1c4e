"""Pairs of our estimator and scikit-learn's, with parameters that make them agree."""

import numpy as np
import pytest
import sklearn.discriminant_analysis
import sklearn.linear_model
import sklearn.neural_network
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from versions import LIKE_THEIR_SVD

import skmlp

NETWORK = {"hidden_layer_sizes": (8,), "solver": "lbfgs", "random_state": 0}
# Class -> (scikit-learn's module, parameters, grid of parameters to search over).
ESTIMATORS = {
    "Perceptron": (
        sklearn.linear_model,
        {"max_iter": 20, "tol": None, "shuffle": False},
        {"penalty": [None, "l2"]},
    ),
    "LinearDiscriminantAnalysis": (
        sklearn.discriminant_analysis,
        {},
        {"tol": [1e-4, 1e-3]},
    ),
    "LogisticRegression": (
        sklearn.linear_model,
        {"tol": 1e-8, "max_iter": 500},
        {"C": [0.01, 1.0]},
    ),
    "MLPClassifier": (
        sklearn.neural_network,
        {"max_iter": 60, "alpha": 0.01, **NETWORK},
        {"alpha": [0.01, 1.0]},
    ),
    "MLPRegressor": (
        sklearn.neural_network,
        {"max_iter": 60, "alpha": 0.01, **NETWORK},
        {"alpha": [0.01, 1.0]},
    ),
}
CLASSIFIERS = [name for name in ESTIMATORS if name != "MLPRegressor"]
# Share of predictions in which ours and scikit-learn's must agree. Perceptrons do not
# shuffle, since the two packages shuffle in different orders. Networks have not reached
# their optimum after 60 iterations.
AGREEMENT = {
    "Perceptron": 0.98,
    "LinearDiscriminantAnalysis": 1.0,
    "LogisticRegression": 1.0,
    "MLPClassifier": 0.95,
}
over_all = pytest.mark.parametrize("name", ESTIMATORS)
over_classifiers = pytest.mark.parametrize("name", CLASSIFIERS)


def ours(name, **parameters):
    own = LIKE_THEIR_SVD if name == "LinearDiscriminantAnalysis" else {}
    return getattr(skmlp, name)(**{**ESTIMATORS[name][1], **own, **parameters})


def theirs(name, **parameters):
    module, given, _ = ESTIMATORS[name]
    return getattr(module, name)(**{**given, **parameters})


def grid(name):
    return ESTIMATORS[name][2]


def outputs(estimator, X):
    """Return probabilities, else scores, else predictions: labels hide differences."""
    for method in ("predict_proba", "decision_function", "predict"):
        if hasattr(estimator, method):
            return np.asarray(getattr(estimator, method)(X))
    raise AssertionError(f"{estimator} predicts nothing")
