"""LogisticRegressionCV, the estimator: its penalty is chosen by cross-validation."""

from __future__ import annotations

from numbers import Integral
from typing import Any, Literal, Self

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping

from skmlp.base.compat import (
    UNUSED,
    Hidden,
    Interval,
    manual_routing,
    process_routing,
    raise_for_params,
    routing_enabled,
    with_labels,
)
from skmlp.base.fit_context import fit_context
from skmlp.base.fitted_attributes import check_classes
from skmlp.base.label_encoding import (
    require_two_classes,
    row_weights,
    weights_of_classes,
)
from skmlp.base.linear_classifier import LinearProbabilities, SparsifiableCoefficients
from skmlp.base.options import StrOptions
from skmlp.base.types import (
    Array,
    ClassWeight,
    CrossValidation,
    MatrixLike,
    RandomState,
    Scoring,
)
from skmlp.base.validation import check_sample_weight, validate_data, validate_params
from skmlp.base.warn import warn
from skmlp.logistic_regression.estimator import LogisticRegression
from skmlp.logistic_regression.path import RegularisationPath, accuracy
from skmlp.logistic_regression.penalty import (
    SOLVERS,
    Solver,
    check_l1_ratios,
    check_penalty_and_solver,
    values_of_C,
)
from skmlp.logistic_regression.problem import ClassTargets, check_liblinear

__all__ = ["LogisticRegressionCV"]

_SHARED_PARAMETERS = (
    "fit_intercept",
    "dual",
    "tol",
    "max_iter",
    "class_weight",
    "n_jobs",
    "verbose",
    "intercept_scaling",
    "random_state",
)


class LogisticRegressionCV(
    LinearProbabilities, SparsifiableCoefficients, BaseEstimator
):
    """Logistic regression whose C and l1 ratio are chosen by cross-validation.

    The model is fitted to every training fold for all values of C, each fit starting
    from the previous one. The pair with the best mean score over the folds is then
    fitted to all rows. The class can replace
    :class:`sklearn.linear_model.LogisticRegressionCV`.

    Parameters
    ----------
    Cs : int or list of float, default=10
        Values of C, or their number on a logarithmic scale from 1e-4 to 1e4.
    l1_ratios : array-like of float, default=None
        Shares of the l1 penalty, each from 0 (l2 only) to 1 (l1 only). The default will
        be (0.0,) in scikit-learn 1.10; leaving it out gives a FutureWarning.
    fit_intercept : bool, default=True
        Whether to add an intercept to the scores.
    cv : int, splitter or None, default=None
        Number of folds, or their splitter; None: five stratified folds.
    dual : bool, default=False
        As in :class:`LogisticRegression`.
    penalty : {'l1', 'l2', 'elasticnet'}, default='deprecated'
        Deprecated in favour of `l1_ratios`.
    scoring : str, callable or None, default=None
        Score whose mean over the folds is maximised; None: accuracy. Leaving it out
        gives a FutureWarning, since the default of scikit-learn 1.11 will be
        'neg_log_loss'.
    solver : {'lbfgs', 'liblinear', 'newton-cg', 'newton-cholesky', 'sag', 'saga'}, \
default='lbfgs'
        As in :class:`LogisticRegression`.
    tol : float, default=1e-4
        As in :class:`LogisticRegression`.
    max_iter : int, default=100
        Maximum number of iterations for each C.
    class_weight : dict, 'balanced' or None, default=None
        Weight of each class, multiplied into the sample weights. 'balanced' is computed
        from all rows and used in every fold.
    n_jobs : int, default=None
        Number of folds fitted in parallel, by joblib.
    verbose : int, default=0
        Above 0, joblib prints its progress.
    refit : bool, default=True
        Whether to fit the best pair to all rows. If False, the coefficients, C and l1
        ratio are the means over the folds of those with the best score in each fold.
    intercept_scaling : float, default=1
        As in :class:`LogisticRegression`.
    random_state : int, RandomState instance or None, default=None
        Has no effect, since no solver here draws random numbers.
    use_legacy_attributes : bool, default=True
        Whether `C_`, `l1_ratio_`, `coefs_paths_`, `scores_` and `n_iter_` have the
        legacy layout, which is described there. Leaving it out gives a FutureWarning,
        since the default will be False.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels, sorted.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Weights of the features in each score; one row with two classes.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercept of each score.
    Cs_ : ndarray of shape (n_cs,)
        The values of C that were tried.
    l1_ratios_ : ndarray of shape (n_l1_ratios,)
        The l1 ratios that were tried; [None] if none were given.
    coefs_paths_ : ndarray of shape (n_folds, n_l1_ratios, n_cs, n_outputs, n_dof)
        Coefficients of every fit, with the intercept last. In the legacy layout a dict
        from class to array (n_folds, n_cs, n_l1_ratios, n_dof), without the third axis
        if `l1_ratios` is None.
    scores_ : ndarray of shape (n_folds, n_l1_ratios, n_cs)
        Score of every fit on its test fold. In the legacy layout a dict from class to
        array (n_folds, n_cs, n_l1_ratios); the arrays of all classes are equal.
    n_iter_ : ndarray of shape (n_folds, n_l1_ratios, n_cs)
        Number of iterations of every fit. In the legacy layout the shape is (1,
        n_folds, n_cs, n_l1_ratios).
    C_ : float
        The best C; in the legacy layout an array that repeats it for every class.
    l1_ratio_ : float
        The best l1 ratio; in the legacy layout an array that repeats it.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had names that are all strings.

    See Also
    --------
    LogisticRegression : Fits one value of C.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmlp import LogisticRegressionCV
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = LogisticRegressionCV(
    ...     l1_ratios=(0,), scoring="neg_log_loss", use_legacy_attributes=False
    ... ).fit(X, y)
    >>> classifier.predict(X[:2])
    array([0, 0])
    >>> round(classifier.C_, 2)
    166.81
    """

    __metadata_request__score = {"sample_weight": UNUSED}

    _validate_params = validate_params
    _parameter_constraints: dict = {
        **{
            name: LogisticRegression._parameter_constraints[name]
            for name in _SHARED_PARAMETERS
        },
        "Cs": [Interval(Integral, 1, None, closed="left"), "array-like"],
        "l1_ratios": ["array-like", None, Hidden(StrOptions({"warn"}))],
        "cv": ["cv_object"],
        "scoring": [
            StrOptions(set(get_scorer_names())),
            callable,
            None,
            Hidden(StrOptions({"warn"})),
        ],
        "solver": [StrOptions(set(SOLVERS))],
        "refit": ["boolean"],
        "penalty": [
            StrOptions({"l1", "l2", "elasticnet"}),
            Hidden(StrOptions({"deprecated"})),
        ],
        "use_legacy_attributes": ["boolean", Hidden(StrOptions({"warn"}))],
    }

    Cs_: Array
    l1_ratios_: Array
    coefs_paths_: Array | dict[Any, Array]
    scores_: Array | dict[Any, Array]
    n_iter_: Array
    C_: float | Array
    l1_ratio_: float | Array

    def __init__(
        self,
        *,
        Cs: int | ArrayLike = 10,
        l1_ratios: ArrayLike | Literal["warn"] | None = "warn",
        fit_intercept: bool = True,
        cv: CrossValidation | None = None,
        dual: bool = False,
        penalty: Literal["l1", "l2", "elasticnet", "deprecated"] = "deprecated",
        scoring: Scoring = "warn",
        solver: Solver = "lbfgs",
        tol: float = 1e-4,
        max_iter: int = 100,
        class_weight: ClassWeight = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        refit: bool = True,
        intercept_scaling: float = 1.0,
        random_state: RandomState = None,
        use_legacy_attributes: bool | Literal["warn"] = "warn",
    ) -> None:
        self.Cs = Cs
        self.l1_ratios = l1_ratios
        self.fit_intercept = fit_intercept
        self.cv = cv
        self.dual = dual
        self.penalty = penalty
        self.scoring = scoring
        self.solver = solver
        self.tol = tol
        self.max_iter = max_iter
        self.class_weight = class_weight
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.refit = refit
        self.intercept_scaling = intercept_scaling
        self.random_state = random_state
        self.use_legacy_attributes = use_legacy_attributes

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: MatrixLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        **params: Any,
    ) -> Self:
        """Choose the penalty by cross-validation, then fit all rows with it.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,)
            Class labels of the rows, at least two classes.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row; None: all ones. The scorer gets them, too.
        **params : dict
            Parameters of the splitter and the scorer, through metadata routing.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        raise_for_params(params, self, "fit")
        penalty, l1_ratios, given = self._penalty_and_l1_ratios()
        legacy = self._uses_legacy_attributes()
        scorer = self._get_scorer(announce=True)
        check_penalty_and_solver(penalty, self.solver, self.dual)
        Cs = values_of_C(self.Cs)
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype=np.float64,
            order="C",
            accept_large_sparse=self.solver not in ("liblinear", "sag", "saga"),
        )
        targets = ClassTargets.of(y, None)
        classes = targets.classes
        if self.solver == "liblinear":
            check_liblinear(X, classes)
        require_two_classes(classes)
        if sample_weight is not None:
            sample_weight = check_sample_weight(
                sample_weight, X, dtype=X.dtype, ensure_non_negative=True
            )
        routed = self._route_metadata(sample_weight, params)
        class_weight = self._class_weight(classes, y, sample_weight)
        path = RegularisationPath(
            estimator=self,
            X=X,
            y=y,
            targets=targets,
            weight=row_weights(class_weight, classes, y, sample_weight),
            penalty=penalty,
            Cs=Cs,
        )
        is_accuracy = self.scoring in (None, "warn", "accuracy")
        scorer = accuracy if is_accuracy else with_labels(scorer, classes)
        folds = path.folds(self.cv, routed.splitter.split, routed.scorer.score)
        found = Parallel(n_jobs=self.n_jobs, verbose=self.verbose)(
            delayed(path.fit_fold)(
                train,
                test,
                ratio,
                scorer,
                routed.scorer.score,
            )
            for train, test in folds
            for ratio in l1_ratios
        )
        shape = (len(folds), len(l1_ratios), len(path.Cs))
        coefs, scores, n_iter = (np.array(part) for part in zip(*found, strict=True))
        coefs = coefs.reshape(*shape, *coefs.shape[-2:])
        scores, n_iter = scores.reshape(shape), n_iter.reshape(shape).astype(np.int32)
        theta, C, l1_ratio = self._choose(path, coefs, scores, l1_ratios)
        self.classes_ = classes
        self.Cs_, self.l1_ratios_ = path.Cs, np.asarray(l1_ratios)
        self.coef_ = theta[:, : X.shape[1]]
        self.intercept_ = np.zeros(len(theta))
        if self.fit_intercept:
            self.intercept_ = theta[:, -1]
        self.C_, self.l1_ratio_ = float(C), l1_ratio
        self.coefs_paths_, self.scores_, self.n_iter_ = coefs, scores, n_iter
        if legacy:
            self._to_legacy_attributes(given)
        elif given:
            self.l1_ratio_ = float(l1_ratio)
        else:
            self.l1_ratio_ = 1.0 if penalty == "l1" else 0.0
        return self

    def _penalty_and_l1_ratios(self):
        """Return the penalty's name, the l1 ratios, and True if they were given."""
        l1_ratios = self.l1_ratios
        if isinstance(l1_ratios, str):
            warn(
                "The default value for l1_ratios will change from None to (0.0,) in "
                "version 1.10 of scikit-learn; set l1_ratios=(0,) to have it now.",
                FutureWarning,
            )
            l1_ratios = None
        elif l1_ratios is None and self.penalty == "deprecated":
            warn(
                "'l1_ratios=None' was deprecated in version 1.8 of scikit-learn and is "
                "an error from 1.10; use l1_ratios=(0,).",
                FutureWarning,
            )
        given = l1_ratios is not None
        if given or self.penalty == "elasticnet":
            check_l1_ratios(
                l1_ratios, used=self.penalty in ("deprecated", "elasticnet")
            )
        if self.penalty == "deprecated":
            shares = np.asarray(l1_ratios if given else [0])
            penalty = "elasticnet"
            if np.all(shares == 0) or np.all(shares == 1):
                penalty = "l2" if np.all(shares == 0) else "l1"
        else:
            penalty = self.penalty
            warn(
                "'penalty' was deprecated in version 1.8 of scikit-learn; use "
                "l1_ratios=(0,) for 'l2', l1_ratios=(1,) for 'l1', and numbers between "
                "them for 'elasticnet'.",
                FutureWarning,
            )
        if penalty != "elasticnet" and given and self.penalty != "deprecated":
            warn(
                "l1_ratios parameter is only used when penalty is 'elasticnet'. Got "
                f"(penalty={penalty})",
            )
        return penalty, list(l1_ratios) if given else [None], given

    def _uses_legacy_attributes(self):
        """Return True if the fitted attributes have the legacy layout."""
        if self.use_legacy_attributes != "warn":
            return self.use_legacy_attributes
        warn(
            f"The fitted attributes of {type(self).__name__} will be simplified in "
            "scikit-learn 1.10. The default value of use_legacy_attributes will change "
            "from True to False; set it to one of them.",
            FutureWarning,
        )
        return True

    def _class_weight(self, classes, y, sample_weight):
        """Return the class weights as a dict from class to weight, or None."""
        if isinstance(self.class_weight, dict):
            unknown = set(self.class_weight) - set(classes)
            if unknown:
                raise ValueError(
                    "The given class_weight dict must have the class labels as keys; "
                    f"classes={classes} but key={self.class_weight.keys()}"
                )
            return self.class_weight
        if self.class_weight is None:
            return None
        weights = weights_of_classes(self.class_weight, classes, y, sample_weight)
        return dict(zip(classes, weights, strict=True))

    def _choose(self, path, coefs, scores, l1_ratios):
        """Return the best coefficients (n_outputs, n_dof), C and l1 ratio."""
        by_C = np.swapaxes(scores, 1, 2)  # (n_folds, n_cs, n_l1_ratios)
        if self.refit:
            total = by_C.sum(axis=0)
            c, share = np.unravel_index(np.argmax(total), total.shape)
            # Start from zeros, as LogisticRegression(C=C_) does.
            everything = path.risk_over(slice(None))
            theta, _ = path.fit(everything, path.Cs[c], l1_ratios[share])
            return theta, path.Cs[c], l1_ratios[share]
        best = np.argmax(by_C.reshape(len(by_C), -1), axis=1)
        cs, shares = np.unravel_index(best, by_C.shape[1:])
        theta = np.mean(
            [
                coefs[fold, share, c]
                for fold, (c, share) in enumerate(zip(cs, shares, strict=True))
            ],
            axis=0,
        )
        l1_ratio = 0.0
        if path.penalty == "elasticnet":
            l1_ratio = float(np.mean(np.asarray(l1_ratios)[shares]))
        return theta, np.mean(path.Cs[cs]), l1_ratio

    def _to_legacy_attributes(self, given):
        """Convert the fitted attributes to the layout of scikit-learn before 1.10."""
        K = len(self.coef_)
        labels = self.classes_[1:] if len(self.classes_) == 2 else self.classes_
        paths = np.moveaxis(self.coefs_paths_, 3, 0).swapaxes(2, 3)
        scores = self.scores_.swapaxes(1, 2)
        self.n_iter_ = self.n_iter_.swapaxes(1, 2)[np.newaxis]
        if not given:
            paths, scores = paths[:, :, :, 0], scores[:, :, 0]
            self.n_iter_ = self.n_iter_[..., 0]
        self.coefs_paths_ = dict(zip(labels, paths, strict=True))
        self.scores_ = dict.fromkeys(labels, scores)
        self.C_ = np.full(K, self.C_)
        self.l1_ratio_ = np.array([self.l1_ratio_] * K)

    def _route_metadata(self, sample_weight, params):
        """Return the parameters of the splitter and the scorer, by metadata routing."""
        if routing_enabled():
            return process_routing(self, "fit", sample_weight=sample_weight, **params)
        score = dict(params)
        if sample_weight is not None:
            score["sample_weight"] = sample_weight
        return manual_routing({"splitter": {}, "scorer": {"score": score}})

    fitted_network = LogisticRegression.fitted_network

    def score(
        self,
        X: MatrixLike,
        y: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        **score_params: Any,
    ) -> float:
        """Return the score of the predictions, by `scoring`.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to predict.
        y : array-like of shape (n_samples,)
            True labels of the rows.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.
        **score_params : dict
            Parameters of the scorer, through metadata routing.

        Returns
        -------
        score : float
            The score; larger is better.
        """
        raise_for_params(score_params, self, "score")
        if sample_weight is not None:
            score_params["sample_weight"] = sample_weight
        if routing_enabled():
            routed = process_routing(self, "score", **score_params)
        else:
            routed = manual_routing({"scorer": {"score": score_params}})
        if hasattr(self, "classes_"):
            check_classes(self.classes_)
        return self._get_scorer()(self, X, y, **routed.scorer.score)

    def get_metadata_routing(self) -> MetadataRouter:
        """Return the routing of metadata to the splitter and the scorer.

        Returns
        -------
        routing : MetadataRouter
            The requests of this estimator, its splitter and its scorer.
        """
        scores = MethodMapping().add(caller="score", callee="score")
        return (
            MetadataRouter(owner=self)
            .add_self_request(self)
            .add(
                splitter=self.cv,
                method_mapping=MethodMapping().add(caller="fit", callee="split"),
            )
            .add(
                scorer=self._get_scorer(),
                method_mapping=scores.add(caller="fit", callee="score"),
            )
        )

    def _get_scorer(self, *, announce=False):
        """Return the scorer of `scoring`; accuracy by default.

        With `announce`, warn that the default will change.
        """
        if self.scoring == "warn":
            if announce:
                warn(
                    "The default value of the parameter 'scoring' will change from "
                    "None, which is accuracy, to 'neg_log_loss' in version 1.11 of "
                    "scikit-learn; set it to one of them.",
                    FutureWarning,
                )
            return get_scorer("accuracy")
        return get_scorer(self.scoring or "accuracy")

    def __sklearn_tags__(self):
        """Return the tags: X may be sparse; 'liblinear' is for two classes only."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_class = self.solver != "liblinear"
        return tags
