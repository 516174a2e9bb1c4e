"""The verdict: who suits best, who shares the place, and what the baseline says."""

import re

import pytest
from invented_comparisons import invented

from skmlp.model_comparison import compare


def scores(**losses):
    """Return {estimator: scores} for log losses; accuracies are 1 − half of them."""
    return {
        name.replace("_", " "): {"log_loss": loss, "accuracy": 1 - loss / 2}
        for name, loss in losses.items()
    }


BASELINE = {"log_loss": 0.69, "accuracy": 0.5}
PERCEPTRON = {"log_loss": None, "accuracy": 0.8}


def verdict(of, **options):
    """Return the verdict on invented scores with a baseline of log loss 0.69."""
    return invented(
        {**of, "baseline": BASELINE}, baseline="baseline", **options
    ).verdict()


def test_the_winner_of_the_family_is_named_with_its_lead():
    said = verdict(scores(MLP=0.3, LDA=0.1, net=0.5))
    assert said.startswith(
        "LDA suits best on toys: it has the lowest log loss, 0.100, lower than that of "
        "MLP by 0.200 (p < 0.001) and that of net by 0.400 (p < 0.001)."
    )


def test_those_who_cannot_be_told_apart_share_the_place():
    said = verdict(scores(MLP=0.302, LDA=0.3, net=0.5), noise=0.02)
    assert re.match(
        r"LDA \(log loss 0\.300\) and MLP \(0\.302\) share the first place on toys: "
        r"these rows do not tell them apart \(p = .*\)\. Behind LDA is net by 0\.200 "
        r"\(p < 0\.001\)\.$",
        said,
    )


def test_a_difference_that_does_not_matter_shares_the_place_though_significant():
    tiny = invented(
        {**scores(MLP=0.302, LDA=0.3), "baseline": BASELINE},
        noise=1e-4,
        baseline="baseline",
    )
    assert tiny.pairs()[0].is_significant
    assert tiny.verdict() == (
        "LDA (log loss 0.300) and MLP (0.302) share the first place on toys: the "
        "differences are within ±0.007 with a probability of 0.99 or more."
    )
    assert invented(tiny.scores, baseline="baseline", rope=0.001).verdict() == (
        "LDA suits best on toys: it has the lowest log loss, 0.300, lower than that of "
        "MLP by 0.002 (p < 0.001)."
    )


@pytest.mark.parametrize("loss", [0.688, 0.69, 0.9])
def test_nothing_is_called_better_than_the_baseline_that_is_not(loss):
    said = verdict(scores(LDA=loss, net=loss + 0.001), noise=0.03)
    assert said.startswith(
        "None of the 2 models is better than the baseline on toys by more than chance: "
        "without looking at any column, that has the log loss 0.690 (smallest p"
    )
    assert "suits" not in said
    assert "first place" not in said


def test_candidates_that_only_reach_the_baseline_are_named():
    said = verdict(scores(LDA=0.2, net=0.69))
    assert said.startswith("LDA suits best on toys")
    assert said.endswith(
        "Not shown to be better than the baseline (log loss 0.690): net."
    )


def test_a_candidate_that_does_not_beat_the_baseline_never_suits_best():
    # "wild" has the lower mean, but its distance from the baseline is uncertain.
    swings = [0.5, -0.5] * 7 + [0.0]
    given = {
        "wild": {"log_loss": [0.6 + swing for swing in swings], "accuracy": 0.5},
        "steady": {"log_loss": 0.66, "accuracy": 0.5},
    }
    comparison = invented(
        {**given, "baseline": BASELINE}, noise=0.005, baseline="baseline"
    )
    beaten = {each.first: each.better for each in comparison.against_baseline()}
    assert beaten["wild"] is None
    assert beaten["steady"] == "steady"
    said = comparison.verdict()
    assert "suits best" not in said
    assert said.endswith(
        "Not shown to be better than the baseline (log loss 0.690): wild."
    )


def test_a_candidate_without_probabilities_is_compared_by_accuracy():
    said = verdict({**scores(LDA=0.1, net=0.11), "unit": PERCEPTRON})
    assert (
        "Unit predicts no probabilities and is therefore compared by accuracy: 0.800, "
        "lower than that of LDA by 0.150 (p < 0.001)." in said
    )
    better = {"log_loss": None, "accuracy": 0.99}
    said = verdict({**scores(LDA=0.1, net=0.11), "unit": better})
    assert "accuracy: 0.990, higher than that of LDA by 0.040 (p < 0.001)." in said
    same = {"log_loss": None, "accuracy": 0.951}
    said = verdict({**scores(LDA=0.1, net=0.11), "unit": same}, noise=0.02)
    assert "accuracy: 0.951, which cannot be told from that of LDA (p = " in said


LDA_AND_LOGISTIC = ("LDA", "logistic regression")
GOOD, BAD = 0.9, 0.5


@pytest.mark.parametrize(
    ("accuracies", "losses", "sentence"),
    [
        (
            *((GOOD, GOOD), (0.3, 0.3)),
            r"LDA and logistic regression cannot be told apart on toys \(accuracy: "
            r"p = .*, log loss: p = .*\)\.",
        ),
        (
            *((GOOD, BAD), (0.1, 0.3)),
            r"Of LDA and logistic regression, LDA has the higher accuracy \(by 0\.400, "
            r"95 % interval 0\.\d+ to 0\.\d+, p < 0\.001\) and the lower log loss \(by "
            r"0\.200, 95 % interval 0\.\d+ to 0\.\d+, p < 0\.001\)\.",
        ),
        (
            *((GOOD, BAD), (0.3, 0.3)),
            r"LDA and logistic regression cannot be told apart in log loss \(p = .*\), "
            r"but LDA has the higher accuracy \(by 0\.400, .*\)\.",
        ),
        (
            *((BAD, GOOD), (0.1, 0.3)),
            r"Logistic regression has the higher accuracy \(by 0\.400, .*\), but LDA "
            r"has the lower log loss \(by 0\.200, .*\)\.",
        ),
    ],
)
def test_lda_and_logistic_regression_are_compared_with_fitting_signs(
    accuracies, losses, sentence
):
    given = {
        name: {"accuracy": accuracy, "log_loss": loss}
        for name, accuracy, loss in zip(
            LDA_AND_LOGISTIC, accuracies, losses, strict=True
        )
    }
    said = verdict(given)
    assert re.search(rf"\. {sentence}$", said)
    assert "−" not in said


def test_the_two_sentences_on_lda_never_contradict_each_other():
    # Without Holm's correction, the log losses differ significantly.
    given = scores(LDA=0.3, logistic_regression=0.318, a=0.301, b=0.302, c=0.303)
    comparison = invented(
        {**given, "baseline": BASELINE}, noise=0.011, baseline="baseline"
    )
    single = comparison.paired_difference(*LDA_AND_LOGISTIC, "log_loss")
    assert single.is_significant
    of_contest = comparison.contest()[1]
    assert of_contest.adjusted_p_value > 0.05
    assert of_contest.better is None
    assert "cannot be told apart on toys" in comparison.verdict()


def test_a_single_estimator_is_compared_with_the_baseline(bundled):
    X, y = bundled("iris")
    comparison = compare(X, y, "LDA", cv=3, repeats=1, name="iris")
    assert re.fullmatch(
        r"LDA is better than the baseline on iris: its log loss, 0\.0\d\d, is lower "
        r"than that of the baseline by 1\.0\d\d \(p .*\)\.",
        comparison.verdict(),
    )
    assert comparison.pairs() == []
    assert comparison.to_dict()["paired_differences"] == []
    assert "paired" not in str(comparison)


def test_columns_of_noise_beat_no_baseline(rng):
    X, y = rng.normal(size=(120, 3)), rng.integers(2, size=120)
    comparison = compare(X, y, ["LDA", "logistic regression"], name="noise")
    assert comparison.verdict().startswith("None of the 2 models is better than the b")
    X, y = rng.normal(size=(60, 3)), rng.normal(size=60)
    comparison = compare(X, y, "ridge", name="noise", repeats=2)
    assert comparison.verdict().startswith("Ridge is not better than the baseline on n")


def test_a_regression_has_a_winner_by_rmse(bundled):
    X, y = bundled("diabetes")
    comparison = compare(X, y, "ridge", repeats=1, name="diabetes")
    assert "better than the baseline on diabetes: its RMSE, 54." in comparison.verdict()
