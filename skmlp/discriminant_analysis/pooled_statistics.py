"""Statistics of rows by products in float32, where their rounding is harmless."""

import numpy as np
import scipy.sparse

from skmlp.discriminant_analysis.class_statistics import ClassStatistics
from skmlp.discriminant_analysis.whitening import cholesky, standardise

# Products in float32 cost half of those in float64, which counts from so many
# multiplications on.
_LARGE = 2**26
# Their rounding moves the eigenvalues of a correlation by some ε·√d: the smallest one
# has to be so many times as large.
_CLEARANCE = 1000


def pooled_statistics(X, labels, n_classes, weights):
    """ClassStatistics of the rows, by products in float32 where these are enough."""
    n_rows, n_features = X.shape
    large = n_rows * n_features**2 >= _LARGE
    if large and X.dtype == np.float32 and not scipy.sparse.issparse(X):
        statistics = ClassStatistics.from_rows(
            X, labels, n_classes, weights, in_float32=True
        )
        _, _, correlation = standardise(
            statistics.within_covariance, statistics.resolution
        )
        least = _CLEARANCE * np.finfo(np.float32).eps * np.sqrt(n_features)
        if cholesky(correlation - least * np.eye(len(correlation))) is not None:
            return statistics
    return ClassStatistics.from_rows(X, labels, n_classes, weights)
