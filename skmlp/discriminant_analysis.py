"""Linear discriminants: the unit whose w and b follow from Gaussian classes."""

import warnings
from numbers import Integral, Real

import numpy as np
import scipy.sparse
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils.validation import check_is_fitted, validate_data

from skmlp._availability import unavailable_when
from skmlp._callbacks import ObservedFit, with_callbacks
from skmlp._classification import (
    LinearProbabilities,
    encode_labels,
    require_two_classes,
)
from skmlp._compat import (
    HasMethods,
    Interval,
    StrOptions,
    check_partial_fit_first_call,
    check_sample_weight,
    fit_context,
)
from skmlp.class_statistics import ClassStatistics, class_means
from skmlp.gaussian_classes import GaussianClasses
from skmlp.within_covariance import (
    average_over_classes,
    by_estimator,
    ledoit_wolf,
    pooled_statistics,
    shrink,
    whiten,
    whiten_rows,
)


def _refuse_partial_fit(lda):
    if lda.shrinkage == "auto" or lda.covariance_estimator is not None:
        return (
            "partial_fit keeps sums and not rows, but shrinkage='auto' and "
            "covariance_estimator need all rows at once; use fit, or give shrinkage "
            "None or a number."
        )
    return None


def _refuse_transform(lda):
    if lda.solver == "lsqr":
        return "transform not implemented for 'lsqr' solver (use 'svd' or 'eigen')."
    return None


class LinearDiscriminantAnalysis(
    ClassNamePrefixFeaturesOutMixin,
    LinearProbabilities,
    TransformerMixin,
    ObservedFit,
    BaseEstimator,
):
    """scoreₖ(x) = mₖᵀΣ⁻¹x − ½·mₖᵀΣ⁻¹mₖ + log πₖ: Bayes' rule for Gaussian classes.

    Every class k is Gaussian with its own mean mₖ and prior probability πₖ; all share
    one covariance Σ. The quadratic terms of the log-densities then cancel, and what is
    left is a linear unit for each class, in closed form. The same fit gives the
    directions that separate the class means best (`transform`).

    Parameters
    ----------
    solver : {'svd', 'lsqr', 'eigen'}, default='svd'
        All three fit the same rule, from the same statistics; they differ in what they
        offer beside it:

        - 'svd': classification and `transform`; no shrinkage. With fewer rows than
          features no matrix of size (n_features, n_features) is made.
        - 'lsqr': classification only; takes shrinkage or a covariance estimator.
        - 'eigen': classification and `transform`; takes both.
    shrinkage : 'auto' or float in [0, 1], default=None
        Replaces the covariance C by (1 − s)·C + s·(trace C / n_features)·I. 'auto'
        chooses s in every class by the formula of Ledoit and Wolf, with the columns
        scaled to unit deviation. Not for 'svd'.
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
        `sklearn.covariance`; a copy is fitted on the rows of each class. Not for 'svd',
        nor together with `shrinkage`.

    Attributes
    ----------
    coef_ : ndarray of shape (n_classes, n_features) or (1, n_features)
        Weights of the scores; with two classes, those of their difference.
    intercept_ : ndarray of shape (n_classes,) or (1,)
        Intercepts of the scores.
    covariance_ : ndarray of shape (n_features, n_features)
        Covariance within classes, after shrinkage. With 'svd' only if
        `store_covariance` is set.
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
    priors: priors say how often a class will be met, not how its rows scatter. The
    divisor is the sum of the weights. So the three solvers give the same probabilities
    for any priors, weights and shrinkage. With the default priors these are
    scikit-learn's; with others scikit-learn's 'lsqr' and 'eigen' pool by the priors.

    With more than two classes, 'svd' returns the scores of rows centred on `xbar_`, the
    other solvers those of the rows as they are. The two differ by a term common to all
    classes, which cancels in every prediction. Where it would cost half of the digits
    (near-constant columns, or a large common offset) all solvers centre the rows.

    Directions that do not vary within classes are ignored, not inverted, by every
    solver, so collinear and constant columns are harmless. The directions of 'eigen'
    compare the shrunk covariance with the scatter of the class means as it is.

    X is read once in blocks of rows and may be memory-mapped. Sparse X is not
    densified, except a block of rows at a time for ``shrinkage='auto'``, and whole with
    'svd' if it has fewer rows than features. Sums over rows are in float64; float32 X
    gives float32 results.

    See Also
    --------
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

    _parameter_constraints = {
        "solver": [StrOptions({"svd", "lsqr", "eigen"})],
        "shrinkage": [StrOptions({"auto"}), Interval(Real, 0, 1, closed="both"), None],
        "priors": ["array-like", None],
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "store_covariance": ["boolean"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "covariance_estimator": [HasMethods("fit"), None],
    }

    def __init__(
        self,
        solver="svd",
        shrinkage=None,
        priors=None,
        n_components=None,
        store_covariance=False,
        tol=1e-4,
        covariance_estimator=None,
    ):
        self.solver = solver
        self.shrinkage = shrinkage
        self.priors = priors
        self.n_components = n_components
        self.store_covariance = store_covariance
        self.tol = tol
        self.covariance_estimator = covariance_estimator

    @with_callbacks
    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, sample_weight=None):
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
            classes, or too large an `n_components`.
        NotImplementedError
            For shrinkage with 'svd'.
        """
        self._check_parameters()
        X, y, weights = self._validate_rows(X, y, sample_weight, fewest=2)
        classes, labels = encode_labels(y)
        require_two_classes(classes)
        if X.shape[0] == len(classes):
            raise ValueError(
                "The number of samples must be more than the number of classes."
            )
        observer = self._watch(X, y, sample_weight, task_name="fit", max_iter=-1)
        self.classes_ = classes
        self._statistics = None
        self._fit_rows(X, labels, weights)
        observer.close()
        return self

    def _fit_rows(self, X, labels, weights):
        """Estimate the classes from all rows at once."""
        classes, (n_samples, n_features) = self.classes_, X.shape
        if self._needs_covariance() or n_samples >= n_features:
            statistics = pooled_statistics(X, labels, len(classes), weights)
            estimate = self._row_estimate(weights)
            covariance = estimate and average_over_classes(
                estimate, X, labels, statistics, weights
            )
            return self._fit_statistics(statistics, covariance, X.dtype)
        means = class_means(X, labels, len(classes), weights)
        basis = whiten_rows(X, labels, means, weights, self.tol)
        class_weights = np.bincount(labels, weights)
        return self._set_rule(class_weights, means, basis, X.dtype)

    @unavailable_when(_refuse_partial_fit)
    @fit_context(prefer_skip_nested_validation=False)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
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
            With ``shrinkage='auto'`` or a covariance estimator, which need all rows at
            once, so that there is no `partial_fit`; for labels that are not among the
            classes; after a `fit` to fewer rows than features with 'svd', which keeps
            no covariance to add to.
        """
        self._check_parameters()
        first_call = getattr(self, "coef_", None) is None
        X, y, weights = self._validate_rows(
            X, y, sample_weight, fewest=1, reset=first_call
        )
        check_partial_fit_first_call(self, classes)
        require_two_classes(self.classes_)
        if not first_call and self._statistics is None:
            raise ValueError(
                "fit kept no covariance that partial_fit could add to, since it had "
                "fewer rows than features; start with partial_fit, or set "
                "store_covariance=True."
            )
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            raise ValueError(
                f"y has labels that are not among the classes: {unknown}; name all "
                "classes in the first call to partial_fit."
            )
        labels = np.searchsorted(self.classes_, y)
        statistics = ClassStatistics.from_rows(X, labels, len(self.classes_), weights)
        if not first_call:
            statistics = self._statistics.merge(statistics)
        return self._fit_statistics(statistics, None, X.dtype)

    def transform(self, X):
        """Project rows on the directions that separate the class means best.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        projected : ndarray of shape (n_samples, min(rank, n_components))
            With 'svd', rows are first centred on `xbar_`.

        Raises
        ------
        NotImplementedError
            With 'lsqr', which finds no directions and so has no `transform`.
        """
        check_is_fitted(self)
        X = validate_data(
            self, X, accept_sparse="csr", dtype=[np.float64, np.float32], reset=False
        )
        scalings = self.scalings_[:, : self._n_features_out]
        if self.solver == "eigen":
            return X @ scalings
        if scipy.sparse.issparse(X):
            return X @ scalings - self.xbar_ @ scalings
        return (X - self.xbar_) @ scalings

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _check_parameters(self):
        """Raise for parameters that contradict each other."""
        if self.solver == "svd" and self.shrinkage is not None:
            raise NotImplementedError("shrinkage not supported with 'svd' solver.")
        if self.solver == "svd" and self.covariance_estimator is not None:
            raise ValueError(
                "covariance estimator is not supported with svd solver. "
                "Try another solver"
            )
        if self.covariance_estimator is not None and self.shrinkage:
            raise ValueError(
                "covariance_estimator and shrinkage parameters are not None. "
                "Only one of the two can be set."
            )

    def _needs_covariance(self):
        """Whether the covariance is asked for, and not only its whitening basis."""
        return self.solver != "svd" or self.store_covariance

    def _row_estimate(self, weights):
        """The function rows -> covariance, or None where the scatter is enough."""
        if self.shrinkage == "auto":
            return ledoit_wolf
        if self.covariance_estimator is None:
            return None
        if np.ptp(weights) > 0:
            raise ValueError(
                "covariance_estimator is fitted on rows without weights, but "
                "sample_weight differs between rows; use shrinkage instead."
            )
        return by_estimator(self.covariance_estimator)

    def _validate_rows(self, X, y, sample_weight, *, fewest, reset=True):
        """X, y and float64 weights, without the rows of weight zero."""
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
        present = weights > 0
        if present.all():
            return X, y, weights
        return X[present], y[present], weights[present]

    def _fit_statistics(self, statistics, covariance, dtype):
        """Fit the rule from statistics; `covariance` is None where they give it."""
        if covariance is None:
            covariance = statistics.within_covariance
            if self.shrinkage:
                covariance = shrink(covariance, self.shrinkage)
        basis = whiten(covariance, statistics.resolution, self.tol)
        self._set_rule(statistics.weights, statistics.means, basis, dtype)
        if self._needs_covariance():
            self.covariance_ = covariance.astype(dtype)
        self._statistics = statistics
        return self

    def _set_rule(self, class_weights, means, basis, dtype):
        """Every fitted attribute, from a basis (d, r) that whitens the covariance."""
        priors = _resolve_priors(self.priors, class_weights)
        n_components = _resolve_n_components(self.n_components, *means.shape)
        classes = GaussianClasses(class_weights, means, priors, basis)
        if len(means) == 2:
            coef, intercept = classes.difference_of_scores()
        elif self.solver == "svd" or not classes.scores_are_exact(dtype):
            coef, intercept = classes.centred_scores()
        else:
            coef, intercept = classes.scores()

        for stale in ("covariance_", "scalings_", "explained_variance_ratio_", "xbar_"):
            vars(self).pop(stale, None)
        self.priors_ = priors.astype(dtype)
        self.means_ = means.astype(dtype)
        self.coef_ = coef.astype(dtype)
        self.intercept_ = intercept.astype(dtype)
        self._n_features_out = n_components
        if self.solver == "svd":
            self.xbar_ = classes.centre.astype(dtype)
        if self.solver != "lsqr":
            scalings, ratios = classes.directions(self.tol)
            self.scalings_ = scalings.astype(dtype)
            self.explained_variance_ratio_ = ratios[:n_components].astype(dtype)
            self._n_features_out = min(n_components, scalings.shape[1])
        return self


# Here and not in the class, where `set_output` would wrap the condition away.
for _name in ("transform", "fit_transform"):
    _method = getattr(LinearDiscriminantAnalysis, _name)
    _method = unavailable_when(_refuse_transform)(_method)
    setattr(LinearDiscriminantAnalysis, _name, _method)


def _resolve_priors(priors, class_weights):
    """Prior probabilities (K,): those given, checked, or the shares of the weights."""
    if priors is None:
        return class_weights / class_weights.sum()
    priors = np.asarray(priors, dtype=np.float64)
    if priors.shape != class_weights.shape:
        raise ValueError(
            f"priors has shape {priors.shape}, but there are {len(class_weights)} "
            "classes; give one prior for each, in the order of classes_."
        )
    if not np.all(np.isfinite(priors)):
        raise ValueError(f"priors must be finite; got {priors}.")
    if np.any(priors < 0):
        raise ValueError(f"priors must be non-negative; got {priors}.")
    if not np.any(priors):
        raise ValueError("priors are all zero; give at least one class a positive one.")
    if abs(priors.sum() - 1.0) > 1e-5:
        warnings.warn(
            "The priors do not sum to 1. Renormalizing", UserWarning, stacklevel=4
        )
        priors = priors / priors.sum()
    return priors


def _resolve_n_components(n_components, n_classes, n_features):
    """The number of columns that `transform` returns at most."""
    most = min(n_classes - 1, n_features)
    if n_components is None:
        return most
    if n_components > most:
        raise ValueError(
            "n_components cannot be larger than min(n_features, n_classes - 1) = "
            f"{most}; got {n_components}."
        )
    return n_components
