"""Holm's correction of the p-values of several tests."""

import numpy as np
from numpy.typing import ArrayLike

from skmlp.base.types import Array

__all__ = ["holm"]


def holm(p_values: ArrayLike) -> Array:
    """Return p-values adjusted by Holm's step-down method.

    The k-th smallest of m p-values is multiplied by m + 1 − k, and none becomes smaller
    than the one before it, or larger than 1. If those below α are called significant,
    the probability that any of them is so by chance is at most α.

    Parameters
    ----------
    p_values : array-like of shape (n_tests,)
        P-values of the tests.

    Returns
    -------
    adjusted : ndarray of shape (n_tests,)
        Adjusted p-values, in the order of the tests.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure.
    Scandinavian Journal of Statistics, 6, 65-70.

    Examples
    --------
    >>> from skmlp.model_comparison import holm
    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    p_values = np.asarray(p_values, dtype=float)
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(p_values), 0, -1)
    stepped = np.maximum.accumulate(p_values[order] * factors)
    adjusted = np.empty_like(stepped)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
