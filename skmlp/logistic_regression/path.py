"""Logistic regressions along a path of values of C, fitted on each fold."""

import numpy as np

from skmlp.logistic_regression.estimator import LogisticRegression
from skmlp.logistic_regression.fit_warnings import warn_not_converged
from skmlp.logistic_regression.minimise import minimize_risk
from skmlp.logistic_regression.penalty import penalty_at, penalty_per_parameter
from skmlp.logistic_regression.problem import ClassTargets, build_risk

__all__ = ["RegularisationPath"]


class RegularisationPath:
    """Fits for a sequence of values of C; each starts from the previous solution."""

    def __init__(self, estimator, X, y, targets, weight, penalty, Cs):
        self.estimator, self.X, self.y = estimator, X, y
        self.targets, self.weight = targets, weight
        self.penalty, self.Cs = penalty, Cs

    def fit_fold(self, train, test, l1_ratio, scorer, score_params):
        """Fit a fold for all values of C; return coefficients, scores, iterations.

        Shapes: (n_cs, n_outputs, n_dof), (n_cs,), (n_cs,).
        """
        theta, coefs, scores, n_iter = None, [], [], []
        loss, X, y = self.risk_over(train), self.X[test], self.y[test]
        n_rows = self.X.shape[0]
        test_params = {
            name: value[test] if _is_per_row(value, n_rows) else value
            for name, value in (score_params or {}).items()
        }
        for C in self.Cs:
            theta, iterations = self.fit(loss, C, l1_ratio, theta)
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

    def fit(self, loss, C, l1_ratio, start):
        """Fit one C; return coefficients (n_outputs, n_dof), number of iterations."""
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


def _is_per_row(value, n_rows):
    """Return True if `value` has one entry per row."""
    return hasattr(value, "__len__") and len(value) == n_rows
