"""Time a row of "every size": both libraries in turns, by processor time."""

import math
import warnings
from dataclasses import dataclass, field
from statistics import median
from time import process_time

import numpy as np
import sklearn.discriminant_analysis
import sklearn.linear_model
import sklearn.neural_network
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

import skmlp
from benchmarks.sizes import quality
from benchmarks.sizes.rows import ROWS

# Short fits and predictions are repeated until a run takes this time.
_RUN_SECONDS = 0.005
_MODULES = (
    sklearn.linear_model,
    sklearn.neural_network,
    sklearn.discriminant_analysis,
)


@dataclass
class Side:
    """One library: seconds of one fit or prediction in every run, and how fits ended.

    `n_iter` is None for estimators without iterations.
    """

    runs: list = field(default_factory=list)
    n_iter: int | None = None
    converged: bool = True

    @property
    def median(self):
        """Median of the runs."""
        return median(self.runs)


@dataclass
class Measurement:
    """Both libraries at one row, and the comparison of their results."""

    ours: Side
    theirs: Side
    quality: quality.Quality

    @property
    def times_faster(self):
        """Median of scikit-learn's runs ÷ median of ours."""
        return self.theirs.median / self.ours.median


def measure(name, n_runs, quick):
    """Return the Measurement of a row: `n_runs` runs of each library, in turns."""
    row = next(row for row in ROWS if row.name == name)
    data = row.data(quick=quick)
    sides = {"ours": Side(), "theirs": Side()}
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = {
            name: _warm_up(_estimator(row, name), data, side)
            for name, side in sides.items()
        }
        jobs = {name: _Job(row, model, data) for name, model in fitted.items()}
        for turn in range(n_runs):
            for name in sorted(sides, reverse=turn % 2 == 1):
                sides[name].runs.append(jobs[name].seconds())
    return Measurement(*sides.values(), quality.compare(row, *fitted.values(), data))


class _Job:
    """The fits or predictions of one library in a run."""

    def __init__(self, row, fitted, data):
        self._fitted, self._data = fitted, data
        self._rows = None if row.n_predicted is None else data.X[: row.n_predicted]
        self._repeats = 1
        self._repeats = max(1, math.ceil(_RUN_SECONDS / self.seconds()))

    def seconds(self):
        """Run the job, and return the processor time of one fit or prediction."""
        if self._rows is not None:
            start = process_time()
            for _ in range(self._repeats):
                self._fitted.predict(self._rows)
            return (process_time() - start) / self._repeats
        X, y = self._data
        copies = [clone(self._fitted) for _ in range(self._repeats)]
        start = process_time()
        for estimator in copies:
            estimator.fit(X, y)
        return (process_time() - start) / self._repeats


def _estimator(row, side):
    """Return the unfitted estimator of a library."""
    modules = (skmlp,) if side == "ours" else _MODULES
    module = next(module for module in modules if hasattr(module, row.estimator))
    return getattr(module, row.estimator)(**row.settings)


def _warm_up(estimator, data, side):
    """Return the fitted estimator, and note in `side` how the fit ended."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimator.fit(data.X, data.y)
    side.converged = not any(
        issubclass(each.category, ConvergenceWarning) for each in caught
    )
    if hasattr(estimator, "n_iter_"):
        side.n_iter = int(np.max(estimator.n_iter_))
    return estimator
