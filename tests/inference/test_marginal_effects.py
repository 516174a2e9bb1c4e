"""Marginal effects: against statsmodels and finite differences."""

import numpy as np
import pytest
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
