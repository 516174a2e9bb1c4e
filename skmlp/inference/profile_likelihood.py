"""Profile-likelihood intervals: fix one contrast, maximise over all others."""

from dataclasses import dataclass

import numpy as np
import scipy.optimize
import scipy.stats

from skmlp.base.rows import ALL_ROWS
from skmlp.inference.contrast_risk import ContrastRisk, minimum_near
from skmlp.inference.intervals import check_method, checked_level, wald_intervals
from skmlp.objective import TwiceDifferentiable

__all__ = ["ExchangedRisk", "FixedCoefficient", "confidence_intervals"]
__all__ += ["profile_intervals"]


@dataclass(frozen=True, eq=False)
class FixedCoefficient(TwiceDifferentiable):
    """Risk as a function of all parameters except one, which is fixed at `value`."""

    risk: TwiceDifferentiable
    index: int
    value: float

    @property
    def n_rows(self):
        """Number of rows of X, over which the mean is taken."""
        return self.risk.n_rows

    @property
    def precision(self):
        """Relative rounding error of one evaluation of the risk."""
        return self.risk.precision

    def with_fixed(self, parameters):
        """Return all parameters: the others with the fixed one inserted."""
        return np.insert(parameters, self.index, self.value)

    def value_and_gradient(self, parameters, rows=ALL_ROWS):
        """Return the risk, and its gradient with respect to the free parameters."""
        value, gradient = self.risk.value_and_gradient(
            self.with_fixed(parameters), rows
        )
        return value, np.delete(gradient, self.index)

    def hessian(self, parameters):
        """Return the Hessian with respect to the free parameters."""
        hessian = self.risk.hessian(self.with_fixed(parameters))
        return np.delete(np.delete(hessian, self.index, 0), self.index, 1)


@dataclass(frozen=True, eq=False)
class ExchangedRisk(TwiceDifferentiable):
    """Risk as a function of φ, with the contrasts γ = matrix·φ."""

    risk: ContrastRisk
    matrix: np.ndarray

    @property
    def n_rows(self):
        """Number of rows of X, over which the mean is taken."""
        return self.risk.n_rows

    @property
    def precision(self):
        """Relative rounding error of one evaluation of the risk."""
        return self.risk.precision

    @property
    def total_weight(self):
        """Sum of the sample weights Σᵢ sᵢ."""
        return self.risk.total_weight

    def value_and_gradient(self, parameters, rows=ALL_ROWS):
        """Return the risk, and its gradient with respect to φ."""
        value, gradient = self.risk.value_and_gradient(self.matrix @ parameters, rows)
        return value, self.matrix.T @ gradient

    def hessian(self, parameters):
        """Return the Hessian with respect to φ."""
        return self.matrix.T @ self.risk.hessian(self.matrix @ parameters) @ self.matrix


# Limits farther from the estimate than this, in standard errors, count as infinite.
_MAX_STANDARD_ERRORS = 1e4


def profile_intervals(fit, level):
    """Return the profile-likelihood interval of every coefficient.

    At its limits, twice the drop of the log-likelihood, maximised over all other
    coefficients, reaches the χ²(1) quantile of `level`.

    Parameters
    ----------
    fit : CentredFit
        Contrasts that minimise the risk of the fit, and their covariance, by which the
        search is scaled.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    intervals : ndarray of shape (n_outputs, n_terms, 2)
        Lower and upper limits; infinite where the likelihood drops too little.
    """
    quantile = scipy.stats.chi2.ppf(checked_level(level), 1)
    limits = []
    for index in range(fit.contrasts.size):
        risk, best, covariance = fit.risk, fit.contrasts.ravel(), fit.covariance
        matrix = fit.exchanged(index)
        if matrix is not None:
            inverse = np.linalg.inv(matrix)
            risk, best = ExchangedRisk(risk, matrix), inverse @ best
            covariance = inverse @ covariance @ inverse.T
        limits.append(
            [
                _profile_limit(risk, best, covariance, index, side, quantile)
                for side in (-1, 1)
            ]
        )
    return np.reshape(limits, (*fit.contrasts.shape, 2))


def _profile_limit(risk, best, covariance, index, side, quantile):
    """Return one limit of the interval of a contrast; `side` is −1 or 1."""
    error = float(np.sqrt(covariance[index, index]))
    least, _ = risk.value_and_gradient(best)
    # To first order, the others change with the fixed contrast as they covary with it.
    drift = np.delete(covariance[index] / error**2, index)
    last, others = 0.0, np.delete(best, index)

    def excess(distance):
        """Return twice the drop of the log-likelihood, minus the quantile."""
        nonlocal last, others
        fixed = FixedCoefficient(risk, index, best[index] + side * distance)
        found = minimum_near(fixed, others + side * (distance - last) * drift)
        last, others = distance, found.parameters
        return 2 * risk.total_weight * (found.value - least) - quantile

    reach = float(np.sqrt(quantile)) * error
    near, far = 0.0, reach
    while excess(far) < 0:
        near, far = far, 2 * far
        if far > _MAX_STANDARD_ERRORS * error:
            return side * np.inf
    distance = scipy.optimize.brentq(excess, near, far, xtol=1e-9 * reach)
    return float(best[index] + side * distance)


def confidence_intervals(coefficients, errors, fit, cov, level, method):
    """Return Wald or profile intervals of coefficients (n_outputs, n_terms, 2).

    `errors` are their standard errors, and `fit` is the CentredFit.
    """
    check_method(method)
    if method == "wald":
        return wald_intervals(coefficients, errors, level)
    if cov != "mle":
        raise ValueError(
            "Profile intervals assume that the model is correct, and "
            f"cov={cov!r} does not; use method='wald' or cov='mle'."
        )
    return profile_intervals(fit, level)
