"""Intervals: by standard errors, and by the likelihood along its profile."""

import numpy as np
import scipy.optimize
import scipy.stats

from skmlp.inference.contrast_risk import Held
from skmlp.inference.from_estimator import minimum_near

__all__ = ["profile_intervals", "wald_intervals"]

# A bound of a profile interval farther out than so many standard errors is infinite.
_FARTHEST = 1e4


def wald_intervals(estimates, errors, level):
    """Estimates plus and minus a normal quantile of errors."""
    reach = scipy.stats.norm.ppf(0.5 + 0.5 * _checked(level)) * errors
    return np.stack([estimates - reach, estimates + reach], axis=-1)


def profile_intervals(risk, contrasts, covariance, level):
    """Where twice the fall of the log-likelihood, all others at their best, is large.

    Parameters
    ----------
    risk : ContrastRisk
    contrasts : ndarray of shape (n_outputs, n_terms)
        Where the likelihood is largest.
    covariance : ndarray of shape (n_parameters, n_parameters)
        The inverse information there.
    level : float

    Returns
    -------
    intervals : ndarray of shape (n_outputs, n_terms, 2)
    """
    quantile = scipy.stats.chi2.ppf(_checked(level), 1)
    limits = [
        [
            _limit(risk, contrasts.ravel(), covariance, index, side, quantile)
            for side in (-1, 1)
        ]
        for index in range(contrasts.size)
    ]
    return np.reshape(limits, (*contrasts.shape, 2))


def _limit(risk, best, covariance, index, side, quantile):
    """How far one coefficient can go to that side."""
    error = float(np.sqrt(covariance[index, index]))
    least, _ = risk.value_and_gradient(best)
    # Along the profile the others move, to first order, as they vary together.
    drift = np.delete(covariance[index] / error**2, index)
    last, others = 0.0, np.delete(best, index)

    def excess(distance):
        nonlocal last, others
        held = Held(risk, index, best[index] + side * distance)
        found = minimum_near(held, others + side * (distance - last) * drift)
        last, others = distance, found.parameters
        return 2 * risk.total_weight * (found.value - least) - quantile

    reach = float(np.sqrt(quantile)) * error
    near, far = 0.0, reach
    while excess(far) < 0:
        near, far = far, 2 * far
        if far > _FARTHEST * error:
            return side * np.inf
    distance = scipy.optimize.brentq(excess, near, far, xtol=1e-9 * reach)
    return float(best[index] + side * distance)


def _checked(level):
    """The level, between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"level={level!r} must lie between 0 and 1, as 0.95 does.")
    return level
