"""Tests of what discriminant analysis supposes: means, covariances, normality.

Weights count rows: a row of weight w is w equal rows.
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
    """A test of something that discriminant analysis supposes.

    Attributes
    ----------
    name : str
        Which test, and of what.
    statistic : float
        Its own statistic: Wilks' Λ, Box's M, Mardia's skewness or kurtosis.
    distribution : {'F', 'chi2', 'normal'}
        What `value` is compared with.
    value : float
        The statistic, transformed to that distribution.
    df : tuple of float
        Degrees of freedom of it.
    p_value : float
        The probability of a more extreme value if what is tested holds.
    """

    name: str
    statistic: float
    distribution: Literal["F", "chi2", "normal"]
    value: float
    df: tuple[float, ...]
    p_value: float


def canonical_analysis(statistics, tol):
    """Directions (d, r), eigenvalues (r,) of S⁻¹B, and tests of those from each on."""
    basis = whiten(statistics.within_covariance, statistics.resolution, tol)
    shares = statistics.weights / statistics.total
    classes = GaussianClasses(statistics.weights, statistics.means, shares, basis)
    directions, _ = classes.directions(tol)
    means = np.sqrt(shares)[:, np.newaxis] * classes.whitened_means
    spreads = np.linalg.svd(means, compute_uv=False)[: directions.shape[1]]
    n_classes = np.count_nonzero(statistics.weights)
    tests = [
        _rao(spreads[first:] ** 2, first, basis.shape[1], n_classes, statistics.total)
        for first in range(max(len(spreads), 1))
    ]
    return directions, spreads**2, tests


def _rao(eigenvalues, first, n_variables, n_classes, n_rows):
    """Wilks' Λ of the directions from `first` on, by F (Rao 1951; Rencher 2002, 6.1.3).

    Rencher, Methods of Multivariate Analysis, 2nd ed., Wiley; section 8.4.2 for the
    directions after the first.
    """
    wilks = np.prod(1 / (1 + eigenvalues))
    p, q = n_variables - first, n_classes - 1 - first
    over = p**2 + q**2 - 5
    t = np.sqrt((p**2 * q**2 - 4) / over) if over > 0 else 1.0
    free = n_rows - 1 - (n_variables + n_classes) / 2
    df = (p * q, free * t - p * q / 2 + 1)
    root = wilks ** (1 / t)
    value = (1 - root) / root * df[1] / df[0]
    what = f"means beyond LD{first}" if first else "equal means"
    p_value = scipy.stats.f.sf(value, *df)
    return _test(f"Wilks' lambda: {what}", wilks, "F", value, df, p_value)


def f_of_features(statistics):
    """F of a one-way analysis of variance of every column, and p-values (d,)."""
    n_classes = np.count_nonzero(statistics.weights)
    df = (n_classes - 1, statistics.total - n_classes)
    within = np.diag(statistics.scatter) / df[1]
    varies = np.sqrt(within) > statistics.resolution
    between = np.diag(statistics.between_scatter) / df[0]
    values = np.divide(between, within, out=np.full_like(within, np.nan), where=varies)
    return values, scipy.stats.f.sf(values, *df)


def box_m(rows, statistics, tol):
    """Box's M, by chi-squared (Box 1949); None where a class has too few rows."""
    n_classes = len(statistics.weights)
    basis = whiten(statistics.within_covariance, statistics.resolution, tol)
    p = basis.shape[1]
    df_of_class = statistics.weights - 1
    pooled_df = statistics.total - n_classes
    if np.any(statistics.counts <= p) or np.any(df_of_class <= 0):
        return None
    M = 0.0
    for label in range(n_classes):
        of_class = _of_class(rows, label)
        # |S_k| over |S|, of the unbiased covariances.
        ratio = basis.T @ of_class.scatter @ basis / df_of_class[label]
        ratio *= pooled_df / statistics.total
        sign, log_determinant = np.linalg.slogdet(ratio)
        if sign <= 0:
            return None
        M -= df_of_class[label] * log_determinant
    correction = (np.sum(1 / df_of_class) - 1 / pooled_df) * (
        (2 * p**2 + 3 * p - 1) / (6 * (p + 1) * (n_classes - 1))
    )
    df = p * (p + 1) * (n_classes - 1) // 2
    value = M * (1 - correction)
    p_value = scipy.stats.chi2.sf(value, df)
    return _test("Box's M: equal covariances", M, "chi2", value, (df,), p_value)


def mardia(rows, label, name, tol):
    """Skewness and kurtosis of a class (Mardia 1970, Biometrika 57), or None."""
    places = rows.places(label)
    of_class = _of_class(rows, label)
    basis = whiten(of_class.within_covariance, of_class.resolution, tol)
    n, p = of_class.total, basis.shape[1]
    if len(places) <= p + 1 or p == 0:
        return None
    weights = rows.weights[places]
    z = np.vstack(
        [
            (dense(rows.X[places[block]]) - of_class.means[0]) @ basis
            for block in cache_blocks(len(places), rows.X.shape[1])
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
    """Σᵢⱼ wᵢ·wⱼ·(zᵢᵀzⱼ)³, which is also the square of Σ w·z⊗z⊗z."""
    n, p = z.shape
    if n < p**2:
        return sum(
            weights[block] @ (z[block] @ z.T) ** 3 @ weights
            for block in cache_blocks(n, n)
        )
    return sum(np.sum(((z * (weights * column)[:, None]).T @ z) ** 2) for column in z.T)


def _test(name, statistic, distribution, value, df, p_value):
    return Assumption(
        name, float(statistic), distribution, float(value), df, float(p_value)
    )


def _of_class(rows, label):
    """Statistics of the rows of one class."""
    places = rows.places(label)
    return statistics_of_rows(rows.X, places, rows.weights[places])
