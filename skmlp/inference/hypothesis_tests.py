"""Tests that the coefficients of some features are zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import scipy.stats

from skmlp.base.text import p_value
from skmlp.inference.contrast_risk import minimum_near

__all__ = ["Features", "TestResult", "likelihood_ratio_test", "wald_test"]

Features: TypeAlias = Sequence[str | int]
"""Names of features, or columns of X."""


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
    features: list[str]
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


def wald_test(inference, features):
    """Test that the coefficients of some features are zero, by their covariance."""
    contrasts, covariance = inference.coefficients, inference.covariance
    columns = _columns_of(features, inference)
    chosen = _positions(contrasts, columns)
    values = contrasts.ravel()[chosen]
    among = covariance[np.ix_(chosen, chosen)]
    statistic = float(values @ np.linalg.solve(among, values))
    return _result("Wald", inference, columns, statistic)


def likelihood_ratio_test(risk, inference, features):
    """Test the same by how much less likely the rows are without these features."""
    contrasts, covariance = inference.coefficients, inference.covariance
    columns = _columns_of(features, inference)
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
    return _result("Likelihood-ratio", inference, columns, statistic)


def _positions(contrasts, columns):
    """Terms -> their coefficients of all outputs, in the order of the covariance."""
    n_outputs, n_terms = contrasts.shape
    return (np.arange(n_outputs)[:, np.newaxis] * n_terms + columns).ravel()


def _result(method, inference, columns, statistic):
    """Make the result of a test of these terms."""
    df = len(columns) * len(inference.coefficients)
    return TestResult(
        method=method,
        features=[inference.terms[column] for column in columns],
        statistic=float(statistic),
        df=df,
        p_value=float(scipy.stats.chi2.sf(statistic, df)),
    )


def _columns_of(features, inference):
    """Return the positions among the terms of names or columns of X."""
    terms, n_intercepts = inference.terms, int(inference.has_intercept)
    if isinstance(features, str | int | np.integer):
        features = [features]
    n_features = len(terms) - n_intercepts
    found = []
    for feature in features:
        if isinstance(feature, str):
            if feature not in terms:
                raise ValueError(
                    f"features has {feature!r}, which is no term; terms are "
                    f"{', '.join(terms)}."
                )
            if terms.count(feature) > 1:
                raise ValueError(
                    f"features has {feature!r}, the name of several terms; give "
                    "columns of X in its place."
                )
            found.append(terms.index(feature))
        elif 0 <= feature < n_features:
            found.append(int(feature) + n_intercepts)
        else:
            raise ValueError(
                f"features has {feature!r}; columns of X go from 0 to {n_features - 1}."
            )
    if not found or len(set(found)) < len(found):
        raise ValueError("features must name at least one feature, each once.")
    return np.array(found)
