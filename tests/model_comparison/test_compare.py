"""Comparing estimators: scores, folds, seeds, notes, and what is refused."""

import dataclasses
import warnings

import numpy as np
import pytest
import sklearn.linear_model
from comparison_names import LINEAR
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import KFold, RepeatedStratifiedKFold, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skmlp import LogisticRegression, MLPClassifier, Perceptron
from skmlp.model_comparison import compare


def test_scores_are_those_of_cross_validation_with_the_same_folds(iris_comparison):
    from sklearn.datasets import load_iris

    X, y = load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    folds = RepeatedStratifiedKFold(n_splits=4, n_repeats=2, random_state=0)
    theirs = cross_validate(
        pipeline, X, y, cv=folds, scoring=["accuracy", "neg_log_loss"]
    )
    ours = iris_comparison.scores["logistic regression"]
    np.testing.assert_allclose(ours["accuracy"], theirs["test_accuracy"])
    np.testing.assert_allclose(ours["log_loss"], -theirs["test_neg_log_loss"])


def test_summary_is_mean_and_sample_deviation(iris_comparison):
    scores = iris_comparison.scores["LDA"]["accuracy"]
    mean, deviation = iris_comparison.summary()["LDA"]["accuracy"]
    assert mean == pytest.approx(np.mean(scores))
    assert deviation == pytest.approx(np.std(scores, ddof=1))


def test_time_ratios_say_how_much_longer_scikit_learn_takes(iris_comparison):
    ratios = iris_comparison.time_ratios()
    assert list(ratios) == LINEAR
    ours, theirs = (
        iris_comparison.scores[name]["fit_time"] for name in ("LDA", "LDA (sklearn)")
    )
    assert ratios["LDA"] == pytest.approx(np.median(theirs / ours))


def test_counterparts_take_turns_in_going_first():
    from skmlp.model_comparison.candidates import Candidate
    from skmlp.model_comparison.cross_validation import fit_order
    from skmlp.model_comparison.folds import Fold

    listed = [
        Candidate("a", GaussianNB()),
        Candidate("b", GaussianNB()),
        Candidate("b (sklearn)", GaussianNB(), counterpart_of="b"),
    ]
    orders = [
        [each.name for each in fit_order(listed, Fold(number, None, None))]
        for number in range(2)
    ]
    assert orders == [["a", "b", "b (sklearn)"], ["a", "b (sklearn)", "b"]]


def test_estimators_without_probabilities_have_dashes_and_none(bundled):
    X, y = bundled("iris")
    comparison = compare(X, y, {"ridge": RidgeClassifier(), "Bayes": GaussianNB()})
    assert np.isnan(comparison.scores["ridge"]["log_loss"]).all()
    assert "ridge" not in comparison.curves
    entry = comparison.to_dict()["scores"]["ridge"]["log_loss"]
    assert entry["mean"] is None
    row = next(
        line for line in str(comparison).splitlines() if line.startswith("ridge")
    )
    assert row.count("–") == 3
    assert "ridge predicts no probabilities" in str(comparison)


def test_a_comparison_cannot_be_changed(iris_comparison):
    with pytest.raises(dataclasses.FrozenInstanceError):
        iris_comparison.data = None


def test_the_same_seed_gives_the_same_scores(bundled):
    X, y = bundled("wine")
    first, second, other = (
        compare(X, y, ["LDA"], repeats=1, random_state=seed) for seed in (1, 1, 2)
    )
    assert first.scores["LDA"]["log_loss"].tolist() == (
        second.scores["LDA"]["log_loss"].tolist()
    )
    assert first.scores["LDA"]["log_loss"].tolist() != (
        other.scores["LDA"]["log_loss"].tolist()
    )


def test_folds_of_ones_own_and_a_missing_class(bundled):
    X, y = bundled("iris")
    # Rows are sorted by class: each fold tests a class without training rows.
    comparison = compare(X, y, {"Bayes": GaussianNB()}, cv=KFold(3))
    assert comparison.folds.n_folds == 3
    assert comparison.scores["Bayes"]["accuracy"].tolist() == [0, 0, 0]


def test_several_jobs_give_the_scores_of_one(bundled):
    X, y = bundled("iris")
    one, two = (
        compare(X, y, ["LDA"], cv=2, repeats=1, n_jobs=jobs).scores["LDA"]
        for jobs in (1, 2)
    )
    assert one["log_loss"].tolist() == two["log_loss"].tolist()


def test_every_fit_is_reported(bundled):
    X, y = bundled("iris")
    seen = []
    compare(X, y, LINEAR, cv=2, repeats=1, on_fit=lambda *each: seen.append(each))
    assert [each[:2] for each in seen] == [(k, 6) for k in range(1, 7)]
    assert {each[2] for each in seen} == {*LINEAR, "baseline"}


def test_fits_that_did_not_converge_make_one_note(bundled):
    X, y = bundled("iris")
    estimator = MLPClassifier(max_iter=2, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        comparison = compare(X, y, {"MLP": estimator}, cv=3, repeats=1)
    assert comparison.notes == (
        "1 row is equal to an earlier one, and may be in another fold",
        "MLP stopped at max_iter in 3 of 3 folds",
    )
    assert "Note: MLP stopped at max_iter in 3 of 3 folds." in str(comparison)


class Interrupted(GaussianNB):
    """Classifier that warns as a network does if Ctrl-C is pressed during its fit."""

    def fit(self, X, y):
        warnings.warn("Training interrupted by user.", stacklevel=1)
        return super().fit(X, y)


def test_a_network_that_was_interrupted_ends_the_comparison(bundled):
    X, y = bundled("iris")
    with pytest.raises(KeyboardInterrupt):
        compare(X, y, {"network": Interrupted()})


def test_an_error_of_a_fit_names_the_estimator(bundled):
    X, y = bundled("iris")
    estimators = {"bad": sklearn.linear_model.LogisticRegression(C=-1)}
    with pytest.raises(ValueError, match="'C' parameter") as caught:
        compare(X, y, estimators)
    assert caught.value.__notes__ == ["while bad was fitted on fold 0"]


NUMBERS = np.arange(12.0)[:, None]
LABELS = np.array([0, 1] * 6)


@pytest.mark.parametrize(
    ("X", "y", "match"),
    [
        (NUMBERS, np.zeros(12), "'y' is constant: every row is '0.0'; choose another"),
        (NUMBERS, [None] * 12, "'y' has no value; choose another"),
        (NUMBERS, ["rare", *"aaaaaaaaaaa"], "only the class 'a' has two rows or more"),
        (NUMBERS, [0, 1, 2] * 4, r"no class has 5 rows.*--cv 4"),
        (NUMBERS, LABELS[:-1], "X has 12 rows and y has 11"),
        (NUMBERS, [], "no rows"),
        (NUMBERS, np.ones((12, 2)), r"shape \(12, 2\)"),
        (NUMBERS, np.where(LABELS, np.inf, -np.inf), "'y' has no value"),
        (np.full((12, 1), np.nan), LABELS, "without any value: 0.; add one beside"),
        (
            np.full((12, 1), np.inf),
            LABELS,
            "infinite in 12 rows, counted as missing: 0",
        ),
        (NUMBERS[:, 0], LABELS, r"X has the shape \(12,\)"),
        (NUMBERS[:, :0], LABELS, "no column to predict from"),
        (NUMBERS[:8], NUMBERS[:8, 0] + 0.5, "8 rows are too few for 5 folds"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_a_cure(X, y, match):
    with pytest.raises(ValueError, match=match):
        compare(X, y, ["LDA"])


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"estimators": ["LAD"]}, r"'LAD' is unknown.*'Perceptron'.*'LDA'\?$"),
        ({"estimators": []}, "estimators is empty"),
        ({"cv": 1}, "cv=1; use 2 or more"),
        ({"repeats": 0}, "repeats=0; use 1 or more"),
        ({"cv": [(LABELS[:6], LABELS[6:])]}, "cv has 1 folds"),
        ({"against": "torch"}, "against='torch' is unknown"),
        ({"task": "ranking"}, "task='ranking' is unknown"),
        ({"task": "regression", "estimators": ["LDA"]}, "unknown for regression"),
    ],
    ids=str,
)
def test_unknown_options_are_refused(options, match):
    with pytest.raises(ValueError, match=match):
        compare(NUMBERS, LABELS, **options)


def test_a_perceptron_that_separates_nothing_is_not_said_to_want_iterations(bundled):
    X, y = bundled("digits")
    comparison = compare(X, y, {"unit": Perceptron()}, cv=3, repeats=1)
    note = "unit ended without separating the classes in 3 of 3 folds"
    assert comparison.notes == (note,)


def test_complaints_other_than_convergence_are_kept(bundled):
    class Warns(GaussianNB):
        def fit(self, X, y):
            warnings.warn("odd rows\nsecond line", stacklevel=1)
            warnings.warn("stuck", ConvergenceWarning, stacklevel=1)
            return super().fit(X, y)

    X, y = bundled("iris")
    comparison = compare(X, y, {"Bayes": Warns()}, cv=2, repeats=1)
    assert comparison.notes == (
        "1 row is equal to an earlier one, and may be in another fold",
        "Bayes did not converge (stuck) in 2 of 2 folds",
        "Bayes warned (odd rows) in 2 of 2 folds",
    )


def test_decision_values_of_pairs_of_classes_are_not_those_of_classes(bundled):
    X, y = bundled("iris")
    shapes = {
        shape: SVC(kernel="linear", decision_function_shape=shape)
        for shape in ("ovo", "ovr")
    }
    scores = compare(X, y, shapes, cv=3, repeats=1).scores
    assert np.isnan(scores["ovo"]["roc_auc"]).all()
    assert (scores["ovr"]["roc_auc"] > 0.95).all()
