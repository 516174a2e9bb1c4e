"""Profile-likelihood intervals: one contrast fixed, all others at their best."""

from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.optimize
import scipy.sparse
import scipy.stats

from skmlp.base.rows import ALL_ROWS
from skmlp.inference.contrast_risk import ContrastRisk, minimum_near
from skmlp.inference.intervals import checked_level
from skmlp.objective import TwiceDifferentiable

__all__ = ["FixedCoefficient", "profile_intervals"]


@dataclass(frozen=True, eq=False)
class FixedCoefficient(TwiceDifferentiable):
    """A function of all parameters but one, which is held at a value."""

    whole: ContrastRisk
    index: int
    value: float

    @property
    def n_rows(self):
        """The number of rows there are."""
        return self.whole.n_rows

    @property
    def precision(self):
        """The relative rounding error of one evaluation."""
        return self.whole.precision

    def complete(self, parameters):
        """All parameters."""
        return np.insert(parameters, self.index, self.value)

    def value_and_gradient(self, parameters, rows=ALL_ROWS):
        """The function, and its gradient by the others."""
        value, gradient = self.whole.value_and_gradient(self.complete(parameters), rows)
        return value, np.delete(gradient, self.index)

    def hessian(self, parameters):
        """Second derivative by the others."""
        hessian = self.whole.hessian(self.complete(parameters))
        return np.delete(np.delete(hessian, self.index, 0), self.index, 1)


# A bound of a profile interval farther out than so many standard errors is infinite.
_FARTHEST = 1e4


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
    quantile = scipy.stats.chi2.ppf(checked_level(level), 1)
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
        fixed = FixedCoefficient(risk, index, best[index] + side * distance)
        found = minimum_near(fixed, others + side * (distance - last) * drift)
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
