"""Logistic regression with an l1 penalty, by several libraries, to the same accuracy.

Tolerances mean something else in each of them. Every contestant gets the loosest tol
with which its objective comes within a gap of the optimum, and is timed with that one;
or, where none comes so near in time, with a looser one: it takes more than that.
No model has an intercept, which liblinear would penalise.
"""

from importlib.util import find_spec
from time import perf_counter

import numpy as np
import scipy.special
import sklearn.linear_model
from sklearn.base import clone

import skmlp
from benchmarks.contestants import Run, fit

__all__ = ["others", "ours", "saga", "to_gap"]

GAP = 1e-6
_TOLERANCES = 10.0 ** -np.arange(1, 10, 0.5)
# Of all fits by which a tolerance is looked for, and of one that does not come near.
_MOST_SECONDS = 20
_LONGEST_RUN = 8


def mean_loss(coef, data):
    """Mean log loss of linear scores."""
    scores = np.asarray(data.X @ coef.T)
    labels = np.searchsorted(np.unique(data.y), data.y)
    if scores.shape[1] == 1:
        return np.logaddexp(0, -scores[:, 0] * (2 * labels - 1)).mean()
    rows = np.arange(len(labels))
    return np.mean(scipy.special.logsumexp(scores, axis=1) - scores[rows, labels])


def to_gap(make, C):
    """Data -> a fit to the gap by `make(C, n_rows, tol)`."""

    def prepare(data):
        n_rows = data.X.shape[0]
        exact, _ = fit(ours(C, n_rows, 1e-9), data)

        def objective(fitted):
            coef = np.atleast_2d(fitted.coef_)
            return mean_loss(coef, data) + np.abs(coef).sum() / (C * n_rows)

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
    """The proximal solver of skmlp."""
    return skmlp.LogisticRegression(**_settings("saga", C, tol))


def saga(C, n_rows, tol):
    """Scikit-learn's stochastic average gradients."""
    return sklearn.linear_model.LogisticRegression(**_settings("saga", C, tol))


def liblinear(C, n_rows, tol):
    """Coordinate descent in C++, behind scikit-learn."""
    return sklearn.linear_model.LogisticRegression(**_settings("liblinear", C, tol))


def _settings(solver, C, tol):
    """What both libraries take."""
    return {
        "solver": solver,
        "C": C,
        "l1_ratio": 1,
        "tol": tol,
        "fit_intercept": False,
        "max_iter": 10_000,
    }


def with_skglm(C, n_rows, tol):
    """Working sets and Anderson acceleration (Bertrand et al. 2022)."""
    from skglm import SparseLogisticRegression

    return SparseLogisticRegression(
        alpha=1 / (C * n_rows), tol=tol, fit_intercept=False, max_iter=100
    )


def with_celer(C, n_rows, tol):
    """Working sets by dual extrapolation (Massias et al. 2018)."""
    from celer import LogisticRegression

    return LogisticRegression(C=C, tol=tol, fit_intercept=False)


def others(C):
    """Contestants for two classes but saga, by name; those that are installed."""
    makers = {"liblinear": liblinear}
    for name, make in (("skglm", with_skglm), ("celer", with_celer)):
        if find_spec(name):
            makers[name] = make
    return {name: to_gap(make, C) for name, make in makers.items()}
