"""The corrected resampled t-test of two estimators."""

import numpy as np
import pytest
from comparison_names import LINEAR
from scipy import stats

from skmlp.model_comparison import corrected_resampled_t_test
from skmlp.model_comparison.paired_difference import differences_above_rounding


@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_the_t_test_is_the_published_formula(rng, confidence):
    differences = rng.normal(0.01, 0.02, size=15)
    outcome = corrected_resampled_t_test(differences, 1 / 4, confidence)
    mean = sum(differences) / 15
    variance = sum((differences - mean) ** 2) / 14
    error = ((1 / 15 + 1 / 4) * variance) ** 0.5
    reach = stats.t(14).ppf(0.5 + confidence / 2) * error
    assert outcome["degrees_of_freedom"] == 14
    assert outcome["statistic"] == pytest.approx(mean / error)
    assert outcome["p_value"] == pytest.approx(2 * stats.t(14).sf(abs(mean / error)))
    assert outcome["interval"] == pytest.approx((mean - reach, mean + reach))


def test_without_the_correction_it_is_the_one_sample_t_test(rng):
    differences = rng.normal(0.3, 1, size=10)
    theirs = stats.ttest_1samp(differences, 0)
    ours = corrected_resampled_t_test(differences, 0)
    assert ours["statistic"] == pytest.approx(theirs.statistic)
    assert ours["p_value"] == pytest.approx(theirs.pvalue)


def test_equal_scores_differ_by_nothing_with_p_one():
    outcome = corrected_resampled_t_test(np.zeros(6), 0.25)
    assert (outcome["statistic"], outcome["p_value"]) == (0, 1)
    assert outcome["interval"] == (0, 0)


@pytest.mark.parametrize("shift", [0.1, -0.1])
@pytest.mark.parametrize("noise", [0.0, 1e-17], ids=["equal", "equal but for rounding"])
def test_differences_without_variance_have_the_p_value_of_the_sign_test(shift, noise):
    differences = shift + noise * np.arange(6)
    differences[0] = np.nextafter(shift, 1) if noise else shift
    outcome = corrected_resampled_t_test(differences, 0.25)
    assert outcome["statistic"] == np.sign(shift) * np.inf
    assert outcome["interval"] == (outcome["difference"], outcome["difference"])
    theirs = stats.binomtest(k=6 * (shift > 0), n=6)
    assert outcome["p_value"] == pytest.approx(theirs.pvalue)


def test_scores_that_differ_by_rounding_are_ties():
    scores = np.array([0.7, 0.1, 0.9, 0.4, 0.3])
    others = scores * (1 + 2e-16 * np.arange(5))
    differences = differences_above_rounding(scores, others)
    assert differences.tolist() == [0] * 5
    assert corrected_resampled_t_test(differences, 0.25)["p_value"] == 1
    # Errors of exact fits are rounding errors of the target, whose size is that of 100.
    errors = differences_above_rounding([1e-14, 2e-14], [3e-14, 1e-15], scale=100.0)
    assert errors.tolist() == [0, 0]


def test_differences_above_rounding_and_folds_without_a_score_are_kept_apart():
    first, second = [0.5, np.nan, 0.7, 0.8], [0.4, 0.1, np.nan, 0.9]
    differences = differences_above_rounding(first, second)
    np.testing.assert_allclose(differences, [0.1, -0.1])


def test_the_reversed_difference_has_the_opposite_signs(iris_comparison):
    there = iris_comparison.paired_difference(*LINEAR, "log_loss")
    back = iris_comparison.paired_difference(*LINEAR[::-1], "log_loss")
    turned = there.reversed()
    for name in ("first", "second", "better", "metric"):
        assert getattr(turned, name) == getattr(back, name)
    for name in ("difference", "statistic", "p_value", "interval", "probabilities"):
        assert getattr(turned, name) == pytest.approx(getattr(back, name))


def test_one_fold_is_too_few_for_a_test():
    with pytest.raises(ValueError, match="two folds at least"):
        corrected_resampled_t_test([0.1], 0.25)


def test_the_test_gets_the_ratio_of_test_to_training_rows(iris_comparison):
    ours = iris_comparison.paired_difference(*LINEAR, "log_loss")
    scores = [iris_comparison.scores[name]["log_loss"] for name in LINEAR]
    difference = scores[0] - scores[1]
    # With four folds, n_test / n_train is close to 1/3.
    error = np.sqrt((1 / 8 + 1 / 3) * difference.var(ddof=1))
    assert ours.degrees_of_freedom == 7
    assert ours.standard_error == pytest.approx(error, rel=1e-3)
    assert ours.difference == pytest.approx(difference.mean())


@pytest.mark.parametrize(
    ("name", "metric", "match"),
    [("LDS", "accuracy", "estimator 'LDS'"), ("LDA", "f2", "metric 'f2'.*log_loss")],
)
def test_unknown_names_of_a_pair_are_refused(iris_comparison, name, metric, match):
    with pytest.raises(ValueError, match=match):
        iris_comparison.paired_difference(name, "logistic regression", metric)
