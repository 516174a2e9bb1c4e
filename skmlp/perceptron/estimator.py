"""The perceptron: one unit a class, corrected on every mistake."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from skmlp.base.callbacks import ObservedFit, with_callbacks
from skmlp.base.compat import Interval, check_partial_fit_first_call
from skmlp.base.fit_context import fit_context
from skmlp.base.fitted_attributes import check_classes, fitted_linear
from skmlp.base.label_encoding import (
    add_class_weight,
    class_weights,
    encode_labels,
    require_two_classes,
)
from skmlp.base.linear_classifier import LinearScores, SparsifiableCoefficients
from skmlp.base.options import StrOptions
from skmlp.base.rows import dense
from skmlp.base.types import Array, ClassWeight, MatrixLike, RandomState
from skmlp.base.validation import check_sample_weight, validate_data, validate_params
from skmlp.perceptron.mistake_bound import margin_and_mistake_bound
from skmlp.perceptron.training import (
    Epochs,
    Units,
    VisitedRows,
    order_generator,
    warn_of_mistakes,
)

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
        than 8 MiB, blocks of sixteen rows are drawn by the sixteen, of which one row
        each is visited in turn: memory is then read in runs. The same `random_state`
        draws the same order, on any machine and number of threads.
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
        gives each class the same total weight: of the rows of a fit, or of all rows
        seen so far by `partial_fit`. With ``multi_class='ovr'`` and more than two
        classes it is the weight of a class in its own unit.
    warm_start : bool, default=False
        Start from the weights of the last fit, and go on with their average.
    average : bool, default=False
        Whether ``coef_`` and ``intercept_`` are the means over all visits of a row,
        counted by their sample weights, of what the weights were after it (Freund and
        Schapire 1999). They generalise better than the last weights where no
        hyperplane separates the classes. Updates cost little more; there is no second
        pass. With ``multi_class='ovr'`` the mean of a unit ends where the unit does.
    multi_class : {'ovr', 'joint'}, default='ovr'
        With more than two classes, whether each unit learns to tell its class from all
        others, or all learn together that the right score be the highest: a mistake
        then corrects two units, that of the right class and the best of the others
        (Collins 2002; Crammer and Singer 2003). Of two classes both are the same.
    margin : float, default=0.0
        A row counts as a mistake where its functional margin is at most this: y·score,
        or with 'joint' the lead of the right score over the best other one. It is
        measured in units of the score: where X is multiplied by c, by c².

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
    mistakes_curve_ : ndarray of shape (n_iter_,)
        Mistakes of each epoch, of all units together; after `partial_fit`, of every
        call so far.
    n_mistakes_ : int
        Their sum.
    converged_ : bool
        Whether every unit got through an epoch without a mistake, the last one it took
        part in.
    margin_ : float
        The geometric margin reached: the least distance of a row of X from a unit's
        hyperplane, or with 'joint' from a boundary between two classes, in units of X.
        It is negative where a row lies on the wrong side. Set by `fit` only.
    mistake_bound_ : float
        Novikoff's bound on `n_mistakes_`, R²/γ², for the margin γ of ``coef_`` and
        ``intercept_``; infinite where they do not separate the classes, and with a
        penalty. Set by `fit` only. See the notes.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.

    See Also
    --------
    LogisticRegression : The same scores, by maximum likelihood.
    sklearn.linear_model.SGDClassifier : The same rule as ``loss="perceptron"``.

    AssociationUnits : The layer of fixed units before the perceptron in the Mark I.

    Notes
    -----
    Where the classes can be separated by a margin γ and no row is longer than R, the
    rule makes at most R²/γ² mistakes from weights of zero, whatever the order of the
    rows (Novikoff 1962). Rows are meant here with the constant 1 of the intercept, and
    γ as the distance in that space. The bound for all of `margin`, `eta0` and weights
    cᵢ of the rows is (max cᵢ·‖xᵢ‖² + 2·margin/eta0) / (γ²·min cᵢ). With 'joint', γ is
    the least lead over the Frobenius norm of all weights and ‖xᵢ‖² counts twice
    (Collins 2002, theorem 1); with 'ovr' ``mistake_bound_`` is the sum over the units.

    Without a penalty, a unit that makes no mistake in an epoch will never change again,
    and is finished; where all are, the fit ends. Where no hyperplane separates the
    classes it ends when there is no more progress, with one warning that says what to
    try; with `average`, `early_stopping` or a penalty that is as it should be, and goes
    unsaid.

    `tol` is relative. Without an intercept, multiplying X by a power of two therefore
    multiplies ``coef_`` and ``margin_`` by it, and changes nothing else. An intercept
    is the weight of a column of ones, which does not scale along: multiplying X by c is
    then the same as dividing that column by c.

    Different from scikit-learn: all units visit the rows in the same order; `tol` is
    relative; the intercept learns as fast on sparse rows as on dense ones; the penalty
    in the objective of an epoch is that of the weights at its end; 'balanced' counts
    the sample weights, and is there in `partial_fit`.

    References
    ----------
    Rosenblatt, F. (1958). The perceptron: a probabilistic model for information storage
    and organization in the brain. Psychological Review, 65, 386-408.

    Rosenblatt, F. (1960). Perceptron simulation experiments. Proceedings of the IRE,
    48, 301-309.

    Novikoff, A. B. J. (1962). On convergence proofs on perceptrons. Symposium on the
    Mathematical Theory of Automata, 12, 615-622.

    Freund, Y. and Schapire, R. E. (1999). Large margin classification using the
    perceptron algorithm. Machine Learning, 37, 277-296.

    Collins, M. (2002). Discriminative training methods for hidden Markov models: theory
    and experiments with perceptron algorithms. EMNLP, 1-8.

    Crammer, K. and Singer, Y. (2003). Ultraconservative online algorithms for
    multiclass problems. Journal of Machine Learning Research, 3, 951-991.

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
    >>> perceptron.mistakes_curve_
    array([7, 0])
    >>> perceptron.n_mistakes_ <= perceptron.mistake_bound_
    True
    """

    _validate_params = validate_params
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
        "average": ["boolean"],
        "multi_class": [StrOptions({"ovr", "joint"})],
        "margin": [Interval(Real, 0, None, closed="left")],
    }

    n_iter_: int
    t_: float
    mistakes_curve_: Array
    n_mistakes_: int
    converged_: bool
    margin_: float
    mistake_bound_: float

    def __init__(
        self,
        *,
        penalty: Literal["l2", "l1", "elasticnet"] | None = None,
        alpha: float = 0.0001,
        l1_ratio: float = 0.15,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float | None = 1e-3,
        shuffle: bool = True,
        verbose: int = 0,
        eta0: float = 1.0,
        n_jobs: int | None = None,
        random_state: RandomState = 0,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: float = 5,
        class_weight: ClassWeight = None,
        warm_start: bool = False,
        average: bool = False,
        multi_class: Literal["ovr", "joint"] = "ovr",
        margin: float = 0.0,
    ) -> None:
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
        self.average = average
        self.multi_class = multi_class
        self.margin = margin

    @with_callbacks
    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: MatrixLike,
        y: ArrayLike,
        coef_init: ArrayLike | None = None,
        intercept_init: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
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
        classes, labels = encode_labels(y)
        require_two_classes(classes)
        first: Sequence[ArrayLike | None] = (coef_init, intercept_init)
        if (
            self.warm_start
            and hasattr(self, "coef_")
            and any(new is None for new in first)
        ):
            try:
                weights = self._previous_weights(X.shape[1])
            except ValueError as error:
                raise ValueError(
                    f"warm_start=True goes on from the last fit, but {error} Or set "
                    "warm_start=False."
                ) from None
            pairs = zip(weights, first, strict=True)
            first = [last if new is None else new for last, new in pairs]
        again = self.warm_start and coef_init is None
        units = self._units(len(classes), X, first, again=again)
        weight_seen = add_class_weight(labels, sample_weight, len(classes))
        rows = self._rows(X, classes, labels, sample_weight, weight_seen)
        generator = order_generator(self.random_state)
        validation = None
        if self.early_stopping:
            validation = rows.set_aside(self.validation_fraction, generator)
        observer = self._observe(
            X, y, sample_weight, task_name="epoch", max_iter=self.max_iter
        )
        epochs = self._epochs(rows, units, classes, generator, observer)
        ended = epochs.run(
            self.max_iter,
            tol=self.tol,
            n_iter_no_change=self.n_iter_no_change,
            validation=validation,
        )
        margin, bound = margin_and_mistake_bound(
            rows,
            units,
            margin=self.margin,
            eta0=self.eta0,
            fit_intercept=self.fit_intercept,
        )
        bound = np.inf if epochs.penalised else bound
        self._keep(epochs, weight_seen, np.array([], dtype=np.int64), 1.0)
        self.margin_, self.mistake_bound_ = margin, bound
        observer.close()
        settles = self.average or self.early_stopping or epochs.penalised
        if (ended == "max_iter" and self.tol is not None) or (
            ended == "no progress" and not epochs.converged and not settles
        ):
            warn_of_mistakes(epochs, ended=ended, max_iter=self.max_iter)
        return self

    @with_callbacks
    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: MatrixLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Visit these rows once, from where the last call ended.

        Class weights that are 'balanced' are those of all rows seen so far.

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
        X, y, sample_weight = self._validate(X, y, sample_weight, reset=first_call)
        check_partial_fit_first_call(self, classes)
        if not first_call:
            check_classes(self.classes_, in_order=True)
        require_two_classes(self.classes_)
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            raise ValueError(
                f"y has labels that are not among the classes: {unknown}; name all "
                "classes in the first call of partial_fit."
            )
        started = hasattr(self, "coef_")
        first = self._previous_weights(X.shape[1]) if started else None
        units = self._units(len(self.classes_), X, first, again=started)
        generator = getattr(self, "_generator", None)
        if generator is None:
            generator = order_generator(self.random_state)
        labels = np.searchsorted(self.classes_, y).astype(np.int64, copy=False)
        before = None if first_call else getattr(self, "_class_weight_seen", None)
        weight_seen = add_class_weight(
            labels, sample_weight, len(self.classes_), before
        )
        rows = self._rows(X, self.classes_, labels, sample_weight, weight_seen)
        observer = self._observe(X, y, sample_weight, task_name="epoch", max_iter=1)
        epochs = self._epochs(rows, units, self.classes_, generator, observer)
        mistakes, _, _ = epochs.visit()
        epochs.converged = bool(np.all(mistakes == 0))
        curve = self.mistakes_curve_ if started else np.array([], dtype=np.int64)
        self._keep(epochs, weight_seen, curve, getattr(self, "t_", 1.0))
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
        weights = check_sample_weight(
            sample_weight, X, dtype=X.dtype, ensure_non_negative=True
        )
        return X, y, weights

    def _previous_weights(self, n_features):
        """Weights and intercepts to go on from: not the averages."""
        coef, intercept = fitted_linear(self, n_features)
        last = getattr(self, "_learning", None)
        if last is None:
            return dense(coef), np.broadcast_to(intercept, coef.shape[:1])
        return last.weights, last.intercepts

    def _units(self, n_classes, X, first, *, again):
        """Return the units, with the sums of the last call where they go on from it."""
        units = Units.start(
            n_classes,
            X.shape[1],
            X.dtype,
            joint=self.multi_class == "joint",
            average=self.average,
            first=first,
        )
        last = getattr(self, "_learning", None)
        if again and self.average and last is not None:
            units.weight_sums[:] = last.weight_sums
            units.intercept_sums[:] = last.intercept_sums
            units.visits[:] = last.visits
        return units

    def _rows(self, X, classes, labels, sample_weight, weight_seen):
        """Return the rows as the kernel takes them, those of weight zero left out."""
        weights = class_weights(self.class_weight, classes, weight_seen)
        positive, negative = weights.astype(np.float64), np.ones(len(weights))
        if len(weights) == 2:
            positive, negative = positive[1:], positive[:1]
        return VisitedRows(
            X=X,
            labels=labels,
            sample_weight=sample_weight,
            order=np.flatnonzero(sample_weight > 0),
            positive=positive,
            negative=negative,
        )

    def _epochs(self, rows, units, classes, generator, observer):
        """Return the visits to come."""
        l1_ratio = {"l1": 1.0, "l2": 0.0, "elasticnet": self.l1_ratio}.get(self.penalty)
        alpha = 0.0 if l1_ratio is None else self.alpha
        return Epochs(
            rows,
            units,
            classes,
            generator,
            observer,
            shuffle=self.shuffle,
            verbose=self.verbose,
            rule={
                "rate": self.eta0,
                "margin": self.margin,
                "fit_intercept": self.fit_intercept,
            },
            l2=alpha * (1 - (l1_ratio or 0.0)),
            l1=alpha * (l1_ratio or 0.0),
        )

    def _keep(self, epochs, weight_seen, curve, t):
        """Set the fitted attributes; `curve` and `t` are those of earlier calls.

        What tells of all rows of a fit, the caller sets: the margin and the bound.
        """
        for name, value in epochs.attributes().items():
            setattr(self, name, value)
        self.n_iter_ = len(epochs.mistakes)
        self.t_ = t + self.n_iter_ * len(epochs.rows.order)
        self.mistakes_curve_ = np.r_[curve, epochs.mistakes]
        self.n_mistakes_ = int(self.mistakes_curve_.sum())
        self.converged_ = epochs.converged
        for name in ("margin_", "mistake_bound_"):  # those of other rows
            if hasattr(self, name):
                delattr(self, name)
        self._learning = epochs.units if self.average else None
        self._generator, self._class_weight_seen = epochs.generator, weight_seen

    def __sklearn_tags__(self):
        """Sparse input is taken as it is."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
