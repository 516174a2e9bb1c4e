"""Logistic regressions along a path of values of C, fitted on each fold."""

from numbers import Integral

import numpy as np
from sklearn.model_selection import check_cv

from skmlp.logistic_regression.estimator import LogisticRegression
from skmlp.logistic_regression.fit_warnings import warn_not_converged
from skmlp.logistic_regression.minimise import minimize_risk
from skmlp.logistic_regression.penalty import penalty_at, penalty_per_parameter
from skmlp.logistic_regression.problem import ClassTargets, build_risk

__all__ = ["RegularisationPath", "accuracy"]


class RegularisationPath:
    """Fits for a sequence of values of C; each starts from the previous solution."""

    def __init__(self, estimator, X, y, targets, weight, penalty, Cs):
        self.estimator, self.X, self.y = estimator, X, y
        self.targets, self.weight = targets, weight
        self.penalty, self.Cs = penalty, Cs

    def folds(self, cv, split_params, score_params):
        """Return the folds of `cv`: pairs of the rows to train with and to test on.

        Raise ValueError if there are none, or if a fold has no row to train with, or to
        test on, that has a weight.
        """
        test_weight = (score_params or {}).get("sample_weight")
        if not _is_per_row(test_weight, len(self.y)):
            test_weight = None
        folds = _folds_of(cv, self.X, self.y, split_params)
        for number, (train, test) in enumerate(folds):
            _check_part(number, "train with", train, self.weight, len(self.y))
            _check_part(number, "test on", test, test_weight, len(self.y))
        return folds

    def fit_fold(self, train, test, l1_ratio, scorer, score_params):
        """Fit a fold for all values of C; return coefficients, scores, iterations.

        Shapes: (n_cs, n_outputs, n_dof), (n_cs,), (n_cs,).
        """
        coefs, scores, n_iter = [], [], []
        loss, X, y = self.risk_over(train), self.X[test], self.y[test]
        n_rows = self.X.shape[0]
        test_params = {
            name: value[test] if _is_per_row(value, n_rows) else value
            for name, value in (score_params or {}).items()
        }
        for C in self.Cs:
            theta, iterations = self.fit(loss, C, l1_ratio, coefs[-2:])
            coefs.append(theta)
            n_iter.append(iterations)
            scores.append(scorer(self._model(theta, C), X, y, **test_params))
        return np.array(coefs), np.array(scores), np.array(n_iter)

    def risk_over(self, rows):
        """Return the unpenalised mean log loss of the rows with indices `rows`."""
        return build_risk(
            self.X[rows],
            ClassTargets(self.targets.classes, self.targets.labels[rows]),
            fit_intercept=self.estimator.fit_intercept,
            sample_weight=None if self.weight is None else self.weight[rows],
        )

    def fit(self, loss, C, l1_ratio, last=()):
        """Fit one C; return coefficients (n_outputs, n_dof), number of iterations.

        `last` are the coefficients of the last two values of C, if there are some.
        """
        estimator, network = self.estimator, loss.network
        penalty = penalty_at(self.penalty, C, l1_ratio)
        penalty = penalty_per_parameter(estimator, penalty, network)
        minimum = minimize_risk(
            estimator.solver,
            loss,
            _start(loss, penalty, [np.ravel(coefs, order="F") for coefs in last]),
            penalty,
            tol=estimator.tol,
            max_iter=estimator.max_iter,
        )
        if not minimum.converged:
            warn_not_converged(estimator, loss, minimum)
        n_outputs = network.layer_sizes[-1]
        # A start that already meets tol takes no iteration; report one.
        n_iter = max(minimum.n_iter, 1)
        return minimum.parameters.reshape(-1, n_outputs).T, n_iter

    def _model(self, theta, C):
        """Return a LogisticRegression with coefficients `theta` (n_outputs, n_dof)."""
        estimator = self.estimator
        model = LogisticRegression(
            C=C, solver=estimator.solver, fit_intercept=estimator.fit_intercept
        )
        model.classes_ = self.targets.classes
        model.n_features_in_ = self.X.shape[1]
        model.coef_ = theta[:, : self.X.shape[1]]
        model.intercept_ = np.zeros(len(theta))
        if estimator.fit_intercept:
            model.intercept_ = theta[:, -1]
        return model


def accuracy(model, X, y, sample_weight=None):
    """Return the share of the rows whose label is predicted, as sklearn's scorer does.

    The scorer checks the labels each time, which takes longer than a small fit.
    """
    return float(np.average(model.predict(X) == y, weights=sample_weight))


def _start(loss, penalty, last):
    """Return the start of a fit: zeros, or parameters from those for the last C.

    The solutions move along a smooth path. If the objective is lower there, the start
    is as far beyond the last solution as that is beyond the one before it.
    """
    if not last:
        return np.zeros(loss.network.n_parameters)
    if len(last) == 1 or np.any(penalty.l1):
        return last[-1]
    ahead, objective = 2 * last[-1] - last[-2], loss.with_l2(penalty.l2)
    with np.errstate(over="ignore", invalid="ignore"):
        lower = objective.value_at(ahead) < objective.value_at(last[-1])
    return ahead if lower else last[-1]


def _is_per_row(value, n_rows):
    """Return True if `value` has one entry per row."""
    return hasattr(value, "__len__") and len(value) == n_rows


def _folds_of(cv, X, y, split_params):
    """Return the folds of `cv` as a list; raise an error unless they are pairs."""
    if isinstance(cv, type):
        raise TypeError(f"cv must be an object, not a class; use {cv.__name__}().")
    if cv is None or isinstance(cv, Integral) or hasattr(cv, "split"):
        splitter = check_cv(cv, y, classifier=True)
        folds = list(splitter.split(X, y, **split_params))
    else:
        folds = list(cv)
    if not folds:
        raise ValueError(f"cv={cv!r} gives no folds; use for example cv=5.")
    if not all(np.iterable(fold) and len(fold) == 2 for fold in folds):
        raise ValueError(
            "cv must be a number of folds, a splitter, or a list of pairs (rows to "
            f"train with, rows to test on); got {cv!r}."
        )
    return folds


def _check_part(number, use, rows, weight, n_rows):
    """Raise ValueError unless `rows`, a part of fold `number`, have a weight."""
    weight = np.ones(n_rows) if weight is None else np.asarray(weight)
    try:
        part = weight[rows]
    except IndexError as error:
        raise ValueError(
            f"fold {number} of cv has no valid indices of the rows to {use}: {error}."
        ) from None
    if np.ndim(part) != 1 or not len(part):
        raise ValueError(
            f"fold {number} of cv has no rows to {use}; got {rows!r}. Give each fold "
            "an array of rows to train with, and one of rows to test on."
        )
    if part.sum(dtype=np.float64) < np.finfo(np.float64).smallest_normal:
        raise ValueError(
            f"The weights of the rows to {use} in fold {number} of cv are all (nearly) "
            "zero, by sample_weight or class_weight. Sample weights must contain at "
            "least one non-zero number in each fold; use another cv, for example with "
            "fewer folds."
        )
