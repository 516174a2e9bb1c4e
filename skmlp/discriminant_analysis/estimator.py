"""The `LinearDiscriminantAnalysis` estimator: linear scores of Gaussian classes."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from skmlp.base.availability import unavailable_when
from skmlp.base.callbacks import ObservedFit, with_callbacks
from skmlp.base.compat import HasMethods, Interval, check_partial_fit_first_call
from skmlp.base.fit_context import fit_context, warn_of_reference_kernels
from skmlp.base.fitted_attributes import check_classes, fitted_array
from skmlp.base.label_encoding import require_two_classes
from skmlp.base.linear_classifier import probabilities_of
from skmlp.base.options import StrOptions
from skmlp.base.types import Array, ArrayLike, MatrixLike
from skmlp.base.validation import check_sample_weight, validate_data, validate_params
from skmlp.discriminant_analysis import parameters
from skmlp.discriminant_analysis.class_statistics import (
    ClassStatistics,
    LabelledRows,
    class_means,
    pooled_statistics,
    require_finite,
)
from skmlp.discriminant_analysis.directions import DiscriminantDirections
from skmlp.discriminant_analysis.gaussian_classes import GaussianClasses, round_to
from skmlp.discriminant_analysis.leave_one_out import leave_one_out_scores
from skmlp.discriminant_analysis.predictions import GaussianPredictions
from skmlp.discriminant_analysis.shrinkage import (
    covariance_by_estimator,
    shrink,
    shrink_by_rule,
)
from skmlp.discriminant_analysis.whitening import warn_of_lost_directions, whiten
from skmlp.discriminant_analysis.whitening_wide import whiten_rows

__all__ = ["LinearDiscriminantAnalysis"]


class LinearDiscriminantAnalysis(
    GaussianPredictions, DiscriminantDirections, ObservedFit, BaseEstimator
):
    """Linear classifier by Bayes' rule for Gaussian classes with one covariance.

    The score of class k is scoreₖ(x) = mₖᵀΣ⁻¹x − ½·mₖᵀΣ⁻¹mₖ + log πₖ, for the mean mₖ
    and prior probability πₖ of the class, and the covariance Σ that all classes share.
    The quadratic terms of the log-densities cancel, so each class has a linear unit in
    closed form. `transform` projects rows on the directions that separate the class
    means best.

    Parameters
    ----------
    solver : {'svd', 'lsqr', 'eigen'}, default='svd'
        All solvers accept all parameters and give equal predictions. They differ in the
        methods and attributes that they offer:

        - 'svd': has `transform`. With fewer rows than features, and without shrinkage
          or `store_covariance`, no (n_features, n_features) matrix is allocated.
        - 'lsqr': has no `transform`; keeps `covariance_`.
        - 'eigen': has `transform`; keeps `covariance_`.
    shrinkage : 'auto', 'oas' or float in [0, 1], default=None
        Shrinkage replaces the covariance C by (1 − s)·C + s·T. A number is s. 'auto'
        chooses s for each class by the formula of Ledoit and Wolf [3]_, 'oas' by that
        of Chen and others [5]_, which assumes Gaussian rows; then the shrunk
        covariances of the classes are averaged.
    priors : array-like of shape (n_classes,), default=None
        Prior probabilities of the classes, in the order of `classes_`. They are
        renormalised, with a warning, if they do not sum to 1. None takes the (weighted)
        proportions of the classes among the rows. A class with a prior of zero is never
        predicted.
    n_components : int, default=None
        Number of columns that `transform` returns. None means the maximum,
        min(n_classes - 1, n_features). It has no effect on `predict`, which always uses
        every direction; to use fewer, fit a second model to the transformed rows.
    store_covariance : bool, default=False
        Whether 'svd' keeps `covariance_`; the other solvers always do.
    tol : float, default=1e-4
        Directions with a standard deviation within classes of at most `tol` are left
        out, after every column was scaled to unit deviation within classes. Columns
        constant within classes are left out for any `tol`.
    covariance_estimator : estimator, default=None
        Estimator whose `fit(X)` sets `covariance_`, such as those of
        `sklearn.covariance`. A clone is fitted to the rows of each class, with their
        weights if its `fit` takes `sample_weight`. It excludes `shrinkage`.
    shrinkage_target : {'identity', 'diagonal'}, default=None
        Target T of shrinkage: 'identity' is (trace C / n_features)·I; 'diagonal' is
        diag C, which does not depend on the units of the columns. None is 'identity'
        for a number and 'diagonal' for 'auto' and 'oas', as in scikit-learn.
    ddof : float, default=0
        The divisor of the covariance within classes is Σₖ (wₖ − ddof), with the weights
        wₖ of the classes. 0 gives maximum likelihood, 1 the unbiased estimate (that of
        R's ``MASS::lda``).
    store_loo : bool, default=False
        Whether `fit` also computes `loo_score_`, which takes a few times as long as the
        rest of the fit.

    Attributes
    ----------
    coef_ : ndarray of shape (n_classes, n_features) or (1, n_features)
        Weights of the scores; with two classes, weights of the score difference.
    intercept_ : ndarray of shape (n_classes,) or (1,)
        Intercepts of the scores; with two classes, of the score difference. All are
        finite: a prior of zero counts as half of the lowest floating-point number.
    covariance_ : ndarray of shape (n_features, n_features)
        Covariance within classes, after shrinkage. With 'svd' only if
        `store_covariance` is True.
    statistics_ : ClassStatistics or None
        Weights, means and scatter of all rows seen, from which `partial_fit` and
        `merge` compute a fit; None after a fit of 'svd' to fewer rows than features.
    loo_score_ : float
        Leave-one-out accuracy: weighted share of rows that a fit to all other rows
        classifies correctly. Only if `store_loo` is True.
    explained_variance_ratio_ : ndarray of shape (n_components,)
        Share of the variance between classes along each direction; over all directions
        the shares sum to 1. With 'svd' and 'eigen'.
    means_ : ndarray of shape (n_classes, n_features)
        Mean of every class; zero for a class without (weighted) rows.
    priors_ : ndarray of shape (n_classes,)
        Prior probabilities of the classes; they sum to 1.
    scalings_ : ndarray of shape (n_features, rank)
        Directions that separate the means, the best first, scaled to unit variance
        within classes; the largest entry of each is positive. With 'svd' and 'eigen'.
    xbar_ : ndarray of shape (n_features,)
        Mean of the class means, weighted by the priors. With 'svd'.
    classes_ : ndarray of shape (n_classes,)
        Sorted class labels.
    n_features_in_ : int
        Number of features seen during fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features; set only if all are strings.

    Notes
    -----
    The covariances of the classes are pooled by the weights of their rows, not by the
    priors: priors are the frequencies of the classes among rows to be predicted, and
    say nothing about the covariance. Therefore all solvers give equal probabilities for
    any priors, weights and shrinkage. With the default priors these are scikit-learn's;
    with other priors scikit-learn's 'lsqr' and 'eigen' pool by the priors.

    With more than two classes, 'svd' gives scores of rows centred on `xbar_`, the other
    solvers give scores of the rows as they are. They differ by a term common to all
    classes, which cancels in every prediction. If this term would cost half of the
    digits (near-constant columns, or a large common offset), all solvers centre.

    All solvers leave out directions that do not vary within classes, as a
    pseudo-inverse does; a `CollinearityWarning` names the columns. With shrinkage,
    `transform` compares the scatter of the class means with the shrunk covariance.

    X is read once, in blocks of rows, and may be memory-mapped. Sparse X is not made
    dense, except blocks of its rows that ``shrinkage='auto'`` reads a second time, and
    the rows for a covariance estimator. Sums over rows are in float64; float32 X gives
    float32 results, but float64 ones where float32 would overflow (or variances
    underflow).

    See Also
    --------
    skmlp.discriminant_analysis.lda_summary : Loadings, and tests of the assumptions.
    LogisticRegression : Linear classifier fitted by maximum likelihood.
    sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis : A covariance a class.

    References
    ----------
    .. [1] R. A. Fisher (1936). The use of multiple measurements in taxonomic problems.
       Annals of Eugenics 7, 179-188.
    .. [2] T. Hastie, R. Tibshirani, J. Friedman (2009). The Elements of Statistical
       Learning, 2nd ed., section 4.3. Springer.
    .. [3] O. Ledoit, M. Wolf (2004). A well-conditioned estimator for large-dimensional
       covariance matrices. Journal of Multivariate Analysis 88, 365-411.
    .. [4] T. F. Chan, G. H. Golub, R. J. LeVeque (1983). Algorithms for computing the
       sample variance. The American Statistician 37, 242-247.
    .. [5] Y. Chen, A. Wiesel, Y. C. Eldar, A. O. Hero (2010). Shrinkage algorithms for
       MMSE covariance estimation. IEEE Transactions on Signal Processing 58, 5016-5029.
    .. [6] P. A. Lachenbruch (1967). An almost unbiased method of obtaining confidence
       intervals for the probability of misclassification in discriminant analysis.
       Biometrics 23, 639-645.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmlp import LinearDiscriminantAnalysis
    >>> X, y = load_iris(return_X_y=True)
    >>> lda = LinearDiscriminantAnalysis(n_components=2).fit(X, y)
    >>> lda.score(X, y)
    0.98
    >>> lda.transform(X).shape
    (150, 2)
    """

    _validate_params = validate_params
    _parameter_constraints = {
        "solver": [StrOptions({"svd", "lsqr", "eigen"})],
        "shrinkage": [
            StrOptions(set(parameters.RULES)),
            Interval(Real, 0, 1, closed="both"),
            None,
        ],
        "priors": ["array-like", None],
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "store_covariance": ["boolean"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "covariance_estimator": [HasMethods("fit"), None],
        "shrinkage_target": [StrOptions({"identity", "diagonal"}), None],
        "ddof": [Interval(Real, 0, None, closed="left")],
        "store_loo": ["boolean"],
    }

    def __init__(
        self,
        solver: Literal["svd", "lsqr", "eigen"] = "svd",
        shrinkage: Literal["auto", "oas"] | float | None = None,
        priors: ArrayLike | None = None,
        n_components: int | None = None,
        store_covariance: bool = False,
        tol: float = 1e-4,
        covariance_estimator: Any = None,
        *,
        shrinkage_target: Literal["identity", "diagonal"] | None = None,
        ddof: float = 0,
        store_loo: bool = False,
    ) -> None:
        self.solver = solver
        self.shrinkage = shrinkage
        self.priors = priors
        self.n_components = n_components
        self.store_covariance = store_covariance
        self.tol = tol
        self.covariance_estimator = covariance_estimator
        self.shrinkage_target = shrinkage_target
        self.ddof = ddof
        self.store_loo = store_loo

    @with_callbacks
    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self, X: MatrixLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Fit the linear scores to rows X with class labels y.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,)
            Class labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows; a row of weight zero is as if it were not there, except
            that its class is in `classes_`, with a prior of zero.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If there is only one class, or no more rows than classes; if `priors` do not
            match the classes; if `n_components` or `ddof` is too large; if parameters
            exclude each other.
        """
        parameters.check(self)
        X, y, weights = self._validate_rows(X, y, sample_weight, fewest=2)
        rows = LabelledRows.of(X, y, weights)
        observer = self._observe(X, y, sample_weight, task_name="fit", max_iter=-1)
        covariance = self._fit_rows(rows)
        names = getattr(self, "feature_names_in_", None)
        fitted = covariance, self.statistics_, self._gaussians, rows.n_present
        warn_of_lost_directions(*fitted, tol=self.tol, names=names)
        self.__dict__.pop("loo_score_", None)
        if self.store_loo:
            predicted = np.argmax(self._leave_one_out_scores(rows), axis=1)
            correct = predicted == rows.labels
            self.loo_score_ = float(np.average(correct, weights=rows.weights))
        observer.close()
        return self

    @unavailable_when(parameters.refuse_partial_fit_needing_all_rows)
    @fit_context(prefer_skip_nested_validation=False)
    def partial_fit(
        self,
        X: MatrixLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Update the fit with more rows; the result equals one fit to all rows.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,)
            Class labels.
        classes : array-like of shape (n_classes,), default=None
            All labels that can occur in any call; needed in the first call. A class
            without rows so far has probability zero.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows; a row of weight zero is as if it were not there.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If ``shrinkage`` is 'auto' or 'oas', or with a covariance estimator: these
            need all rows at once; if labels are not among the classes; after a `fit` to
            fewer rows than features with 'svd', which keeps no statistics.
        """
        parameters.check(self)
        first_call = getattr(self, "coef_", None) is None
        X, y, weights = self._validate_rows(
            X, y, sample_weight, fewest=1, reset=first_call
        )
        check_partial_fit_first_call(self, classes)
        if not first_call:
            seen = parameters.require_statistics(self, "partial_fit")
            check_classes(self.classes_, len(seen.weights), in_order=True)
        require_two_classes(self.classes_)
        unknown = np.setdiff1d(np.asarray(y)[weights > 0], self.classes_)
        if len(unknown):
            raise ValueError(
                f"y has labels that are not among the classes: {unknown}; name all "
                "classes in the first call to partial_fit."
            )
        labels = np.searchsorted(self.classes_, y).clip(0, len(self.classes_) - 1)
        statistics = ClassStatistics.from_rows(X, labels, len(self.classes_), weights)
        if not first_call:
            statistics = seen.merge(statistics)
        self._fit_statistics(statistics, X.dtype)
        return self

    @unavailable_when(parameters.refuse_partial_fit_needing_all_rows)
    def merge(self, other: LinearDiscriminantAnalysis) -> Self:
        """Combine this fit with another fit, using only the statistics of both.

        The result equals one fit to the rows of both, so parts of the rows can be
        fitted on several machines. `other` does not change.

        Parameters
        ----------
        other : LinearDiscriminantAnalysis
            Estimator fitted to rows with equal columns; its classes may differ.

        Returns
        -------
        self : object
            The fitted estimator, with the classes of both fits.

        Raises
        ------
        ValueError
            If the columns differ, or a fit kept no statistics (see `partial_fit`).
        """
        check_is_fitted(self)
        check_is_fitted(other)
        parameters.check_mergeable(self, other)
        classes = np.union1d(self.classes_, other.classes_)
        ours, theirs = (
            parameters.require_statistics(lda, "merge").with_classes(
                np.searchsorted(classes, lda.classes_), len(classes)
            )
            for lda in (self, other)
        )
        dtype = np.result_type(
            *(
                fitted_array(
                    "means_", lda.means_, (len(lda.classes_), lda.n_features_in_)
                )
                for lda in (self, other)
            )
        )
        self._fit_statistics(ours.merge(theirs), dtype)
        self.classes_ = classes
        return self

    @unavailable_when(parameters.refuse_leave_one_out)
    def loo_predict_proba(
        self, X: MatrixLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Array:
        """Return leave-one-out probabilities: for every row by a fit to all other rows.

        They estimate how good predictions for new rows are, and are computed in closed
        form from one fit [6]_. Only the parameters of the estimator are used; the
        estimator does not change.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,)
            Class labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows. A row is left out with all its weight.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            One column for each class, in sorted order. A row that is the only one of
            its class has probability zero for that class.

        Raises
        ------
        ValueError
            If there is no closed form ('auto', 'oas', shrinkage towards the diagonal, a
            covariance estimator); if too few rows would be left for a fit.

        Notes
        -----
        If the other rows do not vary in some direction in which a row differs, there is
        no closed form for this row, and a new fit without it is computed. With fewer
        rows than features this applies to all rows.
        """
        warn_of_reference_kernels()
        lda = clone(self)
        lda._validate_params()
        parameters.check(lda)
        X, y, weights = lda._validate_rows(X, y, sample_weight, fewest=2)
        rows = LabelledRows.of(X, y, weights)
        lda._fit_rows(rows)
        scores = lda._leave_one_out_scores(rows).astype(X.dtype)
        if len(rows.classes) == 2:
            scores = scores[:, 1] - scores[:, 0]
        return probabilities_of(scores)

    def __sklearn_tags__(self):
        """Return the tags of the estimator: it accepts sparse X."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _validate_rows(self, X, y, sample_weight, *, fewest, reset=True):
        """Return validated X, y and float64 sample weights."""
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            ensure_min_samples=fewest,
            reset=reset,
        )
        if sample_weight is None:
            return X, y, np.ones(X.shape[0])
        weights = check_sample_weight(
            sample_weight, X, dtype=np.float64, ensure_non_negative=True
        )
        return X, y, weights

    def _fit_rows(self, rows):
        """Fit to all rows at once; return the covariance, or None if not computed."""
        parameters.check_number_of_rows(rows)
        n_features = rows.X.shape[1]
        labelled = rows.X, rows.labels, len(rows.classes), rows.weights
        if self._needs_covariance() or rows.n_present >= n_features:
            covariance = None
            if self.shrinkage in parameters.RULES:
                target = parameters.target(self)
                statistics, covariance = shrink_by_rule(rows, self.shrinkage, target)
            else:
                statistics = pooled_statistics(*labelled)
            if self.covariance_estimator is not None:
                estimator = self.covariance_estimator
                covariance = covariance_by_estimator(rows, statistics, estimator)
            covariance = self._fit_statistics(statistics, rows.X.dtype, covariance)
            self.classes_ = rows.classes
            return covariance
        means = class_means(*labelled)
        class_weights = np.bincount(rows.labels, rows.weights, len(rows.classes))
        divisor = parameters.divisor(class_weights, self.ddof)
        basis = whiten_rows(rows.X, rows.labels, means, rows.weights, self.tol, divisor)
        self._set_fitted_attributes(class_weights, means, basis, rows.X.dtype)
        self.statistics_, self.classes_ = None, rows.classes
        return None

    def _needs_covariance(self):
        """Return True if the fit needs a covariance, not only a whitening basis."""
        modified = self.shrinkage or self.covariance_estimator is not None
        return self.solver != "svd" or self.store_covariance or bool(modified)

    def _fit_statistics(self, statistics, dtype, covariance=None):
        """Fit to statistics; return the shrunk covariance, computed if not given."""
        divisor = parameters.divisor(statistics.weights, self.ddof)
        if covariance is None:
            covariance = statistics.within_covariance
            if self.shrinkage:
                target = parameters.target(self)
                covariance = shrink(covariance, self.shrinkage, target)
        with np.errstate(over="ignore"):
            covariance = covariance * (statistics.total / divisor)
        require_finite(np.diag(covariance))
        basis = whiten(covariance, statistics.resolution, self.tol)
        self._set_fitted_attributes(statistics.weights, statistics.means, basis, dtype)
        self.statistics_ = statistics
        if self.solver != "svd" or self.store_covariance:
            self.covariance_ = parameters.round_covariance(covariance, dtype)
        return covariance

    def _leave_one_out_scores(self, rows):
        """Return the scores (n, K) of every row by the fit to all other rows."""

        def refit(others, kept):
            """Return the GaussianClasses of a fit to `others`, with classes `kept`."""
            lda = clone(self)
            if self.priors is not None:
                priors = self._gaussians.priors[kept]
                lda.priors = priors / priors.sum() if priors.any() else None
            lda._fit_rows(others)
            return lda._gaussians

        return leave_one_out_scores(
            rows,
            self.statistics_,
            self._gaussians,
            given_priors=self.priors is not None,
            ddof=self.ddof,
            shrinkage=self.shrinkage or 0.0,
            refit=refit,
        )

    def _set_fitted_attributes(self, class_weights, means, basis, dtype):
        """Set the fitted attributes, given a whitening basis (d, r)."""
        priors = parameters.resolve_priors(self.priors, class_weights)
        n_components = parameters.n_components(self.n_components, *means.shape)
        self._gaussians = gaussians = GaussianClasses(
            class_weights, means, priors, basis
        )
        coef, intercept = gaussians.linear_scores(dtype, centred=self.solver == "svd")

        for stale in ("covariance_", "scalings_", "explained_variance_ratio_", "xbar_"):
            vars(self).pop(stale, None)
        self.priors_ = priors.astype(dtype)
        self.means_ = means.astype(dtype)
        self.coef_, self.intercept_ = coef, intercept
        self._n_features_out = n_components
        if self.solver == "svd":
            self.xbar_ = gaussians.centre.astype(dtype)
        if self.solver != "lsqr":
            scalings, ratios = gaussians.directions(self.tol)
            self.scalings_ = round_to(scalings, dtype)
            self.explained_variance_ratio_ = ratios[:n_components].astype(dtype)
            self._n_features_out = min(n_components, scalings.shape[1])
