"""Why discriminant analysis or logistic regression suits: facts about the rows."""

from __future__ import annotations

import contextlib
import warnings
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from skmlp.base.text import p_value

__all__ = ["LinearModelFacts", "facts_of_rows"]

# The facts are found on this many rows and columns at most, so that they take no time.
MAX_ROWS = 2000
MAX_COLUMNS = 100
_MAX_PROGRAM_ENTRIES = 20_000

# Above this condition number of the correlations, columns are called nearly collinear
# (Belsley, Kuh and Welsch 1980, whose scaled index of 30 is its square root).
_LARGE_CONDITION = 900.0
_LEVEL = 0.05


@dataclass(frozen=True)
class LinearModelFacts:
    """Facts that speak for discriminant analysis or for logistic regression.

    Attributes
    ----------
    n_rows, n_rows_used, n_columns : int
        Numbers of rows, of the rows on which the facts were found, and of the prepared
        columns.
    covariance_p_value : float or None
        P-value of Box's M test of equal covariances; None if it cannot be tested.
    normality_p_value : float or None
        Smallest p-value of Mardia's tests of normal classes, adjusted by Holm's method;
        None if it cannot be tested.
    separation : {'none', 'quasi-complete', 'complete'} or None
        Whether a linear score separates the classes; None if that was not found out.
    condition_number : float or None
        Largest eigenvalue of the correlations of the columns within classes, divided by
        the smallest; None if it was not computed.
    n_lost_directions : int
        Number of directions in which no class varies.
    """

    n_rows: int
    n_rows_used: int
    n_columns: int
    covariance_p_value: float | None = None
    normality_p_value: float | None = None
    separation: str | None = None
    condition_number: float | None = None
    n_lost_directions: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dict for JSON."""
        return asdict(self)

    def sentences(self, better: set[str | None]) -> list[str]:
        """Return one or two sentences on why one of the two models suits.

        `better` holds the names of the models that the tests found better, None for a
        test that found no difference.
        """
        found = [self._on_assumptions(better), self._on_separation_and_collinearity()]
        return [sentence for sentence in found if sentence]

    def _on_assumptions(self, better):
        """Return the sentence on the assumptions of discriminant analysis."""
        violated = []
        if _is_small(self.covariance_p_value):
            p = p_value(self.covariance_p_value)
            violated.append(f"the covariances of the classes differ (Box's M: {p})")
        if _is_small(self.normality_p_value):
            p = p_value(self.normality_p_value)
            violated.append(f"not all classes are normal (Mardia: {p})")
        where = self._rows()
        if violated:
            sentence = f"LDA's assumptions do not hold{where}: {' and '.join(violated)}"
            return f"{sentence}{_effect(better, speaks_for='logistic regression')}."
        tested = [
            f"{test}: {p_value(p)}"
            for test, p in (
                ("Box's M", self.covariance_p_value),
                ("Mardia", self.normality_p_value),
            )
            if p is not None
        ]
        if not tested:
            return ""
        words = "normal classes of equal covariance"
        if self.covariance_p_value is None:
            words = "normal classes (equal covariances cannot be tested)"
        elif self.normality_p_value is None:
            words = "classes of equal covariance (normal ones cannot be tested)"
        return (
            f"Nothing{where} speaks against LDA's assumption of {words} "
            f"({', '.join(tested)}){_effect(better, speaks_for='LDA')}."
        )

    def _on_separation_and_collinearity(self):
        """Return the sentence on separated classes and collinear columns, or ''."""
        parts = []
        if self.separation == "complete":
            parts.append(
                "a linear score separates the classes without an error"
                f"{self._rows()}, so that only the penalty (C) keeps the weights of "
                "logistic regression finite"
            )
        elif self.separation == "quasi-complete":
            parts.append(
                "a linear score separates a part of the rows without an error, so that "
                "only the penalty (C) keeps some weights of logistic regression finite"
            )
        if self.n_lost_directions:
            one = self.n_lost_directions == 1
            parts.append(
                f"{self.n_lost_directions} of the {self.n_columns} prepared columns "
                f"{'is a combination' if one else 'are combinations'} of others within "
                "the classes"
            )
        elif self.condition_number and self.condition_number > _LARGE_CONDITION:
            parts.append(
                "the columns are nearly collinear (condition number "
                f"{self.condition_number:.2g}), to which LDA, without a penalty, is "
                "more sensitive"
            )
        text = "; ".join(parts)
        return f"{text[:1].upper()}{text[1:]}." if text else ""

    def _rows(self):
        """Return ' on 2000 of the rows' if not all of them were used, else ''."""
        if self.n_rows_used == self.n_rows:
            return ""
        return f" on {self.n_rows_used} of the {self.n_rows} rows"


def facts_of_rows(problem):
    """Return the LinearModelFacts of a ComparisonData; what fails is left out."""
    n_rows = len(problem.y)
    rows = np.arange(n_rows)
    if n_rows > MAX_ROWS:
        rows = np.random.default_rng(0).choice(n_rows, MAX_ROWS, replace=False)
    y = problem.y[rows]
    found = {}
    n_columns = 0
    # The models are compared already: no error of an explanation may end that.
    with contextlib.suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        X = problem.features.preparation().fit_transform(
            problem.features.values[rows], y
        )
        n_columns = X.shape[1]
        if n_columns <= MAX_COLUMNS:
            X = np.asarray(X.toarray() if hasattr(X, "toarray") else X, dtype=float)
            for find in (_assumption_p_values, _collinearity, _separation):
                with contextlib.suppress(Exception):
                    found |= find(X, y)
    return LinearModelFacts(n_rows, len(rows), n_columns, **found)


def _assumption_p_values(X, y):
    """Return the p-values of Box's M and of Mardia's tests."""
    from skmlp.discriminant_analysis import LinearDiscriminantAnalysis, lda_summary

    summary = lda_summary(LinearDiscriminantAnalysis().fit(X, y), X, y)
    tests = summary.normality
    smallest = min((each.p_value for each in tests), default=None)
    return {
        "covariance_p_value": summary.box_m and summary.box_m.p_value,
        # The first step of Holm's method.
        "normality_p_value": smallest and min(1.0, smallest * len(tests)),
    }


def _collinearity(X, y):
    """Return the condition number of the columns within classes, and lost directions.

    Columns that vary within no class are left out.
    """
    centred = X - _class_means(X, y)
    deviations = np.sqrt(np.mean(centred**2, axis=0))
    varies = deviations > 1e-10 * np.maximum(np.abs(X).max(axis=0), 1e-300)
    scaled = centred[:, varies] / deviations[varies]
    variances = np.linalg.eigvalsh(scaled.T @ scaled / len(y))
    negligible = variances < 1e-10 * variances[-1]
    lost = int(np.count_nonzero(negligible))
    condition = None if lost else float(variances[-1] / variances[0])
    return {"condition_number": condition, "n_lost_directions": lost}


def _class_means(X, y):
    """Return the mean of the class of every row (n, d)."""
    classes, labels = np.unique(y, return_inverse=True)
    means = np.array([X[labels == k].mean(axis=0) for k in range(len(classes))])
    return means[labels]


def _separation(X, y):
    """Return the kind of separation: by a fit with a tiny penalty if it is complete.

    If it is not, linear programs decide, for data that are small enough for them.
    """
    from skmlp.logistic_regression import LogisticRegression, find_separation

    fitted = LogisticRegression(C=1e6, max_iter=100).fit(X, y)
    if fitted.score(X, y) == 1:
        return {"separation": "complete"}
    n_entries = len(X) * (len(fitted.classes_) - 1) * (X.shape[1] + 1)
    if n_entries > _MAX_PROGRAM_ENTRIES:
        return {}
    return {"separation": find_separation(X, y).kind}


def _is_small(p):
    """Return True if there is a p-value, and it is below the level of 5 %."""
    return p is not None and p < _LEVEL


def _effect(better, speaks_for):
    """Return how what was found about the assumptions agrees with the scores."""
    if better == {None}:
        return f", which speaks for {speaks_for}, though the scores do not show it"
    if better <= {None, speaks_for}:
        return f", which speaks for {speaks_for}, as do the scores"
    if speaks_for in better:
        return f", which speaks for {speaks_for}"
    other = "LDA" if speaks_for == "logistic regression" else "logistic regression"
    return f", which speaks for {speaks_for}; the scores speak for {other} nevertheless"
