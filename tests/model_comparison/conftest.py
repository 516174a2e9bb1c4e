"""Fixtures that several tests of model comparison use."""

import pytest
from comparison_names import LINEAR

from skmlp.model_comparison import compare


@pytest.fixture(scope="session")
def iris_comparison():
    from sklearn.datasets import load_iris

    X, y = load_iris(return_X_y=True)
    return compare(X, y, LINEAR, cv=4, repeats=2, name="iris", against="sklearn")
