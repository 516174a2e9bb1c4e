"""What several tests use."""

import os

import numpy as np
import pytest
import threadpoolctl
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_wine,
)
from sklearn.preprocessing import StandardScaler

if "PYTEST_XDIST_WORKER" in os.environ:
    # One BLAS thread a worker: the workers share the cores already.
    threadpoolctl.threadpool_limits(1)

_LOADERS = {
    "iris": load_iris,
    "wine": load_wine,
    "breast_cancer": load_breast_cancer,
    "digits": load_digits,
    "diabetes": load_diabetes,
}


@pytest.fixture(scope="session")
def bundled():
    """name -> (X standardised, y) of a data set that scikit-learn ships."""
    cache = {}

    def load(name):
        if name not in cache:
            X, y = _LOADERS[name](return_X_y=True)
            cache[name] = StandardScaler().fit_transform(X), y
        return cache[name]

    return load


@pytest.fixture
def rng():
    return np.random.default_rng(0)
