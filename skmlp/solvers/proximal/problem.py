"""A log loss of linear scores with its penalty, and how far it is from its minimum."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse
import scipy.special

from skmlp import _kernels
from skmlp.objective import Penalty

__all__ = ["PenalisedScores"]

_SMALLEST_WORKING_SET = 64
# A working set may hold such a share of all columns, however few have weights.
_CHEAP_SHARE = 0.2
# Entries of a dense X of which a second copy, column by column, is held.
_MOST_COPIED = 2**20


@dataclass(frozen=True, eq=False)
class _Point:
    """Scores (K, n), and the mean loss there with its derivatives by them."""

    scores: np.ndarray
    loss: float
    mean: np.ndarray
    score_gradient: np.ndarray
    weight: np.ndarray

    @property
    def curvature(self):
        """P and s·p, with which the loss's second derivative is diag(s·p) − s·p·pᵀ.

        For one output it is s·p·(1 − p): then (0, s·p·(1 − p)), to the same effect.
        """
        if len(self.mean) == 1:
            return np.zeros_like(self.mean), self.weight * self.mean * (1 - self.mean)
        return self.mean, self.weight * self.mean


@dataclass(frozen=True, eq=False)
class PenalisedScores:
    """Mean loss of linear scores, and what every feature's weights cost.

    Parameters are (m, K), a row a feature, with the intercepts as the last row.
    """

    objective: object
    penalty: Penalty  # of (m, K), as a share of the mean loss
    weight: np.ndarray  # (n,), of sum one
    targets: np.ndarray  # (K, n)

    @classmethod
    def of(cls, objective, penalty):
        """Return the problem of an objective and the penalty of its sum of losses."""
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
        """The number of columns of X."""
        return self.objective.X.shape[1]

    @property
    def has_intercepts(self):
        """Whether the last row of parameters is one of intercepts."""
        return self.objective.network.has_intercepts

    @cached_property
    def is_sparse(self):
        """Whether X is sparse."""
        return scipy.sparse.issparse(self.objective.X)

    @cached_property
    def _is_copied(self):
        """Whether X is held column by column, as the kernels read it."""
        return self.is_sparse or self.objective.X.size <= _MOST_COPIED

    @cached_property
    def _by_columns(self):
        """Columns of [X, 1] as the kernels take them."""
        n_ones = self.has_intercepts * self.objective.n_rows
        if not self.is_sparse:
            values = np.ones((self.n_features + self.has_intercepts, len(self.weight)))
            values[: self.n_features] = self.objective.X.T
            return values, None, None, None
        X = self.objective.X.tocsc()
        X.sum_duplicates()  # a visit takes each row of a column once
        values, indices, ends = X.data, X.indices, X.indptr
        if n_ones:
            values = np.concatenate([values, np.ones(n_ones)])
            indices = np.concatenate([indices, np.arange(n_ones)])
            ends = np.append(ends, X.nnz + n_ones)
        values = values.astype(np.float64, copy=False)
        ends = ends.astype(np.int64)
        return values, indices.astype(np.int32, copy=False), ends[:-1], ends[1:]

    @cached_property
    def _means(self):
        """Weighted means of a dense X's columns (d,)."""
        X = self.objective.X
        return (self.weight.astype(X.dtype) @ X).astype(np.float64)

    def threads(self):
        """For a whole run: the threads that its products are worth."""
        X = self.objective.X
        n_entries = X.nnz if self.is_sparse else X.size
        return _kernels.threads_for(n_entries * len(self.targets))

    @cached_property
    def _n_cheap(self):
        """How many columns a working set may always hold."""
        return max(_SMALLEST_WORKING_SET, int(_CHEAP_SHARE * self.n_features))

    def shape(self, parameters):
        """Flat parameters as (m, K)."""
        return parameters.reshape(-1, len(self.targets))

    def scores(self, theta):
        """Raw scores, class by class (K, n)."""
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

    def at(self, scores):
        """The loss at these scores."""
        mean, score_gradient = np.empty_like(scores), np.empty_like(scores)
        loss = _kernels.log_loss(
            scores, self.targets, self.weight, mean, score_gradient
        )
        return _Point(scores, loss, mean, score_gradient, self.weight)

    def gradient(self, theta, point):
        """The gradient of the loss alone (m, K), at the scores of `theta`."""
        if self._is_copied:
            return _kernels.column_products(*self._by_columns, point.score_gradient)
        gradient = self.objective.value_and_gradient(theta.ravel())[1]
        return self.shape(gradient) - self.penalty.l2[:, None] * theta

    @cached_property
    def free_intercepts(self):
        """Whether there are intercepts without a penalty and bounds."""
        last = self.penalty.of_features(slice(-1, None))
        penalised = last.l1[0] > 0 or last.l2[0] > 0
        return self.has_intercepts and not penalised and not last.bounded

    def polish_intercepts(self, theta, point):
        """Minimise over the intercepts alone, by Newton's method; return the point.

        The duality gap is one of weights at which Σᵢ ∂loss/∂scoreᵢ is zero. Intercepts
        of several classes have the sum zero.
        """
        if not self.free_intercepts:
            return point
        if len(point.scores) > 1:  # what all classes share changes no probability
            shared = theta[-1].mean()
            theta[-1] -= shared
            point = self.at(point.scores - shared)
        for _ in range(10):
            slope = point.score_gradient.sum(axis=1)
            if np.abs(slope).max() <= np.finfo(float).eps:
                break
            mean, curvature = point.curvature
            hessian = np.diag(curvature.sum(axis=1)) - curvature @ mean.T
            step = -np.linalg.lstsq(hessian, slope, rcond=1e-12)[0]
            trial = self.at(point.scores + step[:, None])
            if np.abs(trial.score_gradient.sum(axis=1)).max() >= np.abs(slope).max():
                break
            theta[-1] += step
            point = trial
        return point

    def working_set(self, theta, violations):
        """Features with weights and those that violate most; the intercepts."""
        n_features = self.n_features
        support = np.any(theta[:n_features] != 0, axis=1)
        violation = np.where(support, 0, violations[:n_features].max(axis=1))
        takes_part = violation > 0
        n_weights = np.count_nonzero(support)
        most = max(self._n_cheap - n_weights, n_weights)
        if np.count_nonzero(takes_part) > most:
            least = np.partition(violation[takes_part], -most)[-most]
            takes_part = violation >= least
        takes_part |= support
        chosen = np.flatnonzero(takes_part)
        if self.has_intercepts:
            chosen = np.append(chosen, n_features)
        return chosen

    def columns(self, chosen):
        """The chosen columns of [X, 1] as the kernels take them, and their means.

        Those of a dense X are measured from their means, if the intercept is free; else
        None.
        """
        if self.is_sparse:
            values, indices, starts, stops = self._by_columns
            return (values, indices, starts[chosen], stops[chosen]), None
        features = chosen[chosen < self.n_features]
        if self._is_copied:
            values = self._by_columns[0][chosen]
        else:
            values = np.ones((len(chosen), self.objective.n_rows))
            values[: len(features)] = self.objective.X[:, features].T
        means = None
        if self.free_intercepts:
            means = self._means[features]
            values[: len(features)] -= means[:, None]
        return (values, None, None, None), means

    def lower_bound(self, gradient, point):
        """Return a lower bound of the objective's minimum; −inf under bounds.

        A dual point is c·∂loss/∂scores with the largest c ≤ 1 that the penalty allows;
        there the conjugate of a log loss is minus the entropy of y + c·(p − y). An
        offset adds its product with the dual point.
        """
        if self.penalty.bounded:
            return -np.inf
        rows = slice(0, len(gradient) - self.free_intercepts)
        size = np.abs(gradient[rows])
        over = np.flatnonzero(size > self.penalty.l1[rows, None])
        size, rows = size.ravel()[over], over // len(point.mean)
        l1, l2 = self.penalty.l1[rows], self.penalty.l2[rows]
        fits, bounds = l1 / size, []
        hard = fits[l2 == 0]
        for c in {float(fits.min(initial=1.0)), float(hard.min(initial=1.0))}:
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
        """Σᵢ sᵢ·H(yᵢ + c·(pᵢ − yᵢ))."""
        q = np.clip(self.targets + c * (point.mean - self.targets), 0, 1)
        entropies = scipy.special.entr(q)
        if len(q) == 1:
            entropies = entropies + scipy.special.entr(1 - q)
        return float((entropies @ self.weight).sum())


def _targets(y, K):
    """Return a distribution a row, class by class (K, n), out of the loss's targets."""
    if y.ndim == 2:
        return np.ascontiguousarray(y.T, dtype=np.float64)
    return np.ascontiguousarray((y == np.arange(K)[:, None]).astype(np.float64))
