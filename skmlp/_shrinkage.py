"""Covariances of few rows: shrunk towards the identity or the variances, or by others.

A covariance C (d, d) is replaced by (1 − s)·C + s·T. With the strength s of a rule, and
with estimators out of `sklearn.covariance`, every class gets an estimate of its own,
and the classes' average is taken.
"""

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from skmlp.class_statistics import ClassStatistics, as_dense, row_blocks

# Elements of the rows of a class that are copied at once: few enough for any memory,
# enough of them to be worth several threads.
_COPIED_ELEMENTS = 2**22


def shrink(covariance, shrinkage, target="identity"):
    """(1 − s)·C + s·T, where T is (trace C / d)·I or, of target 'diagonal', diag C."""
    variances = np.diag(covariance)
    if target == "identity":
        variances = np.full(len(variances), variances.mean())
    return (1 - shrinkage) * covariance + shrinkage * np.diag(variances)


def average_over_classes(estimate, rows, statistics):
    """Σₖ (wₖ / Σ w)·estimate(X, places of class k, their weights): (d, d)."""
    average = np.zeros_like(statistics.scatter)
    for label, weight in enumerate(statistics.weights / statistics.total):
        places = np.flatnonzero((rows.labels == label) & (rows.weights > 0))
        of_class = estimate(rows.X, places, rows.weights[places])
        average += weight * np.atleast_2d(of_class)
    return average


def by_rule(rule, target):
    """The estimate that shrinks as much as 'auto' (Ledoit and Wolf) or 'oas' says.

    Towards the diagonal is towards the identity, of columns scaled to unit deviation.
    """
    strength = {"auto": _ledoit_wolf, "oas": _oracle_approximating}[rule]

    def estimate(X, rows, sample_weight):
        statistics = statistics_of_rows(X, rows, sample_weight)
        covariance = statistics.within_covariance
        deviations = np.ones(len(covariance))
        if target == "diagonal":
            deviations = np.sqrt(np.maximum(np.diag(covariance), 0))
            deviations[deviations <= statistics.resolution] = 1.0
        scales = np.outer(deviations, deviations)
        scaled = covariance / scales

        def fourth_moment():
            total = 0.0
            for block in row_blocks(len(rows), X.shape[1]):
                residuals = as_dense(X[rows[block]]) - statistics.means[0]
                squared_lengths = np.sum((residuals / deviations) ** 2, axis=1)
                total += sample_weight[block] @ squared_lengths**2
            return total / statistics.total

        shrinkage = strength(scaled, statistics.total, fourth_moment)
        return shrink(scaled, shrinkage) * scales

    return estimate


def by_estimator(covariance_estimator):
    """The estimate of a scikit-learn covariance estimator, a copy for each class."""
    takes_weights = has_fit_parameter(covariance_estimator, "sample_weight")

    def estimate(X, rows, sample_weight):
        if not takes_weights and np.ptp(sample_weight) > 0:
            raise ValueError(
                f"{type(covariance_estimator).__name__}.fit takes no sample_weight, "
                "but it differs between rows of a class; use shrinkage instead of "
                "covariance_estimator."
            )
        weighted = {"sample_weight": sample_weight} if takes_weights else {}
        fitted = clone(covariance_estimator, safe=False)
        fitted.fit(as_dense(X[rows]), **weighted)
        covariance = getattr(fitted, "covariance_", None)
        if covariance is None:
            raise ValueError(
                f"{type(fitted).__name__} does not have a covariance_ attribute after "
                "fit; give covariance_estimator an estimator out of sklearn.covariance."
            )
        return covariance

    return estimate


def statistics_of_rows(X, rows, sample_weight):
    """Statistics of some rows as one class; few of them are copied at a time."""
    length = max(1, _COPIED_ELEMENTS // X.shape[1])
    whole = None
    for start in range(0, len(rows), length):
        part = slice(start, start + length)
        labels = np.zeros(len(rows[part]), int)
        statistics = ClassStatistics.from_rows(
            X[rows[part]], labels, 1, sample_weight[part]
        )
        whole = statistics if whole is None else whole.merge(statistics)
    return whole


def _ledoit_wolf(covariance, n_rows, fourth_moment):
    """The s that minimises E‖shrink(C, s) − Σ‖² (Ledoit and Wolf 2004, section 3.3).

    `fourth_moment()` is the mean of ‖x − m‖⁴; a row of weight w counts as w equal rows.
    """
    distance = np.sum((covariance - shrink(covariance, 1.0)) ** 2)
    if distance == 0:
        return 0.0
    variance = (fourth_moment() - np.sum(covariance**2)) / n_rows
    return np.clip(variance / distance, 0, 1)


def _oracle_approximating(covariance, n_rows, _):
    """The s of Chen, Wiesel, Eldar and Hero (2010), eq. 23.

    Without the terms in 2/d, as in scikit-learn: they vanish with many columns.
    """
    square = np.mean(covariance**2)
    mean_square = np.mean(np.diag(covariance)) ** 2
    excess = (n_rows + 1) * (square - mean_square / len(covariance))
    return min((square + mean_square) / excess, 1.0) if excess > 0 else 1.0
