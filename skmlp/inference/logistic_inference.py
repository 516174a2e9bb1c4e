"""LogisticInference: standard errors, intervals and tests of a fitted model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import scipy.stats
from sklearn.base import BaseEstimator

from skmlp.base.types import Array, ArrayLike, Axes, DataFrame, MatrixLike
from skmlp.inference import hypothesis_tests
from skmlp.inference.centred_fit import CentredFit
from skmlp.inference.display import ForestDisplay
from skmlp.inference.from_estimator import inference_fields
from skmlp.inference.html_report import inference_html
from skmlp.inference.hypothesis_tests import Features, TestResult
from skmlp.inference.intervals import Method
from skmlp.inference.marginal_effects import MarginalEffects
from skmlp.inference.profile_likelihood import confidence_intervals
from skmlp.inference.report import inference_frame, inference_text

__all__ = ["LogisticInference"]


@dataclass(frozen=True, eq=False, repr=False)
class LogisticInference:
    """Standard errors, intervals and tests of a fitted logistic regression.

    Use :meth:`from_estimator` to make one. With more than two classes the coefficients
    are contrasts: the change of the log-odds of a class against the reference class.
    (A constant added to the weights of all classes changes no probability.)

    Attributes
    ----------
    terms : list of str
        'intercept', if there is one, and the names of the features.
    classes : ndarray of shape (n_classes,)
        The class labels.
    reference : object
        Label of the class with which the others are compared.
    coefficients : ndarray of shape (n_outputs, n_terms)
        Coefficients of the log-odds of every class but the reference, in the order of
        `classes`.
    covariance : ndarray of shape (n_outputs * n_terms, n_outputs * n_terms)
        Covariance of the coefficients, one output after another.
    cov : {'mle', 'robust', 'cluster'}
        Name of the estimator of the covariance.
    log_likelihood : float
        Weighted log-likelihood without the penalty: Σᵢ sᵢ·log p(yᵢ).
    null_log_likelihood : float
        Log-likelihood of a model with intercepts alone (without any term if the model
        has no intercept).
    n_observations : float
        Sum of the sample weights; without weights the number of rows.
    degrees_of_freedom : float
        Number of coefficients; for a ridge fit the effective number, the trace of
        (H + P)⁻¹H, with the Hessian H of −log_likelihood and P that of the penalty.
    penalty : float
        Ridge strength 1/C; 0 for a fit by maximum likelihood.
    term_deviations : ndarray of shape (n_terms,)
        Standard deviations of the terms over the (weighted) rows.
    has_intercept : bool
        True if the first term is the intercept.

    See Also
    --------
    skmlp.LogisticRegression : Fits the model; ``C=np.inf`` by maximum likelihood.
    skmlp.logistic_regression.find_separation : Finds a separation of the classes, for
        which there is no finite estimate.

    Notes
    -----
    With the penalised Hessian A = H + P, 'mle' is A⁻¹HA⁻¹, the inverse information if
    there is no penalty. 'robust' replaces H by Σᵢ sᵢgᵢgᵢᵀ, with the gradients gᵢ of the
    rows (White 1982; HC0); 'cluster' uses sums of the gradients over clusters (Liang
    and Zeger 1986), times G/(G−1)·(n−1)/(n−p) for G clusters and p coefficients.

    After a ridge fit, intervals show how the shrunk estimate varies from sample to
    sample. They ignore the bias of the shrinkage, so they cover the coefficients of the
    population less often than `level`, and p-values refer to the shrunk estimates.
    Likelihood-ratio tests and profiles use the penalised likelihood.

    References
    ----------
    .. [1] H. White (1982). Maximum likelihood estimation of misspecified models.
       Econometrica 50, 1-25.
    .. [2] K.-Y. Liang, S. L. Zeger (1986). Longitudinal data analysis using generalized
       linear models. Biometrika 73, 13-22.
    .. [3] R. J. Gray (1992). Flexible methods for analyzing survival data using
       splines. Journal of the American Statistical Association 87, 942-951.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_breast_cancer
    >>> from skmlp import LogisticRegression
    >>> from skmlp.inference import LogisticInference
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X = X[:, :2]
    >>> fitted = LogisticRegression(C=np.inf).fit(X, y)
    >>> inference = LogisticInference.from_estimator(fitted, X, y)
    >>> inference.standard_errors.round(3)
    array([[1.774, 0.101, 0.037]])
    >>> print(inference.wald_test(["x1"]))
    Wald test that x1 has no effect: chi2(1) = 34.6356, p < 0.0001
    """

    terms: list[str]
    classes: np.ndarray
    reference: object
    coefficients: np.ndarray
    covariance: np.ndarray
    cov: Literal["mle", "robust", "cluster"]
    log_likelihood: float
    null_log_likelihood: float
    n_observations: float
    degrees_of_freedom: float
    penalty: float
    term_deviations: np.ndarray
    has_intercept: bool
    _fit: CentredFit

    @classmethod
    def from_estimator(
        cls,
        fitted: BaseEstimator,
        X: MatrixLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        cov: Literal["mle", "robust", "cluster"] = "mle",
        *,
        groups: ArrayLike | None = None,
        offset: ArrayLike | None = None,
        reference: object = None,
        feature_names: list[str] | None = None,
    ) -> Self:
        """Return the inference for a fitted estimator and the rows of its fit.

        Newton's method first moves the coefficients to the optimum, where the formulas
        hold, so they are those of the estimator with a `tol` of zero.

        Parameters
        ----------
        fitted : LogisticRegression or LogisticRegressionCV
            Estimator of skmlp or scikit-learn, fitted without a penalty (``C=np.inf``)
            or with a ridge penalty. The choice of C by cross-validation is ignored.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of the fit.
        y : array-like of shape (n_samples,)
            Class labels of the rows.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows in the fit: a weight of two is a row that was observed
            twice. Class weights of the estimator multiply them.
        cov : {'mle', 'robust', 'cluster'}, default='mle'
            'mle' assumes that the model is correct; 'robust' is also valid if the
            log-odds are not linear; 'cluster' if rows of a group are dependent.
        groups : array-like of shape (n_samples,), default=None
            Cluster of every row, for ``cov='cluster'``.
        offset : array-like of shape (n_samples,) or (n_samples, n_classes), \
default=None
            Offset of the fit.
        reference : label, default=None
            Class with which the others are compared; None: the first. With two classes
            always the first.
        feature_names : list of str, default=None
            Names of the features; None: those of X in the fit, or x0, x1, ...

        Returns
        -------
        inference : LogisticInference

        Raises
        ------
        TypeError
            If `fitted` is no logistic regression.
        ValueError
            If the formulas do not hold for the penalty or other parameters of the fit,
            if the estimator is not at the optimum of these rows, if there is no finite
            optimum, or if columns are linearly dependent, or so far from zero (some
            1e12 times their width) that the intercept has too few digits.
        """
        settings = {"groups": groups, "offset": offset, "reference": reference}
        settings["feature_names"] = feature_names
        return cls(**inference_fields(fitted, X, y, sample_weight, cov, **settings))

    @property
    def outputs(self) -> Array:
        """Class label of each row of `coefficients`: all classes but the reference."""
        return self.classes[self.classes != self.reference]

    @property
    def standard_errors(self) -> Array:
        """Standard errors of the coefficients (n_outputs, n_terms)."""
        # For a constant column under a ridge penalty it is 0 up to rounding errors.
        variances = np.maximum(np.diag(self.covariance), 0)
        return np.sqrt(variances).reshape(self.coefficients.shape)

    @property
    def z_values(self) -> Array:
        """Coefficients ÷ standard errors (n_outputs, n_terms); NaN for 0/0."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.coefficients / self.standard_errors

    @property
    def p_values(self) -> Array:
        """Two-sided p-values of Wald tests of zero effects (n_outputs, n_terms)."""
        return 2 * scipy.stats.norm.sf(np.abs(self.z_values))

    @property
    def aic(self) -> float:
        """Akaike's AIC: 2·degrees_of_freedom − 2·log_likelihood (Akaike 1974)."""
        return 2 * self.degrees_of_freedom - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's BIC: log(n_observations)·degrees_of_freedom − 2·log_likelihood."""
        log_n = np.log(self.n_observations)  # Schwarz 1978
        return log_n * self.degrees_of_freedom - 2 * self.log_likelihood

    @property
    def pseudo_r2(self) -> float:
        """McFadden's R²: 1 − log_likelihood / null_log_likelihood (McFadden 1974)."""
        return 1 - self.log_likelihood / self.null_log_likelihood

    def confidence_intervals(
        self, level: float = 0.95, method: Method = "wald"
    ) -> Array:
        """Return confidence intervals of the coefficients.

        Parameters
        ----------
        level : float, default=0.95
            Confidence level: the share of samples whose interval holds the true value.
        method : {'wald', 'profile'}, default='wald'
            'wald' is symmetric: estimate ± quantile · standard error. 'profile' holds
            the values that a likelihood-ratio test at this level does not reject; it is
            better in small samples and takes some fits for every coefficient. It
            assumes that the model is correct, so it needs ``cov='mle'``.

        Returns
        -------
        intervals : ndarray of shape (n_outputs, n_terms, 2)
            Lower and upper limits.
        """
        found = self.coefficients, self.standard_errors, self._fit, self.cov
        return confidence_intervals(*found, level, method)

    def wald_test(self, features: Features) -> TestResult:
        """Return the Wald test that all coefficients of `features` are zero.

        Parameters
        ----------
        features : list of str or int
            Names of features, or indices of columns of X.

        Returns
        -------
        result : TestResult
        """
        return hypothesis_tests.wald_test(self, features)

    def likelihood_ratio_test(self, features: Features) -> TestResult:
        """Return the likelihood-ratio test that coefficients of `features` are zero.

        Parameters
        ----------
        features : list of str or int
            Names of features, or indices of columns of X.

        Returns
        -------
        result : TestResult
            It compares fits with and without the features. A ridge fit uses penalised
            likelihoods; a true hypothesis is then rejected less often than nominal.
        """
        return hypothesis_tests.likelihood_ratio_test(self._fit, self, features)

    def marginal_effects(self, *, dummy: bool = False) -> MarginalEffects:
        """Return average marginal effects: mean change of probabilities per unit.

        Parameters
        ----------
        dummy : bool, default=False
            Whether the effect of a column that holds only 0 and 1 is the discrete
            change from 0 to 1: the mean of p(y=k | xⱼ=1) − p(y=k | xⱼ=0) over all rows
            (Greene 2018, section 17.3.2).

        Returns
        -------
        effects : MarginalEffects
            Mean derivative, or discrete change, of each probability by each feature.
        """
        features = self.terms[int(self.has_intercept) :]
        return MarginalEffects.of(self._fit, features, self.classes, dummy)

    def odds_ratios(self, level: float = 0.95, method: Method = "wald") -> Array:
        """Return odds ratios: the factors of the odds per unit of each feature.

        Parameters
        ----------
        level : float, default=0.95
            Confidence level of the intervals.
        method : {'wald', 'profile'}, default='wald'
            As in :meth:`confidence_intervals`.

        Returns
        -------
        ratios : ndarray of shape (n_outputs, n_terms, 3)
            Odds ratio, and lower and upper limit of its interval.
        """
        intervals = self.confidence_intervals(level, method)
        with np.errstate(over="ignore"):
            return np.exp(np.dstack([self.coefficients, intervals]))

    def to_frame(self, level: float = 0.95, method: Method = "wald") -> DataFrame:
        """Return the coefficients as a table; needs pandas.

        Parameters
        ----------
        level : float, default=0.95
            Confidence level of the intervals.
        method : {'wald', 'profile'}, default='wald'
            As in :meth:`confidence_intervals`.

        Returns
        -------
        frame : pandas.DataFrame
            One row per term; with more than two classes, per class and term.
        """
        return inference_frame(self, level, method)

    def summary(self, level: float = 0.95, method: Method = "wald") -> str:
        """Return a summary as text.

        Parameters
        ----------
        level : float, default=0.95
            Confidence level of the intervals.
        method : {'wald', 'profile'}, default='wald'
            As in :meth:`confidence_intervals`.

        Returns
        -------
        text : str
            Statistics of the fit, a table of the coefficients, and notes.
        """
        return inference_text(self, level, method)

    def __str__(self):
        """Return the summary."""
        return self.summary()

    def __repr__(self):
        """Return one line, which refers to print() for the summary."""
        return (
            f"<{type(self).__name__} of {len(self.terms)} terms and "
            f"{len(self.classes)} classes, cov={self.cov!r}; print it for a table>"
        )

    def _repr_html_(self) -> str:
        """Return the coefficients as HTML tables, which notebooks show."""
        return inference_html(self)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        level: float = 0.95,
        method: Method = "wald",
        odds: bool = False,
        per_deviation: bool = False,
    ) -> Axes:
        """Draw a forest plot of coefficients and their intervals; needs matplotlib.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; None: those of a new figure.
        level : float, default=0.95
            Confidence level of the intervals.
        method : {'wald', 'profile'}, default='wald'
            As in :meth:`confidence_intervals`.
        odds : bool, default=False
            Whether to draw odds ratios, on a logarithmic scale.
        per_deviation : bool, default=False
            Whether to draw the effect per standard deviation of a feature instead of
            per unit, so that features in different units are comparable.

        Returns
        -------
        ax : matplotlib.axes.Axes
            The axes; :class:`ForestDisplay` also has the numbers as attributes.
        """
        settings: dict[str, Any] = {"level": level, "method": method, "odds": odds}
        settings["per_deviation"] = per_deviation
        return ForestDisplay.from_inference(self, ax=ax, **settings).ax_
