"""Metrics of predictions, and their calibration curves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn import metrics

__all__ = ["CLASSIFICATION", "FIT_TIME", "REGRESSION", "Metric", "Prediction"]

N_BINS = 15

# Metrics that treat every class in turn are computed for this many classes at most.
MAX_CLASSES_IN_TURN = 20

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
    decision : ndarray of shape (n, K) or None
        Decision values, larger where the class is more likely; None if the estimator
        has none.
    positive : label or None
        With two classes, the one that average precision and F1 look for; None stands
        for the last of `classes`.
    estimator, X : fitted estimator and its input of these rows, or None
        What a scorer of scikit-learn needs.
    """

    y: np.ndarray
    predicted: np.ndarray
    classes: np.ndarray
    probabilities: np.ndarray | None = None
    decision: np.ndarray | None = None
    positive: Any = None
    estimator: Any = None
    X: Any = None

    @property
    def class_scores(self):
        """Values (n, K) by which the rows are put in order for every class, or None.

        They are decision values for two classes, which do not round to 1, and
        probabilities for more, as these can be compared from row to row.
        """
        choices = (self.decision, self.probabilities)
        if len(self.classes) > 2:
            choices = choices[::-1]
        return next((values for values in choices if values is not None), None)

    @property
    def classes_in_turn(self):
        """Pairs (label, its column) of the classes that a one-versus-rest score takes.

        With two classes it is the positive one, else all.
        """
        columns = range(len(self.classes))
        if len(self.classes) == 2:
            is_first = self.positive is not None and self.positive == self.classes[0]
            columns = [0 if is_first else 1]
        return [(self.classes[k], k) for k in columns]


@dataclass(frozen=True)
class Metric:
    """A score of predictions, with its label and its direction for the table.

    `in_verdict` is True if the verdict of a comparison names it, `needs_probabilities`
    if estimators without probabilities have no such score. `is_share` is True if the
    score has no unit and is 1 at best, so that 0.01 means the same on all data.
    """

    name: str
    label: str
    larger_is_better: bool
    score: Callable[[Prediction], float] | None
    in_verdict: bool = False
    needs_probabilities: bool = False
    is_share: bool = True


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


def roc_auc(prediction):
    """Return the area under the ROC curve; the mean over the classes if K > 2.

    It is the probability that a row of the class has a larger value than a row of
    another class, where equal values count half. A class that no test row has, or all
    have, is left out; NaN if none is left.
    """
    is_in, values = _classes_in_turn(prediction)
    if is_in.size == 0:
        return NOT_AVAILABLE
    # All classes at once: scikit-learn's loop over them takes longer than many fits.
    inside = is_in.sum(axis=0)
    ranks = np.sum(rankdata(values, axis=0), where=is_in, axis=0)
    smallest = inside * (inside + 1) / 2
    return float(np.mean((ranks - smallest) / (inside * (len(is_in) - inside))))


def average_precision(prediction):
    """Return the average precision: of the positive class, or the mean if K > 2.

    It is the mean over the rows of the class of the precision at their value: the share
    of the class among the rows whose value is no smaller. A class that no test row has,
    or all have, is left out; NaN if none is left.
    """
    is_in, values = _classes_in_turn(prediction)
    if is_in.size == 0:
        return NOT_AVAILABLE
    order = np.argsort(-values, axis=0)
    found = np.cumsum(np.take_along_axis(is_in, order, axis=0), axis=0)
    n_rows = rankdata(-values, method="max", axis=0).astype(int)
    precision = np.take_along_axis(found, n_rows - 1, axis=0) / n_rows
    return float(np.mean(np.mean(precision, where=is_in, axis=0)))


def _classes_in_turn(prediction):
    """Return whether rows are in a class (n, k), and their values for it (n, k).

    The columns are the classes that some test rows have and others have not; there are
    none if the estimator has no values.
    """
    labels, columns = zip(*prediction.classes_in_turn, strict=True)
    is_in = prediction.y[:, np.newaxis] == np.asarray(labels)
    can_be_told = is_in.any(axis=0) & ~is_in.all(axis=0)
    if prediction.class_scores is None:
        can_be_told[:] = False
        return is_in[:, can_be_told], None
    values = prediction.class_scores[:, columns]
    return is_in[:, can_be_told], values[:, can_be_told]


def f1(prediction):
    """Return F1, the harmonic mean of precision and recall.

    It is that of the positive class, or the mean over the classes if K > 2.
    """
    labels = None
    if len(prediction.classes) == 2:
        labels = [label for label, _ in prediction.classes_in_turn]
    return float(
        metrics.f1_score(
            prediction.y,
            prediction.predicted,
            labels=labels,
            average="macro",
            zero_division=0,
        )
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
        Metric(
            *("log_loss", "log loss", False, log_loss),
            in_verdict=True,
            needs_probabilities=True,
            is_share=False,
        ),
        Metric(
            *("brier_score", "Brier score", False, brier_score),
            needs_probabilities=True,
            is_share=False,
        ),
        Metric(
            *("calibration_error", "calibration error", False, calibration_error),
            needs_probabilities=True,
        ),
        Metric("roc_auc", "ROC AUC", True, roc_auc),
        Metric("average_precision", "average precision", True, average_precision),
        Metric("f1", "F1", True, f1),
    ),
    confidence_curve,
)
REGRESSION = Task(
    (
        Metric("r2", "R²", True, r2, in_verdict=True),
        Metric(
            *("mae", "MAE", False, mean_absolute_error), in_verdict=True, is_share=False
        ),
        Metric("rmse", "RMSE", False, root_mean_squared_error, is_share=False),
    ),
    decile_curve,
)
TASKS = {"classification": CLASSIFICATION, "regression": REGRESSION}
FIT_TIME = "fit_time"
