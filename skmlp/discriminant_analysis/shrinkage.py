"""Covariances of few rows: shrunk towards the identity or the variances, or by others.

A covariance C (d, d) is replaced by (1 − s)·C + s·T. With the strength s of a rule, and
with estimators out of `sklearn.covariance`, every class gets an estimate of its own,
and the classes' average is taken.
"""

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from skmlp.base.rows import blocks, cache_blocks, dense
from skmlp.discriminant_analysis.class_statistics import ClassStatistics

# Elements of the rows of a class that are copied at once: few enough for any memory,
# enough of them to be worth several threads.
_COPIED_ELEMENTS = 2**22


def shrink(covariance, shrinkage, target="identity"):
    """(1 − s)·C + s·T, where T is (trace C / d)·I or, of target 'diagonal', diag C."""
    variances = np.diag(covariance)
    if target == "identity":
        variances = np.full(len(variances), variances.mean())
    return (1 - shrinkage) * covariance + shrinkage * np.diag(variances)


def by_rule(rows, rule, target):
    """Statistics of rows, and (d, d) the average of the classes' shrunk covariances.

    They are shrunk as much as 'auto' (Ledoit and Wolf) or 'oas' says. Towards the
    diagonal is towards the identity, of columns scaled to unit deviation.
    """
    n_classes = len(rows.classes)
    whole, scales, scaled = None, [], []
    for label in range(n_classes):
        places = rows.places(label)
        of_class = statistics_of_rows(rows.X, places, rows.weights[places])
        covariance = of_class.within_covariance
        deviations = np.ones(len(covariance))
        if target == "diagonal":
            deviations = np.sqrt(np.maximum(np.diag(covariance), 0))
            deviations[deviations <= of_class.resolution] = 1.0
        scales.append(deviations)
        scaled.append(covariance / np.outer(deviations, deviations))
        of_class = of_class.of_classes([label], n_classes)
        whole = of_class if whole is None else whole.merge(of_class)

    if rule == "auto":
        fourth_moments = _fourth_moments(rows, whole, np.array(scales))
        strengths = map(_ledoit_wolf, scaled, whole.weights, fourth_moments)
    else:
        strengths = map(_oracle_approximating, scaled, whole.weights)
    average = np.zeros_like(whole.scatter)
    for share, strength, covariance, deviations in zip(
        whole.weights / whole.total, strengths, scaled, scales, strict=True
    ):
        shrunk = shrink(covariance, strength) * np.outer(deviations, deviations)
        average += share * shrunk
    return whole, average


def by_estimator(rows, statistics, covariance_estimator):
    """The average over classes of a scikit-learn estimator's covariance (d, d)."""
    takes_weights = has_fit_parameter(covariance_estimator, "sample_weight")
    average = np.zeros_like(statistics.scatter)
    for label, share in enumerate(statistics.weights / statistics.total):
        places = rows.places(label)
        weights = rows.weights[places]
        if not takes_weights and np.ptp(weights) > 0:
            raise ValueError(
                f"{type(covariance_estimator).__name__}.fit takes no sample_weight, "
                "but it differs between rows of a class; use shrinkage instead of "
                "covariance_estimator."
            )
        weighted = {"sample_weight": weights} if takes_weights else {}
        fitted = clone(covariance_estimator, safe=False)
        fitted.fit(dense(rows.X[places]), **weighted)
        covariance = getattr(fitted, "covariance_", None)
        if covariance is None:
            raise ValueError(
                f"{type(fitted).__name__} does not have a covariance_ attribute after "
                "fit; give covariance_estimator an estimator out of sklearn.covariance."
            )
        average += share * np.atleast_2d(covariance)
    return average


def statistics_of_rows(X, rows, sample_weight):
    """Statistics of some rows as one class; few of them are copied at a time."""
    length = max(1, _COPIED_ELEMENTS // X.shape[1])
    whole = None
    for part in blocks(len(rows), length):
        labels = np.zeros(len(rows[part]), int)
        statistics = ClassStatistics.from_rows(
            X[rows[part]], labels, 1, sample_weight[part]
        )
        whole = statistics if whole is None else whole.merge(statistics)
    return whole


def _fourth_moments(rows, statistics, scales):
    """The mean of ‖(x − m) / scales‖⁴ in every class (K,)."""
    sums = np.zeros(len(scales))
    for block in cache_blocks(*rows.X.shape):
        labels = rows.labels[block]
        residuals = dense(rows.X[block]) - statistics.means[labels]
        residuals /= scales[labels]
        squares = np.einsum("ij,ij->i", residuals, residuals)
        sums += np.bincount(labels, rows.weights[block] * squares**2, len(sums))
    return sums / statistics.weights


def _ledoit_wolf(covariance, n_rows, fourth_moment):
    """The s that minimises E‖shrink(C, s) − Σ‖² (Ledoit and Wolf 2004, section 3.3).

    The fourth moment is the mean of ‖x − m‖⁴; a row of weight w counts as w equal rows.
    """
    distance = np.sum((covariance - shrink(covariance, 1.0)) ** 2)
    if distance == 0:
        return 0.0
    variance = (fourth_moment - np.sum(covariance**2)) / n_rows
    return np.clip(variance / distance, 0, 1)


def _oracle_approximating(covariance, n_rows):
    """The s of Chen, Wiesel, Eldar and Hero (2010), eq. 23.

    Without the terms in 2/d, as in scikit-learn: they vanish with many columns.
    """
    square = np.mean(covariance**2)
    mean_square = np.mean(np.diag(covariance)) ** 2
    excess = (n_rows + 1) * (square - mean_square / len(covariance))
    return min((square + mean_square) / excess, 1.0) if excess > 0 else 1.0
