"""Metrics of a comparison: those of scikit-learn, calibration, and curves."""

import numpy as np
import pytest
from sklearn import metrics

from skmlp.model_comparison.metrics import (
    CLASSIFICATION,
    REGRESSION,
    Prediction,
    average_precision,
    calibration_error,
    confidence_curve,
    decile_curve,
    f1,
    roc_auc,
)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_classification_metrics_are_those_of_scikit_learn(rng, n_classes):
    classes = np.array(["a", "b", "c"][:n_classes])
    y = np.concatenate([classes, rng.choice(classes, 60)])
    probabilities = rng.dirichlet(np.ones(n_classes), size=len(y))
    predicted = classes[probabilities.argmax(axis=1)]
    prediction = Prediction(y, predicted, classes, probabilities)
    ours = {metric.name: metric.score(prediction) for metric in CLASSIFICATION.metrics}
    ours.pop("calibration_error")
    of_two = n_classes == 2
    one_of_two = {"pos_label": classes[-1]} if of_two else {"average": "macro"}
    turns = probabilities[:, 1] if of_two else probabilities
    assert ours == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(y, predicted),
            "balanced_accuracy": metrics.balanced_accuracy_score(y, predicted),
            "log_loss": metrics.log_loss(y, probabilities),
            "brier_score": metrics.brier_score_loss(
                *(y, probabilities), labels=classes, scale_by_half="auto"
            ),
            "roc_auc": metrics.roc_auc_score(y, turns, multi_class="ovr"),
            "average_precision": metrics.average_precision_score(
                *(y, turns), **one_of_two
            ),
            "f1": metrics.f1_score(y, predicted, **one_of_two),
        }
    )


@pytest.mark.parametrize("positive", ["no", "yes"])
def test_precision_and_f1_are_those_of_the_positive_class(rng, positive):
    classes = np.array(["no", "yes"])
    y, predicted = rng.choice(classes, size=(2, 50))
    decision = rng.normal(size=50)
    prediction = Prediction(
        *(y, predicted, classes),
        decision=np.column_stack([-decision, decision]),
        positive=positive,
    )
    values = decision if positive == "yes" else -decision
    assert f1(prediction) == pytest.approx(
        metrics.f1_score(y, predicted, pos_label=positive)
    )
    assert average_precision(prediction) == pytest.approx(
        metrics.average_precision_score(y, values, pos_label=positive)
    )
    assert roc_auc(prediction) == pytest.approx(metrics.roc_auc_score(y, decision))


@pytest.mark.parametrize("n_classes", [2, 4])
def test_equal_values_are_treated_as_scikit_learn_does(rng, n_classes):
    y = np.concatenate([np.arange(n_classes), rng.integers(n_classes, size=80)])
    # A third of the values are ties.
    values = np.round(rng.dirichlet(np.ones(n_classes), size=len(y)), 1)
    prediction = Prediction(y, y, np.arange(n_classes), values)
    columns = [1] if n_classes == 2 else range(n_classes)
    for ours, theirs in (
        (roc_auc, metrics.roc_auc_score),
        (average_precision, metrics.average_precision_score),
    ):
        expected = np.mean([theirs(y == k, values[:, k]) for k in columns])
        assert ours(prediction) == pytest.approx(expected)


def test_classes_without_test_rows_are_left_out(rng):
    probabilities = rng.dirichlet(np.ones(3), size=40)
    y = rng.integers(2, size=40)
    classes = np.arange(3)
    predicted = probabilities.argmax(axis=1)
    prediction = Prediction(y, predicted, classes, probabilities)
    each = [metrics.roc_auc_score(y == k, probabilities[:, k]) for k in (0, 1)]
    assert roc_auc(prediction) == pytest.approx(np.mean(each))
    one_class = Prediction(np.zeros(40, int), predicted, classes, probabilities)
    assert np.isnan(roc_auc(one_class))
    assert np.isnan(average_precision(one_class))


def test_without_any_values_of_the_classes_there_is_no_curve_to_measure():
    prediction = Prediction(np.array([0, 1]), np.array([0, 1]), np.array([0, 1]))
    assert np.isnan([roc_auc(prediction), average_precision(prediction)]).all()
    assert f1(prediction) == 1


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
    # Bins of width 1/15: two rows near 0.63, one of them correct; two of 0.95, correct.
    top = np.array([0.61, 0.65, 0.95, 0.95])
    probabilities = np.column_stack([top, 1 - top])
    prediction = Prediction(
        np.array([0, 1, 0, 0]), np.zeros(4), np.array([0, 1]), probabilities
    )
    expected = 2 / 4 * abs(0.5 - 0.63) + 2 / 4 * abs(1 - 0.95)
    assert calibration_error(prediction) == pytest.approx(expected)
    rows, predicted_sum, right = confidence_curve(prediction)
    assert rows[[9, 14]].tolist() == [2, 2]
    assert predicted_sum.sum() == pytest.approx(top.sum())
    assert right.sum() == 3


@pytest.mark.parametrize(("confidence", "bin_number"), [(1.0, 14), (0.5, 7), (0.6, 8)])
def test_bins_are_closed_on_the_right(confidence, bin_number):
    probabilities = np.array([[confidence, 1 - confidence]])
    prediction = Prediction(np.array([0]), np.array([0]), np.arange(2), probabilities)
    assert confidence_curve(prediction)[0].argmax() == bin_number


def test_deciles_hold_all_rows_in_the_order_of_the_predictions(rng):
    y, predicted = rng.normal(size=(2, 25))
    rows, predicted_sum, observed_sum = decile_curve(
        Prediction(y, predicted, np.array([]))
    )
    assert rows.sum() == 25
    assert (np.diff(predicted_sum / rows) > 0).all()
    assert observed_sum.sum() == pytest.approx(y.sum())
