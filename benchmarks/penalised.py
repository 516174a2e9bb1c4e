"""Logistic regression with an l1 penalty, by several libraries, to the same accuracy.

Tolerances mean something else in each of them. Every contestant gets the loosest tol
with which its objective comes within a gap of the optimum, and is timed with that one.
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
_MOST_SECONDS = 60


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
        start = perf_counter()
        for tol in _TOLERANCES:
            estimator = make(C, n_rows, tol)
            if objective(fit(estimator, data)[0]) - least <= GAP:
                break
            if perf_counter() - start > _MOST_SECONDS:
                raise RuntimeError(f"tol={tol:g} is not within {GAP:g} of the optimum")
        else:
            raise RuntimeError(f"no tol comes within {GAP:g} of the optimum")

        def run():
            return Run(fit(clone(estimator), data)[1])

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
