"""Tests of the assumptions of discriminant analysis, and of equal class means.

The assumptions are equal covariances (Box) and normal classes (Mardia). Weights are
frequencies: a row of weight w counts as w equal rows.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.stats

from skmlp.base.rows import cache_blocks, dense
from skmlp.discriminant_analysis.gaussian_classes import GaussianClasses
from skmlp.discriminant_analysis.shrinkage import statistics_of_rows
from skmlp.discriminant_analysis.whitening import whiten

__all__ = ["Assumption", "box_m", "canonical_analysis", "f_of_features", "mardia"]


@dataclass(frozen=True)
class Assumption:
    """Result of a test of an assumption of discriminant analysis.

    Attributes
    ----------
    name : str
        Name of the test and of the tested hypothesis.
    statistic : float
        Test statistic: Wilks' Λ, Box's M, Mardia's skewness or kurtosis.
    distribution : {'F', 'chi2', 'normal'}
        Distribution of `value` under the hypothesis.
    value : float
        The statistic, transformed so that it has this distribution.
    df : tuple of float
        Degrees of freedom of the distribution; empty for 'normal'.
    p_value : float
        Probability of a more extreme value if the hypothesis holds.
    """

    name: str
    statistic: float
    distribution: Literal["F", "chi2", "normal"]
    value: float
    df: tuple[float, ...]
    p_value: float


def canonical_analysis(statistics, tol):
    """Return canonical directions, their eigenvalues, and tests of equal means.

    The directions (d, r) are eigenvectors of S⁻¹B with descending eigenvalues (r,), for
    the scatter S within and B between classes. The list of tests (`Assumption`) has one
    for each direction: of the hypothesis that the class means do not differ along this
    direction and all following ones.
    """
    basis = whiten(statistics.within_covariance, statistics.resolution, tol)
    shares = statistics.weights / statistics.total
    classes = GaussianClasses(statistics.weights, statistics.means, shares, basis)
    directions, _ = classes.directions(tol)
    means = np.sqrt(shares)[:, np.newaxis] * classes.whitened_means
    roots = np.linalg.svd(means, compute_uv=False)[: directions.shape[1]]
    n_classes = np.count_nonzero(statistics.weights)
    tests = [
        _rao_test(
            roots[first:] ** 2, first, basis.shape[1], n_classes, statistics.total
        )
        for first in range(max(len(roots), 1))
    ]
    return directions, roots**2, tests


def _rao_test(eigenvalues, first, n_variables, n_classes, n_rows):
    """Return the test of equal means along direction `first` and those after it.

    It is Wilks' Λ, with Rao's F. `eigenvalues` are those of these directions (Rao 1951;
    Rencher 2002, Methods of Multivariate Analysis, 2nd ed., Wiley, section 6.1.3, and
    section 8.4.2 for the directions after the first).
    """
    wilks = np.prod(1 / (1 + eigenvalues))
    p, q = n_variables - first, n_classes - 1 - first
    denominator = p**2 + q**2 - 5
    t = np.sqrt((p**2 * q**2 - 4) / denominator) if denominator > 0 else 1.0
    w = n_rows - 1 - (n_variables + n_classes) / 2
    df = (p * q, w * t - p * q / 2 + 1)
    root = wilks ** (1 / t)
    value = (1 - root) / root * df[1] / df[0]
    hypothesis = f"means beyond LD{first}" if first else "equal means"
    p_value = scipy.stats.f.sf(value, *df)
    return _test(f"Wilks' lambda: {hypothesis}", wilks, "F", value, df, p_value)


def f_of_features(statistics):
    """Return F and p-value of a one-way analysis of variance of each column (d,)."""
    n_classes = np.count_nonzero(statistics.weights)
    df = (n_classes - 1, statistics.total - n_classes)
    within = np.diag(statistics.scatter) / df[1]
    varies = np.sqrt(within) > statistics.resolution
    between = np.diag(statistics.between_scatter) / df[0]
    values = np.divide(between, within, out=np.full_like(within, np.nan), where=varies)
    return values, scipy.stats.f.sf(values, *df)


def box_m(rows, statistics, tol):
    """Return Box's test of equal covariances, or None if a class has too few rows.

    The statistic M is compared with a χ² distribution (Box 1949).
    """
    present = np.flatnonzero(statistics.counts)
    n_classes = len(present)
    basis = whiten(statistics.within_covariance, statistics.resolution, tol)
    p = basis.shape[1]
    df_of_class = statistics.weights[present] - 1
    pooled_df = statistics.total - n_classes
    too_few = statistics.counts[present] <= p
    if n_classes == 1 or np.any(too_few) or np.any(df_of_class <= 0):
        return None
    M = 0.0
    for label, df_of_this in zip(present, df_of_class, strict=True):
        statistics_of_class = _class_statistics(rows, label)
        # Its determinant is |S_k| / |S| of the unbiased covariances.
        ratio = basis.T @ statistics_of_class.scatter @ basis / df_of_this
        ratio *= pooled_df / statistics.total
        sign, log_determinant = np.linalg.slogdet(ratio)
        if sign <= 0:
            return None
        M -= df_of_this * log_determinant
    correction = (np.sum(1 / df_of_class) - 1 / pooled_df) * (
        (2 * p**2 + 3 * p - 1) / (6 * (p + 1) * (n_classes - 1))
    )
    df = p * (p + 1) * (n_classes - 1) // 2
    value = M * (1 - correction)
    p_value = scipy.stats.chi2.sf(value, df)
    return _test("Box's M: equal covariances", M, "chi2", value, (df,), p_value)


def mardia(rows, label, name, tol):
    """Return Mardia's tests of normality of a class, by skewness and by kurtosis.

    Return None if the class has too few rows or does not vary (Mardia 1970,
    Biometrika 57).
    """
    indices = rows.rows_of_class(label)
    statistics = _class_statistics(rows, label)
    basis = whiten(statistics.within_covariance, statistics.resolution, tol)
    n, p = statistics.total, basis.shape[1]
    if len(indices) <= p + 1 or p == 0:
        return None
    weights = rows.weights[indices]
    z = np.vstack(
        [
            (dense(rows.X[indices[block]]) - statistics.means[0]) @ basis
            for block in cache_blocks(len(indices), rows.X.shape[1])
        ]
    )
    kurtosis = weights @ np.sum(z**2, axis=1) ** 2 / n
    skewness = _skewness(z, weights) / n**2
    df = p * (p + 1) * (p + 2) // 6
    chi2 = n * skewness / 6
    normal = (kurtosis - p * (p + 2)) / np.sqrt(8 * p * (p + 2) / n)
    p_values = scipy.stats.chi2.sf(chi2, df), 2 * scipy.stats.norm.sf(abs(normal))
    return (
        _test(f"Mardia's skewness: {name}", skewness, "chi2", chi2, (df,), p_values[0]),
        _test(
            f"Mardia's kurtosis: {name}", kurtosis, "normal", normal, (), p_values[1]
        ),
    )


def _skewness(z, weights):
    """Return Σᵢⱼ wᵢ·wⱼ·(zᵢᵀzⱼ)³, which equals the squared norm of Σ w·z⊗z⊗z.

    The cheaper one of the two forms is computed.
    """
    n, p = z.shape
    if n < p**2:
        return sum(
            weights[block] @ (z[block] @ z.T) ** 3 @ weights
            for block in cache_blocks(n, n)
        )
    return sum(np.sum(((z * (weights * column)[:, None]).T @ z) ** 2) for column in z.T)


def _test(name, statistic, distribution, value, df, p_value):
    """Return an `Assumption` with the numbers as Python floats."""
    return Assumption(
        name, float(statistic), distribution, float(value), df, float(p_value)
    )


def _class_statistics(rows, label):
    """Return the `ClassStatistics` of the rows of one class."""
    indices = rows.rows_of_class(label)
    return statistics_of_rows(rows.X, indices, rows.weights[indices])
