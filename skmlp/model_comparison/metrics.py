"""Metrics of predictions, and their calibration curves."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn import metrics

__all__ = ["CLASSIFICATION", "FIT_TIME", "REGRESSION", "Metric", "Prediction"]

N_BINS = 15
N_DECILES = 10

# Value of a metric that needs probabilities, for an estimator that predicts none.
NOT_AVAILABLE = float("nan")


@dataclass(frozen=True)
class Prediction:
    """Predictions of an estimator for the test rows, with the true values.

    Attributes
    ----------
    y : ndarray of shape (n,)
        True labels or numbers.
    predicted : ndarray of shape (n,)
        Predicted labels or numbers.
    classes : ndarray of shape (K,)
        All labels, sorted.
    probabilities : ndarray of shape (n, K) or None
        Predicted probabilities; None if the estimator predicts none.
    """

    y: np.ndarray
    predicted: np.ndarray
    classes: np.ndarray
    probabilities: np.ndarray | None = None


@dataclass(frozen=True)
class Metric:
    """A score of predictions, with its label and its direction for the table.

    `in_verdict` is True if the verdict of a comparison names it.
    """

    name: str
    label: str
    larger_is_better: bool
    score: Callable[[Prediction], float] | None
    in_verdict: bool = False


@dataclass(frozen=True)
class Task:
    """Metrics and calibration curve of a classification or of a regression.

    A curve is an array of shape (3, n_bins). Its rows hold, per bin, the number of
    predictions, the sum of the predicted values, and the sum of the observed values.
    Curves of several folds can be added.
    """

    metrics: tuple[Metric, ...]
    curve: Callable[[Prediction], np.ndarray | None]


def accuracy(prediction):
    """Return the share of rows whose predicted label is correct."""
    return float(np.mean(prediction.predicted == prediction.y))


def balanced_accuracy(prediction):
    """Return the mean over the classes of the share of correctly labelled rows."""
    correct = prediction.predicted == prediction.y
    return float(
        np.mean([correct[prediction.y == k].mean() for k in np.unique(prediction.y)])
    )


def log_loss(prediction):
    """Return the mean over rows of −log(predicted probability of the true class)."""
    return _score_probabilities(metrics.log_loss, prediction)


def brier_score(prediction):
    """Return the mean over rows of the squared probability errors, summed by class.

    With two classes the sum is halved, so that the score lies in [0, 1]: the convention
    of scikit-learn's ``brier_score_loss(scale_by_half="auto")``.
    """
    return _score_probabilities(metrics.brier_score_loss, prediction)


def calibration_error(prediction):
    """Return the expected calibration error over 15 bins of confidence.

    The error is Σ over bins of (rows in the bin / n) · |accuracy − mean confidence|.
    Confidence is the probability of the predicted class, with two classes as well; the
    15 bins of (0, 1] have equal width. Guo, C. et al. (2017). On calibration of modern
    neural networks. ICML.
    """
    curve = confidence_curve(prediction)
    if curve is None:
        return NOT_AVAILABLE
    rows, predicted_sum, observed_sum = curve
    return float(np.abs(observed_sum - predicted_sum).sum() / rows.sum())


def confidence_curve(prediction):
    """Return a curve (3, 15) over bins of confidence, or None without probabilities.

    Its rows are the number of predictions, the sum of their confidence, and the number
    of correct predictions.
    """
    if prediction.probabilities is None:
        return None
    top = prediction.probabilities.argmax(axis=1)
    confidence = prediction.probabilities[np.arange(len(top)), top]
    right = prediction.classes[top] == prediction.y
    # Bins are open on the left: (0, 1/15], (1/15, 2/15], ...
    bins = np.clip(np.ceil(confidence * N_BINS).astype(int) - 1, 0, N_BINS - 1)
    weights = (np.ones(len(top)), confidence, right.astype(float))
    return np.stack([np.bincount(bins, weight, N_BINS) for weight in weights])


def r2(prediction):
    """Return the coefficient of determination: R² = 1 − Σ(y − ŷ)² / Σ(y − ȳ)²."""
    return float(metrics.r2_score(prediction.y, prediction.predicted))


def mean_absolute_error(prediction):
    """Return the mean absolute error of the predictions."""
    return float(metrics.mean_absolute_error(prediction.y, prediction.predicted))


def root_mean_squared_error(prediction):
    """Return the square root of the mean squared error of the predictions."""
    return float(metrics.root_mean_squared_error(prediction.y, prediction.predicted))


def decile_curve(prediction):
    """Return a curve (3, 10) over deciles of the prediction.

    Its rows are the number of predictions, their sum, and the sum of the true values.
    """
    order = np.argsort(prediction.predicted, kind="stable")
    tenths = np.array_split(order, N_DECILES)
    return np.array(
        [
            [len(rows), prediction.predicted[rows].sum(), prediction.y[rows].sum()]
            for rows in tenths
        ]
    ).T


def _score_probabilities(score, prediction):
    """Return scikit-learn's `score` of the probabilities, NaN if there are none."""
    if prediction.probabilities is None:
        return NOT_AVAILABLE
    return float(
        score(prediction.y, prediction.probabilities, labels=prediction.classes)
    )


CLASSIFICATION = Task(
    (
        Metric("accuracy", "accuracy", True, accuracy, in_verdict=True),
        Metric("balanced_accuracy", "balanced accuracy", True, balanced_accuracy),
        Metric("log_loss", "log loss", False, log_loss, in_verdict=True),
        Metric("brier_score", "Brier score", False, brier_score),
        Metric("calibration_error", "calibration error", False, calibration_error),
    ),
    confidence_curve,
)
REGRESSION = Task(
    (
        Metric("r2", "R²", True, r2, in_verdict=True),
        Metric("mae", "MAE", False, mean_absolute_error, in_verdict=True),
        Metric("rmse", "RMSE", False, root_mean_squared_error),
    ),
    decile_curve,
)
TASKS = {"classification": CLASSIFICATION, "regression": REGRESSION}
FIT_TIME = "fit_time"
