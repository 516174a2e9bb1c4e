"""The `Perceptron` estimator: one linear unit for each class, trained on mistakes."""

from __future__ import annotations

from functools import partial
from numbers import Integral, Real
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skmlp import _kernels
from skmlp.base.callbacks import ObservedFit, with_callbacks
from skmlp.base.compat import Interval, check_partial_fit_first_call
from skmlp.base.fit_context import fit_context, unless_it_raises
from skmlp.base.fitted_attributes import check_classes
from skmlp.base.label_encoding import (
    add_class_weight,
    class_weights,
    encode_labels,
    require_two_classes,
)
from skmlp.base.linear_classifier import LinearScores, SparsifiableCoefficients
from skmlp.base.options import StrOptions
from skmlp.base.rows import OrderGenerator
from skmlp.base.types import Array, ClassWeight, MatrixLike, RandomState
from skmlp.base.validation import check_sample_weight, validate_data, validate_params
from skmlp.network import FittedNetwork
from skmlp.perceptron.as_network import network_of
from skmlp.perceptron.fit_warnings import advice_on_columns, warn_of_bad_end
from skmlp.perceptron.training import PerceptronTrainer, Units, last_weights, strengths
from skmlp.perceptron.visited_rows import (
    VisitedRows,
    margin_and_mistake_bound,
    scores_underflow,
    without_duplicates,
)
from skmlp.solvers.divergence import advice_after_divergence

__all__ = ["Perceptron"]

_ROWS = {"accept_sparse": "csr", "dtype": [np.float64, np.float32], "order": "C"}


class Perceptron(LinearScores, SparsifiableCoefficients, ObservedFit, BaseEstimator):
    """Linear classifier trained by Rosenblatt's perceptron rule.

    For every row x with a mistake, y·(wᵀx + b) ≤ 0 for y = ±1, a unit is updated by
    w ← w + eta0·y·x and b ← b + eta0·y.

    With two classes there is one unit, whose score is positive for ``classes_[1]``.
    With more classes there is one unit for each class against all others, and the class
    with the highest score is predicted. All units are updated in one pass over the
    rows. The class replaces :class:`sklearn.linear_model.Perceptron`.

    Parameters
    ----------
    penalty : {'l2', 'l1', 'elasticnet'} or None, default=None
        Penalty added to the mean loss: ½·alpha·‖w‖², alpha·‖w‖₁ or a mixture of both.
    alpha : float, default=0.0001
        Strength of the penalty.
    l1_ratio : float, default=0.15
        Share of the l1 penalty in 'elasticnet', in [0, 1].
    fit_intercept : bool, default=True
        Whether the units have an intercept.
    max_iter : int, default=1000
        Maximum number of epochs of `fit`. `partial_fit` always runs one epoch.
    tol : float or None, default=1e-3
        An epoch makes no progress if it lowers the mean objective by less than `tol`
        times the mean objective of the first epoch. With `early_stopping`, an epoch
        makes no progress if it raises the validation accuracy by less than `tol`. If
        None, only `max_iter` and an epoch without a mistake end the fit.
    shuffle : bool, default=True
        Whether every epoch visits the rows in a new random order. If X takes more than
        8 MiB, the order is drawn by blocks of sixteen neighbouring rows: sixteen random
        blocks are visited together, one row of each in turn, so that memory is read in
        runs. The order depends on `random_state` only, not on the machine or the number
        of threads.
    verbose : int, default=0
        If above 0, print one line per epoch.
    eta0 : float, default=1
        Learning rate: the factor of every update.
    n_jobs : int, default=None
        Has no effect; kept for compatibility. All classes are trained in one pass over
        the rows, so no jobs run in parallel.
    random_state : int, RandomState instance or None, default=0
        Seed or generator that draws the order of the rows and the validation rows.
    early_stopping : bool, default=False
        Whether to stop when the accuracy on held-out validation rows no longer grows.
    validation_fraction : float, default=0.1
        Share of the rows of every class that `early_stopping` holds out, in (0, 1). The
        only row of a class is not held out, and rows of weight zero do not count.
    n_iter_no_change : int, default=5
        Number of consecutive epochs without progress after which the fit stops.
    class_weight : dict, 'balanced' or None, default=None
        Weight of each class: the factor of an update for a mistake on a row of the
        class. 'balanced' gives all classes equal total weight, counted over the rows of
        a fit, or over all rows seen so far by `partial_fit`. With
        ``multi_class='ovr'`` and more than two classes, the weight of a class applies
        only in the unit of that class.
    warm_start : bool, default=False
        Whether `fit` starts from the last weights and, with `average`, continues their
        average. Values assigned to ``coef_`` or ``intercept_`` since are the weights to
        start from, and a new average begins.
    average : bool, default=False
        Whether ``coef_`` and ``intercept_`` are averages of the weights after every
        visit of a row, weighted by the sample weight of that row (Freund and Schapire
        1999). Averages generalise better than the last weights if no hyperplane
        separates the classes. They need no second pass and little more time. With
        ``multi_class='ovr'`` the average of a unit ends when the unit stops learning.
    multi_class : {'ovr', 'joint'}, default='ovr'
        Rule for more than two classes. 'ovr': each unit separates its class from all
        others. 'joint': the units are trained together so that the score of the true
        class is the highest; a mistake then updates two units, that of the true class
        and that of the best other class (Collins 2002; Crammer and Singer 2003). With
        two classes both rules are equal.
    margin : float, default=0.0
        A row counts as a mistake if its functional margin is at most `margin`. The
        functional margin is y·score, or with 'joint' the score of the true class minus
        the highest other score. Its unit is that of the scores: if X is multiplied by
        c, multiply `margin` by c².

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted class labels.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Weights of the units; one row with two classes.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts of the units.
    n_iter_ : int
        Number of epochs of the last fit, until the last unit stopped learning.
    t_ : float
        Number of rows visited so far, plus one.
    mistakes_curve_ : ndarray of shape (n_iter_,)
        Number of mistakes of all units in each epoch; after `partial_fit`, with one
        entry for each call so far.
    n_mistakes_ : int
        Total number of mistakes: the sum of `mistakes_curve_`.
    converged_ : bool
        True if every unit made no mistake in the last epoch in which it was active.
    margin_ : float
        Geometric margin: the smallest distance between a training row and a unit's
        hyperplane, or with 'joint' a boundary between two classes, in units of X. It is
        negative if a row lies on the wrong side, and infinite, with this sign, if a
        unit's weights are zero or too small beside its intercept to divide by. Rows of
        weight zero or held out are no training rows. Set by `fit` only.
    mistake_bound_ : float
        Novikoff's upper bound of `n_mistakes_`, for the margin γ of ``coef_`` and
        ``intercept_``: R²/γ² from zero weights. It is infinite if they do not separate
        the training rows, with a penalty, with an `intercept_init` that does not learn,
        and if scores are too small for their type. Set by `fit` only. See the notes.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features; set only if X has names and all are strings.

    See Also
    --------
    LogisticRegression : Linear classifier fitted by maximum likelihood.
    sklearn.linear_model.SGDClassifier : Has this rule as ``loss="perceptron"``.
    AssociationUnits : The layer of fixed units before the perceptron in the Mark I.

    Notes
    -----
    If the classes can be separated with a margin γ and no row is longer than R, the
    rule makes at most R²/γ² mistakes from zero weights, for any order of the rows
    (Novikoff 1962). Here a row includes the constant 1 of the intercept, and γ is a
    distance in that space. With `margin`, `eta0` and weights cᵢ of the rows, the bound
    is (max cᵢ·‖xᵢ‖² + 2·margin/eta0) / (γ²·min cᵢ). With 'joint', γ is the smallest
    functional margin divided by the Frobenius norm of all weights, and ‖xᵢ‖² counts
    twice (Collins 2002, theorem 1). With 'ovr', ``mistake_bound_`` is the sum of the
    bounds of the units.

    From other first weights w₀ (`coef_init`, `warm_start`) this bound does not hold: it
    may take many mistakes to undo w₀. With u for the unit vector that separates the
    classes by γ, m mistakes lead to weights w with w·u ≥ w₀·u + eta0·γ·m and
    ‖w‖² ≤ ‖w₀‖² + eta0²·R²·m. As w·u ≤ ‖w‖, ``mistake_bound_`` is then the larger root
    m of (w₀·u + eta0·γ·m)² = ‖w₀‖² + eta0²·R²·m.

    Without a penalty, a unit that makes no mistake in an epoch will never change again
    and stops learning; when all units have stopped, the fit ends. If no hyperplane
    separates the classes, the fit ends when there is no more progress, with one warning
    that says what to try. With `average`, `early_stopping` or a penalty this end is
    expected, and there is no warning.

    `tol` is relative. Without an intercept, multiplying X by a power of two therefore
    multiplies ``coef_`` and ``margin_`` by it, and changes nothing else. An intercept
    is the weight of a column of ones, which is not multiplied: with an intercept,
    multiplying X by c is equivalent to dividing that column by c.

    Differences from scikit-learn: all units visit the rows in one common order; `tol`
    is relative; the intercept learns as fast on sparse rows as on dense ones; the
    objective of an epoch includes the penalty of the weights at the end of the epoch;
    'balanced' takes the sample weights into account, and is available in `partial_fit`.

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
        n_iter_no_change: int = 5,
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
        """Fit the units by epochs over X, until no mistakes or no progress are made.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,)
            Class labels of the rows, of at least two classes.
        coef_init : array-like of the shape of ``coef_``, default=None
            Initial weights; None means zeros.
        intercept_init : array-like of the shape of ``intercept_``, default=None
            Initial intercepts; None means zeros.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row: the factor of an update for a mistake on
            the row.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        X, y, sample_weight = self._validate(X, y, sample_weight, reset=True)
        classes, labels = encode_labels(y)
        require_two_classes(classes)
        units = self._units(
            len(classes),
            X,
            (coef_init, intercept_init),
            go_on=self.warm_start and hasattr(self, "coef_"),
            cure=" Or set warm_start=False.",
        )
        weight_seen = add_class_weight(labels, sample_weight, len(classes))
        class_weight = class_weights(self.class_weight, classes, weight_seen)
        rows = VisitedRows.of(X, labels, sample_weight, class_weight)
        generator = OrderGenerator.seeded_by(self.random_state)
        validation = None
        if self.early_stopping:
            validation = rows.hold_out(self.validation_fraction, generator.random_state)
        observer = self._observe(
            X, y, sample_weight, task_name="epoch", max_iter=self.max_iter
        )
        trainer = self._trainer(rows, units, classes, generator, observer)
        with advice_after_divergence(partial(advice_on_columns, self, rows)):
            stop_reason = trainer.run(
                self.max_iter,
                tol=self.tol,
                n_iter_no_change=self.n_iter_no_change,
                validation=validation,
            )
        fitted = units.fitted_weights()
        rule = {"eta0": self.eta0, "fit_intercept": self.fit_intercept}
        margin, bound = margin_and_mistake_bound(
            rows, units, fitted, margin=self.margin, **rule
        )
        self._keep(trainer, fitted, weight_seen)
        self.margin_ = margin
        self.mistake_bound_ = np.inf if trainer.penalised else bound
        observer.close()
        too_small = trainer.only_ties and scores_underflow(rows, units, **rule)
        if too_small or not trainer.converged or trainer.penalised:
            warn_of_bad_end(self, trainer, stop_reason, too_small=too_small)
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
        """Run one epoch over X, starting from the current weights.

        'balanced' class weights are computed from all rows seen so far.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,)
            Class labels of the rows.
        classes : array-like of shape (n_classes,), default=None
            All class labels that can occur in any call. Needed in the first call only.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row: the factor of an update for a mistake on
            the row.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        first_call = not hasattr(self, "classes_")
        if self.early_stopping:
            raise ValueError(
                "early_stopping should be False with partial_fit; the caller decides "
                "when to stop."
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
                "classes in the first call to partial_fit."
            )
        started = hasattr(self, "coef_")
        units = self._units(len(self.classes_), X, go_on=started)
        generator = getattr(self, "_generator", None)
        if generator is None:
            generator = OrderGenerator.seeded_by(self.random_state)
        labels = np.searchsorted(self.classes_, y).astype(np.int64, copy=False)
        before = None if first_call else getattr(self, "_class_weight_seen", None)
        weight_seen = add_class_weight(
            labels, sample_weight, len(self.classes_), before
        )
        class_weight = class_weights(self.class_weight, self.classes_, weight_seen)
        rows = VisitedRows.of(X, labels, sample_weight, class_weight)
        observer = self._observe(X, y, sample_weight, task_name="epoch", max_iter=1)
        trainer = self._trainer(rows, units, self.classes_, generator, observer)
        if started:
            trainer.earlier_mistakes = getattr(self, "mistakes_curve_", ())
            trainer.earlier_t = getattr(self, "t_", 1.0)
        advise = partial(advice_on_columns, self, rows, stream=True)
        with unless_it_raises(generator), advice_after_divergence(advise):
            trainer.run(1)
            self._keep(trainer, units.fitted_weights(), weight_seen)
            observer.close()
        return self

    def fitted_network(self) -> FittedNetwork:
        """Return the units as a FittedNetwork, a network without hidden layers.

        Returns
        -------
        network : FittedNetwork
            It predicts scores from copies of `coef_` and `intercept_`. Its loss is that
            of the perceptron, max(0, −y·score) with y = ±1, summed over the units.
        """
        check_is_fitted(self)
        return network_of(self)

    def _validate(self, X, y, sample_weight, *, reset):
        """Return validated X, y and sample weights."""
        X, y = validate_data(self, X, y, reset=reset, **_ROWS)
        X = without_duplicates(X)
        if sample_weight is None:
            return X, y, np.ones(len(y), dtype=X.dtype)
        weights = check_sample_weight(
            sample_weight, X, dtype=X.dtype, ensure_non_negative=True
        )
        return X, y, weights

    def _units(self, n_classes, X, initial=(None, None), *, go_on, cure=""):
        """Return new `Units`; with `go_on`, None in `initial` means last weights."""
        last = None
        if go_on and any(given is None for given in initial):
            *weights, last = last_weights(self, X.shape[1], cure)
            if any(given is not None for given in initial):
                last = None
            pairs = zip(weights, initial, strict=True)
            initial = [old if new is None else new for old, new in pairs]
        units = Units.start(
            n_classes,
            X.shape[1],
            X.dtype,
            joint=self.multi_class == "joint",
            average=self.average,
            has_l1=strengths(self)[1] > 0,
            initial=initial,
            cure="; or set warm_start=False" if go_on else "",
        )
        if self.average and last is not None:
            units.weight_sums[:] = last.weight_sums
            units.intercept_sums[:] = last.intercept_sums
            units.visits[:] = last.visits
        return units

    def _trainer(self, rows, units, classes, generator, observer):
        """Return the `PerceptronTrainer` that trains the units on the rows.

        From here on, the margin and the bound of the last fit hold no longer.
        """
        for name in ("margin_", "mistake_bound_"):
            vars(self).pop(name, None)
        l2, l1 = strengths(self)
        return PerceptronTrainer(
            rows,
            units,
            classes,
            generator,
            observer,
            shuffle=self.shuffle,
            verbose=self.verbose,
            rule=_kernels.PerceptronRule(
                rate=self.eta0,
                decay=max(0.0, 1 - self.eta0 * l2),
                l1_step=self.eta0 * l1,
                margin=self.margin,
                fit_intercept=self.fit_intercept,
                joint=units.joint,
            ),
            l2=l2,
            l1=l1,
        )

    def _keep(self, trainer, fitted, weight_seen):
        """Set the fitted attributes, with `fitted` as weights and intercepts.

        `margin_` and `mistake_bound_` describe all rows of a fit: `fit` sets them.
        """
        values = trainer.attributes(fitted)
        self.classes_, (self.coef_, self.intercept_) = values["classes_"], fitted
        self.n_iter_, self.t_ = values["n_iter_"], values["t_"]
        self.mistakes_curve_ = values["mistakes_curve_"]
        self.n_mistakes_ = values["n_mistakes_"]
        self.converged_ = values["converged_"]
        self._averaging_units = trainer.units if self.average else None
        self._generator, self._class_weight_seen = trainer.generator, weight_seen

    def __sklearn_tags__(self):
        """Return the tags of the estimator: it accepts sparse X."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
