"""Wald and likelihood-ratio tests that coefficients of features are zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import scipy.stats

from skmlp.base.text import listed, p_value
from skmlp.inference.contrast_risk import minimum_near

__all__ = ["Features", "TestResult", "likelihood_ratio_test", "wald_test"]

Features: TypeAlias = Sequence[str | int]
"""Names of features, or indices of columns of X."""


@dataclass(frozen=True, repr=False)
class TestResult:
    """Result of a test that some coefficients are zero.

    Attributes
    ----------
    method : str
        Name of the test: 'Wald' or 'Likelihood-ratio'.
    features : list of str
        Names of the features whose coefficients are tested, those of every class.
    statistic : float
        Test statistic. If the coefficients are zero, its distribution in large samples
        is chi-squared.
    df : int
        Degrees of freedom of the statistic: the number of tested coefficients.
    p_value : float
        Probability of a larger statistic if the coefficients are zero.
    """

    __test__ = False  # pytest must not collect it

    method: str
    features: list[str]
    statistic: float
    df: int
    p_value: float

    def __repr__(self):
        """Return the test, the first features, and the p-value in one line."""
        return (
            f"<{self.method} test of {listed(self.features)}: chi2({self.df}) = "
            f"{self.statistic:.4f}, {p_value(self.p_value)}>"
        )

    def __str__(self):
        """Return the result in one line."""
        return (
            f"{self.method} test that {', '.join(self.features)} "
            f"{'has' if len(self.features) == 1 else 'have'} no effect: "
            f"chi2({self.df}) = {self.statistic:.4f}, {p_value(self.p_value)}"
        )


def wald_test(inference, features):
    """Return the Wald test that the coefficients of `features` are zero."""
    contrasts, covariance = inference.coefficients, inference.covariance
    columns = _term_indices(features, inference)
    chosen = _coefficient_indices(contrasts, columns)
    values = contrasts.ravel()[chosen]
    chosen_covariance = covariance[np.ix_(chosen, chosen)]
    statistic = float(values @ np.linalg.solve(chosen_covariance, values))
    return _result("Wald", inference, columns, statistic)


def likelihood_ratio_test(fit, inference, features):
    """Return the likelihood-ratio test that the coefficients of `features` are zero."""
    risk, contrasts, covariance = fit.risk, fit.contrasts, fit.covariance
    columns = _term_indices(features, inference)
    whole, _ = risk.value_and_gradient(contrasts.ravel())
    if len(columns) == contrasts.shape[1]:
        part, _ = risk.value_and_gradient(np.zeros(contrasts.size))
    else:
        reduced, kept = risk.without_terms(columns)
        chosen = _coefficient_indices(contrasts, columns)
        others = _coefficient_indices(contrasts, kept)
        values = contrasts.ravel()
        scaled = np.linalg.solve(covariance[np.ix_(chosen, chosen)], values[chosen])
        # First-order estimate of the other coefficients in the fit without these.
        start = values[others] - covariance[np.ix_(others, chosen)] @ scaled
        part = minimum_near(reduced, start).value
    statistic = 2 * risk.total_weight * (part - whole)
    return _result("Likelihood-ratio", inference, columns, statistic)


def _coefficient_indices(contrasts, columns):
    """Return the indices in the covariance of all coefficients of terms `columns`."""
    n_outputs, n_terms = contrasts.shape
    return (np.arange(n_outputs)[:, np.newaxis] * n_terms + columns).ravel()


def _result(method, inference, columns, statistic):
    """Return the TestResult for a statistic of the terms `columns`."""
    df = len(columns) * len(inference.coefficients)
    return TestResult(
        method=method,
        features=[inference.terms[column] for column in columns],
        statistic=float(statistic),
        df=df,
        p_value=float(scipy.stats.chi2.sf(statistic, df)),
    )


def _term_indices(features, inference):
    """Return the indices among the terms of `features`: names, or columns of X."""
    terms, n_intercepts = inference.terms, int(inference.has_intercept)
    if isinstance(features, str | int | np.integer):
        features = [features]
    n_features = len(terms) - n_intercepts
    found = []
    for feature in features:
        if isinstance(feature, str):
            if feature not in terms:
                raise ValueError(
                    f"features has {feature!r}, which is no term; give names among "
                    f"{', '.join(terms)}, or indices of columns of X."
                )
            if terms.count(feature) > 1:
                raise ValueError(
                    f"features has {feature!r}, the name of several terms; give "
                    "the index of a column of X instead."
                )
            found.append(terms.index(feature))
        elif 0 <= feature < n_features:
            found.append(int(feature) + n_intercepts)
        else:
            raise ValueError(
                f"features has {feature!r}; give names, or indices of columns of X "
                f"from 0 to {n_features - 1}."
            )
    if not found or len(set(found)) < len(found):
        named = [terms[column] for column in found]
        raise ValueError(
            "features must name at least one feature, each once; got "
            f"{', '.join(named) or 'none'}."
        )
    return np.array(found)
