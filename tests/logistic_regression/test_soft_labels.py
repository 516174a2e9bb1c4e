"""Soft labels of LogisticRegression: probabilities of the classes of each row."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.model_selection import cross_validate

from skmlp import LogisticRegression


@pytest.mark.parametrize("solver", ["lbfgs", "newton-cg", "newton-cholesky", "saga"])
@pytest.mark.parametrize("data", ["breast_cancer", "wine"])
def test_soft_labels_are_rows_repeated_with_their_probabilities(data, solver, bundled):
    X, y = bundled(data)
    K = len(np.unique(y))
    soft = 0.8 * np.eye(K)[y] + 0.2 * np.random.default_rng(0).dirichlet(
        np.ones(K), size=len(y)
    )
    settings = {"solver": solver, "tol": 1e-8, "C": 0.5}
    if solver == "saga":
        settings["l1_ratio"] = 0.3
    repeated = LogisticRegression(**settings).fit(
        np.repeat(X, K, axis=0), np.tile(np.arange(K), len(y)), soft.ravel()
    )
    for ours in (
        LogisticRegression(**settings).fit(X, soft),
        LogisticRegression(**settings).fit(X, y, soft_labels=soft),
    ):
        np.testing.assert_array_equal(ours.classes_, np.arange(K))
        np.testing.assert_allclose(ours.coef_, repeated.coef_, atol=1e-5)
        np.testing.assert_allclose(ours.intercept_, repeated.intercept_, atol=1e-5)


def test_soft_labels_are_carried_through_cross_validation(bundled):
    X, y = bundled("wine")
    soft = 0.9 * np.eye(3)[y] + 0.1 / 3
    offset = np.zeros((len(y), 3))
    with config_context(enable_metadata_routing=True):
        ours = LogisticRegression().set_fit_request(soft_labels=True, offset=True)
        ours.set_score_request(offset=True)
        found = cross_validate(
            ours, X, y, params={"soft_labels": soft, "offset": offset}, cv=3
        )
    assert found["test_score"].mean() > 0.95


def test_bad_soft_labels_are_named(bundled):
    X, y = bundled("wine")
    soft = np.eye(3)[y]
    for bad, message in (
        (2 * soft, "sum to one"),
        (soft[:, :2], "has 2 columns, but y has 3 classes"),
        (soft[:-1], "inconsistent"),
        (soft - 0.1, "non-negative"),
    ):
        with pytest.raises(ValueError, match=message):
            LogisticRegression().fit(X, y, soft_labels=bad)
    for bad, message in (
        (2 * soft, "Every row of y, as probabilities .* rows sum to 2 to 2"),
        (soft - 0.1, "y holds -0.1"),
        (np.where(soft == 1, np.nan, soft), "y contains NaN"),
    ):
        with pytest.raises(ValueError, match=message):
            LogisticRegression().fit(X, bad)
    with pytest.raises(ValueError, match="not both"):
        LogisticRegression().fit(X, soft, soft_labels=soft)
