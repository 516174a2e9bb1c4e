"""Penalties: value, gradient, and the forms in which solvers use them."""

import numpy as np
import pytest

from skmlp.losses import BinaryLogLoss, MultinomialLogLoss
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk, Penalty

NETWORK = Network((2, 3))  # six weights, three intercepts


def test_one_number_is_the_strength_of_the_weights_and_leaves_intercepts_free():
    penalty = Penalty(l1=0.5, l2=2.0).per_parameter(NETWORK)
    np.testing.assert_array_equal(penalty.l1, [0.5] * 6 + [0] * 3)
    np.testing.assert_array_equal(penalty.l2, [2] * 6 + [0] * 3)
    repeated = penalty.per_parameter(NETWORK)
    np.testing.assert_array_equal(repeated.l2, penalty.l2)


def test_the_intercept_of_liblinear_is_the_weight_of_a_feature_of_that_value():
    penalty = Penalty(l1=0.5, l2=2.0).per_parameter(NETWORK, intercept_scaling=4.0)
    # b = 4·w of a feature that is 4 in every row: |w| = |b|/4, w² = b²/16.
    np.testing.assert_array_equal(penalty.l1[6:], [0.125] * 3)
    np.testing.assert_array_equal(penalty.l2[6:], [0.125] * 3)


def test_parameters_cost_what_the_formula_says():
    penalty = Penalty(l1=np.array([1.0, 2.0, 0.0]), l2=np.array([4.0, 0.0, 6.0]))
    # 1·|−3| + 2·|5| + ½·4·9 + ½·6·1
    assert penalty.value(np.array([-3.0, 5.0, 1.0])) == 3 + 10 + 18 + 3
    assert Penalty(l1=penalty.l1).value(np.array([-3.0, 5.0, 1.0])) == 13


def test_a_change_of_units_by_powers_of_two_changes_no_cost_and_no_bound(rng):
    exponents = np.array([3, -2, 0, 40])
    bounds = np.array([-1.0, -np.inf, 0.0, -2.0]), np.array([1.0, 5.0, np.inf, 2.0])
    penalty = Penalty(l1=rng.uniform(size=4), l2=rng.uniform(size=4), bounds=bounds)
    inside = penalty.in_units(exponents)
    parameters = rng.normal(size=4)
    assert inside.value(parameters * 2.0**exponents) == pytest.approx(
        penalty.value(parameters), rel=1e-15
    )
    np.testing.assert_array_equal(inside.lower, bounds[0] * 2.0**exponents)
    np.testing.assert_array_equal(inside.upper, bounds[1] * 2.0**exponents)
    huge = penalty.in_units(np.full(4, -1000))  # a tiny column: its square is infinite
    assert np.isfinite(huge.l2**2).all()


def test_features_share_the_penalty_of_their_parameters(rng):
    penalty = Penalty(l1=0.5, l2=2.0).per_parameter(NETWORK)
    parameters = rng.normal(size=9)
    of_features = penalty.per_feature(3, total_weight=10.0)
    table = parameters.reshape(3, 3)  # one row per feature, the intercepts last
    assert of_features.value(table) == pytest.approx(penalty.value(parameters) / 10)
    assert not of_features.bounded
    first = of_features.of_features([0])
    expected = (0.5 * np.abs(table[0]).sum() + (table[0] ** 2).sum()) / 10
    assert first.value(table[:1]) == pytest.approx(expected)


def test_a_penalty_is_bounded_where_a_bound_is_finite():
    none = np.full(4, np.inf)
    assert not Penalty().bounded
    assert Penalty().lower is None
    assert not Penalty(bounds=(-none, none)).bounded
    one = none.copy()
    one[2] = 7.0
    penalty = Penalty(np.zeros(4), np.zeros(4), (-none, one)).per_feature(2, 1.0)
    assert penalty.bounded
    assert penalty.of_features([1]).bounded
    assert not penalty.of_features([0]).bounded


def test_violations_are_how_fast_the_objective_falls_along_a_coordinate():
    penalty = Penalty(
        np.full(4, 1.0),
        np.zeros(4),
        (np.full(4, -np.inf), np.array([np.inf, np.inf, np.inf, 0.0])),
    ).per_feature(1, 1.0)
    # At zero an l1 penalty of 1 holds slopes within ±1; the last may not move up.
    parameters = np.array([[0.0], [0.0], [2.0], [0.0]])
    gradient = np.array([[0.4], [-3.0], [0.5], [-3.0]])
    violations = penalty.violations(parameters, gradient)
    np.testing.assert_allclose(violations[:, 0], [0, 2, 1.5, 0])


@pytest.mark.parametrize("form", ["numbers", "one for every parameter"])
def test_the_risk_has_the_value_and_the_gradient_of_its_penalty(form, rng):
    X, y = rng.normal(size=(20, 2)), rng.integers(3, size=20)
    loss = EmpiricalRisk(NETWORK, MultinomialLogLoss(), X, y)
    parameters = rng.normal(size=9)
    weights = np.where(np.arange(9) < 6, parameters, 0)
    l1, l2 = 0.3, 0.7
    if form == "numbers":
        risk = EmpiricalRisk(NETWORK, MultinomialLogLoss(), X, y, l1=l1, l2=l2)
        assert (risk.penalty.l1, risk.penalty.l2) == (l1, l2)
    else:
        l1 = 0.0
        risk = loss.with_l2(Penalty(l2=l2).per_parameter(NETWORK).l2)
    value, gradient = risk.value_and_gradient(parameters)
    plain_value, plain_gradient = loss.value_and_gradient(parameters)
    cost = l1 * np.abs(weights).sum() + 0.5 * l2 * (weights**2).sum()
    slopes = l1 * np.sign(weights) + l2 * weights
    assert value == pytest.approx(plain_value + cost / 20, rel=1e-14)
    np.testing.assert_allclose(gradient, plain_gradient + slopes / 20, rtol=1e-12)


def test_another_l2_strength_leaves_the_rows_where_they_are(rng):
    X, y = rng.normal(size=(20, 2)), rng.integers(2, size=(20, 1)).astype(float)
    risk = EmpiricalRisk(Network((2, 1)), BinaryLogLoss(), X, y, l1=1.0)
    before = risk.fused()
    other = risk.with_l2(2.0)
    assert other.fused() is before
    assert (other.l1, other.l2) == (0.0, 2.0)
    assert (risk.l1, risk.l2) == (1.0, 0.0)


def test_a_strength_per_unit_of_tiny_weights_has_a_finite_square():
    penalty = Penalty(l1=1e200, l2=1e200).per_parameter(NETWORK)
    n_features = 2
    of_features = penalty.per_feature(3, total_weight=1e-200)
    for strengths in (of_features.l1, of_features.l2):
        assert np.isfinite(strengths**2).all()
        assert np.all(strengths[:n_features] > 1e150)


def test_a_bound_beyond_the_largest_number_is_no_bound_in_other_units():
    bounds = np.full(9, -1e300), np.full(9, 2.0)
    penalty = Penalty(bounds=bounds).per_parameter(NETWORK)
    scaled = penalty.in_units(np.full(9, 100))  # a warning would be an error
    assert np.all(scaled.lower == -np.inf)
    assert np.all(scaled.upper == 2.0**101)
