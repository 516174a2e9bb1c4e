"""The Bayesian correlated t-test."""

import numpy as np
import pytest
from scipy import integrate, special

from skmlp.model_comparison import bayesian_correlated_t_test


def _density(x, differences, n_test, n_train):
    """Return Student's density of the posterior, from its formula in the paper."""
    n = len(differences)
    rho = n_test / (n_test + n_train)
    scale = np.sqrt((1 / n + rho / (1 - rho)) * np.var(differences, ddof=1))
    z = (x - np.mean(differences)) / scale
    nu = n - 1
    constant = special.gamma((nu + 1) / 2) / special.gamma(nu / 2)
    constant /= np.sqrt(nu * np.pi) * scale
    return constant * (1 + z**2 / nu) ** (-(nu + 1) / 2)


@pytest.mark.parametrize("rope", [0.005, 0.01, 0.05])
@pytest.mark.parametrize("shift", [-0.02, 0.0, 0.03])
def test_probabilities_are_integrals_of_the_posterior(rng, rope, shift):
    differences = rng.normal(shift, 0.02, size=10)
    found = bayesian_correlated_t_test(differences, 25 / 75, rope)
    settings = {"args": (differences, 25, 75), "epsabs": 1e-12}
    below = integrate.quad(_density, -np.inf, -rope, **settings)[0]
    equal = integrate.quad(_density, -rope, rope, **settings)[0]
    above = integrate.quad(_density, rope, np.inf, **settings)[0]
    assert found == pytest.approx((below, equal, above), abs=1e-9)
    assert sum(found) == pytest.approx(1)


@pytest.mark.parametrize(
    ("value", "expected"), [(0.0, (0, 1, 0)), (0.02, (0, 0, 1)), (-0.02, (1, 0, 0))]
)
def test_equal_differences_leave_no_doubt(value, expected):
    assert bayesian_correlated_t_test([value] * 4, 0.25, 0.01) == expected


def test_without_a_region_the_probabilities_are_those_of_the_one_sided_t_test(rng):
    from skmlp.model_comparison import corrected_resampled_t_test

    differences = rng.normal(0.5, 1, size=8)
    found = bayesian_correlated_t_test(differences, 0.25, 0.0)
    two_sided = corrected_resampled_t_test(differences, 0.25)["p_value"]
    assert min(found.below, found.above) == pytest.approx(two_sided / 2)
    assert found.equal == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("differences", "rope", "match"),
    [([0.1], 0.01, "two folds at least"), ([0.1, 0.2], -1, "rope=-1; give")],
)
def test_what_cannot_be_tested_is_refused(differences, rope, match):
    with pytest.raises(ValueError, match=match):
        bayesian_correlated_t_test(differences, 0.25, rope)
