"""Marginal effects: against statsmodels and finite differences."""

import numpy as np
import pytest
import scipy.sparse
from logistic_samples import binary, infer, multinomial
from numpy.testing import assert_allclose
from statsmodels_fits import logit, mnlogit

from skmlp import LogisticRegression
from skmlp.inference import LogisticInference


@pytest.mark.parametrize("make", [binary, multinomial])
def test_marginal_effects_agree_with_statsmodels(make, rng):
    X, y = make(rng)
    ours = infer(X, y).marginal_effects()
    theirs = (logit if make is binary else mnlogit)(X, y).get_margeff()
    assert_allclose(ours.effects.T.squeeze(), theirs.margeff, rtol=1e-5, atol=1e-9)
    assert_allclose(ours.standard_errors.T.squeeze(), theirs.margeff_se, rtol=1e-5)


@pytest.mark.parametrize("make", [binary, multinomial])
def test_marginal_effects_are_finite_differences_of_mean_probabilities(make, rng):
    X, y = make(rng)
    fitted = LogisticRegression(C=0.1, tol=1e-10).fit(X, y)
    effects = LogisticInference.from_estimator(fitted, X, y).marginal_effects()
    for j in range(X.shape[1]):
        step = np.zeros(X.shape[1])
        step[j] = 1e-5
        change = fitted.predict_proba(X + step) - fitted.predict_proba(X - step)
        expected = change.mean(axis=0)[-len(effects.classes) :] / 2e-5
        assert_allclose(effects.effects[:, j], expected, rtol=1e-4, atol=1e-7)


def with_dummies(make, rng):
    """Return a sample whose first columns hold 0 and 1, and their number.

    With several classes statsmodels needs as many terms as classes: its derivatives
    have a wrong shape otherwise.
    """
    X, y = make(rng)
    dummies = (X[:, :2] + rng.normal(size=(len(X), 2)) > 1).astype(float)
    if make is multinomial:
        return np.column_stack([dummies[:, 0], X[:, 1]]), y, 1
    return np.column_stack([dummies, X]), y, 2


@pytest.mark.parametrize("container", [np.asarray, scipy.sparse.csr_array])
@pytest.mark.parametrize("make", [binary, multinomial])
def test_effects_of_dummies_agree_with_statsmodels(make, container, rng):
    X, y, n_dummies = with_dummies(make, rng)
    inference = infer(container(X), y)
    ours = inference.marginal_effects(dummy=True)
    fit = (logit if make is binary else mnlogit)(X, y)
    theirs = fit.get_margeff(dummy=True)
    assert_allclose(ours.effects.T.squeeze(), theirs.margeff, rtol=1e-5, atol=1e-9)
    assert_allclose(ours.standard_errors.T.squeeze(), theirs.margeff_se, rtol=1e-5)
    assert list(np.flatnonzero(ours.discrete)) == list(range(n_dummies))
    names = ", ".join(f"x{j}" for j in range(n_dummies))
    assert str(ours).endswith(f"\nChanges from 0 to 1: {names}.")
    smooth = inference.marginal_effects()
    assert not smooth.discrete.any()
    assert not np.allclose(smooth.effects[:, 0], ours.effects[:, 0], rtol=1e-4)
    assert_allclose(smooth.effects[:, n_dummies:], ours.effects[:, n_dummies:])


def test_effects_of_dummies_are_differences_of_mean_probabilities(rng):
    X, y = multinomial(rng)
    X = np.column_stack([X > 0, X[:, 0]]).astype(float)
    fitted = LogisticRegression(C=2.0, tol=1e-10).fit(X, y)
    inference = LogisticInference.from_estimator(fitted, X, y, reference="top")
    ours = inference.marginal_effects(dummy=True)
    for j in range(2):
        without, given = X.copy(), X.copy()
        without[:, j], given[:, j] = 0, 1
        change = fitted.predict_proba(given) - fitted.predict_proba(without)
        assert_allclose(ours.effects[:, j], change.mean(axis=0), rtol=1e-5)
    first = LogisticInference.from_estimator(fitted, X, y)
    errors = first.marginal_effects(dummy=True).standard_errors
    assert_allclose(ours.standard_errors, errors, rtol=1e-6)


def test_a_dummy_alone_changes_the_probability_by_the_difference_of_shares():
    # 10 of 40 rows are of the second class if x is 0, and 36 of 60 if x is 1.
    X, y = np.repeat([[0.0], [0], [1], [1]], [30, 10, 24, 36], axis=0), np.zeros(100)
    y[30:40] = y[64:] = 1
    ours = infer(X, y).marginal_effects(dummy=True)
    assert_allclose(ours.effects, [[36 / 60 - 10 / 40]], rtol=1e-9)
    variance = 0.25 * 0.75 / 40 + 0.6 * 0.4 / 60
    assert_allclose(ours.standard_errors, [[variance**0.5]], rtol=1e-9)
    # The rows once, with the counts as weights.
    rows = [0, 30, 40, 64]
    weighted = infer(X[rows], y[rows], [30, 10, 24, 36]).marginal_effects(dummy=True)
    assert_allclose(weighted.effects, ours.effects, rtol=1e-9)
    assert_allclose(weighted.standard_errors, ours.standard_errors, rtol=1e-9)


def test_a_constant_column_is_no_dummy_and_has_no_z_value(rng):
    X, y = binary(rng)
    ours = infer(np.column_stack([X, np.ones(len(y))]), y, C=1.0)
    effects = ours.marginal_effects(dummy=True)
    assert not effects.discrete.any()
    constant = infer(np.column_stack([X, np.zeros(len(y))]), y, C=1.0)
    assert np.isnan(constant.marginal_effects(dummy=True).z_values[0, -1])


@pytest.mark.parametrize("dummy", [["x0"], "x0", 2, None])
def test_dummy_must_be_true_or_false(dummy, rng):
    X, y = binary(rng)
    with pytest.raises(TypeError, match=r"dummy=.* must be True or False"):
        infer(X, y).marginal_effects(dummy=dummy)
