"""Wald intervals: estimate ± quantile · standard error."""

from typing import Literal, TypeAlias

import numpy as np
import scipy.optimize
import scipy.stats

__all__ = ["Method", "wald_intervals"]

Method: TypeAlias = Literal["wald", "profile"]
"""Method by which an interval is computed."""


def wald_intervals(estimates, errors, level):
    """Return estimates ± normal quantile · standard errors, as (..., 2) limits."""
    reach = scipy.stats.norm.ppf(0.5 + 0.5 * checked_level(level)) * errors
    return np.stack([estimates - reach, estimates + reach], axis=-1)


def checked_level(level):
    """Return `level`; raise ValueError unless it is between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"level={level!r} must lie between 0 and 1, as 0.95 does.")
    return level
