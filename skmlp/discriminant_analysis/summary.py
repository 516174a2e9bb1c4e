"""The summary of a discriminant analysis: directions, loadings, and tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis as SklearnDiscriminantAnalysis,
)
from sklearn.utils.validation import check_is_fitted

from skmlp.base.fitted_attributes import fitted_array
from skmlp.base.text import counted, p_value
from skmlp.base.types import Array, DataFrame, MatrixLike
from skmlp.base.validation import check_sample_weight, check_X_y, require_estimator
from skmlp.discriminant_analysis.assumption_tests import (
    Assumption,
    box_m,
    canonical_analysis,
    f_of_features,
    mardia,
)
from skmlp.discriminant_analysis.class_statistics import ClassStatistics, LabelledRows
from skmlp.discriminant_analysis.html_report import summary_html
from skmlp.discriminant_analysis.predictions import GaussianPredictions
from skmlp.discriminant_analysis.report import summary_frame, summary_text

__all__ = ["Assumption", "DiscriminantSummary", "lda_summary"]


@dataclass(frozen=True, eq=False, repr=False)
class DiscriminantSummary:
    """Summary of a discriminant analysis: directions, loadings and tests.

    The tests are of equal class means and of the assumptions of the model.
    :func:`lda_summary` returns the summary; ``print`` shows it as text.

    Attributes
    ----------
    features : list of str
        Names of the columns.
    classes : ndarray of shape (n_classes,)
        Class labels.
    weights : ndarray of shape (n_classes,)
        Total weight of the rows of every class; without weights, the number of rows.
    priors : ndarray of shape (n_classes,)
        Prior probabilities of the fit.
    means : ndarray of shape (n_classes, n_features)
        Mean of every class; NaN for a class without (weighted) rows.
    deviations : ndarray of shape (n_features,)
        Standard deviation within classes (with the divisor n − n_classes).
    f_values, p_values : ndarray of shape (n_features,)
        F statistic and p-value of a one-way analysis of variance of each column.
    eigenvalues : ndarray of shape (n_directions,)
        Scatter between classes divided by scatter within classes, along each direction.
    canonical_correlations : ndarray of shape (n_directions,)
        Correlation of each direction with the classes, √(λ / (1 + λ)).
    structure : ndarray of shape (n_features, n_directions)
        Structure coefficients (loadings): correlations within classes of the columns
        with the directions.
    mean_tests : list of Assumption
        Wilks' Λ with Rao's F: first for all directions, then for all directions but the
        first, and so on.
    box_m : Assumption or None
        Box's M test of equal covariances; None if a class has too few rows.
    normality : list of Assumption
        Mardia's skewness and kurtosis of every class that has enough rows.
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
        """Canonical correlations √(λ / (1 + λ)) of the directions (n_directions,)."""
        return np.sqrt(self.eigenvalues / (1 + self.eigenvalues))

    @property
    def sentences(self) -> list[str]:
        """Conclusions in plain sentences, on means, covariances and normality.

        The significance level is 5 %, for normality over all its tests (Holm 1979).
        """
        return [
            self._sentence_of_means(),
            self._sentence_of_covariances(),
            self._sentence_of_normality(),
        ]

    def to_frame(
        self, table: Literal["features", "directions", "tests"] = "features"
    ) -> DataFrame:
        """Return one of the tables as a data frame; needs pandas.

        Parameters
        ----------
        table : {'features', 'directions', 'tests'}, default='features'
            Rows of the table: columns of X (with means, deviation, F and loadings),
            directions, or tests.

        Returns
        -------
        frame : pandas.DataFrame
            The table.

        Raises
        ------
        ValueError
            If `table` is another value.
        """
        return summary_frame(self, table)

    def __str__(self):
        """Return the summary as text."""
        return summary_text(self)

    def __repr__(self):
        """Return one line, which refers to print() for the tables."""
        return (
            f"<{type(self).__name__} of {counted(len(self.features), 'feature')} and "
            f"{len(self.classes)} classes; print it for the tables>"
        )

    def _repr_html_(self) -> str:
        """Return the tables as HTML, which notebooks show."""
        return summary_html(self)

    def _sentence_of_means(self):
        """Return a sentence on the test that all class means are equal."""
        test = self.mean_tests[0]
        if test.p_value >= 0.05:
            return (
                f"The class means may be equal ({_named_p_value(test)}): there is no "
                "evidence that linear scores distinguish the classes."
            )
        count = 1
        while count < len(self.mean_tests) and self.mean_tests[count].p_value < 0.05:
            count += 1
        directions = "one direction" if count == 1 else f"{count} directions"
        return f"The class means differ ({_named_p_value(test)}), along {directions}."

    def _sentence_of_covariances(self):
        """Return a sentence on the test that the covariances are equal."""
        if self.box_m is None:
            return (
                "Equal covariances cannot be tested: some class has no more rows than "
                "there are directions."
            )
        if self.box_m.p_value >= 0.05:
            return (
                "There is no evidence against equal covariances of the classes "
                f"({_named_p_value(self.box_m)})."
            )
        return (
            f"The covariances differ between classes ({_named_p_value(self.box_m)}): "
            "logistic regression or quadratic discriminant analysis may be the better "
            "choice. (The test is also sensitive to non-normal classes, and in large "
            "samples to differences that are too small to matter.)"
        )

    def _sentence_of_normality(self):
        """Return a sentence on the tests that the classes are normal."""
        if not self.normality:
            return "Normality of the classes cannot be tested: each has too few rows."
        lowest = min(self.normality, key=lambda test: test.p_value)
        adjusted = min(1.0, lowest.p_value * len(self.normality))  # first step of Holm
        found = f"smallest p of {len(self.normality)} tests, adjusted: {adjusted:.3g}"
        if adjusted >= 0.05:
            return f"There is no evidence against normal classes ({found})."
        test, _, name = lowest.name.partition(": ")
        kind = "skew" if test.endswith("skewness") else "heavy- or light-tailed"
        return (
            f"Not all classes are normal (class {name} is {kind}; {found}): logistic "
            "regression, which does not assume normality, may be the better choice."
        )


def lda_summary(
    lda: BaseEstimator,
    X: MatrixLike,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
) -> DiscriminantSummary:
    """Return class means, loadings, and tests of the assumptions, for a fitted LDA.

    The tests are Wilks' Λ, Box's M, and Mardia's skewness and kurtosis.

    Parameters
    ----------
    lda : LinearDiscriminantAnalysis
        Fitted estimator.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Training rows of the fit.
    y : array-like of shape (n_samples,)
        Class labels of the rows.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows: a row of weight w counts as w equal rows.

    Returns
    -------
    summary : DiscriminantSummary
        Summary of these rows, computed without shrinkage; classes are weighted by their
        rows, not by the priors.

    Raises
    ------
    TypeError
        If `lda` is no LinearDiscriminantAnalysis (scikit-learn's is accepted, too).
    ValueError
        If the rows are not those of the fit, or if there are no more rows than classes
        and columns together.

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
    kinds = GaussianPredictions, SklearnDiscriminantAnalysis
    require_estimator("lda", lda, kinds, "LinearDiscriminantAnalysis")
    check_is_fitted(lda)
    names = getattr(lda, "feature_names_in_", None)
    X, y = check_X_y(X, y, accept_sparse="csr", dtype=[np.float64, np.float32])
    weights = check_sample_weight(
        sample_weight, X, dtype=np.float64, ensure_non_negative=True
    )
    rows = LabelledRows.of(X, y, weights)
    same_classes = np.array_equal(rows.classes, lda.classes_)
    if not same_classes or X.shape[1] != lda.n_features_in_:
        raise ValueError(
            "X and y have other classes or columns than the fit; give the rows that "
            "lda was fitted to."
        )
    if rows.n_classes_present < 2:
        raise ValueError(
            "Only one class has rows of positive weight; give two or more."
        )
    means = fitted_array("means_", lda.means_, (len(rows.classes), X.shape[1]))
    statistics = ClassStatistics.from_rows(X, rows.labels, len(rows.classes), weights)
    scale = np.max(np.abs(means), axis=0) + np.sqrt(np.diag(statistics.scatter))
    if np.any(np.abs(statistics.means - means) > 1e-4 * scale):
        raise ValueError(
            "The class means of X are not those of the fit; give the X, y and "
            "sample_weight that lda was fitted to."
        )
    residual_df = statistics.total - rows.n_classes_present
    if residual_df <= X.shape[1]:
        raise ValueError(
            f"{rows.n_present} rows of {rows.n_classes_present} classes are too few to "
            f"test {X.shape[1]} columns; select fewer columns."
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
    tests_of_classes = (
        mardia(rows, label, str(name), lda.tol)
        for label, name in enumerate(rows.classes)
        if rows.counts[label]
    )
    return DiscriminantSummary(
        features=[
            f"x{j}" if names is None else str(names[j]) for j in range(X.shape[1])
        ],
        classes=rows.classes,
        weights=statistics.weights,
        priors=lda.priors_,
        means=np.where(rows.counts[:, np.newaxis] > 0, statistics.means, np.nan),
        deviations=deviations * np.sqrt(statistics.total / residual_df),
        f_values=f_values,
        p_values=p_values,
        eigenvalues=eigenvalues,
        structure=structure,
        mean_tests=mean_tests,
        box_m=box_m(rows, statistics, lda.tol),
        normality=[test for tests in tests_of_classes if tests for test in tests],
    )


def _named_p_value(test):
    """Return the name and the p-value of a test as text."""
    return f"{test.name.partition(':')[0]}: {p_value(test.p_value)}"
