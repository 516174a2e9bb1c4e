"""Every estimator with every method that fits it, small and quick."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone, is_classifier

from skmlp import (
    LinearDiscriminantAnalysis,
    LogisticRegression,
    LogisticRegressionCV,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
)

NETWORK = {"hidden_layer_sizes": (3,), "max_iter": 3, "random_state": 0}
ESTIMATORS = {
    "Perceptron": Perceptron(),
    "LinearDiscriminantAnalysis": LinearDiscriminantAnalysis(),
    "LogisticRegression": LogisticRegression(),
    "LogisticRegression, newton": LogisticRegression(solver="newton-cholesky"),
    "LogisticRegression, adam": LogisticRegression(solver="adam", max_iter=3),
    "LogisticRegressionCV": LogisticRegressionCV(
        Cs=[1.0], cv=2, l1_ratios=(0,), use_legacy_attributes=False
    ),
    "MLPClassifier, adam": MLPClassifier(**NETWORK),
    "MLPClassifier, lbfgs": MLPClassifier(solver="lbfgs", **NETWORK),
    "MLPRegressor, adam": MLPRegressor(**NETWORK),
    "MLPRegressor, lbfgs": MLPRegressor(solver="lbfgs", **NETWORK),
}
EVERY_FIT = [
    (name, method)
    for name, estimator in ESTIMATORS.items()
    for method in ("fit", "partial_fit")
    if hasattr(estimator, method)
]
over_every_fit = pytest.mark.parametrize(
    ("name", "method"), EVERY_FIT, ids=lambda each: each.replace(", ", "-")
)
over_every_weighted_fit = pytest.mark.parametrize(
    ("name", "method"),
    [(n, m) for n, m in EVERY_FIT if "class_weight" in ESTIMATORS[n].get_params()],
    ids=lambda each: each.replace(", ", "-"),
)

N_ROWS = 60
Y = np.repeat([0, 1, 2], N_ROWS // 3)
X = np.random.default_rng(0).normal(size=(N_ROWS, 3)) + Y[:, np.newaxis]


def new(name, **parameters):
    return clone(ESTIMATORS[name]).set_params(**parameters)


def fit(estimator, method, X=X, y=Y, **arguments):
    """Call a method that fits, without convergence warnings of so few iterations."""
    if method == "partial_fit" and is_classifier(estimator):
        arguments = {"classes": np.unique(y), **arguments}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(estimator, method)(X, y, **arguments)
