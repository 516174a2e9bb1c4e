"""Newton steps for fewer rows than columns, in a space with a dimension per row."""

import numpy as np
import scipy.linalg
import scipy.sparse

from skmlp._kernels import threads_for
from skmlp.base.rows import dense
from skmlp.losses import BinaryLogLoss

__all__ = ["RowSpace"]

# Multiplications, for the products of all pairs of rows and seven steps, up to which
# Newton's method takes less time than L-BFGS.
_FAST_WORK = 5_000_000
_NOT_FINITE = "The system of a step has numbers that are not finite."
_MOST_ROWS = 4000  # a matrix of as many rows and columns has 128 MB


class RowSpace:
    """Space of the rows of a penalised risk with one score, for exact Newton steps.

    With a penalty Λ of all weights, the weights of the minimum are Λ⁻¹·Xᵀ·a with one
    number a per row. A Newton step is the solution of a system with one equation per
    row, whose matrix is I + D·G·D: D² are the curvatures of the rows' losses, and
    G = X·Λ⁻¹·Xᵀ. No eigenvalue is below one (Rasmussen and Williams 2006, section 3.4).
    With a free intercept, the columns of a dense X are centred.
    """

    def __init__(self, objective):
        n_rows, d = objective.X.shape
        curvature = objective.penalty_curvature
        self._penalty, self._intercept_penalty = curvature[:d], curvature[d:]
        self._mean, roots = np.zeros(d), np.sqrt(self._penalty)
        if scipy.sparse.issparse(objective.X):
            self._X = objective.X.astype(np.float64, copy=False)
            scaled = self._X.multiply(1 / roots).tocsr()
            self._gram = np.asfortranarray(dense(scaled @ scaled.T))
        else:
            X = np.ascontiguousarray(objective.X, dtype=np.float64)
            if objective.network.has_intercepts and not self._intercept_penalty.any():
                self._mean = X.mean(axis=0)
                X = X - self._mean
            self._X, factor = X, 1.0
            if self._penalty.min() == self._penalty.max():  # saves a copy of X
                factor = 1 / self._penalty[0]
            else:
                X = X / roots
            with threads_for(n_rows**2 * d):
                # Of the matrix, only the lower triangle is computed, and read.
                self._gram = scipy.linalg.blas.dsyrk(factor, X.T, trans=1, lower=1)

    @staticmethod
    def fits(objective):
        """Return True if a risk has a RowSpace of moderate size."""
        n_rows, (d, K) = objective.n_rows, objective.network.layer_sizes
        return (
            n_rows < min(d, _MOST_ROWS)
            and K == 1
            and type(objective.loss) is BinaryLogLoss
            and objective.loss.label_smoothing == 0
            and bool((objective.penalty_curvature[:d] > 0).all())
        )

    @staticmethod
    def is_fast(objective):
        """Return True if Newton's method in the RowSpace is faster than L-BFGS."""
        n_rows, d = objective.X.shape
        products = 0 if scipy.sparse.issparse(objective.X) else d // 2
        return n_rows**2 * (7 * n_rows // 3 + products) <= _FAST_WORK

    def step(self, objective, parameters, gradient):
        """Return the Newton step −H⁻¹·gradient at `parameters`.

        It raises LinAlgError if the step is not finite.
        """
        d = len(self._mean)
        weights, intercept = parameters[:d], parameters[d:]
        own = self._scores(weights)
        scores = own + (intercept.sum() + self._mean @ weights)
        if objective.offset is not None:
            scores += objective.offset[:, 0]
        p = objective.loss.mean(scores)
        share = 1 / objective.total_weight
        if objective.sample_weight is not None:
            share = objective.sample_weight / objective.total_weight
        slopes, curvatures = share * (p - objective.y[:, 0]), share * (p * (1 - p))
        sides = np.ones((len(own), 2), order="F")
        sides[:, 0] = scipy.linalg.blas.dsymv(1.0, self._gram, slopes, lower=1) + own
        change, ones = self._solve(np.sqrt(curvatures), sides).T
        moved, combination = 0.0, slopes - change
        if len(intercept):
            penalty = self._intercept_penalty[0]
            slope = slopes.sum() + penalty * intercept[0]
            curvature = ones.sum() + penalty
            if curvature > 0:
                moved = (change.sum() - slope) / curvature
            combination += moved * ones
        step = np.empty_like(parameters)
        step[:d] = -weights - self._combined(combination) / self._penalty
        step[d:] = moved - self._mean @ step[:d]
        if not np.isfinite(step).all():
            raise np.linalg.LinAlgError(_NOT_FINITE)
        return step

    def _scores(self, weights):
        """Return X·weights (n,)."""
        if scipy.sparse.issparse(self._X):
            return self._X @ weights
        return scipy.linalg.blas.dgemv(1.0, self._X.T, weights, trans=1)

    def _combined(self, shares):
        """Return Xᵀ·shares (d,), a combination of the rows."""
        if scipy.sparse.issparse(self._X):
            return self._X.T @ shares
        return scipy.linalg.blas.dgemv(1.0, self._X.T, shares)

    def _solve(self, roots, sides):
        """Return D·(I + D·G·D)⁻¹·D·sides, for the diagonal D `roots`."""
        matrix = self._gram * roots
        matrix *= roots[:, np.newaxis]
        np.einsum("ii->i", matrix)[...] += 1
        factor, failure = scipy.linalg.lapack.dpotrf(
            matrix, lower=1, clean=0, overwrite_a=1
        )
        if failure:
            raise np.linalg.LinAlgError(_NOT_FINITE)
        roots = roots[:, np.newaxis]
        return roots * scipy.linalg.lapack.dpotrs(factor, roots * sides, lower=1)[0]
