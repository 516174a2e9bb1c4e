"""Samples drawn from logistic models, and inference on them."""

import numpy as np

from skmlp import LogisticRegression
from skmlp.inference import LogisticInference


def binary(rng, n_rows=200, n_features=3):
    X = rng.normal(size=(n_rows, n_features)) * [1, 10, 0.1][:n_features]
    scores = X @ np.array([1.0, -0.05, 3.0])[:n_features] - 0.5
    return X, (rng.uniform(size=n_rows) < 1 / (1 + np.exp(-scores))).astype(int)


def multinomial(rng, n_rows=300):
    X = rng.normal(size=(n_rows, 2)) * [1, 5]
    scores = X @ np.array([[1.0, -1.0, 0.3], [0.1, 0.2, -0.2]]) + [0.3, 0, -0.3]
    y = np.argmax(scores + rng.gumbel(size=(n_rows, 3)), axis=1)
    return X, np.array(["low", "middle", "top"])[y]


def infer(X, y, sample_weight=None, C=np.inf, cov="mle", **extra):
    fitted = LogisticRegression(C=C, tol=1e-8).fit(X, y, sample_weight)
    return LogisticInference.from_estimator(fitted, X, y, sample_weight, cov, **extra)
