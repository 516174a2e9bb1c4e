"""The choice of metrics: scorers of scikit-learn, rare classes, and refusals."""

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.metrics import (
    average_precision_score,
    f1_score,
    get_scorer_names,
    make_scorer,
)
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlp.model_comparison import compare
from skmlp.model_comparison.scoring import choose_scoring

TEXT = np.array(["no", "yes"])
TWO, THREE = np.array([0, 1, 1] * 20), np.array([0, 1, 2] * 20)
NUMBERS = np.linspace(1, 9, 60)


def classes_in_three_columns(labels, rng, n=90):
    """Return rows X of three columns and labels y, which depend on X."""
    codes = np.arange(n) % len(labels)
    X = rng.normal(size=(n, 3)) + codes[:, np.newaxis]
    return X, np.asarray(labels)[codes]


@pytest.mark.parametrize(
    ("labels", "scoring"),
    [
        ([0, 1], "roc_auc"),
        ([0, 1], "neg_brier_score"),
        ([0, 1, 1], "f1"),
        ([0, 0, 1], "f1"),
        ([0, 0, 1], "average_precision"),
        ([0, 1, 1], "average_precision"),
        ([0, 1, 1], "precision"),
        ([False, True], "recall"),
        ([0, 1], "matthews_corrcoef"),
        ([0, 1], "positive_likelihood_ratio"),
        ([0, 1, 2], "roc_auc_ovo"),
        ([0, 1, 2], "roc_auc_ovr"),
        ([0, 1, 2], "f1_macro"),
        ([0, 1, 2], "f1_weighted"),
        ([0, 1, 2], "top_k_accuracy"),
        ([0, 1, 2], "neg_log_loss"),
        (["a", "b"], "roc_auc"),
        (["a", "b"], "neg_log_loss"),
    ],
)
def test_scores_are_those_of_scikit_learns_scorer(rng, labels, scoring):
    X, y = classes_in_three_columns(labels, rng)
    comparison = compare(
        X, y, {"Bayes": GaussianNB()}, scoring=scoring, cv=3, repeats=1
    )
    metric = comparison.leading[0]
    ours = comparison.scores["Bayes"][metric]
    theirs = cross_val_score(
        make_pipeline(StandardScaler(), GaussianNB()),
        *(X, y),
        scoring=scoring,
        cv=RepeatedStratifiedKFold(n_splits=3, n_repeats=1, random_state=0),
    )
    sign = -1 if scoring.startswith("neg_") else 1
    np.testing.assert_allclose(ours, sign * theirs)
    kinds = {each.name: each for each in comparison.metrics}
    assert kinds[metric].larger_is_better == (sign == 1)
    assert comparison.ranks_by[0] == metric


@pytest.mark.parametrize(
    ("scoring", "score", "response"),
    [
        ("f1", f1_score, "predict"),
        ("average_precision", average_precision_score, "predict_proba"),
    ],
)
def test_of_two_texts_the_rarer_class_is_looked_for(rng, scoring, score, response):
    X, y = classes_in_three_columns(["bad", "good", "good"], rng)
    comparison = compare(
        X, y, {"Bayes": GaussianNB()}, scoring=scoring, cv=3, repeats=1
    )
    theirs = cross_val_score(
        make_pipeline(StandardScaler(), GaussianNB()),
        *(X, y),
        scoring=make_scorer(score, response_method=response, pos_label="bad"),
        cv=RepeatedStratifiedKFold(n_splits=3, n_repeats=1, random_state=0),
    )
    ours = comparison.scores["Bayes"][comparison.leading[0]]
    np.testing.assert_allclose(ours, theirs)
    assert comparison.positive_class == "bad"
    assert comparison.to_dict()["positive_class"] == "bad"


def test_a_name_of_the_table_is_a_name_of_a_measure(rng):
    X, y = classes_in_three_columns([0, 1, 2], rng)
    for scoring in ("roc_auc", "log_loss", "f1", "calibration_error"):
        comparison = compare(
            X, y, {"Bayes": GaussianNB()}, scoring=scoring, cv=2, repeats=1
        )
        assert comparison.ranks_by[0] == comparison.leading[0] == scoring


def test_the_other_of_two_classes_has_a_column_of_its_own(rng):
    X, y = classes_in_three_columns([0, 1, 1], rng)
    comparison = compare(X, y, {"Bayes": GaussianNB()}, scoring="f1", cv=3, repeats=1)
    assert comparison.leading[0] == "f1_of_1"
    assert comparison.positive_class == 0
    scores = comparison.scores["Bayes"]
    assert not np.allclose(scores["f1"], scores["f1_of_1"])


def test_a_regression_is_ranked_by_the_scorer_asked_for(bundled):
    X, y = bundled("diabetes")
    comparison = compare(
        X, y, "ridge", scoring="neg_median_absolute_error", cv=3, repeats=3
    )
    assert comparison.ranks_by == ("neg_median_absolute_error", "rmse")
    text = str(comparison)
    assert text.index("median absolute") < text.index("RMSE") < text.index("MAE")
    assert "its median absolute error" in comparison.verdict()


WITHOUT_USE = {
    "unknown": (TWO, "acuracy", r"scoring='acuracy' is no scorer.*mean 'accuracy'\?"),
    "no name": (TWO, 3, "scoring=3 is no scorer of scikit-learn"),
    "for numbers": (TWO, "r2", r"scoring='r2' does not fit a classification; use"),
    "for classes": (NUMBERS, "accuracy", "'accuracy' does not fit a regression; use"),
    "for two": (THREE, "precision", r"'precision' cannot score this target .*another"),
    "for labels in sets": (TWO, "f1_samples", "cannot score this target"),
    "positive": (NUMBERS - 5, "neg_mean_gamma_deviance", "cannot score this target"),
}


@pytest.mark.parametrize("case", WITHOUT_USE)
def test_a_scorer_that_is_no_use_is_refused_before_any_fit(case):
    y, scoring, match = WITHOUT_USE[case]
    fits = []
    with pytest.raises(ValueError, match=match):
        compare(
            *(np.ones((60, 1)), y),
            scoring=scoring,
            on_fit=lambda *each: fits.append(each),
        )
    assert fits == []


@pytest.mark.parametrize("rope", [-0.1, np.inf, np.nan, "wide", True], ids=str)
def test_a_region_that_is_no_width_is_refused(rope):
    with pytest.raises(ValueError, match=r"rope=.*; give the largest difference"):
        compare(np.ones((60, 1)), TWO, rope=rope)


@pytest.mark.parametrize("scoring", sorted(get_scorer_names()))
@pytest.mark.parametrize(
    "y", [TWO, THREE, TEXT[TWO], NUMBERS], ids=["two", "three", "text", "numbers"]
)
def test_every_scorer_either_scores_a_target_or_is_refused_by_name(scoring, y):
    task = "regression" if y is NUMBERS else "classification"
    try:
        chosen = choose_scoring(y, task, scoring)
    except ValueError as error:
        assert f"scoring={scoring!r}" in str(error)  # noqa: PT017 - either may happen
        return
    assert chosen.ranked_by[0] == chosen.leading[0]
    assert chosen.ranked_by[0] in {each.name for each in chosen.metrics}


@pytest.mark.parametrize(
    ("members", "is_rare"),
    [((9, 91), True), ((11, 89), False), ((5, 45, 50), True), ((10, 45, 45), False)],
)
def test_a_class_is_rare_below_a_fifth_of_an_equal_share(members, is_rare):
    chosen = choose_scoring(
        np.repeat(np.arange(len(members)), members), "classification"
    )
    assert bool(chosen.notes) == is_rare
    assert (chosen.leading[0] == "average_precision") == is_rare


def test_where_a_class_is_rare_the_table_leads_with_measures_that_see_it(rng):
    y = (np.arange(400) < 20).astype(int)
    X = rng.normal(size=(400, 2)) + y[:, np.newaxis]
    comparison = compare(X, y, {"Bayes": GaussianNB(), "ridge": RidgeClassifier()})
    note = (
        "0.950 of the rows are class 0, so always saying 0 has that accuracy; the "
        "table leads with measures that see the other class"
    )
    assert comparison.notes[0] == note
    text = str(comparison)
    headings = text.splitlines()[3]
    order = [headings.index(word) for word in ("precision", "ROC", "F1", "log loss")]
    assert order == sorted(order)
    assert comparison.summary()["baseline"]["accuracy"].mean == pytest.approx(0.95)
    assert "ridge predicts no probabilities, and is ranked apart, by balanced" in text
    assert "average precision and F1 are those of class 1, the rarer one" in text


def test_a_rare_class_among_equal_ones_has_a_note_too():
    y = np.repeat(["a", "b", "c"], [80, 40, 3])
    (note,) = choose_scoring(y, "classification").notes
    assert note.startswith("class c has only 0.024 of the rows, so accuracy hardly dep")


def test_of_many_classes_there_are_no_scores_class_by_class():
    few, many = (
        choose_scoring(np.repeat(np.arange(n), 3), "classification") for n in (20, 21)
    )
    assert "roc_auc" in {each.name for each in few.metrics}
    assert "roc_auc" not in {each.name for each in many.metrics}
    assert "roc_auc" not in many.leading


def test_folds_that_lack_a_class_are_counted_below_the_table(rng):
    X, y = classes_in_three_columns([0, 1], rng, n=60)
    halves = np.arange(60)
    one_class = np.flatnonzero(y == 0)[:10]
    folds = [(np.setdiff1d(halves, test), test) for test in (one_class, halves[20:40])]
    folds += [(halves[:40], halves[40:])]
    comparison = compare(X, y, {"Bayes": GaussianNB()}, cv=folds)
    assert np.isnan(comparison.scores["Bayes"]["roc_auc"]).tolist() == [
        *(True, False, False)
    ]
    known = comparison.scores["Bayes"]["roc_auc"][1:]
    assert comparison.summary()["Bayes"]["roc_auc"].mean == pytest.approx(known.mean())
    text = str(comparison)
    assert "ROC AUC: over 2 of the 3 folds, as the test rows of the others" in text
