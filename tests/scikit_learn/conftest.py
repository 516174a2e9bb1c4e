"""Fixtures that several tests of scikit-learn's tools use."""

import numpy as np
import pytest
from sklearn.datasets import make_multilabel_classification
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits


@pytest.fixture(scope="module")
def one_thread():
    """Limit BLAS to one thread, which is faster for the small matrices of the tests."""
    with threadpool_limits(1):
        yield


@pytest.fixture
def rows(bundled):
    """Return a function: kind of target -> (X, y)."""

    def load(kind):
        if kind == "multilabel":
            X, y = make_multilabel_classification(
                n_samples=120, n_features=6, n_classes=3, random_state=0
            )
            return StandardScaler().fit_transform(X), y
        if kind == "targets":
            X, y = bundled("diabetes")
            y = (y - y.mean()) / y.std()
            return X, np.stack([y, -y], axis=1)
        X, y = bundled({"regression": "diabetes"}.get(kind, "iris"))
        order = np.random.default_rng(0).permutation(len(y))
        X, y = X[order], y[order]
        if kind == "regression":
            return X, (y - y.mean()) / y.std()
        if kind == "binary":
            return X, (y == 1).astype(int)
        if kind == "unlabelled":
            return X, np.where(np.arange(len(y)) % 3 == 0, y, -1)
        return X, y

    return load
