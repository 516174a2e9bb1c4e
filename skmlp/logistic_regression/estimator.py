"""Logistic regression: the unit whose weights maximise the likelihood."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral, Real
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from skmlp.base.availability import unavailable_when
from skmlp.base.callbacks import ObservedFit, with_callbacks
from skmlp.base.compat import Hidden, Interval, StrOptions
from skmlp.base.component import NamesIn
from skmlp.base.fit_context import fit_context
from skmlp.base.fitted_attributes import fitted_linear
from skmlp.base.label_encoding import (
    add_class_weight,
    class_weights,
    require_two_classes,
    weigh_classes,
)
from skmlp.base.linear_classifier import SparsifiableCoefficients
from skmlp.base.types import ClassWeight, MatrixLike, RandomState
from skmlp.base.validation import check_sample_weight, validate_data
from skmlp.logistic_regression.fit_warnings import warn_if_separated, warn_not_converged
from skmlp.logistic_regression.mini_batches import (
    classes_of_stream,
    mini_batch_plan_of,
    minimize_by_epochs,
    prepared_training,
    refuse_partial_fit_without_mini_batches,
)
from skmlp.logistic_regression.minimise import Iterations, minimize_risk
from skmlp.logistic_regression.penalty import (
    SOLVERS,
    bounds_of,
    check_method,
    penalty_of,
    penalty_per_parameter,
)
from skmlp.logistic_regression.predictions import OffsetProbabilities
from skmlp.logistic_regression.problem import (
    Targets,
    attributes_of,
    check_liblinear,
    is_soft,
    last_parameters,
    risk,
    start_of,
)
from skmlp.solvers import Schedule, UpdateRule, minimize_firth
from skmlp.solvers.schedules.base import ScheduleChoice

__all__ = ["LogisticRegression"]

_DTYPES = [np.float64, np.float32]


class LogisticRegression(
    OffsetProbabilities, SparsifiableCoefficients, ObservedFit, BaseEstimator
):
    """P(y = k | x) = softmax(coef_·x + intercept_)ₖ, by penalised maximum likelihood.

    With two classes the softmax is the sigmoid of a single score. The model is a
    network with no hidden layer, and what is minimised is its objective,

        (Σᵢ sᵢ·(−log P(yᵢ | xᵢ)) + (½·(1 − r)·‖coef_‖² + r·‖coef_‖₁) / C) / Σᵢ sᵢ,

    with sample weights sᵢ and r = `l1_ratio`; the intercept is not penalised. The class
    takes the place of :class:`sklearn.linear_model.LogisticRegression`.

    Parameters
    ----------
    penalty : {'l1', 'l2', 'elasticnet', None}, default='deprecated'
        As in scikit-learn, deprecated in favour of ``C=np.inf`` (no penalty) and
        ``l1_ratio``.
    C : float, default=1.0
        Inverse strength of the penalty, in (0, inf]; ``np.inf`` means no penalty.
    l1_ratio : float, default=0.0
        Share of the l1 penalty, from 0 (l2 only) to 1 (l1 only, 'lasso'). Above 0 it
        needs ``solver='saga'``, or for 1 and two classes 'liblinear'.
    dual : bool, default=False
        Accepted with ``solver='liblinear'`` and the l2 penalty, as in scikit-learn;
        the optimum is that of the primal problem, and so is the method.
    tol : float, default=1e-4
        The fit stops where no entry of the objective's gradient is larger than this
        (with an l1 penalty, of its shortest subgradient). The Newton solvers also ask
        it of half the squared Newton decrement, and with an l1 penalty the duality gap
        may not be larger either; 'sag' and 'saga' without one go on to half of it
        while iterations last. With mini-batches, it is what the loss has to fall by
        at least once in ten epochs. Columns of X whose largest absolute value is beyond
        the fourth root of the range of their dtype (about 1e77) are measured in units
        of that value; where the intercept is free, dense columns that are some million
        times (float32: 400 times) farther from zero than they are wide are measured
        from their least value.
    fit_intercept : bool, default=True
        Whether the scores have an intercept.
    intercept_scaling : float, default=1
        Only used by ``solver='liblinear'``, which penalises the intercept as the weight
        of a feature that has this value in every row.
    class_weight : dict, 'balanced' or None, default=None
        Weight of each class, multiplied into the sample weights. 'balanced' gives each
        class the same total weight. A row of soft labels has the weight of its label in
        `y`, or of its most probable class where `y` holds the probabilities.
    random_state : int, RandomState instance or None, default=None
        Draws the order of the rows for mini-batches; the other solvers draw no random
        numbers.
    solver : {'lbfgs', 'liblinear', 'newton-cg', 'newton-cholesky', 'sag', 'saga', \
            'gd', 'sgd', 'adam', 'adamw', 'amsgrad', 'nadam', 'rmsprop', 'adagrad', \
            'adadelta'} or UpdateRule, default='lbfgs'
        All but the last three reach the same optimum of the same objective ('liblinear'
        of its own, with a penalised intercept, for two classes).

        - 'lbfgs' needs the gradient only, and takes its steps in coordinates in which
          the curvature is alike in all directions, so X need not be scaled;
        - 'newton-cholesky' builds the Hessian of (n_features + 1)·n_classes rows and
          columns and takes few, exact steps: best for many rows and few columns;
        - 'newton-cg' takes such steps by conjugate gradients, without the Hessian;
        - 'sag', and 'saga' and 'liblinear' with the l2 penalty and no bounds, are names
          for 'lbfgs': that is faster than the methods they are named after;
        - 'saga' and 'liblinear' with an l1 penalty, alone or in part, or with bounds
          take proximal Newton steps by coordinate descent on working sets, and stop by
          the duality gap (under bounds, by the gradient);
        - 'sgd', 'adam', the names after it and any :class:`skmlp.solvers.UpdateRule` go
          through the rows in mini-batches ('gd': in one), as a network with no hidden
          layer does. They come near the optimum, at a distance that depends on the
          learning rate, and they have `partial_fit`.
    max_iter : int, default=100
        At most so many iterations of 'lbfgs', Newton steps, or epochs.
    verbose : int, default=0
        Above 0, one line an iteration.
    warm_start : bool, default=False
        Start from the coefficients of the last fit, unless zeros are better; with
        mini-batches go on from them in any case.
    n_jobs : int, default=None
        Without effect, and deprecated, as in scikit-learn.
    learning_rate : {'constant', 'invscaling', 'adaptive', 'step', 'exponential', \
            'cosine', 'one_cycle'}, Schedule or callable, default='constant'
        With mini-batches, how the learning rate changes; see
        :class:`skmlp.MLPClassifier`.
    learning_rate_init : float, default=0.001
        With mini-batches, the learning rate at the start.
    batch_size : int or 'auto', default='auto'
        With mini-batches, the most rows in a batch; all batches of an epoch have about
        as many. 'auto' is 200; 'gd' takes all rows, and only 'auto'.
    lower_bounds : float or array-like, default=None
        Bounds that the coefficients, not the intercepts, keep to: a number, or numbers
        that broadcast to the shape of `coef_`; None: there are none. 'lbfgs', 'sag',
        'saga' and 'liblinear' take them; under bounds 'lbfgs' takes at most 70 steps of
        its own, in units of the columns' deviations, and then those of 'saga'.
    upper_bounds : float or array-like, default=None
        The same from above.
    bias_reduction : {'firth'}, default=None
        'firth' maximises the likelihood times Jeffreys' prior, which takes the first
        order of the bias away and is finite where the classes are separated. It is for
        two classes, ``C=np.inf`` and ``solver='newton-cholesky'``.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels, sorted.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Weights of the features in each score; one row with two classes.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercept of each score; zero with ``fit_intercept=False``.
    n_iter_ : ndarray of shape (1,)
        Iterations taken.
    converged_ : bool
        Whether the fit stopped at `tol`, at the rounding error of the objective, or
        because a callback asked it to, and not for want of iterations.
    gradient_norm_ : float
        Largest absolute entry of the objective's gradient where the fit ended; with an
        l1 penalty, of its shortest subgradient.
    duality_gap_ : float or None
        With an l1 penalty and no bounds, how much lower than here the objective can be
        at most; None otherwise.
    loss_curve_ : list of float
        The objective after every iteration; with mini-batches, the mean of the batches'
        objectives while they were visited.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.

    See Also
    --------
    LinearDiscriminantAnalysis : The same scores from Gaussian classes.
    MLPClassifier : The same unit, in layers.

    Notes
    -----
    The sum over the classes of `coef_` and of `intercept_` is zero with more than two
    classes and no l1 penalty, of all solutions with the same probabilities the
    smallest.

    'lbfgs' works in the coordinates of the Cholesky factor of the curvature at zero
    scores, chosen anew after 10, 30, 70, ... iterations; for more than 1000 features,
    or 100 of a sparse X, in those of its diagonal.

    References
    ----------
    Bertrand, Q. and Massias, M. (2021). Anderson acceleration of coordinate descent.
    Proceedings of the 24th International Conference on Artificial Intelligence and
    Statistics, 1288-1296.

    Byrd, R. H., Lu, P., Nocedal, J. and Zhu, C. (1995). A limited memory algorithm for
    bound constrained optimization. SIAM Journal on Scientific Computing, 16, 1190-1208.

    Cox, D. R. (1958). The regression analysis of binary sequences. Journal of the
    Royal Statistical Society B, 20, 215-242.

    Firth, D. (1993). Bias reduction of maximum likelihood estimates. Biometrika, 80,
    27-38.

    Johnson, T. and Guestrin, C. (2015). Blitz: a principled meta-algorithm for scaling
    sparse optimization. Proceedings of the 32nd International Conference on Machine
    Learning, 1171-1179.

    Lee, J. D., Sun, Y. and Saunders, M. A. (2014). Proximal Newton-type methods for
    minimizing composite functions. SIAM Journal on Optimization, 24, 1420-1443.

    Liu, D. C. and Nocedal, J. (1989). On the limited memory BFGS method for large
    scale optimization. Mathematical Programming, 45, 503-528.

    Yuan, G.-X., Ho, C.-H. and Lin, C.-J. (2012). An improved GLMNET for l1-regularized
    logistic regression. Journal of Machine Learning Research, 13, 1999-2030.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmlp import LogisticRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = LogisticRegression(max_iter=200).fit(X, y)
    >>> classifier.predict(X[:2])
    array([0, 0])
    >>> classifier.predict_proba(X[:2]).round(2)
    array([[0.98, 0.02, 0.  ],
           [0.97, 0.03, 0.  ]])
    >>> round(classifier.score(X, y), 2)
    0.97
    """

    _parameter_constraints: dict = {
        "penalty": [
            StrOptions({"l1", "l2", "elasticnet"}),
            None,
            Hidden(StrOptions({"deprecated"})),
        ],
        "C": [Interval(Real, 0, None, closed="right")],
        "l1_ratio": [Interval(Real, 0, 1, closed="both"), None],
        "dual": ["boolean"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "fit_intercept": ["boolean"],
        "intercept_scaling": [Interval(Real, 0, None, closed="neither")],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "random_state": ["random_state"],
        "solver": [NamesIn(UpdateRule.table, *SOLVERS), UpdateRule],
        "max_iter": [Interval(Integral, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "n_jobs": [None, Integral],
        "learning_rate": [NamesIn(Schedule.table), Schedule, callable],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "batch_size": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "lower_bounds": [Real, "array-like", None],
        "upper_bounds": [Real, "array-like", None],
        "bias_reduction": [StrOptions({"firth"}), None],
    }

    def __init__(
        self,
        penalty: Literal["l1", "l2", "elasticnet", "deprecated"] | None = "deprecated",
        *,
        C: float = 1.0,
        l1_ratio: float | None = 0.0,
        dual: bool = False,
        tol: float = 1e-4,
        fit_intercept: bool = True,
        intercept_scaling: float = 1,
        class_weight: ClassWeight = None,
        random_state: RandomState = None,
        solver: str | UpdateRule = "lbfgs",
        max_iter: int = 100,
        verbose: int = 0,
        warm_start: bool = False,
        n_jobs: int | None = None,
        learning_rate: ScheduleChoice = "constant",
        learning_rate_init: float = 0.001,
        batch_size: int | Literal["auto"] = "auto",
        lower_bounds: float | ArrayLike | None = None,
        upper_bounds: float | ArrayLike | None = None,
        bias_reduction: Literal["firth"] | None = None,
    ) -> None:
        self.penalty = penalty
        self.C = C
        self.l1_ratio = l1_ratio
        self.dual = dual
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.class_weight = class_weight
        self.random_state = random_state
        self.solver = solver
        self.max_iter = max_iter
        self.verbose = verbose
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.batch_size = batch_size
        self.lower_bounds = lower_bounds
        self.upper_bounds = upper_bounds
        self.bias_reduction = bias_reduction

    @with_callbacks
    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: MatrixLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        offset: ArrayLike | None = None,
        soft_labels: ArrayLike | None = None,
    ) -> Self:
        """Find the weights that maximise the penalised likelihood.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be learnt from.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Their class labels, of at least two classes; or, as numbers that sum to one
            in every row, their probabilities of the classes 0, 1, ...
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row; None: all ones.
        offset : array-like of shape (n_samples,) or (n_samples, n_classes), \
                default=None
            Added to the scores with a coefficient of one; with two classes, one number
            a row. Predictions take one too.
        soft_labels : array-like of shape (n_samples, n_classes), default=None
            Probabilities of the classes of every row, in the order of the sorted labels
            of `y`, in whose place they are learnt; `y` is what scorers and splitters
            see.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        penalty = penalty_of(self)
        X, y = self._validate(X, y, reset=True)
        targets = Targets.of(y, soft_labels)
        classes, labels = targets.classes, targets.labels
        if self.solver == "liblinear":
            check_liblinear(X, classes)
        require_two_classes(classes)
        given_weight = sample_weight
        if sample_weight is not None or self.class_weight is not None:
            sample_weight = check_sample_weight(
                sample_weight, X, dtype=X.dtype, ensure_non_negative=True
            )
        row_weight = sample_weight
        if self.class_weight is not None:
            row_weight = weigh_classes(
                self.class_weight, classes, classes[labels], sample_weight
            )
        loss = risk(
            X,
            targets,
            fit_intercept=self.fit_intercept,
            sample_weight=row_weight,
            offset=offset,
        )
        bounds = bounds_of(self.lower_bounds, self.upper_bounds, loss.network)
        penalty = replace(penalty, bounds=bounds)
        check_method(self, penalty, len(classes))
        start = start_of(self, loss.network, classes)
        plan = None if self.solver in SOLVERS else mini_batch_plan_of(self)
        observer = self._observe(
            X,
            y,
            given_weight,
            task_name=f"{self.solver}-iter" if plan is None else "epoch",
            max_iter=max(self.max_iter, 1),
        )
        found = self._minimise(loss, start, penalty, plan, observer, classes)
        minimum, training = found
        weight_seen = add_class_weight(labels, sample_weight, len(classes))
        self._keep(loss, classes, minimum, weight_seen, training)
        observer.close()
        free = penalty.l1 == penalty.l2 == 0 and bounds is None
        separated = (
            free
            and self.bias_reduction is None
            and targets.soft is None
            and warn_if_separated(
                loss,
                minimum.parameters,
                labels,
                len(classes),
                minimum.gradient_norm,
                getattr(self, "feature_names_in_", None),
            )
        )
        if not (minimum.converged or separated):
            warn_not_converged(minimum, self.solver, self.tol, self.max_iter)
        return self

    @unavailable_when(refuse_partial_fit_without_mini_batches)
    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: MatrixLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Learn from some more rows: one epoch of mini-batches.

        It is there with ``solver='sgd'``, 'adam' or an update rule. Learning goes on
        from the last call, or from a fit; the penalty is that of all rows seen so far,
        and so are the class weights with ``class_weight='balanced'``.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be learnt from.
        y : array-like of shape (n_samples,)
            Their class labels.
        classes : array-like of shape (n_classes,), default=None
            All class labels that will ever come; needed in the first call.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row; None: all ones.

        Returns
        -------
        self : object
            The estimator.
        """
        first = not hasattr(self, "classes_")
        penalty = penalty_of(self)
        X, y = self._validate(X, y, reset=first)
        known = classes_of_stream(self, y, classes)
        if hasattr(self, "coef_"):
            fitted_linear(self, X.shape[1])
        targets = Targets(known, np.searchsorted(known, y))
        weight = check_sample_weight(
            sample_weight, X, dtype=X.dtype, ensure_non_negative=True
        )
        before = None if first else getattr(self, "_class_weight_seen", None)
        weight_seen = add_class_weight(targets.labels, weight, len(known), before)
        of_class = class_weights(self.class_weight, known, weight_seen)
        loss = risk(
            X,
            targets,
            fit_intercept=self.fit_intercept,
            sample_weight=(weight * of_class[targets.labels]).astype(X.dtype),
        )
        plan, last = (
            mini_batch_plan_of(self, stream=True),
            getattr(self, "_training", None),
        )
        start = last_parameters(self, loss.network)
        training = prepared_training(loss, start, plan, self.random_state, last)
        # Of the penalty of all rows so far, a row of these has its share.
        l2 = penalty.l2 * (loss.total_weight / X.shape[0])
        l2 /= float(weight_seen @ of_class)
        every = penalty_per_parameter(self, penalty, loss.network)
        minimum = minimize_by_epochs(loss.with_l2(every.l2), training, plan, l2)
        self._keep(loss, known, minimum, weight_seen, training)
        return self

    def _validate(self, X, y, *, reset):
        """Check X and y; a table of probabilities stays one."""
        return validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype=np.float64 if self.solver == "liblinear" else _DTYPES,
            order="C",
            accept_large_sparse=self.solver not in ("liblinear", "sag", "saga"),
            multi_output=is_soft(y),
            reset=reset,
        )

    def _minimise(self, loss, start, penalty, plan, observer, classes):
        """Run the solver; return its Minimum, and the training by an update rule."""

        def attributes_at(parameters):
            return attributes_of(loss.network, parameters.copy(), classes, loss.X.dtype)

        iterations = Iterations(observer, attributes_at, self.verbose)
        iterations.begin(start)
        every, training = penalty_per_parameter(self, penalty, loss.network), None
        settings = {"tol": self.tol, "max_iter": self.max_iter}
        if plan is not None:
            objective = loss.with_l2(every.l2)
            last = getattr(self, "_training", None) if self.warm_start else None
            training = prepared_training(
                objective, start, plan, self.random_state, last
            )
            l2 = penalty.l2 / loss.n_rows
            minimum = minimize_by_epochs(objective, training, plan, l2, iterations)
        elif self.bias_reduction is not None:
            minimum = minimize_firth(
                loss.with_l2(every.l2), start, report=iterations, **settings
            )
        else:
            minimum = minimize_risk(
                self.solver, loss, start, every, iterations=iterations, **settings
            )
        iterations.finish(start)
        return minimum, training

    def _keep(self, loss, classes, minimum, class_weight_seen, training):
        """Set all fitted attributes; without an update rule, `training` is None."""
        attributes = attributes_of(
            loss.network, minimum.parameters, classes, loss.X.dtype
        )
        for name, value in attributes.items():
            setattr(self, name, value)
        self.n_iter_ = np.array([minimum.n_iter], dtype=np.int32)
        self.converged_ = minimum.converged
        self.gradient_norm_ = minimum.gradient_norm
        self.duality_gap_ = minimum.duality_gap
        self.loss_curve_ = minimum.values
        self._class_weight_seen = class_weight_seen
        if training is not None:
            self._training = training.without_records()

    def __sklearn_tags__(self):
        """Sparse input is taken as it is; 'liblinear' tells two classes apart."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_class = self.solver != "liblinear"
        return tags
