"""The perceptron: one unit a class, corrected on every mistake."""

import warnings
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from skmlp._callbacks import ObservedFit, with_callbacks
from skmlp._classification import (
    LinearScores,
    SparsifiableCoefficients,
    require_two_classes,
)
from skmlp._compat import (
    Interval,
    StrOptions,
    check_partial_fit_first_call,
    check_sample_weight,
    fit_context,
)
from skmlp._perceptron_units import Progress, Rows, Units, dense, order_generator

__all__ = ["Perceptron"]


class Perceptron(LinearScores, SparsifiableCoefficients, ObservedFit, BaseEstimator):
    """w ← w + eta0·y·x wherever y·(wᵀx + b) ≤ 0: Rosenblatt's rule, one unit a class.

    With two classes there is one unit, which is positive for ``classes_[1]``; with
    more, each class has a unit of its own against all others, and the highest score
    wins. All units learn in one visit of a row. The class takes the place of
    :class:`sklearn.linear_model.Perceptron`.

    Parameters
    ----------
    penalty : {'l2', 'l1', 'elasticnet'} or None, default=None
        What is added to the mean loss: ½·alpha·‖w‖², alpha·‖w‖₁ or a mixture of both.
    alpha : float, default=0.0001
        Strength of the penalty.
    l1_ratio : float, default=0.15
        Share of the l1 penalty in 'elasticnet', in [0, 1].
    fit_intercept : bool, default=True
        Whether the units have an intercept.
    max_iter : int, default=1000
        At most so many epochs. `partial_fit` always does one.
    tol : float or None, default=1e-3
        An epoch that lowers the mean objective by less than `tol` times that of the
        first epoch counts as one without progress. None: only `max_iter` and an epoch
        without a mistake end the fit. With `early_stopping`, the least gain in
        accuracy.
    shuffle : bool, default=True
        Whether the rows are visited in a new order in every epoch. Where X takes more
        than 32 MiB, blocks of eight rows are drawn by the eight, of which one row each
        is visited in turn: memory is then read in runs.
    verbose : int, default=0
        Above 0, one line an epoch.
    eta0 : float, default=1
        The learning rate: what an update is multiplied by.
    n_jobs : int, default=None
        Kept for compatibility: all classes learn in one pass over the rows, so there is
        nothing to do in parallel.
    random_state : int, RandomState instance or None, default=0
        Draws the order of the rows and the validation rows.
    early_stopping : bool, default=False
        Whether to stop when the accuracy on rows set aside no longer grows.
    validation_fraction : float, default=0.1
        Share of the rows that `early_stopping` sets aside, in equal parts of every
        class.
    n_iter_no_change : int, default=5
        Stop after so many epochs in a row without progress.
    class_weight : dict, 'balanced' or None, default=None
        Weight of each class: a mistake on a row of it counts so many times. 'balanced'
        gives each class the same total weight. With more than two classes it is the
        weight of a class in its own unit.
    warm_start : bool, default=False
        Start from the weights of the last fit.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels, sorted.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Weights of the units; one row with two classes.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts of the units.
    n_iter_ : int
        Epochs of the last fit; with several classes, of the unit that took longest.
    t_ : float
        One more than the rows visited so far.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.

    See Also
    --------
    LogisticRegression : The same scores, by maximum likelihood.
    sklearn.linear_model.SGDClassifier : The same rule as ``loss="perceptron"``.

    Notes
    -----
    Where the classes can be separated by a margin γ and no row is longer than R, the
    rule makes at most R²/γ² mistakes, whatever the order of the rows (Novikoff 1962).
    Without a penalty, a unit that makes no mistake in an epoch will never change again,
    and is finished.

    Different from scikit-learn: all units visit the rows in the same order; `tol` is
    relative, so that the unit of the loss does not matter; the intercept learns as fast
    on sparse rows as on dense ones; the penalty in the objective of an epoch is that of
    the weights at its end.

    References
    ----------
    Rosenblatt, F. (1958). The perceptron: a probabilistic model for information storage
    and organization in the brain. Psychological Review, 65, 386-408.

    Novikoff, A. B. J. (1962). On convergence proofs on perceptrons. Symposium on the
    Mathematical Theory of Automata, 12, 615-622.

    Tsuruoka, Y., Tsujii, J. and Ananiadou, S. (2009). Stochastic gradient descent
    training for L1-regularized log-linear models with cumulative penalty. ACL.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmlp import Perceptron
    >>> X, y = load_iris(return_X_y=True)
    >>> perceptron = Perceptron().fit(X, y == 0)
    >>> perceptron.predict(X[:2])
    array([ True,  True])
    >>> perceptron.score(X, y == 0)
    1.0
    """

    _parameter_constraints: dict = {
        "penalty": [StrOptions({"l2", "l1", "elasticnet"}), None],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "l1_ratio": [Interval(Real, 0, 1, closed="both")],
        "fit_intercept": ["boolean"],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left"), None],
        "shuffle": ["boolean"],
        "verbose": ["verbose"],
        "eta0": [Interval(Real, 0, None, closed="neither")],
        "n_jobs": [None, Integral],
        "random_state": ["random_state"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "warm_start": ["boolean"],
    }

    def __init__(
        self,
        *,
        penalty=None,
        alpha=0.0001,
        l1_ratio=0.15,
        fit_intercept=True,
        max_iter=1000,
        tol=1e-3,
        shuffle=True,
        verbose=0,
        eta0=1.0,
        n_jobs=None,
        random_state=0,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=5,
        class_weight=None,
        warm_start=False,
    ):
        self.penalty = penalty
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.shuffle = shuffle
        self.verbose = verbose
        self.eta0 = eta0
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.warm_start = warm_start

    @with_callbacks
    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, coef_init=None, intercept_init=None, sample_weight=None):
        """Visit the rows until they make no more mistakes, or no more progress.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be learnt from.
        y : array-like of shape (n_samples,)
            Their class labels, of at least two classes.
        coef_init : array-like of the shape of ``coef_``, default=None
            First weights; None: zeros.
        intercept_init : array-like of the shape of ``intercept_``, default=None
            First intercepts; None: zeros.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row: a mistake on it counts so many times.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        X, y, sample_weight = self._validate(X, y, sample_weight, reset=True)
        classes = np.unique(y)
        require_two_classes(classes)
        last = self if self.warm_start and hasattr(self, "coef_") else None
        coef_init = getattr(last, "coef_", None) if coef_init is None else coef_init
        if intercept_init is None:
            intercept_init = getattr(last, "intercept_", None)
        units = Units.start(
            len(classes), X.shape[1], X.dtype, dense(coef_init), intercept_init
        )
        rows = self._rows(X, y, classes, sample_weight)
        generator = order_generator(self.random_state)
        validation = self._set_aside(rows, generator) if self.early_stopping else None
        observer = self._watch(
            X, y, sample_weight, task_name="epoch", max_iter=self.max_iter
        )
        self.classes_ = classes
        n_epochs, converged = self._epochs(rows, units, generator, validation, observer)
        self.n_iter_ = n_epochs
        self.t_ = 1.0 + n_epochs * len(rows.order)
        self._generator = generator
        self._set_attributes(units)
        observer.close()
        if not converged:
            warnings.warn(
                "Maximum number of iteration reached before convergence. Consider "
                f"increasing max_iter (={self.max_iter}) to improve the fit; where the "
                "classes cannot be separated by a hyperplane, early_stopping=True ends "
                "it earlier.",
                ConvergenceWarning,
                stacklevel=4,
            )
        return self

    @with_callbacks
    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Visit these rows once, from where the last call ended.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be learnt from.
        y : array-like of shape (n_samples,)
            Their class labels.
        classes : array-like of shape (n_classes,), default=None
            All classes that will ever come. Needed in the first call only.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row: a mistake on it counts so many times.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        first_call = not hasattr(self, "classes_")
        if self.early_stopping:
            raise ValueError(
                "early_stopping should be False with partial_fit; whether to go on is "
                "the caller's decision."
            )
        if first_call and self.class_weight == "balanced":
            raise ValueError(
                "class_weight 'balanced' is not supported for partial_fit, which does "
                "not see all rows. Give the weights that sklearn.utils.class_weight."
                "compute_class_weight('balanced', classes=classes, y=y) computes from "
                "a large enough sample of y."
            )
        X, y, sample_weight = self._validate(X, y, sample_weight, reset=first_call)
        check_partial_fit_first_call(self, classes)
        require_two_classes(self.classes_)
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            raise ValueError(
                f"y has labels that are not among the classes: {unknown}; name all "
                "classes in the first call of partial_fit."
            )
        started = hasattr(self, "coef_")
        units = Units.start(
            len(self.classes_),
            X.shape[1],
            X.dtype,
            self.densify().coef_ if started else None,
            self.intercept_ if started else None,
        )
        if getattr(self, "_generator", None) is None:
            self._generator = order_generator(self.random_state)
        rows = self._rows(X, y, self.classes_, sample_weight)
        observer = self._watch(X, y, sample_weight, task_name="epoch", max_iter=1)
        self._visit(rows, units, self._generator, observer, epoch=1)
        self.n_iter_ = 1
        self.t_ = getattr(self, "t_", 1.0) + len(rows.order)
        self._set_attributes(units)
        observer.close()
        return self

    def _validate(self, X, y, sample_weight, *, reset):
        """Check X, y and the weights."""
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            order="C",
            accept_large_sparse=False,
            reset=reset,
        )
        check_classification_targets(y)
        weights = check_sample_weight(
            sample_weight, X, dtype=X.dtype, ensure_non_negative=True
        )
        return X, y, weights

    def _rows(self, X, y, classes, sample_weight):
        """The rows as the kernel takes them, those of weight zero left out."""
        class_weight = compute_class_weight(self.class_weight, classes=classes, y=y)
        positive, negative = class_weight, np.ones(len(classes))
        if len(classes) == 2:
            positive, negative = class_weight[1:], class_weight[:1]
        return Rows(
            X=X,
            labels=np.searchsorted(classes, y).astype(np.int64, copy=False),
            sample_weight=sample_weight,
            order=np.flatnonzero(sample_weight > 0),
            positive=np.array(positive, dtype=np.float64),
            negative=np.array(negative, dtype=np.float64),
        )

    def _set_aside(self, rows, generator):
        """Move some of the rows to a validation set, in equal parts of every class."""
        from sklearn.model_selection import StratifiedShuffleSplit

        splitter = StratifiedShuffleSplit(
            n_splits=1, test_size=self.validation_fraction, random_state=generator
        )
        everything = np.arange(rows.X.shape[0])
        _, aside = next(splitter.split(everything[:, np.newaxis], rows.labels))
        if not np.any(rows.sample_weight[aside]):
            raise ValueError(
                "The sample weights for validation set are all zero, consider using a "
                "different random state."
            )
        rows.order = np.setdiff1d(rows.order, aside)
        if len(rows.order) == 0:
            raise ValueError(
                f"validation_fraction={self.validation_fraction} leaves no row of "
                "positive weight to train on; lower it, or set early_stopping=False."
            )
        return aside

    def _epochs(self, rows, units, generator, validation, observer):
        """Visit the rows again and again; the number of epochs, whether all is done."""
        progress = Progress(len(units.active), self.tol, self.n_iter_no_change)
        gives_up = self.tol is not None
        for epoch in range(1, self.max_iter + 1):
            mistakes, objectives, stop = self._visit(
                rows, units, generator, observer, epoch=epoch
            )
            if self.penalty is None:
                units.active[mistakes == 0] = False
            if validation is not None:
                accuracy = units.accuracy(rows, validation)
                if self.verbose:
                    print(f"epoch {epoch:5d}   validation accuracy {accuracy:.6f}")
                exhausted = progress.exhausted(np.full(len(mistakes), -accuracy), 1)
                units.active[exhausted] = False
            else:
                exhausted = progress.exhausted(objectives, progress.scale(objectives))
                units.active[exhausted] = False
            if stop or not units.active.any():
                return epoch, True
        return self.max_iter, not gives_up

    def _visit(self, rows, units, generator, observer, *, epoch):
        """One epoch: mistakes and mean objective of every unit, whether to stop."""
        if self.shuffle:
            rows.shuffle(generator)
        l1_ratio = {"l1": 1.0, "l2": 0.0, "elasticnet": self.l1_ratio}.get(self.penalty)
        alpha = 0.0 if l1_ratio is None else self.alpha
        l2, l1 = alpha * (1 - (l1_ratio or 0.0)), alpha * (l1_ratio or 0.0)
        observer.begin(units.attributes)
        with np.errstate(over="ignore", invalid="ignore"):
            losses, mistakes = units.visit(
                rows,
                rate=self.eta0,
                decay=max(0.0, 1 - self.eta0 * l2),
                l1_step=self.eta0 * l1,
                fit_intercept=self.fit_intercept,
            )
            penalties = l2 / 2 * np.sum(units.weights**2, axis=1, dtype=np.float64)
            penalties += l1 * np.sum(np.abs(units.weights), axis=1, dtype=np.float64)
            objectives = losses / max(1, len(rows.order)) + penalties
        if not (
            np.isfinite(units.weights).all() and np.isfinite(units.intercepts).all()
        ):
            raise ValueError(
                f"Floating-point under-/overflow occurred at epoch #{epoch}. Scaling "
                "input data with StandardScaler or MinMaxScaler might help."
            )
        if self.verbose:
            print(
                f"epoch {epoch:5d}   mistakes {mistakes.sum():8d}   "
                f"objective {objectives.sum():.8g}"
            )
        return mistakes, objectives, observer.end(units.attributes)

    def _set_attributes(self, units):
        """Units -> coef_ and intercept_."""
        for name, value in units.attributes().items():
            setattr(self, name, value)

    def __sklearn_tags__(self):
        """Sparse input is taken as it is."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
