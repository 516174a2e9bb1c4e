"""Why LDA or logistic regression suits: assumptions, separation and collinearity."""

import json
import re

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from skmlp import LinearDiscriminantAnalysis
from skmlp.discriminant_analysis import lda_summary
from skmlp.logistic_regression import find_separation
from skmlp.model_comparison import compare, linear_models
from skmlp.model_comparison.columns import read_columns
from skmlp.model_comparison.linear_models import LinearModelFacts, facts_of_rows
from skmlp.model_comparison.one_fit import ComparisonData


def facts(X, y):
    """Return the LinearModelFacts of rows X and labels y."""
    return facts_of_rows(ComparisonData(X, read_columns(X), y, "classification"))


def gaussian(rng, n=300, spread=1.0):
    """Return rows of two normal classes; those of the second have another spread."""
    y = np.arange(n) % 2
    X = rng.normal(size=(n, 3)) * np.where(y, spread, 1.0)[:, np.newaxis]
    return X + y[:, np.newaxis], y


def test_p_values_are_those_of_the_summary_of_the_discriminant_analysis(bundled):
    X, y = bundled("iris")
    found = facts(X, y)
    scaled = StandardScaler().fit_transform(X)
    summary = lda_summary(LinearDiscriminantAnalysis().fit(scaled, y), scaled, y)
    assert found.covariance_p_value == summary.box_m.p_value
    smallest = min(test.p_value for test in summary.normality)
    assert found.normality_p_value == min(1, smallest * len(summary.normality))
    assert found.separation == find_separation(X, y).kind == "quasi-complete"


@pytest.mark.parametrize(
    ("spread", "better", "start", "end"),
    [
        (1, {None}, "Nothing speaks against", "LDA, though the scores do not show it."),
        (1, {"LDA", None}, "Nothing speaks", "which speaks for LDA, as do the scores."),
        (
            4,
            {"logistic regression"},
            "LDA's assumptions do not hold: the cov",
            "scores.",
        ),
        (4, {"LDA"}, "LDA's assum", "; the scores speak for LDA nevertheless."),
        (4, {"LDA", "logistic regression"}, "LDA's", "speaks for logistic regression."),
    ],
)
def test_the_sentence_agrees_with_the_scores_or_says_that_it_does_not(
    rng, spread, better, start, end
):
    (sentence,) = facts(*gaussian(rng, spread=spread)).sentences(better)
    assert sentence.startswith(start)
    assert sentence.endswith(end)
    assert re.search(r"Box's M: p [=<] 0\.\d{4}", sentence)


def test_skew_classes_are_not_called_normal(rng):
    X, y = gaussian(rng)
    found = facts(np.exp(X), y)
    assert found.normality_p_value < 1e-6
    assert (
        "not all classes are normal (Mardia: p < 0.0001)" in found.sentences({None})[0]
    )


def test_separated_classes_are_found(rng):
    X, y = gaussian(rng)
    X[:, 0] += 20 * y
    found = facts(X, y)
    assert found.separation == find_separation(X, y).kind == "complete"
    assert found.sentences({None})[1].startswith(
        "A linear score separates the classes without an error, so that only the pen"
    )


def test_the_condition_number_is_that_of_the_correlations_within_classes(rng):
    X, y = gaussian(rng)
    X[:, 2] = X[:, 0] + 0.01 * X[:, 2]
    centred = X - np.array([X[y == k].mean(axis=0) for k in (0, 1)])[y]
    theirs = np.linalg.cond(np.corrcoef(centred.T))
    found = facts(X, y)
    assert found.condition_number == pytest.approx(theirs, rel=1e-6)
    assert "nearly collinear (condition number " in found.sentences({None})[1]


def test_columns_that_repeat_others_are_counted(rng):
    X, y = gaussian(rng)
    found = facts(np.column_stack([X, X[:, 0], X[:, 1] - X[:, 2]]), y)
    assert (found.n_lost_directions, found.condition_number) == (2, None)
    assert "2 of the 5 prepared columns are combinations" in found.sentences({None})[1]
    one = facts(np.column_stack([X, X[:, 0]]), y)
    assert "1 of the 4 prepared columns is a combination" in one.sentences({None})[1]


def test_of_many_rows_a_part_is_used_and_said(rng, monkeypatch):
    monkeypatch.setattr(linear_models, "MAX_ROWS", 100)
    found = facts(*gaussian(rng))
    assert (found.n_rows, found.n_rows_used) == (300, 100)
    assert found.sentences({None})[0].startswith("Nothing on 100 of the 300 rows spe")


def test_what_cannot_be_tested_is_not_claimed(rng):
    X, y = gaussian(rng, n=12)
    found = facts(np.column_stack([X] * 5 + [rng.normal(size=(12, 20))]), y)
    assert found.covariance_p_value is found.normality_p_value is None
    assert not any("assum" in each for each in found.sentences({None}))
    wide = facts(rng.normal(size=(200, 101)), np.arange(200) % 2)
    assert wide == LinearModelFacts(200, 200, 101)
    assert wide.sentences({None}) == []


def test_an_error_of_the_explanation_never_ends_a_comparison(bundled, monkeypatch):
    def fail(X, y):
        raise RuntimeError("no luck")

    for name in ("_assumption_p_values", "_collinearity", "_separation"):
        monkeypatch.setattr(linear_models, name, fail)
    X, y = bundled("iris")
    comparison = compare(X, y, ["LDA", "logistic regression"], cv=2, repeats=1)
    assert comparison.linear_models == LinearModelFacts(150, 150, 4)


def test_the_facts_are_part_of_the_result_if_both_models_are_compared(iris_comparison):
    found = json.loads(iris_comparison.to_json())["linear_models"]
    assert found["separation"] == "quasi-complete"
    assert iris_comparison.linear_models.to_dict() == found
    assert "LDA's assumptions do not hold" in iris_comparison.verdict()


def test_without_one_of_the_two_models_there_are_no_facts(bundled):
    X, y = bundled("iris")
    comparison = compare(X, y, "LDA", cv=2, repeats=1)
    assert comparison.linear_models is None
    assert comparison.to_dict()["linear_models"] is None
