"""Fixtures of the tests of networks."""

import pytest
from sklearn.model_selection import train_test_split


@pytest.fixture
def split(bundled):
    """Return a function: data set name -> (X, y, X_val, y_val), standardised."""

    def load(name):
        X, y = bundled(name)
        X, X_val, y, y_val = train_test_split(X, y, test_size=0.3, random_state=0)
        return X, y, X_val, y_val

    return load
