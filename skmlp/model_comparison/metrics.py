"""How good predictions are: scores, and curves of what was promised and what came."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn import metrics

__all__ = ["CLASSIFICATION", "FIT_TIME", "REGRESSION", "Metric", "Prediction"]

N_BINS = 15
N_TENTHS = 10

# A metric that needs probabilities, of an estimator that has none.
NOT_AVAILABLE = float("nan")


@dataclass(frozen=True)
class Prediction:
    """What an estimator says about the rows set aside, and what they are.

    Attributes
    ----------
    y : ndarray of shape (n,)
        The truth.
    predicted : ndarray of shape (n,)
        Labels or numbers.
    classes : ndarray of shape (K,)
        All labels, sorted.
    probabilities : ndarray of shape (n, K) or None
        None for an estimator that has no probabilities.
    """

    y: np.ndarray
    predicted: np.ndarray
    classes: np.ndarray
    probabilities: np.ndarray | None = None


@dataclass(frozen=True)
class Metric:
    """A score of a prediction, with what a reader of a table needs to know of it."""

    name: str
    label: str
    larger_is_better: bool
    score: Callable[[Prediction], float] | None
    in_verdict: bool = False


@dataclass(frozen=True)
class Task:
    """Metrics of one kind of prediction, and the curve that says if it can be trusted.

    A curve has three rows: the number of predictions in a bin, the sum of what they
    promised, the sum of what came. Curves of several folds add up.
    """

    metrics: tuple[Metric, ...]
    curve: Callable[[Prediction], np.ndarray | None]


def accuracy(prediction):
    """Share of the rows whose label is right."""
    return float(np.mean(prediction.predicted == prediction.y))


def balanced_accuracy(prediction):
    """Mean over the classes of the share of their rows whose label is right."""
    hit = prediction.predicted == prediction.y
    return float(
        np.mean([hit[prediction.y == k].mean() for k in np.unique(prediction.y)])
    )


def log_loss(prediction):
    """Mean of −log(probability of the true class)."""
    return _of_probabilities(metrics.log_loss, prediction)


def brier_score(prediction):
    """Mean of the squared errors of the probabilities, summed over the classes.

    With two classes it is half of that sum, and lies in [0, 1]: the convention of
    scikit-learn's ``brier_score_loss(scale_by_half="auto")``.
    """
    return _of_probabilities(metrics.brier_score_loss, prediction)


def calibration_error(prediction):
    """Σ over bins of (rows in the bin / n) · |share that is right − mean confidence|.

    Confidence is the probability of the predicted class, with two classes as well; the
    15 bins of (0, 1] have equal width. Guo, C. et al. (2017). On calibration of modern
    neural networks. ICML.
    """
    curve = confidence_curve(prediction)
    if curve is None:
        return NOT_AVAILABLE
    rows, promised, came = curve
    return float(np.abs(came - promised).sum() / rows.sum())


def confidence_curve(prediction):
    """Bins of confidence: (rows, Σ confidence, rows predicted right), or None."""
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
    """1 − Σ(error²) / Σ(deviation of the truth from its mean)²."""
    return float(metrics.r2_score(prediction.y, prediction.predicted))


def mean_absolute_error(prediction):
    """Mean of |error|."""
    return float(metrics.mean_absolute_error(prediction.y, prediction.predicted))


def root_mean_squared_error(prediction):
    """√(mean of error²)."""
    return float(metrics.root_mean_squared_error(prediction.y, prediction.predicted))


def tenths_curve(prediction):
    """Tenths of the rows, by prediction: (rows, Σ predictions, Σ truth)."""
    order = np.argsort(prediction.predicted, kind="stable")
    tenths = np.array_split(order, N_TENTHS)
    return np.array(
        [
            [len(rows), prediction.predicted[rows].sum(), prediction.y[rows].sum()]
            for rows in tenths
        ]
    ).T


def _of_probabilities(score, prediction):
    """A score of scikit-learn's that takes probabilities."""
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
    tenths_curve,
)
TASKS = {"classification": CLASSIFICATION, "regression": REGRESSION}
FIT_TIME = "fit_time"
