"""The timed runs of estimators and of matrix products, in seconds per unit of work.

Functions here return `prepare(data)`, which returns `run()`, which returns a Run.
"""

import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import scipy.optimize
from sklearn.base import clone
from threadpoolctl import threadpool_info, threadpool_limits

from benchmarks.products import NetworkProducts

# Bare matrix products are repeated until a run takes this time.
_FLOOR_SECONDS = 0.05
_SHARED_REPEATS = 3
# By name, since older revisions of skmlp have them in other modules or not at all.
_EXPECTED_WARNINGS = ("ConvergenceWarning", "CollinearityWarning")


@dataclass(frozen=True)
class Run:
    """Seconds per unit of work, and the outcome: a loss, predictions, or None.

    `unfinished` is a text if the run ended before the work was done: the seconds are
    then a lower bound.
    """

    seconds: float
    outcome: Any = None
    unfinished: str = ""


def epochs(estimator, *, batch_size, outcome=None):
    """Time a whole fit with Adam or SGD, in seconds per step."""

    def prepare(data):
        def run():
            fitted, seconds = fit(estimator, data)
            n_steps = fitted.n_iter_ * -(-len(data.X) // batch_size)
            return Run(seconds / n_steps, fitted.loss_curve_[-1])

        return run

    return prepare


def evaluations(estimator):
    """Time a whole fit with L-BFGS, in seconds per evaluation of the objective."""

    def prepare(data):
        def run():
            with _count_evaluations() as counted:
                fitted, seconds = fit(estimator, data)
            return Run(seconds / counted[-1], fitted.loss_)

        return run

    return prepare


def iterations(estimator):
    """Time a whole fit, in seconds per iteration or epoch."""

    def prepare(data):
        def run():
            fitted, seconds = fit(estimator, data)
            return Run(seconds / np.max(fitted.n_iter_))

        return run

    return prepare


def later_iterations(estimator, *, few, many):
    """Time the iterations from `few` to `many`, in seconds per iteration.

    The time is the difference of two fits, so that the work before the first iteration,
    such as the validation of X, does not count.
    """

    def prepare(data):
        def run():
            seconds, n_iter = [], []
            for max_iter in (few, many):
                fitted, took = fit(clone(estimator).set_params(max_iter=max_iter), data)
                seconds.append(took)
                n_iter.append(np.max(fitted.n_iter_))
            return Run((seconds[1] - seconds[0]) / (n_iter[1] - n_iter[0]))

        return run

    return prepare


def fits(estimator, *, predicts=False, weighted=False):
    """Time a whole fit, in seconds; with `weighted`, a fit with sample weights.

    All weights but two are equal, so that the predictions can be compared with those of
    a fit without weights.
    """

    def prepare(data):
        weights = {}
        if weighted:
            weights["sample_weight"] = np.ones(len(data.y))
            weights["sample_weight"][:2] = 0.5

        def run():
            fitted, seconds = fit(estimator, data, **weights)
            return Run(seconds, fitted.predict(data.X[:10_000]) if predicts else None)

        return run

    return prepare


def predictions(estimator, *, n_rows, calls=1):
    """Time predictions of the first `n_rows` rows by a fitted network, per call."""

    def prepare(data):
        fitted, _ = fit(estimator, data.head(2000))
        X = data.X[:n_rows]

        def run():
            start = perf_counter()
            for _ in range(calls):
                fitted.predict(X)
            return Run((perf_counter() - start) / calls)

        return run

    return prepare


def products(layer_sizes, dtype, *, rows, block=None, trains=True):
    """Time the matrix products of a pass through a network, by direct calls of BLAS."""

    def prepare(data):
        network = NetworkProducts(
            layer_sizes, dtype, rows=min(rows, len(data.X)), block=block, trains=trains
        )
        start = perf_counter()
        network.repeat(3)
        once = (perf_counter() - start) / 3
        times = max(1, round(_FLOOR_SECONDS / once))

        def run():
            start = perf_counter()
            network.repeat(times)
            return Run((perf_counter() - start) / times)

        return run

    return prepare


def shared_products(layer_sizes, dtype, *, rows, block, trains=True):
    """Time the products of `products`, with the rows split between Python threads.

    Each thread calls BLAS with one BLAS thread.
    """

    def prepare(data):
        most = min(rows, len(data.X))
        n_threads = os.cpu_count() or 1
        settings = {"rows": -(-most // n_threads), "block": block, "trains": trains}
        shares = [
            NetworkProducts(layer_sizes, dtype, **settings) for _ in range(n_threads)
        ]
        threads = ThreadPoolExecutor(n_threads)

        def run():
            allowed = max(pool["num_threads"] for pool in threadpool_info())
            run_all = map if allowed == 1 else threads.map
            with threadpool_limits(1):
                start = perf_counter()
                for _ in range(_SHARED_REPEATS):
                    list(run_all(lambda share: share.repeat(1), shares))
                return Run((perf_counter() - start) / _SHARED_REPEATS)

        return run

    return prepare


def rank_k_product(data):
    """Time one triangle of XᵀX by one call of BLAS; return the run."""
    from scipy.linalg.blas import dsyrk, ssyrk

    product = dsyrk if data.X.dtype == np.float64 else ssyrk

    def run():
        start = perf_counter()
        product(1.0, data.X.T)
        return Run(perf_counter() - start)

    return run


def leave_one_out(estimator):
    """Time leave-one-out probabilities: those of each row by a fit to all others."""

    def prepare(data):
        def run():
            start = perf_counter()
            clone(estimator).loo_predict_proba(data.X, data.y)
            return Run(perf_counter() - start)

        return run

    return prepare


def fit(estimator, data, **weights):
    """Return a fitted copy of the estimator, and the seconds of its fit."""
    estimator = clone(estimator)
    with warnings.catch_warnings():
        for category in UserWarning.__subclasses__():
            if category.__name__ in _EXPECTED_WARNINGS:
                warnings.simplefilter("ignore", category)
        warnings.filterwarnings("ignore", ".*'@' is faster on contiguous")  # skglm
        start = perf_counter()
        estimator.fit(data.X, data.y, **weights)
        return estimator, perf_counter() - start


@contextmanager
def _count_evaluations():
    """Collect the number of evaluations of each call of SciPy's minimize in a list."""
    minimize, counted = scipy.optimize.minimize, []

    def counting(*arguments, **settings):
        result = minimize(*arguments, **settings)
        counted.append(result.nfev)
        return result

    scipy.optimize.minimize = counting
    try:
        yield counted
    finally:
        scipy.optimize.minimize = minimize
