"""R² of predicted means of targets of any size."""

import numpy as np
from sklearn.metrics import r2_score

__all__ = ["r2"]


def r2(targets, means, sample_weight):
    """Return R² of predicted means, the fraction of the variance explained.

    Columns of extreme size are divided by a power of two first, which leaves R²
    unchanged: squares of them would overflow or underflow. Targets that vanish beside
    the means count as constant, for which R² is 0 or 1 in scikit-learn.
    """
    numbers = np.asarray(targets)
    if numbers.dtype.kind == "f" and numbers.size:
        size = np.maximum(np.abs(numbers).max(axis=0), np.abs(means).max(axis=0))
        limit = float(np.finfo(numbers.dtype).max) ** 0.25
        extreme = ((size > limit) | (size < 1 / limit)) & np.isfinite(size) & (size > 0)
        if np.any(extreme):
            exponents = np.where(extreme, -np.frexp(size.astype(np.float64))[1], 0)
            targets = np.ldexp(numbers.astype(np.float64), exponents)
            means = np.ldexp(np.asarray(means, dtype=np.float64), exponents)
    with np.errstate(over="ignore", divide="ignore"):
        return r2_score(targets, means, sample_weight=sample_weight)
