"""Offsets of LogisticRegression: parts of the scores with a fixed coefficient."""

import numpy as np
import pytest
import scipy.optimize
from sklearn import config_context
from sklearn.model_selection import cross_validate

from skmlp import LogisticRegression


@pytest.mark.parametrize("solver", ["lbfgs", "newton-cg", "newton-cholesky"])
def test_an_offset_is_a_column_whose_coefficient_is_one(solver, rng):
    X = rng.normal(size=(300, 3))
    offset = 2 * rng.normal(size=300)
    y = (X @ [1.0, -1.0, 0.5] + offset + rng.logistic(size=300) > 0).astype(int)
    ours = LogisticRegression(C=np.inf, solver=solver, tol=1e-9)
    ours.fit(X, y, offset=offset)
    theta = np.append(ours.coef_[0], ours.intercept_)

    def cost(theta):
        signs = np.where(y == 1, 1, -1)
        scores = X @ theta[:-1] + theta[-1] + offset
        return np.logaddexp(0, -signs * scores).sum()

    theirs = scipy.optimize.minimize(cost, np.zeros(4), tol=1e-12)
    np.testing.assert_allclose(theta, theirs.x, atol=1e-4)
    scores = X @ ours.coef_[0] + ours.intercept_ + offset
    np.testing.assert_allclose(ours.decision_function(X, offset=offset), scores)
    p = 1 / (1 + np.exp(-scores))
    np.testing.assert_allclose(ours.predict_proba(X, offset=offset)[:, 1], p)
    np.testing.assert_allclose(
        ours.predict_log_proba(X, offset=offset)[:, 1], np.log(p)
    )
    np.testing.assert_array_equal(ours.predict(X, offset=offset), scores > 0)
    assert p.mean() == pytest.approx(y.mean(), abs=1e-6)


@pytest.mark.parametrize("solver", ["lbfgs", "newton-cholesky", "saga"])
def test_a_constant_offset_moves_the_intercepts_only(solver, bundled):
    X, y = bundled("wine")
    settings = {"solver": solver, "tol": 1e-8, "max_iter": 1000}
    if solver == "saga":
        settings["l1_ratio"] = 0.5
    shift = np.array([0.5, -1.0, 0.5])
    plain = LogisticRegression(**settings).fit(X, y)
    moved = LogisticRegression(**settings).fit(X, y, offset=np.tile(shift, (len(y), 1)))
    np.testing.assert_allclose(moved.coef_, plain.coef_, atol=1e-4)
    change = moved.intercept_ + shift - plain.intercept_
    np.testing.assert_allclose(change - change.mean(), 0, atol=1e-4)


def test_scores_of_a_search_know_the_offset(rng):
    X = rng.normal(size=(200, 2))
    offset = 4 * rng.normal(size=200)
    y = (X[:, 0] + offset + rng.logistic(size=200) > 0).astype(int)
    ours = LogisticRegression().fit(X, y, offset=offset)
    hits = (ours.decision_function(X) + offset > 0) == y
    weight = rng.uniform(size=200)
    assert ours.score(X, y, offset=offset) == pytest.approx(hits.mean())
    weighted = ours.score(X, y, weight, offset=offset)
    assert weighted == pytest.approx(np.average(hits, weights=weight))
    assert ours.score(X, y) < hits.mean() - 0.1
    with config_context(enable_metadata_routing=True):
        routed = LogisticRegression().set_fit_request(offset=True)
        routed.set_score_request(offset=True)
        folds = [(np.arange(100), np.arange(100, 200))]
        found = cross_validate(routed, X, y, params={"offset": offset}, cv=folds)
    half = LogisticRegression().fit(X[:100], y[:100], offset=offset[:100])
    assert found["test_score"] == half.score(X[100:], y[100:], offset=offset[100:])


def test_offsets_of_a_wrong_shape_are_named(bundled):
    X, y = bundled("wine")
    with pytest.raises(ValueError, match=r"offset has the shape \(178,\)"):
        LogisticRegression().fit(X, y, offset=np.zeros(len(y)))
    ours = LogisticRegression().fit(X, y > 0)
    with pytest.raises(ValueError, match=r"expected \(n_samples,\)"):
        ours.predict(X, offset=np.zeros((len(y), 2)))
