"""Ranking the candidates, and testing all pairs of them."""

import json

import numpy as np
import pytest
from invented_comparisons import invented

from skmlp.model_comparison import compare, holm

GIVEN = {
    "unit": {"log_loss": None, "accuracy": 0.8},
    "b": {"log_loss": 0.4, "accuracy": 0.7},
    "a": {"log_loss": 0.2, "accuracy": 0.9},
    "c": {"log_loss": 0.3, "accuracy": 0.95},
    "baseline": {"log_loss": 0.1, "accuracy": 0.99},
}


@pytest.fixture
def comparison():
    return invented(GIVEN, baseline="baseline")


def test_the_baseline_is_never_ranked_however_good_it_is(comparison):
    assert comparison.ranking() == ["a", "c", "b", "unit"]


def test_a_metric_that_no_candidate_has_ranks_none():
    rest = {name: {**each, "log_loss": None} for name, each in GIVEN.items()}
    assert invented(rest, baseline="baseline").ranking() == ["c", "a", "unit", "b"]


def test_all_pairs_are_tested_with_holms_correction(comparison):
    pairs = comparison.pairs()
    assert [(each.first, each.second, each.metric) for each in pairs] == [
        ("a", "c", "log loss"),
        ("a", "b", "log loss"),
        ("a", "unit", "accuracy"),
        ("c", "b", "log loss"),
        ("c", "unit", "accuracy"),
        ("b", "unit", "accuracy"),
    ]
    np.testing.assert_allclose(
        [each.adjusted_p_value for each in pairs],
        holm([each.p_value for each in pairs]),
    )


def test_the_probabilities_are_those_of_the_first_of_a_pair(comparison):
    for each in comparison.pairs():
        better, equal, worse = each.probabilities
        assert sum(each.probabilities) == pytest.approx(1)
        if abs(each.difference) > 0.05:
            is_better = (each.difference > 0) == each.larger_is_better
            assert (better if is_better else worse) > 0.99
            assert equal < 0.01


def test_regions_of_equivalence_are_001_or_a_hundredth_of_the_baselines_loss():
    given = {**GIVEN, "baseline": {"log_loss": 0.5, "accuracy": 0.6}}
    default, chosen = (
        invented(given, baseline="baseline", rope=rope) for rope in (None, 0.2)
    )
    for comparison, of_loss in ((default, 0.005), (chosen, 0.2)):
        ropes = {each.metric: each.rope for each in comparison.pairs()}
        assert ropes == pytest.approx({"log loss": of_loss, "accuracy": 0.01})
    # "a" and "c" differ by 0.1.
    assert default.pairs()[0].probabilities[0] > 0.99
    assert chosen.pairs()[0].is_practically_equal


def test_a_fit_time_has_no_region_of_equivalence(comparison):
    difference = comparison.paired_difference("a", "b", "fit_time")
    assert (difference.rope, difference.probabilities) == (None, None)
    assert difference.to_dict()["probabilities"] is None


def test_every_candidate_is_tested_against_the_baseline(comparison):
    against = comparison.against_baseline()
    assert [each.first for each in against] == ["a", "c", "b", "unit"]
    assert {each.second for each in against} == {"baseline"}
    assert [each.better for each in against] == ["baseline"] * 4


def test_a_pair_without_two_common_folds_is_refused_by_name(comparison):
    with pytest.raises(ValueError, match="unit and a have log loss in fewer than two"):
        comparison.paired_difference("unit", "a", "log_loss")


def test_models_that_agree_to_rounding_are_equal(bundled):
    from sklearn.linear_model import LinearRegression, Ridge

    X, y = bundled("diabetes")
    estimators = {"least squares": LinearRegression(), "ridge": Ridge(alpha=1e-13)}
    comparison = compare(X, y, estimators, repeats=1)
    (pair,) = comparison.pairs()
    assert (pair.difference, pair.statistic, pair.p_value) == (0, 0, 1)
    assert pair.probabilities == (0, 1, 0)
    assert "share the first place" in comparison.verdict()


def test_errors_of_exact_fits_are_ties(rng):
    from sklearn.linear_model import LinearRegression, Ridge

    X = rng.normal(size=(60, 3))
    estimators = {"a": LinearRegression(), "b": Ridge(alpha=0, solver="svd")}
    comparison = compare(X, 100 * X.sum(axis=1), estimators, task="regression")
    (pair,) = comparison.pairs()
    assert pair.p_value == 1
    assert "e+" not in str(comparison)
    assert "share the first place" in comparison.verdict()


def test_ranking_pairs_and_baseline_are_part_of_the_json(comparison):
    restored = json.loads(comparison.to_json())
    assert restored["ranking"] == ["a", "c", "b", "unit"]
    assert restored["ranked_by"] == ["log_loss", "accuracy"]
    assert restored["baseline"] == "baseline"
    assert len(restored["pairs"]) == 6
    assert len(restored["pairs"][0]["probabilities"]) == 3
    assert restored["against_baseline"][3]["metric"] == "accuracy"
