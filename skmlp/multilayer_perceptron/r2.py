"""R² of predicted means of targets of any size."""

import numpy as np
from sklearn.metrics import r2_score

__all__ = ["r2"]


def r2(targets, means, sample_weight):
    """Return R² of predicted means, the fraction of the variance explained.

    Columns of floats of extreme size are divided by a power of two first, which leaves
    R² unchanged: their squares would overflow or underflow.
    """
    numbers = np.asarray(targets)
    if numbers.dtype.kind == "f" and numbers.size:
        largest = np.abs(numbers).max(axis=0)
        limit = float(np.finfo(numbers.dtype).max) ** 0.25
        extreme = ((largest > limit) | (largest < 1 / limit)) & np.isfinite(largest)
        if np.any(extreme & (largest > 0)):
            exponents = np.where(extreme, -np.frexp(largest)[1], 0)
            targets, means = np.ldexp(numbers, exponents), np.ldexp(means, exponents)
    return r2_score(targets, means, sample_weight=sample_weight)
