"""LogisticRegression, the estimator: weights that maximise the likelihood."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from skmlp.base.availability import unavailable_when
from skmlp.base.callbacks import ObservedFit, with_callbacks
from skmlp.base.fit_context import fit_context
from skmlp.base.fitted_attributes import fitted_linear
from skmlp.base.label_encoding import (
    add_class_weight,
    class_weights,
    n_scores,
    require_two_classes,
    require_weight,
    row_weights,
)
from skmlp.base.linear_classifier import SparsifiableCoefficients
from skmlp.base.types import ClassWeight, MatrixLike, RandomState
from skmlp.base.validation import check_sample_weight, validate_data, validate_params
from skmlp.logistic_regression import fit_warnings
from skmlp.logistic_regression.mini_batches import (
    classes_of_stream,
    mini_batch_plan_of,
    minimize_by_epochs,
    prepared_training,
    refuse_partial_fit_without_mini_batches,
)
from skmlp.logistic_regression.minimise import (
    Iterations,
    minimize_firth_risk,
    minimize_risk,
)
from skmlp.logistic_regression.parameters import CONSTRAINTS
from skmlp.logistic_regression.penalty import (
    SOLVERS,
    bounds_of,
    check_bounds_and_bias_reduction,
    penalty_of,
    penalty_per_parameter,
)
from skmlp.logistic_regression.predictions import OffsetProbabilities
from skmlp.logistic_regression.problem import (
    ClassTargets,
    attributes_during_fit,
    attributes_of,
    build_risk,
    check_liblinear,
    check_loss,
    initial_parameters,
    is_soft,
    last_parameters,
    loss_of,
)
from skmlp.losses.choice import ClassifierLossChoice
from skmlp.losses.log_loss import is_log_loss
from skmlp.solvers import UpdateRule
from skmlp.solvers.schedules.base import ScheduleChoice

__all__ = ["LogisticRegression"]


class LogisticRegression(
    OffsetProbabilities, SparsifiableCoefficients, ObservedFit, BaseEstimator
):
    """Logistic regression by penalised maximum likelihood.

    The model is P(y = k | x) = softmax(coef_·x + intercept_)ₖ, a network with no hidden
    layer; with two classes the softmax is the sigmoid of a single score. The fit
    minimises

        (Σᵢ sᵢ·(−log P(yᵢ | xᵢ)) + (½·(1 − r)·‖coef_‖² + r·‖coef_‖₁) / C) / Σᵢ sᵢ,

    with sample weights sᵢ and r = `l1_ratio`; the intercept is not penalised. The class
    can replace :class:`sklearn.linear_model.LogisticRegression`.

    Parameters
    ----------
    penalty : {'l1', 'l2', 'elasticnet', None}, default='deprecated'
        Name of the penalty. Deprecated, as in scikit-learn: use ``C=np.inf`` (no
        penalty) and `l1_ratio`.
    C : float, default=1.0
        Inverse strength of the penalty, in (0, inf]; ``np.inf`` means no penalty.
    l1_ratio : float, default=0.0
        Share of the l1 penalty, from 0 (l2 only) to 1 (l1 only, 'lasso'). A share above
        0 needs ``solver='saga'``; 1 with two classes also works with 'liblinear'.
    dual : bool, default=False
        Has no effect on the fit, which solves the primal problem. As in scikit-learn,
        True is accepted only with ``solver='liblinear'`` and the l2 penalty.
    tol : float, default=1e-4
        The fit stops when no absolute entry of the objective's gradient (with an l1
        penalty, of its shortest subgradient) exceeds `tol`. In the Newton solvers half
        the squared Newton decrement, and with an l1 penalty the duality gap, must also
        be at most `tol`. Without an l1 penalty and bounds, 'sag' and 'saga' go on to
        half of `tol`, 'liblinear' to a tenth, but count as converged at `tol`. Training
        by mini-batches stops if ten epochs do not lower the loss by more than `tol`.
        Columns of X whose largest absolute value is beyond the fourth root of the range
        of their dtype (about 1e77) are measured in units of that value. If the
        intercept is not penalised, dense columns about a million times (float32: 400
        times) farther from zero than wide, and sparse ones that store all rows and are
        farther from zero than wide, are measured from their smallest value.
    fit_intercept : bool, default=True
        Whether to add an intercept to the scores.
    intercept_scaling : float, default=1
        Used only by ``solver='liblinear'``, which penalises the intercept as the weight
        of a feature that has this value in every row.
    class_weight : dict, 'balanced' or None, default=None
        Weight of each class, multiplied into the sample weights. 'balanced' gives each
        class the same total weight. A row with soft labels has the weight of its label
        in `y`, or of its most probable class if `y` holds the probabilities.
    random_state : int, RandomState instance or None, default=None
        Determines the order of the rows in mini-batches; the other solvers draw no
        random numbers.
    solver : {'lbfgs', 'liblinear', 'newton-cg', 'newton-cholesky', 'sag', 'saga', \
'gd', 'sgd', 'adam', 'adamw', 'amsgrad', 'nadam', 'rmsprop', 'adagrad', \
'adadelta'} or UpdateRule, default='lbfgs'
        Method that minimises the objective. 'lbfgs', 'newton-cg', 'newton-cholesky',
        'sag' and 'saga' have the same objective, and each comes as near to its minimum
        as `tol` asks. 'liblinear' is for two classes, and its objective penalises the
        intercept, too. All others train by mini-batches.

        - 'lbfgs' needs only the gradient. It works in coordinates in which the
          curvature is about equal in all directions, so X need not be scaled. For few
          parameters, or few rows of two classes, it takes exact Newton steps.
        - 'newton-cholesky' takes few, exact steps with a Hessian of (n_features +
          1)·n_classes rows. For fewer rows than features it runs 'lbfgs', too.
        - 'newton-cg' and 'sag', and 'saga' and 'liblinear' with the l2 penalty and no
          bounds, run 'lbfgs', on most data faster than the methods of these names.
        - 'saga' and 'liblinear' with an l1 or elastic-net penalty or with bounds take
          proximal Newton steps by coordinate descent on working sets, and stop by the
          duality gap (under bounds, by the gradient).
        - 'gd', 'sgd', 'adam', 'adamw', 'amsgrad', 'nadam', 'rmsprop', 'adagrad',
          'adadelta' and any :class:`skmlp.solvers.UpdateRule` train by mini-batches
          ('gd': one batch of all rows). They end near the optimum, at a distance that
          depends on the learning rate. With them there is a `partial_fit`.
    max_iter : int, default=100
        Maximum number of iterations of 'lbfgs', of Newton steps, or of epochs.
    verbose : int, default=0
        Above 0, one line is printed per iteration.
    warm_start : bool, default=False
        Whether to start from the coefficients of the last fit, or from zeros if the
        objective is lower there; with mini-batches always from the coefficients.
    n_jobs : int, default=None
        Has no effect; deprecated, as in scikit-learn.
    learning_rate : {'constant', 'invscaling', 'adaptive', 'step', 'exponential', \
'cosine', 'one_cycle'}, Schedule or callable, default='constant'
        With mini-batches, schedule of the learning rate; see
        :class:`skmlp.MLPClassifier`.
    learning_rate_init : float, default=0.001
        With mini-batches, the initial learning rate.
    batch_size : int or 'auto', default='auto'
        With mini-batches, the maximum number of rows in a batch; all batches of an
        epoch have about equal size. 'auto' is 200, for 'gd' all rows.
    lower_bounds : float or array-like, default=None
        Lower bounds of the coefficients, not of the intercepts: a number, or an array
        that broadcasts to the shape of `coef_`; None: no bounds. 'lbfgs', 'sag', 'saga'
        and 'liblinear' support bounds. Under bounds 'lbfgs' takes at most 70 steps of
        L-BFGS, in units of the columns' standard deviations, and then those of 'saga'.
    upper_bounds : float or array-like, default=None
        Upper bounds of the coefficients, in the form of `lower_bounds`.
    bias_reduction : {'firth'}, default=None
        'firth' maximises the likelihood times Jeffreys' prior, which removes the bias
        of first order, and keeps the estimates finite if the classes are separated. It
        needs two classes, ``C=np.inf`` and ``solver='newton-cholesky'``.
    loss : {'log_loss'}, function, pair of functions or Loss, default='log_loss'
        Loss that the fit minimises in place of −log P: a function of y and the scores
        (see :class:`skmlp.losses.PlainFunction`), a pair (value, gradient) or an object
        of `skmlp.losses`. y has one column of 0 and 1 for two classes, else a column
        per class. Derivatives of a function, also those of second order, are found by
        graphs. Probabilities are still the sigmoid or softmax of the scores; a loss
        with the inverse link 'identity' has none. A loss that is not convex may end in
        a local minimum. Other losses than the log loss go with the l2 penalty or none,
        and not with 'liblinear', bounds, `bias_reduction` or soft labels.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels, sorted.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Weights of the features in each score; one row with two classes.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercept of each score; zero with ``fit_intercept=False``.
    n_iter_ : ndarray of shape (1,)
        Number of iterations (with mini-batches, of epochs).
    converged_ : bool
        True if the fit stopped at `tol`, at the rounding error of the objective, or
        because a callback asked it to; else False, as at `max_iter`.
    gradient_norm_ : float
        Largest absolute entry of the objective's gradient at the end of the fit; with
        an l1 penalty, of its shortest subgradient.
    duality_gap_ : float or None
        With an l1 penalty and no bounds, an upper bound of the difference between the
        objective at the end of the fit and its minimum; otherwise None, also if the
        penalty of a column is negligible, as for values of 1e150.
    loss_curve_ : list of float
        The objective after every iteration; with mini-batches, the mean over an epoch
        of the objectives of the batches, each at the time of its step.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had names that are all strings.

    See Also
    --------
    LinearDiscriminantAnalysis : Linear scores in closed form, from Gaussian classes.
    MLPClassifier : Such units in several layers.

    Notes
    -----
    With more than two classes and no l1 penalty, `coef_` and `intercept_` sum to zero
    over the classes. Of all solutions with equal probabilities, this is the smallest.

    A coefficient beyond the range of the dtype of X is set to the largest number of
    that dtype, with a ConvergenceWarning. Columns of subnormal numbers count as zeros.

    'lbfgs' works in the coordinates of a Cholesky factor of the Hessian, which is
    computed at the start and again after 10, 30, 70, ... iterations; with more than
    1000 features, or 100 of a sparse X, in those of the Hessian's diagonal.

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

    _validate_params = validate_params
    _parameter_constraints: dict = CONSTRAINTS

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
        loss: ClassifierLossChoice = "log_loss",
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
        self.loss = loss

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
        """Fit the weights and intercepts by penalised maximum likelihood.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Class labels of the rows, at least two classes; or probabilities of the
            classes 0, 1, ..., which are floats and sum to one in every row.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row; None: all ones.
        offset : array-like of shape (n_samples,) or (n_samples, n_classes), \
default=None
            Added to the scores, with a fixed coefficient of one; with two classes, one
            number per row. The methods that predict take an offset, too.
        soft_labels : array-like of shape (n_samples, n_classes), default=None
            Probabilities of the classes for every row, in the order of the sorted
            labels of `y`. The fit uses them in place of `y`, which scorers and
            splitters still get.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        penalty = penalty_of(self)
        X, y = self._validate(X, y, reset=True)
        targets = ClassTargets.of(y, soft_labels)
        classes, labels = targets.classes, targets.labels
        if self.solver == "liblinear":
            check_liblinear(X, classes)
        require_two_classes(classes)
        form = loss_of(self, n_scores(len(classes)))
        check_loss(self, form, targets, penalty, X)
        given_weight = sample_weight
        if sample_weight is not None or self.class_weight is not None:
            sample_weight = check_sample_weight(
                sample_weight, X, dtype=X.dtype, ensure_non_negative=True
            )
        row_weight = sample_weight
        if self.class_weight is not None:
            weighted = self.class_weight, classes, classes[labels], sample_weight
            row_weight = row_weights(*weighted, dtype=X.dtype)
        loss = build_risk(
            X,
            targets,
            fit_intercept=self.fit_intercept,
            sample_weight=row_weight,
            offset=offset,
            loss=form,
        )
        bounds = bounds_of(self.lower_bounds, self.upper_bounds, loss.network)
        penalty = replace(penalty, bounds=bounds)
        check_bounds_and_bias_reduction(self, penalty, len(classes))
        start = initial_parameters(self, loss.network, classes)
        plan = None if self.solver in SOLVERS else mini_batch_plan_of(self)
        task = f"{self.solver}-iter" if plan is None else "epoch"
        most = max(self.max_iter, 1)
        observer = self._observe(X, y, given_weight, task_name=task, max_iter=most)
        minimum, training = self._minimise(
            loss, start, penalty, plan, observer, classes
        )
        weight_seen = add_class_weight(labels, sample_weight, len(classes))
        self._keep(loss, classes, minimum, weight_seen, training)
        observer.close()
        separated = (
            (penalty.l1 == penalty.l2 == 0 and bounds is None)
            and self.bias_reduction is None
            and targets.soft is None
            and is_log_loss(form)
            and fit_warnings.warn_if_separated(
                loss,
                minimum.parameters,
                labels,
                len(classes),
                minimum.gradient_norm,
                getattr(self, "feature_names_in_", None),
            )
        )
        if not separated and not (minimum.converged and plan is None):
            fit_warnings.warn_of_bad_end(self, loss, minimum)
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
        """Update the weights by one epoch of mini-batches over more rows.

        Available with the solvers that train by mini-batches. Training continues from
        the last call or fit. The penalty, and class weights with
        ``class_weight='balanced'``, are those of all rows seen so far.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,)
            Class labels of the rows.
        classes : array-like of shape (n_classes,), default=None
            Class labels of all calls; needed in the first call.
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
        targets = ClassTargets(known, np.searchsorted(known, y))
        weight = check_sample_weight(
            sample_weight, X, dtype=X.dtype, ensure_non_negative=True
        )
        before = None if first else getattr(self, "_class_weight_seen", None)
        weight_seen = add_class_weight(targets.labels, weight, len(known), before)
        of_class = class_weights(self.class_weight, known, weight_seen)
        if self.class_weight is not None:
            with np.errstate(over="ignore"):
                weight = (weight * of_class[targets.labels]).astype(X.dtype)
            require_weight(self.class_weight, weight)
        form = loss_of(self, n_scores(len(known)))
        check_loss(self, form, targets, penalty, X)
        loss = build_risk(
            X,
            targets,
            fit_intercept=self.fit_intercept,
            sample_weight=weight,
            loss=form,
        )
        last = getattr(self, "_training", None)
        plan = mini_batch_plan_of(self, stream=True)
        start = last_parameters(self, loss.network)
        training = prepared_training(loss, start, plan, self.random_state, last)
        # The share of these rows in the penalty of all rows seen so far.
        l2 = penalty.l2 * (loss.total_weight / float(weight_seen @ of_class))
        objective = loss.with_l2(penalty_per_parameter(self, penalty, loss.network).l2)
        advise = fit_warnings.adviser(self, loss, stream=True)
        minimum = minimize_by_epochs(objective, training, plan, l2, advise=advise)
        self._keep(loss, known, minimum, weight_seen, training)
        return self

    def _validate(self, X, y, *, reset):
        """Return X and y after checks; y may be a table of probabilities (n, K)."""
        return validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype=np.float64
            if self.solver == "liblinear"
            else [np.float64, np.float32],
            order="C",
            accept_large_sparse=self.solver not in ("liblinear", "sag", "saga"),
            multi_output=is_soft(y),
            reset=reset,
        )

    def _minimise(self, loss, start, penalty, plan, observer, classes):
        """Run the solver; return its Minimum, and the Training or None."""

        def attributes_at(parameters, values):
            of = (loss.network, parameters, classes)
            return attributes_during_fit(*of, loss.X.dtype, values)

        iterations = Iterations(observer, attributes_at, self.verbose)
        iterations.begin(start)
        per_parameter = penalty_per_parameter(self, penalty, loss.network)
        training = None
        options = {"tol": self.tol, "max_iter": self.max_iter, "iterations": iterations}
        if plan is not None:
            objective = loss.with_l2(per_parameter.l2)
            last = getattr(self, "_training", None) if self.warm_start else None
            given = objective, start, plan, self.random_state, last
            training = prepared_training(*given)
            advise = fit_warnings.adviser(self, loss)
            minimum = minimize_by_epochs(
                objective, training, plan, penalty.l2, iterations, advise=advise
            )
        elif self.bias_reduction is not None:
            minimum = minimize_firth_risk(loss, start, per_parameter, **options)
        else:
            minimum = minimize_risk(self.solver, loss, start, per_parameter, **options)
        iterations.finish(start)
        return minimum, training

    def _keep(self, loss, classes, minimum, class_weight_seen, training):
        """Set all fitted attributes; `training` is None without mini-batches."""
        attributes = attributes_of(
            loss.network, minimum.parameters, classes, loss.X.dtype
        )
        for name, value in attributes.items():
            setattr(self, name, value)
        self.n_iter_ = np.array([minimum.n_iter], dtype=np.int32)
        self.converged_, self.loss_curve_ = minimum.converged, minimum.values
        self.gradient_norm_ = minimum.gradient_norm
        self.duality_gap_ = minimum.duality_gap
        self._class_weight_seen = class_weight_seen
        if training is not None:
            self._training = training.without_records()

    def __sklearn_tags__(self):
        """Return the tags: X may be sparse; 'liblinear' is for two classes only."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_class = self.solver != "liblinear"
        return tags
