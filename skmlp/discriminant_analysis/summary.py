"""What discriminant analysis finds in rows, and whether they are as it supposes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skmlp.base.fitted_attributes import fitted_array
from skmlp.base.text import p_value
from skmlp.base.types import Array, DataFrame, MatrixLike
from skmlp.base.validation import check_sample_weight, check_X_y
from skmlp.discriminant_analysis.assumption_tests import (
    Assumption,
    box_m,
    canonical_analysis,
    f_of_features,
    mardia,
)
from skmlp.discriminant_analysis.class_statistics import ClassStatistics, LabelledRows
from skmlp.discriminant_analysis.report import summary_frame, summary_text

__all__ = ["Assumption", "DiscriminantSummary", "lda_summary"]


@dataclass(frozen=True, eq=False)
class DiscriminantSummary:
    """The directions that separate classes, and tests of what the model supposes.

    Made by :func:`lda_summary`; ``print`` shows it as text.

    Attributes
    ----------
    features : list of str
        Names of the columns.
    classes : ndarray of shape (n_classes,)
        Class labels.
    weights : ndarray of shape (n_classes,)
        Rows in every class, or the sums of their weights.
    priors : ndarray of shape (n_classes,)
        Prior probabilities of the fit.
    means : ndarray of shape (n_classes, n_features)
        Mean of every class.
    deviations : ndarray of shape (n_features,)
        Standard deviation within classes (with the divisor n − n_classes).
    f_values, p_values : ndarray of shape (n_features,)
        Of a one-way analysis of variance of every column by itself.
    eigenvalues : ndarray of shape (n_directions,)
        Scatter between classes over that within, along each direction.
    canonical_correlations : ndarray of shape (n_directions,)
        Correlation of each direction with the classes, √(λ / (1 + λ)).
    structure : ndarray of shape (n_features, n_directions)
        Structure coefficients (loadings): correlations within classes of the columns
        with the directions.
    mean_tests : list of Assumption
        Wilks' Λ with Rao's F: of all directions, then of those from the second on, ...
    box_m : Assumption or None
        Box's M test of equal covariances; None where a class has too few rows.
    normality : list of Assumption
        Mardia's skewness and kurtosis of every class that has rows enough.
    """

    features: list[str]
    classes: np.ndarray
    weights: np.ndarray
    priors: np.ndarray
    means: np.ndarray
    deviations: np.ndarray
    f_values: np.ndarray
    p_values: np.ndarray
    eigenvalues: np.ndarray
    structure: np.ndarray
    mean_tests: list[Assumption]
    box_m: Assumption | None
    normality: list[Assumption]

    @property
    def canonical_correlations(self) -> Array:
        """√(λ / (1 + λ)) of every direction."""
        return np.sqrt(self.eigenvalues / (1 + self.eigenvalues))

    @property
    def sentences(self) -> list[str]:
        """What each test says, in one plain sentence: of means, covariances, normality.

        5 % is the level of each; of normality, of all its tests together (Holm 1979).
        """
        return [
            self._sentence_of_means(),
            self._sentence_of_covariances(),
            self._sentence_of_normality(),
        ]

    def to_frame(
        self, table: Literal["features", "directions", "tests"] = "features"
    ) -> DataFrame:
        """One of the tables; needs pandas.

        Parameters
        ----------
        table : {'features', 'directions', 'tests'}, default='features'
            A row a column of X (means, deviation, F, loadings), a direction, or a test.

        Returns
        -------
        frame : pandas.DataFrame
            The table.

        Raises
        ------
        ValueError
            For another table.
        """
        return summary_frame(self, table)

    def __str__(self):
        """As text."""
        return summary_text(self)

    def _sentence_of_means(self):
        test = self.mean_tests[0]
        if test.p_value >= 0.05:
            return (
                f"The class means may be equal ({_p(test)}): nothing here tells the "
                "classes apart by a straight line."
            )
        count = 1
        while count < len(self.mean_tests) and self.mean_tests[count].p_value < 0.05:
            count += 1
        many = "one direction" if count == 1 else f"{count} directions"
        return f"The class means differ ({_p(test)}), along {many}."

    def _sentence_of_covariances(self):
        if self.box_m is None:
            return (
                "Whether the covariances are equal cannot be tested: some class has no "
                "more rows than there are directions."
            )
        if self.box_m.p_value >= 0.05:
            return (
                f"Nothing speaks against one covariance for all classes "
                f"({_p(self.box_m)})."
            )
        return (
            f"The covariances differ between classes ({_p(self.box_m)}): logistic "
            "regression or quadratic discriminant analysis may be the better choice. "
            "(The test also reacts to classes that are not normal, and in large "
            "samples to differences that do no harm.)"
        )

    def _sentence_of_normality(self):
        if not self.normality:
            return (
                "Whether the classes are normal cannot be tested: each has too few "
                "rows."
            )
        lowest = min(self.normality, key=lambda test: test.p_value)
        adjusted = min(1.0, lowest.p_value * len(self.normality))  # the first of Holm's
        found = f"smallest p of {len(self.normality)} tests, adjusted: {adjusted:.3g}"
        if adjusted >= 0.05:
            return f"Nothing speaks against normal classes ({found})."
        what, _, name = lowest.name.partition(": ")
        kind = "skew" if what.endswith("skewness") else "heavy- or light-tailed"
        return (
            f"Not all classes are normal (class {name} is {kind}; {found}): logistic "
            "regression, which supposes nothing of the kind, may be the better choice."
        )


def lda_summary(
    lda: BaseEstimator,
    X: MatrixLike,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
) -> DiscriminantSummary:
    """Class means, loadings, Wilks' Λ, Box's M and Mardia's tests of a fit.

    Parameters
    ----------
    lda : LinearDiscriminantAnalysis
        Fitted.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The rows that it was fitted to.
    y : array-like of shape (n_samples,)
        Their labels.
    sample_weight : array-like of shape (n_samples,), default=None
        Their weights: a row of weight w counts as w equal rows.

    Returns
    -------
    summary : DiscriminantSummary
        Of the rows as they are: without shrinkage, and with classes weighted by their
        rows whatever the priors.

    Raises
    ------
    ValueError
        For rows other than those of the fit, or no more of them than classes and
        columns.

    References
    ----------
    .. [1] A. C. Rencher (2002). Methods of Multivariate Analysis, 2nd ed., chapters 6
       to 8. Wiley.
    .. [2] G. E. P. Box (1949). A general distribution theory for a class of likelihood
       criteria. Biometrika 36, 317-346.
    .. [3] K. V. Mardia (1970). Measures of multivariate skewness and kurtosis with
       applications. Biometrika 57, 519-530.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmlp import LinearDiscriminantAnalysis
    >>> from skmlp.discriminant_analysis import lda_summary
    >>> X, y = load_iris(return_X_y=True)
    >>> summary = lda_summary(LinearDiscriminantAnalysis().fit(X, y), X, y)
    >>> print(summary.sentences[0])
    The class means differ (Wilks' lambda: p < 0.0001), along 2 directions.
    """
    check_is_fitted(lda)
    names = getattr(lda, "feature_names_in_", None)
    X, y = check_X_y(X, y, accept_sparse="csr", dtype=[np.float64, np.float32])
    weights = check_sample_weight(sample_weight, X, dtype=np.float64)
    rows = LabelledRows.of(X, y, weights)
    same_classes = np.array_equal(rows.classes, lda.classes_)
    if not same_classes or X.shape[1] != lda.n_features_in_:
        raise ValueError(
            "X and y have other classes or columns than the fit; give the rows that "
            "lda was fitted to."
        )
    means = fitted_array("means_", lda.means_, (len(rows.classes), X.shape[1]))
    statistics = ClassStatistics.from_rows(X, rows.labels, len(rows.classes), weights)
    scale = np.max(np.abs(means), axis=0) + np.sqrt(np.diag(statistics.scatter))
    if np.any(np.abs(statistics.means - means) > 1e-4 * scale):
        raise ValueError(
            "The class means of X are not those of the fit; give the X, y and "
            "sample_weight that lda was fitted to."
        )
    free = statistics.total - len(rows.classes)
    if free <= X.shape[1]:
        raise ValueError(
            f"{rows.n_present} rows of {len(rows.classes)} classes are too few to test "
            f"{X.shape[1]} columns; choose columns."
        )
    directions, eigenvalues, mean_tests = canonical_analysis(statistics, lda.tol)
    covariance = statistics.within_covariance
    deviations = np.sqrt(np.diag(covariance))
    structure = np.divide(
        covariance @ directions,
        deviations[:, np.newaxis],
        out=np.zeros_like(directions),
        where=(deviations > statistics.resolution)[:, np.newaxis],
    )
    f_values, p_values = f_of_features(statistics)
    of_classes = (
        mardia(rows, label, str(name), lda.tol)
        for label, name in enumerate(rows.classes)
    )
    return DiscriminantSummary(
        features=[
            f"x{j}" if names is None else str(names[j]) for j in range(X.shape[1])
        ],
        classes=rows.classes,
        weights=statistics.weights,
        priors=lda.priors_,
        means=statistics.means,
        deviations=deviations * np.sqrt(statistics.total / free),
        f_values=f_values,
        p_values=p_values,
        eigenvalues=eigenvalues,
        structure=structure,
        mean_tests=mean_tests,
        box_m=box_m(rows, statistics, lda.tol),
        normality=[test for tests in of_classes if tests for test in tests],
    )


def _p(test):
    """The name of a test and its p-value."""
    return f"{test.name.partition(':')[0]}: {p_value(test.p_value)}"
