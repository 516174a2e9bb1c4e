"""Wald intervals: estimate ± quantile · standard error."""

from typing import Literal, TypeAlias

import numpy as np
import scipy.stats

from skmlp.base.options import use_one_of

__all__ = ["Method", "check_method", "checked_level", "wald_intervals"]

Method: TypeAlias = Literal["wald", "profile"]
"""Method by which an interval is computed."""


def check_method(method):
    """Raise ValueError unless there are intervals of this method."""
    if method not in ("wald", "profile"):
        raise ValueError(
            use_one_of(f"method={method!r} is unknown", ("wald", "profile"), got=method)
        )


def wald_intervals(estimates, errors, level):
    """Return estimates ± normal quantile · standard errors, as (..., 2) limits."""
    reach = scipy.stats.norm.ppf(0.5 + 0.5 * checked_level(level)) * errors
    return np.stack([estimates - reach, estimates + reach], axis=-1)


def checked_level(level):
    """Return `level`; raise ValueError unless it is between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"level={level!r} must lie between 0 and 1, as 0.95 does.")
    return level
