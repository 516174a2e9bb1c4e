"""Time l1-penalised logistic regression of several libraries at equal accuracy.

A tolerance has another meaning in each library. Every contestant gets the loosest tol
with which its objective is within a gap of the optimum, and is timed with it. If the
search for it takes too long, it is timed with a looser tol, and that time is a lower
bound. No model has an intercept, since liblinear would penalise it.
"""

from importlib.util import find_spec
from time import perf_counter

import numpy as np
import scipy.special
import sklearn.linear_model
from sklearn.base import clone

import skmlp
from benchmarks.contestants import Run, fit

__all__ = ["fit_to_gap", "mean_log_loss", "others", "ours", "saga"]

GAP = 1e-6
_TOLERANCES = 10.0 ** -np.arange(1, 10, 0.5)
# Limits of the search for a tolerance, and of one fit that does not reach the gap.
_MOST_SECONDS = 20
_LONGEST_RUN = 8


def mean_log_loss(scores, y):
    """Mean log loss of raw scores: one column for two classes, else one a class."""
    labels = np.searchsorted(np.unique(y), y)
    if scores.shape[1] == 1:
        return np.logaddexp(0, -scores[:, 0] * (2 * labels - 1)).mean()
    rows = np.arange(len(labels))
    return np.mean(scipy.special.logsumexp(scores, axis=1) - scores[rows, labels])


def fit_to_gap(make, C):
    """Time a fit of `make(C, n_rows, tol)` with the loosest tol that reaches GAP."""

    def prepare(data):
        n_rows = data.X.shape[0]
        exact, _ = fit(ours(C, n_rows, 1e-9), data)

        def objective(fitted):
            coef = np.atleast_2d(fitted.coef_)
            return mean_log_loss(data.X @ coef.T, data.y) + np.abs(coef).sum() / (
                C * n_rows
            )

        least = objective(exact) - exact.duality_gap_
        start, unfinished = perf_counter(), ""
        for tol in _TOLERANCES:
            candidate = make(C, n_rows, tol)
            fitted, seconds = fit(candidate, data)
            above = objective(fitted) - least
            if above <= GAP:
                estimator, unfinished = candidate, ""
                break
            if not unfinished or seconds <= _LONGEST_RUN:
                estimator = candidate
                unfinished = f"with tol={tol:.1g} still {above:.1e} above the optimum"
            if perf_counter() - start > _MOST_SECONDS:
                break

        def run():
            return Run(fit(clone(estimator), data)[1], unfinished=unfinished)

        return run

    return prepare


def ours(C, n_rows, tol):
    """Return the estimator of skmlp, with its proximal solver."""
    return skmlp.LogisticRegression(**_settings("saga", C, tol))


def saga(C, n_rows, tol):
    """Return scikit-learn's estimator with the solver 'saga'."""
    return sklearn.linear_model.LogisticRegression(**_settings("saga", C, tol))


def liblinear(C, n_rows, tol):
    """Return scikit-learn's estimator with the solver 'liblinear'."""
    return sklearn.linear_model.LogisticRegression(**_settings("liblinear", C, tol))


def _settings(solver, C, tol):
    """Return parameters of an l1 fit that skmlp and scikit-learn both have."""
    return {
        "solver": solver,
        "C": C,
        "l1_ratio": 1,
        "tol": tol,
        "fit_intercept": False,
        "max_iter": 10_000,
    }


def with_skglm(C, n_rows, tol):
    """Return skglm's estimator: working sets and Anderson acceleration.

    Bertrand et al. (2022) describe it.
    """
    from skglm import SparseLogisticRegression

    return SparseLogisticRegression(
        alpha=1 / (C * n_rows), tol=tol, fit_intercept=False, max_iter=100
    )


def with_celer(C, n_rows, tol):
    """Return celer's estimator: working sets by dual extrapolation.

    Massias et al. (2018) describe it.
    """
    from celer import LogisticRegression

    return LogisticRegression(C=C, tol=tol, fit_intercept=False)


def others(C):
    """Return {name: contestant} of the installed binary solvers, except saga."""
    makers = {"liblinear": liblinear}
    for name, make in (("skglm", with_skglm), ("celer", with_celer)):
        if find_spec(name):
            makers[name] = make
    return {name: fit_to_gap(make, C) for name, make in makers.items()}
