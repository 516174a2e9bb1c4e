"""Tests that the coefficients of some features are zero."""

from dataclasses import dataclass

import numpy as np
import scipy.stats

from skmlp.base.text import p_value
from skmlp.inference.contrast_risk import minimum_near

__all__ = ["TestResult", "likelihood_ratio_test", "wald_test"]


@dataclass(frozen=True)
class TestResult:
    """A test that some coefficients are zero.

    Attributes
    ----------
    method : str
        'Wald' or 'Likelihood-ratio'.
    features : list of str
        Whose coefficients, those of every class.
    statistic : float
        Distributed as chi-squared if they are zero and there are many rows.
    df : int
        Its degrees of freedom, the number of coefficients.
    p_value : float
        The probability of a larger statistic if they are zero.
    """

    __test__ = False  # no test of pytest's

    method: str
    features: list
    statistic: float
    df: int
    p_value: float

    def __str__(self):
        """In one line."""
        return (
            f"{self.method} test that {', '.join(self.features)} "
            f"{'has' if len(self.features) == 1 else 'have'} no effect: "
            f"chi2({self.df}) = {self.statistic:.4f}, {p_value(self.p_value)}"
        )


def wald_test(contrasts, covariance, columns, terms):
    """That the contrasts (n_outputs, n_terms) of some terms are zero."""
    chosen = _positions(contrasts, columns)
    values = contrasts.ravel()[chosen]
    among = covariance[np.ix_(chosen, chosen)]
    statistic = float(values @ np.linalg.solve(among, values))
    return _result("Wald", contrasts, columns, terms, statistic)


def likelihood_ratio_test(risk, contrasts, covariance, columns, terms):
    """The same by how much less likely the rows are without these terms."""
    whole, _ = risk.value_and_gradient(contrasts.ravel())
    if len(columns) == contrasts.shape[1]:
        part, _ = risk.value_and_gradient(np.zeros(contrasts.size))
    else:
        reduced, kept = risk.without(columns)
        chosen, others = _positions(contrasts, columns), _positions(contrasts, kept)
        values = contrasts.ravel()
        pulled = np.linalg.solve(covariance[np.ix_(chosen, chosen)], values[chosen])
        # Where the others are best, to first order, without these.
        start = values[others] - covariance[np.ix_(others, chosen)] @ pulled
        part = minimum_near(reduced, start).value
    statistic = 2 * risk.total_weight * (part - whole)
    return _result("Likelihood-ratio", contrasts, columns, terms, statistic)


def _positions(contrasts, columns):
    """Terms -> their coefficients of all outputs, in the order of the covariance."""
    n_outputs, n_terms = contrasts.shape
    return (np.arange(n_outputs)[:, np.newaxis] * n_terms + columns).ravel()


def _result(method, contrasts, columns, terms, statistic):
    """A test of these terms."""
    df = len(columns) * len(contrasts)
    return TestResult(
        method=method,
        features=[terms[column] for column in columns],
        statistic=float(statistic),
        df=df,
        p_value=float(scipy.stats.chi2.sf(statistic, df)),
    )
