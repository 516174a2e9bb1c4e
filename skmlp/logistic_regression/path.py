"""Logistic regressions for one value of C after another, over the folds."""

import numpy as np

from skmlp.logistic_regression.estimator import LogisticRegression
from skmlp.logistic_regression.fit_warnings import warn_not_converged
from skmlp.logistic_regression.minimise import minimize_risk
from skmlp.logistic_regression.penalty import penalty_at, penalty_per_parameter
from skmlp.logistic_regression.problem import Targets, risk

__all__ = ["Path"]


class Path:
    """Fits for one value of C after another, each from the last one's solution."""

    def __init__(self, estimator, X, y, targets, weight, penalty, Cs):
        self.estimator, self.X, self.y = estimator, X, y
        self.targets, self.weight = targets, weight
        self.penalty, self.Cs = penalty, Cs

    def of_fold(self, train, test, l1_ratio, scorer, score_params):
        """Return coefficients (n_cs, n_outputs, n_dof), scores and iterations."""
        theta, coefs, scores, n_iter = None, [], [], []
        loss, X, y = self.over(train), self.X[test], self.y[test]
        n_rows = self.X.shape[0]
        aside = {
            name: value[test] if _is_per_row(value, n_rows) else value
            for name, value in (score_params or {}).items()
        }
        for C in self.Cs:
            theta, iterations = self.fit(loss, C, l1_ratio, theta)
            coefs.append(theta)
            n_iter.append(iterations)
            scores.append(scorer(self._model(theta, C), X, y, **aside))
        return np.array(coefs), np.array(scores), np.array(n_iter)

    def over(self, rows):
        """Return the mean log loss of some rows, without a penalty."""
        return risk(
            self.X[rows],
            Targets(self.targets.classes, self.targets.labels[rows]),
            fit_intercept=self.estimator.fit_intercept,
            sample_weight=None if self.weight is None else self.weight[rows],
        )

    def fit(self, loss, C, l1_ratio, start):
        """Return coefficients (n_outputs, n_dof) for one C, and the iterations."""
        estimator, network = self.estimator, loss.network
        penalty = penalty_at(self.penalty, C, l1_ratio)
        if start is None:
            theta = np.zeros(network.n_parameters)
        else:
            theta = np.ascontiguousarray(start.T).ravel()
        minimum = minimize_risk(
            estimator.solver,
            loss,
            theta,
            penalty_per_parameter(estimator, penalty, network),
            tol=estimator.tol,
            max_iter=estimator.max_iter,
        )
        if not minimum.converged:
            warn_not_converged(
                minimum,
                estimator.solver,
                estimator.tol,
                estimator.max_iter,
            )
        n_outputs = network.layer_sizes[-1]
        # The look that finds the last solution good enough counts as an iteration.
        n_iter = max(minimum.n_iter, 1)
        return minimum.parameters.reshape(-1, n_outputs).T, n_iter

    def _model(self, theta, C):
        """Return an estimator that predicts with these coefficients."""
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


def _is_per_row(value, n_rows):
    """Whether metadata have one entry a row."""
    return hasattr(value, "__len__") and len(value) == n_rows
