"""Logistic regression: the unit whose weights maximise the likelihood."""

import warnings
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import validate_data

from skmlp._callbacks import ObservedFit, with_callbacks
from skmlp._classification import (
    LinearProbabilities,
    SparsifiableCoefficients,
    encode_labels,
    require_two_classes,
    weigh_classes,
)
from skmlp._compat import (
    Hidden,
    Interval,
    StrOptions,
    check_sample_weight,
    fit_context,
)
from skmlp.losses import BinaryLogLoss, MultinomialLogLoss
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk
from skmlp.solvers import minimize_lbfgs, minimize_newton

__all__ = ["LogisticRegression"]

_SOLVERS = ("lbfgs", "newton-cholesky")
_OTHER_SOLVERS = ("liblinear", "newton-cg", "sag", "saga")
# As in scikit-learn, where code may look for these words.
_WARNING_BEGINS = {
    "lbfgs": "lbfgs failed to converge",
    "newton-cholesky": "Newton solver did not converge",
}


class LogisticRegression(
    LinearProbabilities, SparsifiableCoefficients, ObservedFit, BaseEstimator
):
    """P(y = k | x) = softmax(coef_·x + intercept_)ₖ, by penalised maximum likelihood.

    With two classes the softmax is the sigmoid of a single score. The model is a
    network with no hidden layer, and what is minimised is its objective,

        (Σᵢ sᵢ·(−log P(yᵢ | xᵢ)) + ‖coef_‖² / (2·C)) / Σᵢ sᵢ,

    with sample weights sᵢ; the intercept is not penalised. The class takes the place of
    :class:`sklearn.linear_model.LogisticRegression`.

    Parameters
    ----------
    penalty : {'l2', None}, default='deprecated'
        As in scikit-learn, deprecated in favour of ``C=np.inf`` (no penalty) and
        ``l1_ratio``.
    C : float, default=1.0
        Inverse strength of the penalty, in (0, inf]; ``np.inf`` means no penalty.
    l1_ratio : float, default=0.0
        Share of the l1 penalty. The solvers here take the l2 penalty only, so any
        value but 0 raises an error.
    dual : bool, default=False
        The dual formulation, which no solver here has: True raises an error.
    tol : float, default=1e-4
        The fit stops where no entry of the objective's gradient is larger than this;
        'newton-cholesky' also asks it of half the squared Newton decrement.
    fit_intercept : bool, default=True
        Whether the scores have an intercept.
    intercept_scaling : float, default=1
        Only used by scikit-learn's solver 'liblinear', which penalises the intercept.
        The solvers here leave the intercept free, whatever this value.
    class_weight : dict, 'balanced' or None, default=None
        Weight of each class, multiplied into the sample weights. 'balanced' gives each
        class the same total weight.
    random_state : int, RandomState instance or None, default=None
        Only used by scikit-learn's solvers 'sag', 'saga' and 'liblinear'; the solvers
        here draw no random numbers.
    solver : {'lbfgs', 'newton-cholesky'}, default='lbfgs'
        'lbfgs' needs the gradient only; 'newton-cholesky' builds the Hessian of
        (n_features + 1)·n_classes rows and columns and takes few, exact steps, which is
        best for many rows and few columns. The names 'liblinear', 'newton-cg', 'sag'
        and 'saga' are not available yet and raise an error.
    max_iter : int, default=100
        At most so many iterations.
    verbose : int, default=0
        Above 0, one line an iteration.
    warm_start : bool, default=False
        Start from the coefficients of the last fit.
    n_jobs : int, default=None
        Without effect, and deprecated, as in scikit-learn.

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
    classes, of all solutions with the same probabilities the smallest.

    References
    ----------
    Cox, D. R. (1958). The regression analysis of binary sequences. Journal of the
    Royal Statistical Society B, 20, 215-242.

    Liu, D. C. and Nocedal, J. (1989). On the limited memory BFGS method for large
    scale optimization. Mathematical Programming, 45, 503-528.

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
        "solver": [StrOptions({*_SOLVERS, *_OTHER_SOLVERS})],
        "max_iter": [Interval(Integral, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "n_jobs": [None, Integral],
    }

    def __init__(
        self,
        penalty="deprecated",
        *,
        C=1.0,
        l1_ratio=0.0,
        dual=False,
        tol=1e-4,
        fit_intercept=True,
        intercept_scaling=1,
        class_weight=None,
        random_state=None,
        solver="lbfgs",
        max_iter=100,
        verbose=0,
        warm_start=False,
        n_jobs=None,
    ):
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

    @with_callbacks
    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None):
        """Find the weights that maximise the penalised likelihood.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be learnt from.
        y : array-like of shape (n_samples,)
            Their class labels, of at least two classes.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row; None: all ones.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        strength = self._penalty_strength()
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            order="C",
        )
        classes, labels = encode_labels(y)
        require_two_classes(classes)
        given_weight = sample_weight
        if sample_weight is not None or self.class_weight is not None:
            sample_weight = check_sample_weight(
                sample_weight, X, dtype=X.dtype, ensure_non_negative=True
            )
        objective = self._objective(
            X,
            labels,
            n_classes=len(classes),
            sample_weight=weigh_classes(self.class_weight, classes, y, sample_weight),
            strength=strength,
        )
        start = self._start(objective.network, classes)
        self.classes_ = classes
        observer = self._watch(
            X,
            y,
            given_weight,
            task_name=f"{self.solver}-iter",
            max_iter=max(self.max_iter, 1),
        )
        minimum = self._minimise(objective, start, observer)
        for name, value in self._attributes(objective, minimum.parameters).items():
            setattr(self, name, value)
        self.n_iter_ = np.array([minimum.n_iter], dtype=np.int32)
        observer.close()
        if not minimum.converged:
            self._warn_not_converged(minimum)
        return self

    def _penalty_strength(self):
        """1/C after every combination that cannot be solved was refused."""
        penalty, C = self._penalty_and_inverse_strength()
        if self.n_jobs is not None:
            warnings.warn(
                f"'n_jobs' has no effect, and scikit-learn removes it in 1.10; leave "
                f"out n_jobs={self.n_jobs}.",
                FutureWarning,
                stacklevel=5,
            )
        if self.solver not in _SOLVERS:
            raise ValueError(
                f"solver={self.solver!r} is not available yet; use solver='lbfgs' or "
                "solver='newton-cholesky', which reach the same optimum of the "
                "l2-penalised objective."
            )
        if penalty not in ("l2", None):
            raise ValueError(
                f"Solver {self.solver} supports only 'l2' or None penalties, got "
                f"{penalty} penalty; use l1_ratio=0."
            )
        if self.dual:
            raise ValueError(
                f"Solver {self.solver} supports only dual=False, got dual={self.dual}."
            )
        return 0.0 if penalty is None or np.inf == C else 1.0 / C

    def _penalty_and_inverse_strength(self):
        """The penalty's name and C, out of `penalty`, `C` and `l1_ratio`."""
        if self.penalty == "deprecated":
            if self.l1_ratio is None:
                warnings.warn(
                    "'l1_ratio=None' was deprecated in version 1.8 of scikit-learn and "
                    "is an error from 1.10; use l1_ratio=0.",
                    FutureWarning,
                    stacklevel=6,
                )
            if np.inf == self.C:
                return None, self.C
            names = {None: "l2", 0: "l2", 1: "l1"}
            return names.get(self.l1_ratio, "elasticnet"), self.C
        warnings.warn(
            "'penalty' was deprecated in version 1.8 of scikit-learn; use l1_ratio=0 "
            "for 'l2', l1_ratio=1 for 'l1', a number between them for 'elasticnet' and "
            "C=np.inf for None.",
            FutureWarning,
            stacklevel=6,
        )
        if self.penalty is None and self.C != 1.0:
            warnings.warn(
                "Setting penalty=None will ignore the C and l1_ratio parameters",
                stacklevel=6,
            )
        l1_ratio_implied = {"l1": 1, "l2": 0}.get(self.penalty, self.l1_ratio)
        if self.l1_ratio is None and self.penalty == "elasticnet":
            raise ValueError("l1_ratio must be specified when penalty is elasticnet.")
        if self.l1_ratio != l1_ratio_implied:
            warnings.warn(
                f"Inconsistent values: penalty={self.penalty} with "
                f"l1_ratio={self.l1_ratio}. penalty is deprecated. Please use l1_ratio "
                "only.",
                stacklevel=6,
            )
        return self.penalty, self.C

    def _objective(self, X, labels, *, n_classes, sample_weight, strength):
        """The risk of a network with no hidden layer."""
        binary = n_classes == 2
        network = Network(
            layer_sizes=(X.shape[1], 1 if binary else n_classes),
            has_intercepts=self.fit_intercept,
        )
        return EmpiricalRisk(
            network=network,
            loss=BinaryLogLoss() if binary else MultinomialLogLoss(),
            X=X,
            y=labels.astype(X.dtype)[:, np.newaxis] if binary else labels,
            sample_weight=sample_weight,
            alpha=strength,
        )

    def _start(self, network, classes):
        """Zeros, or under warm_start the last solution."""
        if not (self.warm_start and hasattr(self, "coef_")):
            return np.zeros(network.n_parameters)
        if self.coef_.shape[::-1] != network.layer_sizes or not np.array_equal(
            self.classes_, classes
        ):
            raise ValueError(
                f"warm_start=True needs the shape and the classes of the last fit, "
                f"which were {self.coef_.shape} and {self.classes_}; got "
                f"{network.layer_sizes[::-1]} and {classes}. Set warm_start=False."
            )
        intercepts = self.intercept_ if self.fit_intercept else None
        return network.flatten([self.densify().coef_.T], [intercepts])

    def _minimise(self, objective, start, observer):
        """Run the solver, telling the observer about every iteration."""

        def attributes_at(parameters):
            return lambda: self._attributes(objective, parameters.copy())

        iteration = 0

        def report(parameters, value):
            nonlocal iteration
            iteration += 1
            if self.verbose:
                print(f"iteration {iteration:5d}   objective {value:.10f}")
            stop = observer.end(attributes_at(parameters))
            if not stop:
                observer.begin(attributes_at(parameters))
            return stop

        observer.begin(attributes_at(start))
        settings = {"tol": self.tol, "max_iter": self.max_iter, "report": report}
        if self.solver == "newton-cholesky":
            minimum = minimize_newton(objective, start, **settings)
        else:
            minimum = minimize_lbfgs(
                objective, start, function_tol=64 * np.finfo(np.float64).eps, **settings
            )
        if iteration == 0:  # as scikit-learn, at least one iteration is told of
            observer.end(attributes_at(start))
            observer.begin(attributes_at(start))
        return minimum

    def _attributes(self, objective, parameters):
        """Flat parameters -> coef_ and intercept_."""
        weights, intercepts = objective.network.unflatten(parameters)
        dtype = objective.X.dtype
        if intercepts[0] is None:
            intercept = np.zeros(weights[0].shape[1], dtype=dtype)
        else:
            intercept = intercepts[0].astype(dtype)
        return {
            "coef_": np.ascontiguousarray(weights[0].T, dtype=dtype),
            "intercept_": intercept,
        }

    def _warn_not_converged(self, minimum):
        """Say how far the fit came, and what to try."""
        warnings.warn(
            f"{_WARNING_BEGINS[self.solver]} after {minimum.n_iter} iterations: "
            f"{minimum.message}. The largest entry of the gradient is "
            f"{minimum.gradient_norm:.1e}, tol={self.tol:g}. Increase max_iter "
            f"(={self.max_iter}), scale X (sklearn.preprocessing.StandardScaler) or "
            "use solver='newton-cholesky'.",
            ConvergenceWarning,
            stacklevel=5,
        )

    def __sklearn_tags__(self):
        """Sparse input is taken as it is."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
