"""Covariance estimates for few rows: shrinkage, or estimators of scikit-learn.

Shrinkage replaces a covariance C (d, d) by (1 − s)·C + s·T. If a rule chooses the
strength s, or with an estimator of `sklearn.covariance`, the covariance of each class
is estimated separately, and the estimates are averaged.
"""

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from skmlp.base.rows import blocks, cache_blocks, dense
from skmlp.discriminant_analysis.class_statistics import (
    ClassStatistics,
    require_finite,
)

# Number of elements of the rows of a class that are copied at once: few enough for any
# memory, and enough for several threads.
_COPIED_ELEMENTS = 2**22


def shrink(covariance, shrinkage, target="identity"):
    """Return the shrunk covariance (1 − s)·C + s·T (d, d), for s = `shrinkage`.

    T is (trace C / d)·I for the target 'identity', and diag C for 'diagonal'.
    """
    variances = np.diag(covariance)
    if target == "identity":
        variances = np.full(len(variances), variances.mean())
    with np.errstate(invalid="ignore"):  # 0·∞, which `require_finite` refuses
        return (1 - shrinkage) * covariance + shrinkage * np.diag(variances)


def shrink_by_rule(rows, rule, target):
    """Return the `ClassStatistics`, and the average shrunk covariance (d, d).

    The strength of shrinkage for each class is chosen by `rule`, 'auto' (Ledoit and
    Wolf) or 'oas'. Shrinkage towards the diagonal is shrinkage towards the identity of
    columns scaled to unit deviation.
    """
    n_classes = len(rows.classes)
    merged, scales, scaled = None, np.ones((n_classes, rows.X.shape[1])), []
    present = np.flatnonzero(rows.counts)
    for label in present:
        indices = rows.rows_of_class(label)
        statistics = statistics_of_rows(rows.X, indices, rows.weights[indices])
        covariance = statistics.within_covariance
        # A power of two, so that squares of variances neither overflow nor underflow.
        exponent = np.frexp(np.max(np.diag(covariance), initial=0))[1] // 2
        deviations = np.full(len(covariance), 2.0**exponent)
        if target == "diagonal":
            deviations = np.sqrt(np.maximum(np.diag(covariance), 0))
            deviations[deviations <= statistics.resolution] = 1.0
        scales[label] = deviations
        scaled.append(covariance / np.outer(deviations, deviations))
        statistics = statistics.with_classes([label], n_classes)
        merged = statistics if merged is None else merged.merge(statistics)

    weights = merged.weights[present]
    if rule == "auto":
        fourth_moments = _fourth_moments(rows, merged, scales)[present] / weights
        strengths = map(_ledoit_wolf, scaled, weights, fourth_moments)
    else:
        strengths = map(_oracle_approximating, scaled, weights)
    average = np.zeros_like(merged.scatter)
    with np.errstate(over="ignore", invalid="ignore"):
        for share, strength, covariance, deviations in zip(
            weights / merged.total, strengths, scaled, scales[present], strict=True
        ):
            shrunk = shrink(covariance, strength) * np.outer(deviations, deviations)
            average += share * shrunk
        require_finite(np.diag(average))
    return merged, average


def covariance_by_estimator(rows, statistics, covariance_estimator):
    """Return the average covariance (d, d) of clones fitted to the rows of each class.

    The average is weighted by the weights of the classes.
    """
    takes_weights = has_fit_parameter(covariance_estimator, "sample_weight")
    average = np.zeros_like(statistics.scatter)
    shares = statistics.weights / statistics.total
    for label in np.flatnonzero(rows.counts):
        indices = rows.rows_of_class(label)
        weights = rows.weights[indices]
        if not takes_weights and np.ptp(weights) > 0:
            raise ValueError(
                f"{type(covariance_estimator).__name__}.fit takes no sample_weight, "
                "but the weights differ between rows of a class; use shrinkage instead "
                "of covariance_estimator."
            )
        arguments = {"sample_weight": weights} if takes_weights else {}
        fitted = clone(covariance_estimator, safe=False)
        fitted.fit(dense(rows.X[indices]), **arguments)
        covariance = getattr(fitted, "covariance_", None)
        if covariance is None:
            raise ValueError(
                f"{type(fitted).__name__} does not have a covariance_ attribute after "
                "fit; set covariance_estimator to an estimator of sklearn.covariance."
            )
        average += shares[label] * np.atleast_2d(covariance)
    return average


def statistics_of_rows(X, rows, sample_weight):
    """Return the `ClassStatistics` of X[rows], all in one class.

    Blocks of these rows are copied, one at a time.
    """
    length = max(1, _COPIED_ELEMENTS // X.shape[1])
    merged = None
    for part in blocks(len(rows), length):
        labels = np.zeros(len(rows[part]), int)
        statistics = ClassStatistics.from_rows(
            X[rows[part]], labels, 1, sample_weight[part]
        )
        merged = statistics if merged is None else merged.merge(statistics)
    return merged


def _fourth_moments(rows, statistics, scales):
    """Return the weighted sum of ‖(x − mₖ) / scalesₖ‖⁴ in every class k (K,)."""
    sums = np.zeros(len(scales))
    for block in cache_blocks(*rows.X.shape):
        labels = rows.labels[block]
        residuals = dense(rows.X[block]) - statistics.means[labels]
        residuals /= scales[labels]
        squares = np.einsum("ij,ij->i", residuals, residuals)
        weights = rows.weights[block]
        squares[weights == 0] = 0  # those of a class without weight may be huge
        with np.errstate(over="ignore"):  # of infinite sums, shrinkage is complete
            sums += np.bincount(labels, weights * squares**2, len(sums))
    return sums


def _ledoit_wolf(covariance, n_rows, fourth_moment):
    """Return the Ledoit-Wolf strength s, which minimises E‖shrink(C, s) − Σ‖².

    By Ledoit and Wolf (2004), section 3.3. `fourth_moment` is the mean of ‖x − m‖⁴; a
    row of weight w counts as w equal rows.
    """
    distance = np.sum((covariance - shrink(covariance, 1.0)) ** 2)
    if distance == 0:
        return 0.0
    variance = (fourth_moment - np.sum(covariance**2)) / n_rows
    return np.clip(variance / distance, 0, 1)


def _oracle_approximating(covariance, n_rows):
    """Return the oracle approximating (OAS) strength s of shrinkage.

    By Chen, Wiesel, Eldar and Hero (2010), eq. 23, but without the terms in 2/d, as in
    scikit-learn: they vanish for many columns.
    """
    square = np.mean(covariance**2)
    mean_square = np.mean(np.diag(covariance)) ** 2
    excess = (n_rows + 1) * (square - mean_square / len(covariance))
    return min((square + mean_square) / excess, 1.0) if excess > 0 else 1.0
