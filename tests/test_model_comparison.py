"""Comparing estimators: scores, the paired test, mixed columns, what is refused."""

import dataclasses
import json
import sys
import warnings

import numpy as np
import pytest
import sklearn.linear_model
from scipy import stats
from sklearn import metrics
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression as TheirLogisticRegression
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import KFold, RepeatedStratifiedKFold, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import (
    LinearDiscriminantAnalysis,
    LogisticRegression,
    MLPClassifier,
    Perceptron,
)
from skmlp.model_comparison import (
    MissingExtraError,
    compare,
    corrected_resampled_t_test,
)
from skmlp.model_comparison.candidates import candidates
from skmlp.model_comparison.columns import read_columns
from skmlp.model_comparison.metrics import (
    CLASSIFICATION,
    REGRESSION,
    Prediction,
    calibration_error,
    confidence_curve,
    tenths_curve,
)
from skmlp.model_comparison.target import prepare_target

LINEAR = ["LDA", "logistic regression"]


@pytest.fixture(scope="module")
def iris_comparison():
    from sklearn.datasets import load_iris

    X, y = load_iris(return_X_y=True)
    return compare(X, y, LINEAR, cv=4, repeats=2, name="iris", against="sklearn")


@pytest.fixture
def mixed(rng):
    """A frame of every kind of column, and a target that depends on some of them."""
    pandas = pytest.importorskip("pandas")
    n = 120
    frame = pandas.DataFrame(
        {
            "id": [f"patient {i}" for i in range(n)],
            "age": rng.integers(20, 80, n).astype(float),
            "colour": rng.choice(["red", "green", "blue"], n).astype(object),
            "since": pandas.date_range("2020-02-27", periods=n),
            "member": rng.random(n) < 0.5,
        }
    )
    signal = 3 * (frame["colour"] == "red") + frame["age"] / 30 + rng.normal(size=n)
    frame.loc[::7, "age"] = np.nan
    frame.loc[::9, "colour"] = None
    return frame, np.where(signal > signal.median(), "yes", "no")


# The corrected resampled t-test


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
def test_a_difference_without_variance_is_certain(shift):
    outcome = corrected_resampled_t_test(np.full(6, shift), 0.25)
    assert outcome["statistic"] == np.sign(shift) * np.inf
    assert outcome["p_value"] == 0


def test_one_fold_is_too_few_for_a_test():
    with pytest.raises(ValueError, match="two folds at least"):
        corrected_resampled_t_test([0.1], 0.25)


def test_the_test_gets_the_ratio_of_test_to_training_rows(iris_comparison):
    ours = iris_comparison.paired_difference(*LINEAR, "log_loss")
    scores = [iris_comparison.scores[name]["log_loss"] for name in LINEAR]
    difference = scores[0] - scores[1]
    # Four folds: a third as many rows to test on as to train on, nearly.
    error = np.sqrt((1 / 8 + 1 / 3) * difference.var(ddof=1))
    assert ours.degrees_of_freedom == 7
    assert ours.standard_error == pytest.approx(error, rel=1e-3)
    assert ours.difference == pytest.approx(difference.mean())


# Metrics


@pytest.mark.parametrize("n_classes", [2, 3])
def test_classification_metrics_are_those_of_scikit_learn(rng, n_classes):
    classes = np.array(["a", "b", "c"][:n_classes])
    y = np.concatenate([classes, rng.choice(classes, 60)])
    probabilities = rng.dirichlet(np.ones(n_classes), size=len(y))
    predicted = classes[probabilities.argmax(axis=1)]
    prediction = Prediction(y, predicted, classes, probabilities)
    ours = {metric.name: metric.score(prediction) for metric in CLASSIFICATION.metrics}
    ours.pop("calibration_error")
    assert ours == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(y, predicted),
            "balanced_accuracy": metrics.balanced_accuracy_score(y, predicted),
            "log_loss": metrics.log_loss(y, probabilities),
            "brier_score": metrics.brier_score_loss(
                *(y, probabilities), labels=classes, scale_by_half="auto"
            ),
        }
    )


def test_the_brier_score_is_a_sum_over_classes_halved_for_two(rng):
    brier = next(each for each in CLASSIFICATION.metrics if each.name == "brier_score")
    y = np.array([0, 1, 1])
    p = np.array([[0.9, 0.1], [0.3, 0.7], [0.6, 0.4]])
    assert brier.score(Prediction(y, y, np.arange(2), p)) == pytest.approx(
        (0.1**2 + 0.3**2 + 0.6**2) / 3
    )
    y = np.array([0, 2])
    p = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    assert brier.score(Prediction(y, y, np.arange(3), p)) == pytest.approx(
        (0.25 + 0.09 + 0.04 + 0.01 + 0.01 + 0.04) / 2
    )


def test_regression_metrics_are_those_of_scikit_learn(rng):
    y, predicted = rng.normal(size=(2, 40))
    prediction = Prediction(y, predicted, np.array([]))
    assert [each.score(prediction) for each in REGRESSION.metrics] == pytest.approx(
        [
            metrics.r2_score(y, predicted),
            metrics.mean_absolute_error(y, predicted),
            metrics.root_mean_squared_error(y, predicted),
        ]
    )


def test_the_calibration_error_of_an_example_by_hand():
    # Bins of 1/15: two rows near 0.62 of which one is right, two of 0.95, both right.
    top = np.array([0.61, 0.65, 0.95, 0.95])
    probabilities = np.column_stack([top, 1 - top])
    prediction = Prediction(
        np.array([0, 1, 0, 0]), np.zeros(4), np.array([0, 1]), probabilities
    )
    expected = 2 / 4 * abs(0.5 - 0.63) + 2 / 4 * abs(1 - 0.95)
    assert calibration_error(prediction) == pytest.approx(expected)
    rows, promised, right = confidence_curve(prediction)
    assert rows[[9, 14]].tolist() == [2, 2]
    assert promised.sum() == pytest.approx(top.sum())
    assert right.sum() == 3


@pytest.mark.parametrize(("confidence", "bin_number"), [(1.0, 14), (0.5, 7), (0.6, 8)])
def test_bins_are_closed_on_the_right(confidence, bin_number):
    probabilities = np.array([[confidence, 1 - confidence]])
    prediction = Prediction(np.array([0]), np.array([0]), np.arange(2), probabilities)
    assert confidence_curve(prediction)[0].argmax() == bin_number


def test_tenths_hold_all_rows_in_the_order_of_the_predictions(rng):
    y, predicted = rng.normal(size=(2, 25))
    rows, promised, came = tenths_curve(Prediction(y, predicted, np.array([])))
    assert rows.sum() == 25
    assert (np.diff(promised / rows) > 0).all()
    assert came.sum() == pytest.approx(y.sum())


# The comparison


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


def test_counterparts_have_the_parameters_of_ours():
    listed = candidates(
        {"a": LogisticRegression(C=3), "b": make_pipeline(MLPClassifier(alpha=2))},
        task="classification",
        seed=0,
        against="sklearn",
    )
    assert [each.counterpart_of for each in listed] == [None, "a", None, "b"]
    assert type(listed[1].estimator) is TheirLogisticRegression
    assert listed[1].estimator.C == 3
    theirs = listed[3].estimator[-1]
    assert type(theirs).__module__.startswith("sklearn")
    assert theirs.alpha == 2


def test_the_counterpart_of_a_regression_is_within_the_transformed_target():
    listed = candidates(None, task="regression", seed=3, against="sklearn")
    assert [each.name for each in listed] == ["MLP", "MLP (sklearn)", "ridge"]
    assert type(listed[1].estimator.regressor).__module__.startswith("sklearn")
    assert listed[1].estimator.regressor.random_state == 3


def test_time_ratios_say_how_much_longer_scikit_learn_takes(iris_comparison):
    ratios = iris_comparison.time_ratios()
    assert list(ratios) == LINEAR
    ours, theirs = (
        iris_comparison.scores[name]["fit_time"] for name in ("LDA", "LDA (sklearn)")
    )
    assert ratios["LDA"] == pytest.approx(np.median(theirs / ours))


def test_counterparts_take_turns_in_going_first():
    from skmlp.model_comparison.candidates import Candidate
    from skmlp.model_comparison.cross_validation import Fold, in_turns

    listed = [
        Candidate("a", GaussianNB()),
        Candidate("b", GaussianNB()),
        Candidate("b (sklearn)", GaussianNB(), counterpart_of="b"),
    ]
    orders = [
        [each.name for each in in_turns(listed, Fold(number, None, None))]
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


def test_everything_survives_strict_json(iris_comparison):
    text = iris_comparison.to_json()
    assert "NaN" not in text
    assert "Infinity" not in text
    restored = json.loads(text)
    assert restored["data"]["n_rows"] == 150
    assert len(restored["scores"]["LDA"]["accuracy"]["folds"]) == 8
    assert restored["paired_differences"][0]["metric"] == "accuracy"


def test_the_frame_has_a_row_per_estimator_and_fold(iris_comparison):
    pytest.importorskip("pandas")
    frame = iris_comparison.to_frame()
    assert len(frame) == 4 * 8
    mean = frame.groupby("estimator")["accuracy"].mean()["LDA"]
    assert mean == pytest.approx(iris_comparison.summary()["LDA"]["accuracy"].mean)


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
    # Sorted by class: three blocks test one class each that was not trained on.
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
    assert [each[:2] for each in seen] == [(k, 4) for k in (1, 2, 3, 4)]
    assert {each[2] for each in seen} == set(LINEAR)


def test_fits_that_did_not_converge_make_one_note(bundled):
    X, y = bundled("iris")
    estimator = MLPClassifier(max_iter=2, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        comparison = compare(X, y, {"MLP": estimator}, cv=3, repeats=1)
    assert comparison.notes == ("MLP stopped at max_iter in 3 of 3 folds",)
    assert "Note: MLP stopped at max_iter in 3 of 3 folds." in str(comparison)


class Interrupted(GaussianNB):
    """What a network does when Ctrl-C is pressed while it is fitted."""

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


# Verdicts


def _pair(first, second):
    """A comparison of two invented estimators: only the log losses are given."""
    from skmlp.model_comparison import Comparison
    from skmlp.model_comparison.comparison import DataSummary, FoldSummary

    scores = {
        name: {"accuracy": np.asarray(accuracy), "log_loss": np.asarray(loss)}
        for name, (accuracy, loss) in {"LDA": first, "other": second}.items()
    }
    return Comparison(
        DataSummary("toys", "classification", 30, 2, 2),
        FoldSummary(3, 1, 20.0, 10.0),
        tuple(each for each in CLASSIFICATION.metrics if each.in_verdict),
        scores,
        curves={},
        counterparts={},
    )


GOOD, BAD = [0.9, 0.91, 0.92], [0.5, 0.51, 0.52]
NOISY = [0.2, 0.9, 0.6]


@pytest.mark.parametrize(
    ("first", "second", "start", "end"),
    [
        (
            (GOOD, BAD),
            (GOOD, BAD),
            "LDA and other cannot be told apart on toys",
            "p = 1",
        ),
        (
            *((GOOD, BAD), (BAD, GOOD)),
            "On toys, LDA has the higher accuracy (difference 0.400",
            "p < 0.001",
        ),
        (
            *((BAD, NOISY), (GOOD, GOOD)),
            "On toys, other has the higher accuracy",
            "but LDA and other cannot be told apart in log loss",
        ),
        (
            *((GOOD, GOOD), (BAD, BAD)),
            "On toys, LDA has the higher accuracy",
            ", but other has the lower log loss",
        ),
    ],
)
def test_the_verdict_is_one_plain_sentence(first, second, start, end):
    sentence = _pair(first, second).verdict()
    assert sentence.startswith(start)
    assert end in sentence
    assert sentence.endswith(").")
    assert "\n" not in sentence


def test_a_single_estimator_has_no_verdict(bundled):
    X, y = bundled("iris")
    comparison = compare(X, y, "LDA", cv=2, repeats=1)
    assert comparison.verdict() == ""
    assert comparison.to_dict()["paired_differences"] == []
    assert "paired" not in str(comparison)


# Columns


def test_mixed_columns_are_prepared_within_the_folds(mixed):
    frame, y = mixed
    comparison = compare(frame, y, LINEAR, repeats=1)
    assert comparison.summary()["LDA"]["accuracy"].mean > 0.6
    assert comparison.notes == (
        "left out, another text in every row: 'id'",
        "dates turned into days: 'since'",
    )


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_other_frames_are_read_like_those_of_pandas(mixed, library):
    pytest.importorskip(library)
    frame, _ = mixed
    if library == "polars":
        import polars

        other = polars.from_pandas(frame)
    else:
        import pyarrow

        other = pyarrow.Table.from_pandas(frame)
    expected, read = read_columns(frame), read_columns(other)
    np.testing.assert_allclose(read.values, expected.values)
    assert read.notes == expected.notes


def test_columns_become_numbers_and_codes(mixed):
    frame, _ = mixed
    columns = read_columns(frame)
    assert columns.categorical.tolist() == [False, True, False, False]
    age, colour, since, member = columns.values.T
    np.testing.assert_array_equal(age, frame["age"])
    # Codes are in the order of the alphabet; the eighteenth row has no colour.
    known = frame["colour"].notna()
    names = np.array(["blue", "green", "red"])[colour[known].astype(int)]
    assert names.tolist() == frame["colour"][known].tolist()
    assert np.isnan(colour[~known]).all()
    # 29 February 2020 came 18321 days after the first of January 1970.
    assert since[2] == 18321
    np.testing.assert_array_equal(member, frame["member"])


def test_an_array_of_objects_is_read_without_pandas(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    X = np.array([[1, "a", None], [2.5, "b", True], [None, None, False]], dtype=object)
    columns = read_columns(X)
    assert columns.categorical.tolist() == [False, True, False]
    np.testing.assert_array_equal(
        columns.values, [[1, 0, np.nan], [2.5, 1, 1], [np.nan, np.nan, 0]]
    )


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["2020-02-29", "1970-01-02"], [18321, 1]),
        (["1970-01-02 12:00", "1970-01-02T06:00:00"], [1.5, 1.25]),
    ],
)
def test_iso_dates_are_days_since_1970(texts, expected):
    X = np.array(texts, dtype=object)[:, None]
    assert read_columns(X).values[:, 0].tolist() == expected


def test_categories_beyond_twenty_are_pooled(rng):
    X = np.array([f"town {i % 40}" for i in range(400)], dtype=object)[:, None]
    columns = read_columns(X)
    prepared = columns.preparation().fit_transform(columns.values)
    assert prepared.shape == (400, 20)


def test_a_category_that_was_not_trained_on_is_no_error():
    X = np.array(["a", "b"] * 10 + ["c"], dtype=object)[:, None]
    columns = read_columns(X)
    preparation = columns.preparation().fit(columns.values[:20])
    assert preparation.transform(columns.values[20:]).tolist() == [[0, 0]]


def test_a_pipeline_sees_the_frame_as_it_is(mixed):
    from sklearn.compose import make_column_transformer

    frame, y = mixed
    pipeline = make_pipeline(
        make_column_transformer((StandardScaler(), ["member"])), GaussianNB()
    )
    comparison = compare(frame, y, {"members": pipeline}, cv=2, repeats=1)
    assert 0.2 < comparison.summary()["members"]["accuracy"].mean < 0.8


# Targets


@pytest.mark.parametrize(
    ("y", "task"),
    [
        (["a", "b", "a"], "classification"),
        ([True, False, True], "classification"),
        ([0, 1, 2, 2], "classification"),
        ([0.0, 1.0, 1.0], "classification"),
        ([0.5, 1.0, 1.5], "regression"),
        (list(range(20)), "classification"),
        (list(range(21)), "regression"),
        (np.array([1, 2.5, 3], dtype=object), "regression"),
    ],
    ids=str,
)
def test_the_task_is_recognised(y, task):
    assert prepare_target(y)[1] == task


def test_the_task_can_be_overruled():
    y, task = prepare_target(list(range(30)), "classification")
    assert task == "classification"
    assert y.tolist() == list(range(30))
    assert prepare_target([0, 1, 1], "regression")[0].dtype == float


def test_categories_of_pandas_are_classes_even_if_they_are_many_numbers():
    pandas = pytest.importorskip("pandas")
    y = pandas.Series(np.arange(50) % 25).astype("category")
    assert prepare_target(y)[1] == "classification"


NUMBERS = np.arange(12.0)[:, None]
LABELS = np.array([0, 1] * 6)


@pytest.mark.parametrize(
    ("X", "y", "match"),
    [
        (NUMBERS, np.zeros(12), "'y' is constant: every row is '0.0'; choose another"),
        (NUMBERS, [None, *"ababababab", "b"], "missing in 1 of 12 rows; fill it in"),
        (NUMBERS, ["rare", *"aabbaabbaab"], "class 'rare' has 1 member, fewer than 5"),
        (NUMBERS, [0] * 3 + [1] * 9, r"has 3 members.*--cv 3"),
        (NUMBERS, LABELS[:-1], "X has 12 rows and y has 11"),
        (NUMBERS, [], "no rows"),
        (NUMBERS, np.ones((12, 2)), r"shape \(12, 2\)"),
        (NUMBERS, np.where(LABELS, np.inf, NUMBERS[:, 0]), "infinite"),
        (np.full((12, 1), np.nan), LABELS, "column 0 has no values at all; remove it"),
        (np.where(NUMBERS == 3, np.inf, 1), LABELS, "column 0 is infinite in 1 row;"),
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
        ({"estimators": ["LAD"]}, r"'LAD' is unknown.*did you mean 'LDA'.*Perceptron"),
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


@pytest.mark.parametrize(
    ("name", "metric", "match"),
    [("LDS", "accuracy", "estimator 'LDS'"), ("LDA", "f1", "metric 'f1'.*log_loss")],
)
def test_unknown_names_of_a_pair_are_refused(iris_comparison, name, metric, match):
    with pytest.raises(ValueError, match=match):
        iris_comparison.paired_difference(name, "logistic regression", metric)


def test_a_parameter_that_scikit_learn_lacks_is_named():
    class LogisticRegression(LinearDiscriminantAnalysis):
        def __init__(self, depth=1):
            super().__init__()
            self.depth = depth

    LogisticRegression.__module__ = "skmlp.elsewhere"
    with pytest.raises(ValueError, match="no parameter 'depth'"):
        candidates(
            {"a": LogisticRegression(depth=2)}, task=None, seed=0, against="sklearn"
        )


# Report and plot


def test_the_table_is_aligned_and_no_wider_than_a_page(iris_comparison):
    text = str(iris_comparison)
    assert max(map(len, text.splitlines())) <= 100
    assert "\x1b" not in text
    lines = text.splitlines()
    rule = next(k for k, line in enumerate(lines) if line.startswith("──"))
    table = lines[rule + 1 : rule + 5]
    ends = {line.index("±") for line in table}
    assert len(ends) == 1
    assert [line[:19].strip() for line in table[::2]] == LINEAR
    assert table[1].startswith("  sklearn")
    assert table[1].endswith("×")


def test_the_table_shows_the_means(iris_comparison):
    mean, deviation = iris_comparison.summary()["LDA"]["accuracy"]
    assert f"{mean:.3f}±{deviation:.3f}" in str(iris_comparison)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_the_plot_is_a_picture_without_pyplot(bundled, tmp_path, task, iris_comparison):
    pytest.importorskip("matplotlib")
    from matplotlib.image import imread

    comparison = iris_comparison
    if task == "regression":
        X, y = bundled("diabetes")
        comparison = compare(X, y, ["ridge"], cv=3, repeats=1)
    file = tmp_path / "scores.png"
    had_pyplot = "matplotlib.pyplot" in sys.modules
    figure = comparison.plot(file)
    assert len(figure.axes) == (5 if task == "classification" else 4)
    picture = imread(file)
    assert picture.shape[1] > 1500
    assert picture.std() > 0.05
    assert ("matplotlib.pyplot" in sys.modules) == had_pyplot


@pytest.mark.parametrize(
    ("package", "action"),
    [
        ("matplotlib", lambda comparison: comparison.plot()),
        ("pandas", lambda comparison: comparison.to_frame()),
    ],
)
def test_a_missing_package_is_named_with_the_extra(
    iris_comparison, monkeypatch, package, action
):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf'{package}.*"skmlp\[compare\]"'):
        action(iris_comparison)


def test_a_name_is_no_formula_and_a_missing_glyph_no_warning(bundled, tmp_path):
    pytest.importorskip("matplotlib")
    X, y = bundled("iris")
    comparison = compare(X, y, ["LDA"], cv=2, repeats=1, name=r"$\frac$ 鸢尾花 [red]")
    comparison.plot(tmp_path / "scores.png")
    assert (tmp_path / "scores.png").stat().st_size > 10_000


def test_default_estimators_can_be_cloned_and_have_names():
    for task, names in {
        "classification": ["Perceptron", "LDA", "logistic regression", "MLP"],
        "regression": ["MLP", "ridge"],
    }.items():
        listed = candidates(None, task=task, seed=0, against=None)
        assert [each.name for each in listed] == names
        for each in listed:
            clone(each.estimator)


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
        "Bayes did not converge (stuck) in 2 of 2 folds",
        "Bayes warned (odd rows) in 2 of 2 folds",
    )
