"""Margins of labelled rows as linear functions of weights, and programs over them."""

from dataclasses import dataclass

import numpy as np
import scipy.optimize
import scipy.sparse

from skmlp.base.label_encoding import n_scores

__all__ = ["TOLERANCE", "Margins", "greatest_least", "greatest_sum", "smallest_weights"]

# HiGHS meets its constraints to 1e-7; directions have entries up to one.
TOLERANCE = 1e-6
# Rows of the first linear program; rows that it leaves on the wrong side join it.
_FIRST_ROWS = 1000


@dataclass(frozen=True)
class Margins:
    """sᵢₖ = scoreᵢ of the row's class less scoreᵢₖ, for every other class k."""

    matrix: object  # (n, m): standardised columns of X, and one of ones
    labels: np.ndarray
    n_classes: int
    n_features: int

    @classmethod
    def of(cls, X, labels, n_classes, fit_intercept):
        """Columns in units of their deviation, which changes no separation."""
        n_features = X.shape[1]
        if scipy.sparse.issparse(X):
            X = X.toarray()
        centre = X.mean(axis=0) if fit_intercept else np.zeros(X.shape[1])
        largest = np.max(np.abs(X - centre), axis=0, initial=0)
        # A column that is constant but for rounding cannot separate anything.
        noise = 64 * np.finfo(np.float64).eps * np.abs(centre)
        X = np.where(largest > noise, X - centre, 0)
        X = X / np.where(largest > noise, largest, 1)
        deviation = np.sqrt(np.mean(X * X, axis=0))
        X = X / np.where(deviation > 0, deviation, 1)
        if fit_intercept:
            X = np.hstack([X, np.ones((len(X), 1))])
        return cls(X, labels, n_classes, n_features)

    @property
    def n_outputs(self):
        """Number of scores of a row: one for two classes."""
        return n_scores(self.n_classes)

    @property
    def n_weights(self):
        """Weights of all outputs."""
        return self.matrix.shape[1] * self.n_outputs

    @property
    def n_first(self):
        """Rows of the first linear program."""
        return max(_FIRST_ROWS, 5 * self.matrix.shape[1])

    @property
    def n_entries(self):
        """Coefficients in the constraints of the first linear program."""
        n_rows = min(len(self.labels), self.n_first)
        return n_rows * (self.n_classes - 1) * self.n_weights

    @property
    def of_features(self):
        """1 for every weight of a feature, 0 for one of an intercept (n_weights,)."""
        n_columns = self.matrix.shape[1]
        return np.tile((np.arange(n_columns) < self.n_features) * 1.0, self.n_outputs)

    @property
    def mean_margin(self):
        """What the weights are multiplied by in the mean of all margins."""
        if self.n_outputs == 1:
            signs = np.where(self.labels == 1, 1.0, -1.0)
            return signs @ self.matrix / len(signs)
        own = np.eye(self.n_classes)[self.labels]
        factors = own - (1 - own) / (self.n_classes - 1)
        return (factors.T @ self.matrix / len(own)).ravel()

    def spanned_by(self, rows):
        """Whether these rows span as much as all do."""
        if len(rows) == len(self.labels):
            return True
        gram = self.matrix.T @ self.matrix
        part = self.matrix[rows].T @ self.matrix[rows]
        rank = np.linalg.matrix_rank
        return rank(part, hermitian=True) == rank(gram, hermitian=True)

    def of_rows(self, rows):
        """The margins of some rows, as the rows of a matrix times all weights."""
        X, labels = self.matrix[rows], self.labels[rows]
        if self.n_outputs == 1:
            return X * np.where(labels == 1, 1.0, -1.0)[:, None]
        blocks, K = [], self.n_classes
        for label in range(K):
            own = X[labels == label]
            for other in range(K):
                if other != label:
                    row = np.zeros((1, K))
                    row[0, label], row[0, other] = 1, -1
                    blocks.append(scipy.sparse.csr_array(scipy.sparse.kron(row, own)))
        return scipy.sparse.vstack(blocks, format="csr")

    def of_weights(self, weights):
        """All rows' margins (n, K − 1), or (n, 1) for two classes."""
        if self.n_outputs == 1:
            return self.of_scores((self.matrix @ weights)[:, None])
        return self.of_scores(self.matrix @ weights.reshape(self.n_classes, -1).T)

    def of_scores(self, scores):
        """The margins that scores (n, n_outputs) mean."""
        if self.n_outputs == 1:
            return scores * np.where(self.labels == 1, 1, -1)[:, None]
        own = scores[np.arange(len(scores)), self.labels]
        others = np.arange(self.n_classes) != self.labels[:, None]
        return own[:, None] - scores[others].reshape(len(scores), -1)


def greatest_sum(margins):
    """Weights within ±1 whose margins are ≥ 0 and sum to the most; None for zero."""
    n, m = margins.shape
    cost = -np.asarray(margins.sum(axis=0)).ravel() / n
    found = _solve(cost, -scipy.sparse.csr_array(margins), np.zeros(n), [(-1, 1)] * m)
    return None if found is None or -found.fun <= TOLERANCE / n else found.x


def greatest_least(margins):
    """Weights within ±1 whose least margin is the greatest; None where it is zero."""
    n, m = margins.shape
    ones = scipy.sparse.csr_array(np.ones((n, 1)))
    constraints = scipy.sparse.hstack([-scipy.sparse.csr_array(margins), ones])
    cost, bounds = np.append(np.zeros(m), -1.0), [(-1, 1)] * m + [(0, None)]
    found = _solve(cost, constraints, np.zeros(n), bounds)
    return None if found is None or -found.fun <= TOLERANCE else found.x[:m]


def smallest_weights(margins, mean, costs, *, least):
    """Weights of the least Σ cost·|w| with margins ≥ `least` and a mean of one.

    `mean` (m,) are the weights' factors in the mean of all margins, and so in the
    program's only other constraint. None where HiGHS finds no such weights.
    """
    n, m = margins.shape
    rows = [scipy.sparse.csr_array(each) for each in (margins, mean[np.newaxis])]
    constraints = -scipy.sparse.vstack(rows)
    limits = -np.append(np.full(n, float(least)), 1.0)
    # Of w = p − q with p and q not negative.
    both = scipy.sparse.hstack([constraints, -constraints])
    found = _solve(np.tile(costs, 2), both, limits, [(0, None)] * (2 * m))
    return None if found is None else found.x[:m] - found.x[m:]


def _solve(cost, constraints, limits, bounds):
    """The least cost, or None where HiGHS finds none."""
    result = scipy.optimize.linprog(
        cost, A_ub=constraints, b_ub=limits, bounds=bounds, method="highs"
    )
    return None if result.x is None else result
