"""The units of a perceptron while they learn, and the rows that they visit."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse
from sklearn.utils import check_random_state

from skmlp import _kernels

__all__ = ["Progress", "Rows", "Units", "dense", "order_generator"]


# Rows that take more than this are not visited one by one in a random order: each would
# have to come from memory.
_LARGE_BYTES = 2**25
_BLOCK = 8  # rows in a row
_BLOCKS_AT_ONCE = 8  # taken in turn, so that neighbours in X are not neighbours in time


@dataclass
class Rows:
    """What is visited: rows, labels, weights, and the order of the last visit."""

    X: object
    labels: np.ndarray
    sample_weight: np.ndarray
    order: np.ndarray
    positive: np.ndarray
    negative: np.ndarray

    def __post_init__(self):
        """Dense rows, or the three arrays of a CSR matrix."""
        self.numbered = None
        self.arrays = (self.X, None, None, None)
        if scipy.sparse.issparse(self.X):
            places = (self.X.indices, self.X.indptr)
            places = (np.ascontiguousarray(array, dtype=np.int32) for array in places)
            self.arrays = (None, np.ascontiguousarray(self.X.data), *places)

    def shuffle(self, generator):
        """Draw the order of the next visit."""
        X = self.X.data if scipy.sparse.issparse(self.X) else self.X
        if X.nbytes <= _LARGE_BYTES:
            self.order = self.order[generator.permutation(len(self.order))]
            return
        if self.numbered is None:
            self.numbered = np.sort(self.order)
        self.order = blockwise_order(self.numbered, generator)


def blockwise_order(rows, generator):
    """A random order in which memory is read in short runs.

    From a random place on, the rows are cut into blocks. Blocks are drawn by the eight,
    of which one row each is taken in turn; the rest comes last.
    """
    rows = np.roll(rows, generator.randint(len(rows)))
    n_groups = len(rows) // (_BLOCK * _BLOCKS_AT_ONCE)
    n_grouped = n_groups * _BLOCK * _BLOCKS_AT_ONCE
    starts = _BLOCK * generator.permutation(n_groups * _BLOCKS_AT_ONCE)
    starts = starts.reshape(n_groups, 1, _BLOCKS_AT_ONCE)
    places = starts + np.arange(_BLOCK)[:, np.newaxis]
    rest = generator.permutation(rows[n_grouped:])
    return np.concatenate([rows[places.ravel()], rest])


@dataclass
class Units:
    """The units while they learn: one a class, or one for two classes."""

    weights: np.ndarray
    intercepts: np.ndarray
    l1_due: np.ndarray
    l1_paid: np.ndarray
    active: np.ndarray

    @classmethod
    def start(cls, n_classes, n_features, dtype, coef_init, intercept_init):
        """Units with the weights given, or with zeros."""
        n_units = 1 if n_classes == 2 else n_classes
        weights = np.zeros((n_units, n_features), dtype=dtype)
        intercepts = np.zeros(n_units, dtype=dtype)
        if coef_init is not None:
            coef_init = np.asarray(coef_init)
            flat_fits = n_units == 1 and coef_init.size == n_features
            if coef_init.shape != weights.shape and not flat_fits:
                raise ValueError(
                    "Provided coef_init does not match dataset: it has the shape "
                    f"{coef_init.shape}, expected {weights.shape}."
                )
            weights[:] = coef_init.reshape(weights.shape)
        if intercept_init is not None:
            intercept_init = np.asarray(intercept_init)
            if intercept_init.size != n_units or intercept_init.ndim > 1:
                raise ValueError(
                    "Provided intercept_init does not match dataset: it has the shape "
                    f"{intercept_init.shape}, expected {intercepts.shape}."
                )
            intercepts[:] = intercept_init
        return cls(
            weights,
            intercepts,
            np.zeros(n_units, dtype=dtype),
            np.zeros_like(weights),
            np.ones(n_units, dtype=np.uint8),
        )

    def visit(self, rows, **settings):
        """One visit of the rows; losses and numbers of mistakes of the units."""
        losses = np.zeros(len(self.weights))
        mistakes = np.zeros(len(self.weights), dtype=np.int64)
        _kernels.perceptron_epoch(
            self.weights,
            self.intercepts,
            self.l1_due,
            self.l1_paid,
            self.active,
            *rows.arrays,
            rows.labels,
            rows.order,
            rows.sample_weight,
            rows.positive,
            rows.negative,
            losses=losses,
            mistakes=mistakes,
            **settings,
        )
        return losses, mistakes

    def accuracy(self, rows, aside):
        """Weighted share of the rows set aside that are classified rightly."""
        scores = rows.X[aside] @ self.weights.T + self.intercepts
        winners = scores[:, 0] > 0 if scores.shape[1] == 1 else scores.argmax(axis=1)
        right = winners == rows.labels[aside]
        return float(np.average(right, weights=rows.sample_weight[aside]))

    def attributes(self):
        """What makes an estimator with these units predict."""
        return {"coef_": self.weights.copy(), "intercept_": self.intercepts.copy()}


class Progress:
    """Counts epochs in a row without progress, of every unit."""

    def __init__(self, n_units, tol, n_iter_no_change):
        self.tol, self.n_iter_no_change = tol, n_iter_no_change
        self.best = np.full(n_units, np.inf)
        self.waited = np.zeros(n_units, dtype=int)
        self.first = None

    def scale(self, objectives):
        """What `tol` is relative to: the objectives of the first epoch."""
        if self.first is None:
            self.first = objectives
        return self.first

    def exhausted(self, costs, scale):
        """Whether each unit has waited long enough; lower costs are progress."""
        if self.tol is None:
            return np.zeros(len(costs), dtype=bool)
        worse = costs > self.best - self.tol * scale
        self.waited = np.where(worse, self.waited + 1, 0)
        self.best = np.minimum(self.best, costs)
        return self.waited >= self.n_iter_no_change


def dense(matrix):
    """First weights may be those of a sparsified estimator."""
    return matrix.toarray() if scipy.sparse.issparse(matrix) else matrix


def order_generator(random_state):
    """Draws the orders of the rows, from a seed that random_state draws."""
    seed = check_random_state(random_state).randint(np.iinfo(np.int32).max)
    return np.random.RandomState(seed)
