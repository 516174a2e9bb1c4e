"""Linear discriminants: the unit whose w and b follow from Gaussian classes."""

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
)
from skmlp.discriminant_analysis.directions import DiscriminantDirections
from skmlp.discriminant_analysis.gaussian_classes import GaussianClasses
from skmlp.discriminant_analysis.leave_one_out import scores_by_other_rows
from skmlp.discriminant_analysis.predictions import GaussianPredictions
from skmlp.discriminant_analysis.shrinkage import by_estimator, by_rule, shrink
from skmlp.discriminant_analysis.whitening import warn_of_lost_directions, whiten
from skmlp.discriminant_analysis.whitening_wide import whiten_rows

__all__ = ["LinearDiscriminantAnalysis"]


class LinearDiscriminantAnalysis(
    GaussianPredictions, DiscriminantDirections, ObservedFit, BaseEstimator
):
    """scoreₖ(x) = mₖᵀΣ⁻¹x − ½·mₖᵀΣ⁻¹mₖ + log πₖ: Bayes' rule for Gaussian classes.

    Every class k is Gaussian with its own mean mₖ and prior probability πₖ; all share
    one covariance Σ. The quadratic terms of the log-densities then cancel, and what is
    left is a linear unit for each class, in closed form. The same fit gives the
    directions that separate the class means best (`transform`).

    Parameters
    ----------
    solver : {'svd', 'lsqr', 'eigen'}, default='svd'
        All three fit the same rule, from the same statistics, with the same parameters;
        they differ in what they offer beside it:

        - 'svd': `transform`. With fewer rows than features, and neither shrinkage nor
          `store_covariance`, no matrix of size (n_features, n_features) is made.
        - 'lsqr': no `transform`; keeps `covariance_`.
        - 'eigen': `transform`; keeps `covariance_`.
    shrinkage : 'auto', 'oas' or float in [0, 1], default=None
        Replaces the covariance C by (1 − s)·C + s·T. A number is s. 'auto' chooses s in
        every class by the formula of Ledoit and Wolf [3]_, 'oas' by that of Chen and
        others [5]_, which supposes Gaussian rows; the classes' shrunk covariances are
        then averaged.
    priors : array-like of shape (n_classes,), default=None
        Prior probabilities of the classes, in the order of `classes_`. They are
        renormalised, with a warning, if they do not sum to 1. None takes the (weighted)
        proportions of the classes among the rows.
    n_components : int, default=None
        Number of columns that `transform` returns, at most min(n_classes - 1,
        n_features); None means as many. It has no effect on `predict`, which always
        uses every direction: to classify in fewer, fit a second model to the
        transformed rows.
    store_covariance : bool, default=False
        Whether 'svd' keeps `covariance_` too; the other solvers always do.
    tol : float, default=1e-4
        Directions in which rows of a class differ by a standard deviation of at most
        `tol` are left out, where every column is first scaled to unit deviation within
        classes. Columns constant within classes are left out at any `tol`.
    covariance_estimator : estimator, default=None
        An estimator with `fit(X)` and then `covariance_`, such as those of
        `sklearn.covariance`; a copy is fitted on the rows of each class, with their
        weights where its `fit` takes any. Not together with `shrinkage`.
    shrinkage_target : {'identity', 'diagonal'}, default=None
        T: 'identity' is (trace C / n_features)·I, 'diagonal' keeps the variances, diag
        C, so that units of the columns do not matter. None is 'identity' for a number
        and 'diagonal' for 'auto' and 'oas', as in scikit-learn.
    ddof : float, default=0
        The covariance within classes has the divisor Σₖ (wₖ − ddof), with the weights
        wₖ of the classes. 0 is maximum likelihood, 1 the unbiased estimate (that of R's
        ``MASS::lda``).
    store_loo : bool, default=False
        Whether `fit` finds `loo_score_` as well, which takes a few times as long as the
        rest of the fit.

    Attributes
    ----------
    coef_ : ndarray of shape (n_classes, n_features) or (1, n_features)
        Weights of the scores; with two classes, those of their difference.
    intercept_ : ndarray of shape (n_classes,) or (1,)
        Intercepts of the scores.
    covariance_ : ndarray of shape (n_features, n_features)
        Covariance within classes, after shrinkage. With 'svd' only if
        `store_covariance` is set.
    statistics_ : ClassStatistics or None
        Weights, means and scatter of the rows seen, of which `partial_fit` and `merge`
        make a fit; None after a fit of 'svd' to fewer rows than features.
    loo_score_ : float
        The (weighted) share of rows that a fit to all other rows classifies rightly.
        Only if `store_loo` is set.
    explained_variance_ratio_ : ndarray of shape (n_components,)
        Share of the variance between classes that lies in each direction; over all
        directions the shares sum to 1. With 'svd' and 'eigen'.
    means_ : ndarray of shape (n_classes, n_features)
        Mean of every class.
    priors_ : ndarray of shape (n_classes,)
        Prior probabilities; they sum to 1.
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
        Names of the features, where all are strings.

    Notes
    -----
    The covariances of the classes are pooled by the weights of their rows, whatever the
    priors: priors say how often a class will be met, not how its rows scatter. So the
    three solvers give the same probabilities for any priors, weights and shrinkage.
    With the default priors these are scikit-learn's; with others scikit-learn's 'lsqr'
    and 'eigen' pool by the priors.

    With more than two classes, 'svd' returns the scores of rows centred on `xbar_`, the
    other solvers those of the rows as they are. The two differ by a term common to all
    classes, which cancels in every prediction. Where it would cost half of the digits
    (near-constant columns, or a large common offset) all solvers centre the rows.

    Directions that do not vary within classes are ignored, not inverted, by every
    solver, as a pseudo-inverse would; a `CollinearityWarning` names the columns. With
    shrinkage, directions compare the shrunk covariance with the scatter of the class
    means as it is.

    X is read once in blocks of rows and may be memory-mapped. Sparse X is not
    densified, except blocks of its rows where ``shrinkage='auto'`` needs a second look
    at them, and for a covariance estimator. Sums over rows are in float64; float32 X
    gives float32 results.

    See Also
    --------
    skmlp.discriminant_analysis.lda_summary : Loadings, and tests of the assumptions.
    LogisticRegression : The same scores, by maximum likelihood.
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
        """Fit the discriminants to rows X of classes y.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            Class labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows; a row of weight zero is as if it were not there.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            With one class only, no more rows than classes, priors that do not fit the
            classes, too large an `n_components` or `ddof`, or parameters that exclude
            each other.
        """
        parameters.check(self)
        X, y, weights = self._validate_rows(X, y, sample_weight, fewest=2)
        rows = LabelledRows.of(X, y, weights)
        observer = self._observe(X, y, sample_weight, task_name="fit", max_iter=-1)
        covariance = self._fit_rows(rows)
        names = getattr(self, "feature_names_in_", None)
        seen = covariance, self.statistics_, self._gaussians, rows.n_present
        warn_of_lost_directions(*seen, tol=self.tol, names=names)
        self.__dict__.pop("loo_score_", None)
        if self.store_loo:
            found = np.argmax(self._scores_by_other_rows(rows), axis=1)
            self.loo_score_ = float(
                np.average(found == rows.labels, weights=rows.weights)
            )
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
        """Add rows to those already seen; the result is that of one fit to all of them.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            Class labels.
        classes : array-like of shape (n_classes,), default=None
            All labels that can occur; needed in the first call. A class without rows so
            far has probability zero.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows; a row of weight zero is as if it were not there.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            With ``shrinkage='auto'``, 'oas' or a covariance estimator, which need all
            rows at once, so that there is no `partial_fit`; for labels that are not
            among the classes; after a `fit` to fewer rows than features with 'svd',
            which keeps no covariance to add to.
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
        self._fit_sums(statistics, X.dtype)
        return self

    @unavailable_when(parameters.refuse_partial_fit_needing_all_rows)
    def merge(self, other: LinearDiscriminantAnalysis) -> Self:
        """Add the rows that another fit has seen, by its statistics alone.

        Parts of the rows may so be fitted on several machines; the result is that of
        one fit to the rows of both. `other` stays as it is.

        Parameters
        ----------
        other : LinearDiscriminantAnalysis
            Fitted to rows of the same columns; it may have seen other classes.

        Returns
        -------
        self : object
            The fitted estimator, with the classes of both.

        Raises
        ------
        ValueError
            For columns that differ, or a fit that kept no statistics (see
            `partial_fit`).
        """
        check_is_fitted(self)
        check_is_fitted(other)
        parameters.check_mergeable(self, other)
        classes = np.union1d(self.classes_, other.classes_)
        ours, theirs = (
            parameters.require_statistics(lda, "merge").of_classes(
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
        self._fit_sums(ours.merge(theirs), dtype)
        self.classes_ = classes
        return self

    @unavailable_when(parameters.refuse_leave_one_out)
    def loo_predict_proba(
        self, X: MatrixLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Array:
        """Probabilities of every row by the fit to all other rows, as from n fits.

        They come in closed form from one fit [6]_, and tell how good the predictions of
        new rows will be. The estimator itself is neither used nor changed, only its
        parameters are.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            Class labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows. A row is left out with all its weight.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Columns follow the sorted labels. A row that is alone in its class has
            probability zero there.

        Raises
        ------
        ValueError
            With a `shrinkage` that has no closed form ('auto', 'oas', towards the
            diagonal) or a covariance estimator, so that there is no such method; where
            too few rows would be left for a fit.

        Notes
        -----
        A row that is alone in some direction (the others do not vary there) is left out
        of the rows and the fit is done again; with fewer rows than features these are
        all rows.
        """
        warn_of_reference_kernels()
        lda = clone(self)
        lda._validate_params()
        parameters.check(lda)
        X, y, weights = lda._validate_rows(X, y, sample_weight, fewest=2)
        rows = LabelledRows.of(X, y, weights)
        lda._fit_rows(rows)
        scores = lda._scores_by_other_rows(rows).astype(X.dtype)
        if len(rows.classes) == 2:
            scores = scores[:, 1] - scores[:, 0]
        return probabilities_of(scores)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _validate_rows(self, X, y, sample_weight, *, fewest, reset=True):
        """X, y and float64 weights."""
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
        """Fit to all rows at once; the covariance, or None where none is needed."""
        require_two_classes(rows.classes)
        if rows.n_present == len(rows.classes):
            raise ValueError(
                "The number of samples must be more than the number of classes."
            )
        n_features = rows.X.shape[1]
        of_classes = rows.X, rows.labels, len(rows.classes), rows.weights
        if self._needs_covariance() or rows.n_present >= n_features:
            covariance = None
            if self.shrinkage in parameters.RULES:
                target = parameters.target(self)
                statistics, covariance = by_rule(rows, self.shrinkage, target)
            else:
                statistics = pooled_statistics(*of_classes)
            if self.covariance_estimator is not None:
                estimator = self.covariance_estimator
                covariance = by_estimator(rows, statistics, estimator)
            covariance = self._fit_sums(statistics, rows.X.dtype, covariance)
            self.classes_ = rows.classes
            return covariance
        means = class_means(*of_classes)
        class_weights = np.bincount(rows.labels, rows.weights, len(rows.classes))
        divisor = parameters.divisor(class_weights, self.ddof)
        basis = whiten_rows(rows.X, rows.labels, means, rows.weights, self.tol, divisor)
        self._set_rule(class_weights, means, basis, rows.X.dtype)
        self.statistics_, self.classes_ = None, rows.classes
        return None

    def _needs_covariance(self):
        """Whether the covariance is asked for, and not only its whitening basis."""
        shrunk = self.shrinkage or self.covariance_estimator is not None
        return self.solver != "svd" or self.store_covariance or bool(shrunk)

    def _fit_sums(self, statistics, dtype, covariance=None):
        """Fit to statistics, and a covariance where these are not enough for it."""
        divisor = parameters.divisor(statistics.weights, self.ddof)
        if covariance is None:
            covariance = statistics.within_covariance
            if self.shrinkage:
                target = parameters.target(self)
                covariance = shrink(covariance, self.shrinkage, target)
        covariance = covariance * (statistics.total / divisor)
        basis = whiten(covariance, statistics.resolution, self.tol)
        self._set_rule(statistics.weights, statistics.means, basis, dtype)
        self.statistics_ = statistics
        if self.solver != "svd" or self.store_covariance:
            self.covariance_ = covariance.astype(dtype)
        return covariance

    def _scores_by_other_rows(self, rows):
        """Return the scores (n, K) of every row by the fit to all other rows."""

        def refit(others, kept):
            lda = clone(self)
            if self.priors is not None:
                lda.priors = self._gaussians.priors[kept]
                lda.priors = lda.priors / lda.priors.sum()
            lda._fit_rows(others)
            return lda._gaussians

        return scores_by_other_rows(
            rows,
            self.statistics_,
            self._gaussians,
            given_priors=self.priors is not None,
            ddof=self.ddof,
            shrinkage=self.shrinkage or 0.0,
            refit=refit,
        )

    def _set_rule(self, class_weights, means, basis, dtype):
        """Every fitted attribute, from a basis (d, r) that whitens the covariance."""
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
        self.coef_ = coef.astype(dtype)
        self.intercept_ = intercept.astype(dtype)
        self._n_features_out = n_components
        if self.solver == "svd":
            self.xbar_ = gaussians.centre.astype(dtype)
        if self.solver != "lsqr":
            scalings, ratios = gaussians.directions(self.tol)
            self.scalings_ = scalings.astype(dtype)
            self.explained_variance_ratio_ = ratios[:n_components].astype(dtype)
            self._n_features_out = min(n_components, scalings.shape[1])
