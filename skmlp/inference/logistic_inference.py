"""How sure a logistic regression is: errors, intervals, tests and marginal effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import scipy.stats
from sklearn.base import BaseEstimator

from skmlp.base.types import Array, ArrayLike, Axes, DataFrame, MatrixLike
from skmlp.inference import hypothesis_tests
from skmlp.inference.contrast_risk import ContrastRisk
from skmlp.inference.display import forest
from skmlp.inference.from_estimator import inference_fields
from skmlp.inference.hypothesis_tests import Features, TestResult
from skmlp.inference.intervals import Method, check_method, wald_intervals
from skmlp.inference.marginal_effects import MarginalEffects
from skmlp.inference.profile_likelihood import profile_intervals
from skmlp.inference.report import inference_frame, inference_text

__all__ = ["LogisticInference"]


@dataclass(frozen=True, eq=False, repr=False)
class LogisticInference:
    """Standard errors, intervals and tests of a fitted logistic regression.

    Made by :meth:`from_estimator`. With more than two classes coefficients are
    contrasts: how a feature changes the log-odds of a class against the reference
    class. (What all classes share changes no probability, so no data can tell it.)

    Attributes
    ----------
    terms : list of str
        'intercept', where there is one, and the names of the features.
    classes : ndarray of shape (n_classes,)
        The class labels.
    reference : object
        The label of the class that the others are compared with.
    coefficients : ndarray of shape (n_outputs, n_terms)
        Of the log-odds of every class but the reference, in the order of `classes`.
    covariance : ndarray of shape (n_outputs * n_terms, n_outputs * n_terms)
        Of the coefficients, one output after another.
    cov : {'mle', 'robust', 'cluster'}
        How it was estimated.
    log_likelihood : float
        Σᵢ sᵢ·log p(yᵢ), without the penalty.
    null_log_likelihood : float
        The same of a model of intercepts alone (of no term at all if there is none).
    n_observations : float
        The sum of the weights; without weights the number of rows.
    degrees_of_freedom : float
        The number of coefficients; for a ridge fit the effective number, the trace of
        (H + P)⁻¹H, with the Hessian H of −log_likelihood and P that of the penalty.
    penalty : float
        The ridge strength 1/C; 0 for a fit by maximum likelihood.
    term_deviations : ndarray of shape (n_terms,)
        Standard deviations of the columns over the (weighted) rows.
    has_intercept : bool
        Whether the first term is the intercept.

    See Also
    --------
    skmlp.LogisticRegression : Fits the model; ``C=np.inf`` by maximum likelihood.
    skmlp.logistic_regression.find_separation : Why there may be no finite estimate.

    Notes
    -----
    With the penalised Hessian A = H + P, 'mle' is A⁻¹HA⁻¹, the inverse information
    where nothing is penalised. 'robust' puts Σᵢ sᵢgᵢgᵢᵀ, with the rows' gradients gᵢ,
    in the place of H (White 1982; HC0); 'cluster' the sums of the gradients over
    clusters (Liang and Zeger 1986), times G/(G−1)·(n−1)/(n−p) for G clusters and p
    coefficients.

    After a ridge fit, intervals tell how the shrunk estimate varies from sample to
    sample. They leave out how far it was shrunk, so they hold the coefficients of the
    population less often than `level` says, and p-values are those of the shrunk
    estimates. Likelihood-ratio tests and profiles are those of the penalised
    likelihood.

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
    _risk: ContrastRisk

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
        """Infer from a fitted estimator and the rows it was fitted to.

        Newton's method takes the fit to its optimum first, where the formulas hold: the
        coefficients are those of the estimator as if `tol` were zero.

        Parameters
        ----------
        fitted : LogisticRegression or LogisticRegressionCV
            Fitted without a penalty (``C=np.inf``) or with a ridge penalty, by skmlp or
            scikit-learn. That C was chosen by cross-validation is left out of account.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows of its fit.
        y : array-like of shape (n_samples,)
            Their labels.
        sample_weight : array-like of shape (n_samples,), default=None
            The weights of its fit: a weight of two is a row that was observed twice.
            Class weights of the estimator multiply them.
        cov : {'mle', 'robust', 'cluster'}, default='mle'
            'mle' trusts the model; 'robust' holds if the log-odds are not linear, too;
            'cluster' if rows of the same group depend on each other.
        groups : array-like of shape (n_samples,), default=None
            The cluster of every row, for ``cov='cluster'``.
        offset : array-like of shape (n_samples,) or (n_samples, n_classes), \
                default=None
            The offset of its fit.
        reference : label, default=None
            The class that the others are compared with; None: the first. With two
            classes always the first.
        feature_names : list of str, default=None
            Names of the features; None: those of X in the fit, or x0, x1, ...

        Returns
        -------
        inference : LogisticInference

        Raises
        ------
        TypeError
            If it is no logistic regression.
        ValueError
            If the estimator was fitted in a way that these formulas do not hold for, if
            it is not at the optimum of these rows, if there is no finite optimum, or if
            some columns are linear combinations of others.
        """
        names = {"reference": reference, "feature_names": feature_names}
        fields = inference_fields(
            fitted, X, y, sample_weight, cov, groups=groups, offset=offset, **names
        )
        return cls(**fields)

    @property
    def outputs(self) -> Array:
        """The labels of the classes that the rows of `coefficients` tell of."""
        return self.classes[self.classes != self.reference]

    @property
    def standard_errors(self) -> Array:
        """Of the coefficients (n_outputs, n_terms)."""
        # Of a constant column under a ridge penalty it is 0, but for rounding.
        variances = np.maximum(np.diag(self.covariance), 0)
        return np.sqrt(variances).reshape(self.coefficients.shape)

    @property
    def z_values(self) -> Array:
        """Coefficients over their standard errors (n_outputs, n_terms); NaN for 0/0."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.coefficients / self.standard_errors

    @property
    def p_values(self) -> Array:
        """Of Wald tests that a coefficient is zero, two-sided (n_outputs, n_terms)."""
        return 2 * scipy.stats.norm.sf(np.abs(self.z_values))

    @property
    def aic(self) -> float:
        """2·degrees_of_freedom − 2·log_likelihood (Akaike 1974)."""
        return 2 * self.degrees_of_freedom - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """log(n_observations)·degrees_of_freedom − 2·log_likelihood (Schwarz 1978)."""
        size = np.log(self.n_observations)
        return size * self.degrees_of_freedom - 2 * self.log_likelihood

    @property
    def pseudo_r2(self) -> float:
        """1 − log_likelihood / null_log_likelihood (McFadden 1974)."""
        return 1 - self.log_likelihood / self.null_log_likelihood

    def confidence_intervals(
        self, level: float = 0.95, method: Method = "wald"
    ) -> Array:
        """Intervals of the coefficients.

        Parameters
        ----------
        level : float, default=0.95
            The share of samples whose interval holds the truth.
        method : {'wald', 'profile'}, default='wald'
            'wald' goes the same way up and down, by the standard errors. 'profile' goes
            to where the likelihood, maximised by all other coefficients, is too small
            for a likelihood-ratio test at this level; it is better in small samples and
            takes some fits for every coefficient. It knows the model only: there is
            none with ``cov='robust'`` or ``'cluster'``.

        Returns
        -------
        intervals : ndarray of shape (n_outputs, n_terms, 2)
            Lower and upper limits.
        """
        check_method(method)
        if method == "wald":
            return wald_intervals(self.coefficients, self.standard_errors, level)
        if self.cov != "mle":
            raise ValueError(
                f"Profile intervals trust the model, and cov={self.cov!r} does not; "
                "use method='wald', or infer with cov='mle'."
            )
        return profile_intervals(self._risk, self.coefficients, self.covariance, level)

    def wald_test(self, features: Features) -> TestResult:
        """Test that all coefficients of some features are zero, by their covariance.

        Parameters
        ----------
        features : list of str or int
            Names or columns of X.

        Returns
        -------
        result : TestResult
        """
        return hypothesis_tests.wald_test(self, features)

    def likelihood_ratio_test(self, features: Features) -> TestResult:
        """Test that all coefficients of some features are zero, by a fit without them.

        Parameters
        ----------
        features : list of str or int
            Names or columns of X.

        Returns
        -------
        result : TestResult
            For a ridge fit of the penalised likelihoods; there a true hypothesis is
            rejected less often than the p-value says.
        """
        return hypothesis_tests.likelihood_ratio_test(self._risk, self, features)

    def marginal_effects(self) -> MarginalEffects:
        """By how much probabilities change per unit of each feature, on average.

        Returns
        -------
        effects : MarginalEffects
            The mean over all rows of the derivative of each probability.
        """
        return MarginalEffects.of(
            self._risk,
            self.coefficients,
            self.covariance,
            self.terms[int(self.has_intercept) :],
            self.classes,
        )

    def odds_ratios(self, level: float = 0.95, method: Method = "wald") -> Array:
        """The factors by which a unit of each feature multiplies the odds.

        Parameters
        ----------
        level : float, default=0.95
            Of the intervals.
        method : {'wald', 'profile'}, default='wald'
            As in :meth:`confidence_intervals`.

        Returns
        -------
        ratios : ndarray of shape (n_outputs, n_terms, 3)
            The ratio, and the lower and upper limit of its interval.
        """
        intervals = self.confidence_intervals(level, method)
        with np.errstate(over="ignore"):
            return np.exp(np.dstack([self.coefficients, intervals]))

    def to_frame(self, level: float = 0.95, method: Method = "wald") -> DataFrame:
        """As a table; needs pandas.

        Parameters
        ----------
        level : float, default=0.95
            Of the intervals.
        method : {'wald', 'profile'}, default='wald'
            As in :meth:`confidence_intervals`.

        Returns
        -------
        frame : pandas.DataFrame
            One row a term, or with more than two classes a class and term.
        """
        return inference_frame(self, level, method)

    def summary(self, level: float = 0.95, method: Method = "wald") -> str:
        """As text.

        Parameters
        ----------
        level : float, default=0.95
            Of the intervals.
        method : {'wald', 'profile'}, default='wald'
            As in :meth:`confidence_intervals`.

        Returns
        -------
        text : str
            The fit in some lines, a table, and what has to be known to read it.
        """
        return inference_text(self, level, method)

    def __str__(self):
        """The summary."""
        return self.summary()

    def __repr__(self):
        """In one line; the summary is for print."""
        return (
            f"<{type(self).__name__} of {len(self.terms)} terms and "
            f"{len(self.classes)} classes, cov={self.cov!r}; print it for a table>"
        )

    def plot(
        self,
        ax: Axes | None = None,
        *,
        level: float = 0.95,
        method: Method = "wald",
        odds: bool = False,
        per_deviation: bool = False,
    ) -> Axes:
        """Draw the coefficients with their intervals; needs matplotlib.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None: a new figure.
        level : float, default=0.95
            Of the intervals.
        method : {'wald', 'profile'}, default='wald'
            As in :meth:`confidence_intervals`.
        odds : bool, default=False
            Whether to draw odds ratios, on a logarithmic scale.
        per_deviation : bool, default=False
            Whether to draw the effect of one standard deviation of a feature instead of
            that of one unit, which makes features of different units comparable.

        Returns
        -------
        ax : matplotlib.axes.Axes
        """
        return forest(
            self, ax, level=level, method=method, odds=odds, per_deviation=per_deviation
        )
