"""Newton steps for fewer rows than columns, computed in as many dimensions as rows."""

import numpy as np
import scipy.linalg
import scipy.sparse

from skmlp.base.rows import dense
from skmlp.losses import BinaryLogLoss
from skmlp.objective.fused_curvature import mirror_lower_triangle

__all__ = ["RowSpace"]

# Multiplications, for the products of all pairs of rows and seven steps, up to which
# Newton's method takes less time than L-BFGS.
_FAST_WORK = 5_000_000
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
        d = objective.X.shape[1]
        curvature = objective.penalty_curvature
        self._penalty, self._intercept_penalty = curvature[:d], curvature[d:]
        X, self._mean = objective.X.astype(np.float64, copy=False), np.zeros(d)
        free = objective.network.has_intercepts and not curvature[d:].any()
        if free and not scipy.sparse.issparse(X):
            self._mean = X.mean(axis=0)
            X = X - self._mean
        self._X = X
        roots = np.sqrt(self._penalty)
        if scipy.sparse.issparse(X):
            scaled = X.multiply(1 / roots).tocsr()
            self._gram = dense(scaled @ scaled.T)
        else:
            scaled = X / roots
            triangle = scipy.linalg.blas.dsyrk(1.0, scaled.T, trans=1, lower=1)
            self._gram = mirror_lower_triangle(triangle)
        self._diagonal = np.diag_indices(len(self._gram))

    @staticmethod
    def fits(objective):
        """Return True if a risk has a RowSpace of moderate size."""
        n_rows, (d, K) = objective.n_rows, objective.network.layer_sizes
        return (
            n_rows < min(d, _MOST_ROWS)
            and K == 1
            and type(objective.loss) is BinaryLogLoss
            and bool((objective.penalty_curvature[:d] > 0).all())
        )

    @staticmethod
    def is_fast(objective):
        """Return True if Newton's method in the RowSpace is faster than L-BFGS."""
        n_rows, d = objective.X.shape
        products = 0 if scipy.sparse.issparse(objective.X) else d // 2
        return n_rows**2 * (7 * n_rows // 3 + products) <= _FAST_WORK

    def step(self, objective, parameters, gradient):
        """Return the Newton step −H⁻¹·gradient at `parameters`."""
        d, W = len(self._mean), objective.total_weight
        weights, intercept = parameters[:d], parameters[d:]
        own = self._X @ weights
        scores = (own + intercept.sum() + self._mean @ weights)[:, np.newaxis]
        if objective.offset is not None:
            scores = scores + objective.offset
        _, slopes = objective.loss.value_and_gradient(objective.y, scores)
        curvatures = objective.loss.curvature(objective.y, scores)[:, 0, 0] / W
        slopes = slopes[:, 0] / W
        if objective.sample_weight is not None:
            slopes = slopes * objective.sample_weight
            curvatures = curvatures * objective.sample_weight
        solve = self._solver(np.sqrt(curvatures))
        change = solve(self._gram @ slopes + own)
        moved = 0.0
        combination = slopes - change
        if len(intercept):
            ones = solve(np.ones(len(own)))
            slope = slopes.sum() + (self._intercept_penalty * intercept).sum()
            curvature = ones.sum() + self._intercept_penalty.sum()
            if curvature > 0:
                moved = (change.sum() - slope) / curvature
            combination += moved * ones
        step = -weights - (self._X.T @ combination) / self._penalty
        return np.append(step, [moved - self._mean @ step] * len(intercept))

    def _solver(self, roots):
        """Return the function v -> D·(I + D·G·D)⁻¹·D·v, for the diagonal D `roots`."""
        matrix = roots[:, np.newaxis] * self._gram * roots
        matrix[self._diagonal] += 1
        factor, failure = scipy.linalg.lapack.dpotrf(matrix.T, lower=1, overwrite_a=1)
        if failure:
            raise np.linalg.LinAlgError("I + D·G·D has entries that are not finite.")

        def solve(v):
            return roots * scipy.linalg.lapack.dpotrs(factor, roots * v, lower=1)[0]

        return solve
