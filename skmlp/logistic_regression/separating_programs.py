"""Margins of labelled rows as linear functions of weights, and linear programs."""

from dataclasses import dataclass

import numpy as np
import scipy.optimize
import scipy.sparse

from skmlp.base.label_encoding import n_scores

__all__ = [
    "TOLERANCE",
    "Margins",
    "maximise_margin_sum",
    "maximise_smallest_margin",
    "minimise_absolute_weights",
]

# Margins below this count as zero: HiGHS meets its constraints to 1e-7, and the
# largest weight of a direction is one.
TOLERANCE = 1e-6
# Minimum number of rows in the first linear program; later programs add those rows that
# it misclassifies.
_FIRST_ROWS = 1000


@dataclass(frozen=True)
class Margins:
    """Margins of rows: score of the row's class minus the score of each other class.

    sᵢₖ = scoreᵢ,yᵢ − scoreᵢₖ for every k ≠ yᵢ; for two classes, ±scoreᵢ.
    """

    matrix: object  # (n, m): standardised columns of X, then ones if fit_intercept
    labels: np.ndarray  # (n,): class indices
    n_classes: int
    n_features: int

    @classmethod
    def of(cls, X, labels, n_classes, fit_intercept):
        """Return the margins of rows with standardised columns.

        Classes are separated by the columns of X if and only if they are by these.
        """
        n_features = X.shape[1]
        if scipy.sparse.issparse(X):
            X = X.toarray()
        size = np.max(np.abs(X), axis=0, initial=0)
        if size.max(initial=0) > np.finfo(X.dtype).max ** 0.5:  # sums could overflow
            X = np.ldexp(X, -np.frexp(size)[1])
        centre = X.mean(axis=0) if fit_intercept else np.zeros(X.shape[1])
        largest = np.max(np.abs(X - centre), axis=0, initial=0)
        # A column that is constant up to rounding errors cannot separate classes.
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
        """Number of scores of a row: one for two classes, else one per class."""
        return n_scores(self.n_classes)

    @property
    def n_weights(self):
        """Number of weights of all outputs."""
        return self.matrix.shape[1] * self.n_outputs

    @property
    def n_first_rows(self):
        """Number of rows of the first linear program."""
        return max(_FIRST_ROWS, 5 * self.matrix.shape[1])

    @property
    def n_entries(self):
        """Number of coefficients in the constraints of the first linear program."""
        n_rows = min(len(self.labels), self.n_first_rows)
        return n_rows * (self.n_classes - 1) * self.n_weights

    @property
    def feature_indicator(self):
        """Array (n_weights,): 1 for the weight of a feature, 0 for an intercept."""
        n_columns = self.matrix.shape[1]
        return np.tile((np.arange(n_columns) < self.n_features) * 1.0, self.n_outputs)

    @property
    def mean_margin_coefficients(self):
        """Coefficients (n_weights,) of the weights in the mean of all margins."""
        if self.n_outputs == 1:
            signs = np.where(self.labels == 1, 1.0, -1.0)
            return signs @ self.matrix / len(signs)
        own = np.eye(self.n_classes)[self.labels]
        factors = own - (1 - own) / (self.n_classes - 1)
        return (factors.T @ self.matrix / len(own)).ravel()

    def is_spanned_by(self, rows):
        """Return True if `rows` of the matrix span the row space of all rows."""
        if len(rows) == len(self.labels):
            return True
        gram = self.matrix.T @ self.matrix
        part = self.matrix[rows].T @ self.matrix[rows]
        rank = np.linalg.matrix_rank
        return rank(part, hermitian=True) == rank(gram, hermitian=True)

    def coefficients_of(self, rows):
        """Return the matrix A for which A·weights are the margins of `rows`."""
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

    def at_weights(self, weights):
        """Return the margins of all rows at `weights`: (n, K − 1)."""
        if self.n_outputs == 1:
            return self.at_scores((self.matrix @ weights)[:, None])
        return self.at_scores(self.matrix @ weights.reshape(self.n_classes, -1).T)

    def at_scores(self, scores):
        """Return the margins (n, K − 1) of all rows with `scores` (n, n_outputs)."""
        if self.n_outputs == 1:
            return scores * np.where(self.labels == 1, 1, -1)[:, None]
        own = scores[np.arange(len(scores)), self.labels]
        others = np.arange(self.n_classes) != self.labels[:, None]
        return own[:, None] - scores[others].reshape(len(scores), -1)


def maximise_margin_sum(margins):
    """Return weights in [−1, 1] with margins ≥ 0 that maximise the sum of the margins.

    Return None if the maximum is zero.
    """
    n, m = margins.shape
    cost = -np.asarray(margins.sum(axis=0)).ravel() / n
    found = _solve(cost, -scipy.sparse.csr_array(margins), np.zeros(n), [(-1, 1)] * m)
    return None if found is None or -found.fun <= TOLERANCE / n else found.x


def maximise_smallest_margin(margins):
    """Return weights in [−1, 1] that maximise the smallest margin.

    Return None if the maximum is zero.
    """
    n, m = margins.shape
    ones = scipy.sparse.csr_array(np.ones((n, 1)))
    constraints = scipy.sparse.hstack([-scipy.sparse.csr_array(margins), ones])
    cost, bounds = np.append(np.zeros(m), -1.0), [(-1, 1)] * m + [(0, None)]
    found = _solve(cost, constraints, np.zeros(n), bounds)
    return None if found is None or -found.fun <= TOLERANCE else found.x[:m]


def minimise_absolute_weights(margins, mean, costs, *, least):
    """Return weights that minimise Σ cost·|w|, with margins ≥ `least` of mean one.

    `mean` (m,) are the coefficients of the weights in the mean of all margins, the
    second constraint. Return None if HiGHS finds no such weights.
    """
    n, m = margins.shape
    rows = [scipy.sparse.csr_array(each) for each in (margins, mean[np.newaxis])]
    constraints = -scipy.sparse.vstack(rows)
    limits = -np.append(np.full(n, float(least)), 1.0)
    # The variables are p and q, with w = p − q and p, q ≥ 0.
    both = scipy.sparse.hstack([constraints, -constraints])
    found = _solve(np.tile(costs, 2), both, limits, [(0, None)] * (2 * m))
    return None if found is None else found.x[:m] - found.x[m:]


def _solve(cost, constraints, limits, bounds):
    """Return SciPy's result of a linear program, or None if HiGHS finds no minimum."""
    result = scipy.optimize.linprog(
        cost, A_ub=constraints, b_ub=limits, bounds=bounds, method="highs"
    )
    return None if result.x is None else result
