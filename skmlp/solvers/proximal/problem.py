"""A log loss of linear scores with its penalty: value, gradient, duality gap."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse
import scipy.special

from skmlp import _kernels
from skmlp.objective import Penalty

__all__ = ["PenalisedLogLoss"]

# A working set may always hold this many columns, and this share of all columns, even
# if few of them have weights that are not zero.
_MIN_CAPACITY = 64
_CAPACITY_SHARE = 0.2
# Largest number of entries of a dense X that is copied column by column.
_MAX_COPIED_ENTRIES = 2**20


@dataclass(frozen=True, eq=False)
class _LossAtScores:
    """Mean loss at scores (K, n), with its derivatives with respect to the scores."""

    scores: np.ndarray
    loss: float
    mean: np.ndarray
    score_gradient: np.ndarray
    weight: np.ndarray

    @property
    def curvature(self):
        """Pair of arrays p and s·p (K, n): the Hessian is diag(s·p) − s·p·pᵀ.

        With a single output it is s·p·(1 − p), returned as 0 and s·p·(1 − p): the
        formula above then gives it, too.
        """
        if len(self.mean) == 1:
            return np.zeros_like(self.mean), self.weight * self.mean * (1 - self.mean)
        return self.mean, self.weight * self.mean


@dataclass(frozen=True, eq=False)
class PenalisedLogLoss:
    """Mean log loss of linear scores plus a penalty, as the proximal solver needs it.

    Parameters are a matrix (m, K): one row per feature, and the intercepts last.
    """

    objective: object
    penalty: Penalty  # of a matrix (m, K), and of the mean loss
    weight: np.ndarray  # (n,), of sum one
    targets: np.ndarray  # (K, n)

    @classmethod
    def of(cls, objective, penalty):
        """Return the problem, with a `penalty` that belongs to the sum of losses."""
        K, total = objective.network.layer_sizes[-1], objective.total_weight
        weight = objective.sample_weight
        if weight is None:
            weight = np.ones(objective.n_rows)
        return cls(
            objective=objective,
            penalty=penalty.per_feature(K, total),
            weight=weight.astype(np.float64) / total,
            targets=_targets(objective.y, K),
        )

    @property
    def n_features(self):
        """Number of columns of X."""
        return self.objective.X.shape[1]

    @property
    def has_intercepts(self):
        """True if the last row of the parameters holds intercepts."""
        return self.objective.network.has_intercepts

    @cached_property
    def is_sparse(self):
        """True if X is sparse."""
        return scipy.sparse.issparse(self.objective.X)

    @cached_property
    def _has_column_copy(self):
        """True if X is stored column by column, as the kernels read it."""
        return self.is_sparse or self.objective.X.size <= _MAX_COPIED_ENTRIES

    @cached_property
    def _all_columns(self):
        """Columns of [X, 1] for the kernels."""
        n_ones = self.has_intercepts * self.objective.n_rows
        if not self.is_sparse:
            values = np.ones((self.n_features + self.has_intercepts, len(self.weight)))
            values[: self.n_features] = self.objective.X.T
            return _kernels.Columns(values, None, None, None)
        X = self.objective.X.tocsc()
        X.sum_duplicates()  # coordinate descent needs each row of a column once
        values, indices, ends = X.data, X.indices, X.indptr
        if n_ones:
            values = np.concatenate([values, np.ones(n_ones)])
            indices = np.concatenate([indices, np.arange(n_ones)])
            ends = np.append(ends, X.nnz + n_ones)
        values = values.astype(np.float64, copy=False)
        ends = ends.astype(np.int64)
        indices = indices.astype(np.int32, copy=False)
        return _kernels.Columns(values, indices, ends[:-1], ends[1:])

    @cached_property
    def _means(self):
        """Weighted means of the columns of a dense X (d,)."""
        X = self.objective.X
        return (self.weight.astype(X.dtype) @ X).astype(np.float64)

    def threads(self):
        """Return a context manager that holds the threads during a run of a solver."""
        X = self.objective.X
        n_entries = X.nnz if self.is_sparse else X.size
        return _kernels.threads_for(n_entries * len(self.targets))

    @cached_property
    def _min_capacity(self):
        """Smallest value of the maximum number of columns of a working set."""
        return max(_MIN_CAPACITY, int(_CAPACITY_SHARE * self.n_features))

    def as_matrix(self, parameters):
        """Return flat parameters as a matrix (m, K)."""
        return parameters.reshape(-1, len(self.targets))

    def scores(self, theta):
        """Return the raw scores (K, n), one row per output."""
        scores = np.zeros_like(self.targets)
        if self.objective.offset is not None:
            scores += self.objective.offset.T
        if not theta.any():
            return scores
        if not self.is_sparse:
            return np.ascontiguousarray(
                self.objective.scores(theta.ravel()).T, dtype=np.float64
            )
        scores += (self.objective.X @ theta[: self.n_features]).T
        if self.has_intercepts:
            scores += theta[-1][:, None]
        return scores

    def loss_at(self, scores):
        """Return the mean loss at these scores, with its derivatives."""
        mean, score_gradient = np.empty_like(scores), np.empty_like(scores)
        loss = _kernels.log_loss(
            scores, self.targets, self.weight, mean, score_gradient
        )
        return _LossAtScores(scores, loss, mean, score_gradient, self.weight)

    def gradient(self, theta, point):
        """Return the gradient (m, K) of the loss, without the penalty, at `theta`.

        `point` is the loss at the scores of `theta`.
        """
        if self._has_column_copy:
            return _kernels.column_products(self._all_columns, point.score_gradient)
        gradient = self.objective.value_and_gradient(theta.ravel())[1]
        return self.as_matrix(gradient) - self.penalty.l2[:, None] * theta

    @cached_property
    def free_intercepts(self):
        """True if there are intercepts, without a penalty and without bounds."""
        last = self.penalty.of_features(slice(-1, None))
        penalised = last.l1[0] > 0 or last.l2[0] > 0
        return self.has_intercepts and not penalised and not last.bounded

    def polish_intercepts(self, theta, point):
        """Minimise over the intercepts alone, by Newton's method; return the new point.

        The dual bound assumes that Σᵢ ∂loss/∂scoreᵢ is zero, which holds at this
        minimum. `theta` changes in place; with several classes the intercepts get the
        sum zero.
        """
        if not self.free_intercepts:
            return point
        if len(point.scores) > 1:  # a shift of all classes changes no probability
            shared = theta[-1].mean()
            theta[-1] -= shared
            point = self.loss_at(point.scores - shared)
        for _ in range(10):
            slope = point.score_gradient.sum(axis=1)
            if np.abs(slope).max() <= np.finfo(float).eps:
                break
            mean, curvature = point.curvature
            hessian = np.diag(curvature.sum(axis=1)) - curvature @ mean.T
            step = -np.linalg.lstsq(hessian, slope, rcond=1e-12)[0]
            trial = self.loss_at(point.scores + step[:, None])
            if np.abs(trial.score_gradient.sum(axis=1)).max() >= np.abs(slope).max():
                break
            theta[-1] += step
            point = trial
        return point

    def working_set(self, theta, violations):
        """Return the columns of [X, 1] to optimise next, as sorted indices.

        These are the features with weights that are not zero, those that violate the
        optimality conditions most, and the column of the intercepts.
        """
        n_features = self.n_features
        support = np.any(theta[:n_features] != 0, axis=1)
        violation = np.where(support, 0, violations[:n_features].max(axis=1))
        selected = violation > 0
        n_weights = np.count_nonzero(support)
        n_new = max(self._min_capacity - n_weights, n_weights)
        if np.count_nonzero(selected) > n_new:
            threshold = np.partition(violation[selected], -n_new)[-n_new]
            selected = violation >= threshold
        selected |= support
        chosen = np.flatnonzero(selected)
        if self.has_intercepts:
            chosen = np.append(chosen, n_features)
        return chosen

    def columns(self, chosen):
        """Return the chosen columns of [X, 1] for the kernels, and their means or None.

        Columns of a dense X are centred if the intercepts are free. Otherwise they are
        not, and the means are None.
        """
        if self.is_sparse:
            values, indices, starts, stops = self._all_columns
            positions = starts[chosen], stops[chosen]
            return _kernels.Columns(values, indices, *positions), None
        features = chosen[chosen < self.n_features]
        if self._has_column_copy:
            values = self._all_columns.values[chosen]
        else:
            values = np.ones((len(chosen), self.objective.n_rows))
            values[: len(features)] = self.objective.X[:, features].T
        means = None
        if self.free_intercepts:
            means = self._means[features]
            values[: len(features)] -= means[:, None]
        return _kernels.Columns(values, None, None, None), means

    def lower_bound(self, gradient, point):
        """Return a lower bound of the objective's minimum; −inf for a bounded penalty.

        It is the dual objective at c·∂loss/∂scores, where c ≤ 1 is the largest factor
        that the penalty allows. There the conjugate of a log loss is minus the entropy
        of y + c·(p − y). An offset adds its product with the dual point.
        """
        if self.penalty.bounded:
            return -np.inf
        rows = slice(0, len(gradient) - self.free_intercepts)
        size = np.abs(gradient[rows])
        infeasible = np.flatnonzero(size > self.penalty.l1[rows, None])
        size, rows = size.ravel()[infeasible], infeasible // len(point.mean)
        l1, l2 = self.penalty.l1[rows], self.penalty.l2[rows]
        with np.errstate(over="ignore"):  # a size may be subnormal
            factors, bounds = l1 / size, []
        required = factors[l2 == 0]  # with l2, a larger c is allowed, but costs more
        for c in {float(factors.min(initial=1.0)), float(required.min(initial=1.0))}:
            excess = np.maximum(c * size - l1, 0)
            excess[excess <= 4 * np.finfo(float).eps * l1] = 0
            cost = np.divide(excess**2, 2 * l2, out=np.zeros_like(size), where=l2 > 0)
            bounds.append(self._entropy(point, c) - float(cost.sum()))
            if self.objective.offset is not None:
                bounds[-1] += c * float(
                    (point.score_gradient * self.objective.offset.T).sum()
                )
        return max(bounds)

    def _entropy(self, point, c):
        """Return the weighted sum of entropies, Σᵢ sᵢ·H(yᵢ + c·(pᵢ − yᵢ))."""
        q = np.clip(self.targets + c * (point.mean - self.targets), 0, 1)
        entropies = scipy.special.entr(q)
        if len(q) == 1:
            entropies = entropies + scipy.special.entr(1 - q)
        return float((entropies @ self.weight).sum())


def _targets(y, K):
    """Return the targets as probabilities (K, n): one-hot columns for class labels."""
    if y.ndim == 2:
        return np.ascontiguousarray(y.T, dtype=np.float64)
    return np.ascontiguousarray((y == np.arange(K)[:, None]).astype(np.float64))
