"""The empirical risk: mean loss of a network over rows, plus a penalty."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Self

import numpy as np

from skmlp._kernels import contiguous, threads_for
from skmlp._kernels.arrays import array_namespace
from skmlp.base.component import comparable
from skmlp.base.rows import ALL_ROWS, blocks, dense, fingerprint, scale, take
from skmlp.base.types import Array, Matrix, RowChoice
from skmlp.losses import Loss
from skmlp.network import Network
from skmlp.network.fused import FusedProblem, fuse
from skmlp.network.noise import NoiseKey
from skmlp.objective.base import TwiceDifferentiable
from skmlp.objective.fused_curvature import curvature_sums, has_compiled_curvature
from skmlp.objective.penalty import Penalty, divided, strength_per_parameter

__all__ = ["EmpiricalRisk", "mirror_lower_triangle"]

_MAX_CURVATURE = 1e150  # of a penalty; its square, and sums of such, are finite


@dataclass(frozen=True, eq=False)
class EmpiricalRisk(TwiceDifferentiable):
    """Mean loss of a network over weighted rows, plus an elastic-net penalty.

    The formula is (Σᵢ sᵢ·ℓ(yᵢ, network(xᵢ)) + ½·l2·‖weights‖² + l1·‖weights‖₁) / Σᵢ sᵢ.

    The l2 penalty of the mean loss is thus l2 / Σᵢ sᵢ, over all rows or over a batch,
    as scikit-learn has it: for the MLP with l2 = alpha, for logistic regression with
    l2 = 1/C. Over all rows l2 may also hold one strength per parameter (n_parameters,).
    At w = 0, where |w| has no derivative, the gradient is the shortest subgradient. An
    `offset` (n, K) is added to the scores. Sums over rows are accumulated in float64.
    """

    network: Network
    loss: Loss
    X: Matrix
    y: Array
    sample_weight: Array | None = None
    l2: float | np.ndarray = 0.0
    offset: Array | None = None
    l1: float = 0.0

    def __getstate__(self):
        """Return the attributes to pickle: all but `_fused`, which is built again."""
        return {name: value for name, value in vars(self).items() if name != "_fused"}

    @property
    def n_rows(self) -> int:
        """Number of rows of X, over which the mean is taken."""
        return self.X.shape[0]

    @property
    def noisy(self) -> bool:
        """True if training adds noise to the network."""
        return self.network.noise is not None

    @property
    def weights(self) -> slice:
        """Slice of the flat parameters that holds the weights."""
        return slice(0, self.network.n_weights)

    def weight_matrices(self, parameters: Array) -> list[Array]:
        """Return views of the weights (fan_in, fan_out), layer by layer."""
        return self.network.unflatten(parameters)[0]

    def over(self, rows: Array) -> Self:
        """Return the risk over these rows alone; `rows` are row numbers."""
        if np.array_equal(np.sort(rows), np.arange(self.n_rows)):
            return self
        X, y, sample_weight = self._take(rows)
        offset = None if self.offset is None else take(self.offset, rows)
        return replace(self, X=X, y=y, sample_weight=sample_weight, offset=offset)

    @property
    def precision(self) -> float:
        """Relative rounding error of one evaluation: that of the dtype of X."""
        return float(np.finfo(self.X.dtype).eps)

    @cached_property
    def total_weight(self) -> float:
        """Sum of the weights of all rows, Σᵢ sᵢ."""
        return _total(self.sample_weight, self.n_rows)

    @property
    def penalty(self) -> Penalty:
        """Penalty with the strengths `l1` and `l2`."""
        return Penalty(self.l1, self.l2)

    @property
    def l2_per_parameter(self) -> Array:
        """Strength of the l2 penalty for every parameter (n_parameters,)."""
        return strength_per_parameter(self.l2, self.network)

    @cached_property
    def penalty_curvature(self) -> Array:
        """Second derivative of the mean penalty for every parameter (n_parameters,).

        It is limited, so that sums of squares of steps stay finite.
        """
        return np.minimum(
            divided(self.l2_per_parameter, self.total_weight), _MAX_CURVATURE
        )

    def with_l2(self, l2: float | Array) -> Self:
        """Return the risk with this l2 strength and without an l1 penalty.

        It shares the arrays of the kernels with this risk.
        """
        other = replace(self, l2=l2, l1=0.0)
        if "_fused" in vars(self):
            vars(other)["_fused"] = self._fused
        return other

    def value_and_gradient(
        self,
        parameters: Array,
        rows: RowChoice = ALL_ROWS,
        noise_key: NoiseKey | None = None,
    ) -> tuple[float, Array]:
        """Return the penalised mean loss over `rows`, and its gradient.

        With a `noise_key`, the noise of the network is added.
        """
        fused = self.fused()
        if rows is ALL_ROWS and fused is not None and noise_key is None:
            total, gradient, weight = fused.sums(parameters)
            return self._penalised(parameters, total, gradient, weight)
        xp = array_namespace(parameters)
        model = xp.astype(parameters, self.X.dtype, copy=False)
        if rows is ALL_ROWS:
            total, gradient, weight = self._sums_over_all_rows(
                model, parameters.dtype, noise_key
            )
        else:
            total, gradient, weight = self._sums(model, rows, noise_key)
        return self._penalised(parameters, total, gradient, weight)

    def value_at(self, parameters: Array) -> float:
        """Return the penalised mean loss over all rows, without its gradient."""
        fused = self.fused()
        if fused is not None:
            total, weight = fused.loss_sums(parameters)
        else:
            sums = [self.loss_sums(parameters, rows) for rows in blocks(self.n_rows)]
            total, weight = map(sum, zip(*sums, strict=True))
        return self.mean_loss(parameters, total, weight)

    def loss_sums(self, parameters: Array, rows: RowChoice) -> tuple[float, float]:
        """Return the sums over `rows` of the weighted losses, and of the weights."""
        X, y, sample_weight = self._take(rows)
        model = contiguous(parameters, self.X.dtype)
        values, _ = self.loss.value_and_gradient(y, self._scores(model, rows))
        if sample_weight is not None:
            values = values * sample_weight
        total = float(np.sum(values, dtype=np.float64))
        return total, _total(sample_weight, X.shape[0])

    def mean_loss(self, parameters: Array, total: float, weight: float) -> float:
        """Return the penalised mean loss, given the sums of losses over some rows."""
        total *= self.total_weight / weight
        return self.penalty.penalised_value(
            parameters, total, self.total_weight, n_weights=self.network.n_weights
        )

    def value_of_zero_scores(self, rows: Array) -> float:
        """Return the mean loss over `rows` of a model whose scores are all zero."""
        X, y, sample_weight = self._take(rows)
        scores = np.zeros((X.shape[0], self.network.layer_sizes[-1]), self.X.dtype)
        values, _ = self.loss.value_and_gradient(y, self._shifted(scores, rows))
        weight = _total(sample_weight, X.shape[0])
        if sample_weight is not None:
            values = values * sample_weight
        return float(np.sum(values, dtype=np.float64)) / weight if weight else 0.0

    def comparable(self) -> tuple[Any, ...]:
        """Return a tuple that is equal (==) for risks that are one function."""
        network = self.network
        parts = (*network.activations, self.loss, self.l2, self.l1)
        arrays = (self.X, self.y, self.sample_weight, self.offset)
        return (
            *(network.layer_sizes, network.has_intercepts, network.noise),
            *map(comparable, parts),
            *map(fingerprint, arrays),
        )

    def _penalised(self, parameters, total, gradient, weight):
        """Return the penalised mean and its gradient, from sums over rows."""
        return self.penalty.penalise(
            parameters, total, gradient, weight, n_weights=self.network.n_weights
        )

    def scores(self, parameters: Array) -> Array:
        """Return the raw scores of all rows (n, K)."""
        model = contiguous(parameters, self.X.dtype)
        fused = self.fused()
        if fused is not None:
            return fused.scores(model)
        return self._scores(model, ALL_ROWS)

    def _scores(self, model, rows):
        """Return the raw scores of some rows, computed without compiled kernels."""
        weights, intercepts = self.network.unflatten(model)
        scores = self.network.scores(weights, intercepts, take(self.X, rows))
        return self._shifted(scores, rows)

    def _shifted(self, scores, rows):
        """Return the scores plus the offset of these rows, if there is one."""
        if self.offset is None:
            return scores
        return scores + take(self.offset, rows)

    @cached_property
    def _fused(self):
        """FusedProblem for the compiled kernels, or None if they cannot compute it."""
        if self.offset is not None:
            return None
        return fuse(self.network, self.loss, self.X, self.y, self.sample_weight)

    def with_moderate_weights(self) -> tuple[Self, int]:
        """Return an equal risk with weights s·2^−e, and the exponent e.

        It is zero unless the largest weight is beyond the fourth root of the range of
        its dtype: sums over rows would overflow, or quotients of them. l1 and l2 are
        divided by 2^e, too; they are limited to numbers with a finite square.
        """
        if self.sample_weight is None:
            return self, 0
        weights, limit = self.sample_weight, np.finfo(self.sample_weight.dtype).max
        largest = float(weights.max())
        if largest == 0 or float(limit) ** -0.25 <= largest <= float(limit) ** 0.25:
            return self, 0
        exponent = int(np.frexp(largest)[1])
        penalty = self.penalty.times_power(-exponent)
        moderate = replace(
            self,
            sample_weight=np.ldexp(weights, -exponent),
            l1=float(penalty.l1),
            l2=penalty.l2,
        )
        return moderate, exponent

    def fused(self) -> FusedProblem | None:
        """Return this risk prepared for the compiled kernels, or None."""
        return self._fused

    def threads(self) -> AbstractContextManager[Any]:
        """Return a context manager that holds the threads during a run of a solver."""
        # Without compiled kernels NumPy computes the products, on its own threads. The
        # solver would also start SciPy's BLAS threads, which only compete with those.
        return threads_for(0) if self._fused is None else self._fused.threads()

    def hessian(self, parameters: Array) -> Array:
        """Return the Hessian over all rows (n_parameters, n_parameters).

        It is the sum of [xᵢ, 1][xᵢ, 1]ᵀ times the curvature of each row's loss, which
        for a function of the user is found by graphs. It raises a ValueError for a
        network with hidden layers, and for a loss whose curvature cannot be found.
        """
        if self.network.activations:
            raise ValueError(
                "Newton's method needs the Hessian, which only a network with no "
                "hidden layer has here; with hidden layers use solver='lbfgs'."
            )
        K = self.network.layer_sizes[-1]
        model = parameters.astype(self.X.dtype, copy=False)
        (first, second), sums = self._curvature_sums(model)
        side = sums.shape[-1]
        # The flat vector is a matrix (side, K): a row per feature, then the intercepts.
        hessian: Array = sums[0]
        if K > 1:
            hessian = np.zeros((side, K, side, K))
            hessian[:, first, :, second] = sums
            hessian[:, second, :, first] = sums
            hessian = hessian.reshape(side * K, side * K)
        with np.errstate(over="ignore"):  # of squares of columns: the caller looks
            hessian /= self.total_weight
        hessian.reshape(-1)[:: side * K + 1] += self.penalty_curvature
        return mirror_lower_triangle(hessian)

    def _curvature_sums(self, model):
        """Return pairs of outputs, and their sums Σᵢ curvatureₖₘ·[xᵢ, 1][xᵢ, 1]ᵀ.

        The pairs are two lists, as `_output_pairs` returns them. Of the sums (n_pairs,
        side, side), only the lower triangles count.
        """
        d, K = self.network.layer_sizes
        fused = self.fused()
        if fused is not None and has_compiled_curvature(self.loss):
            pairs = _output_pairs(K, joined=fused.problem.joins_outputs)
            return pairs, curvature_sums(fused, model)
        pairs = _output_pairs(K, joined=True)
        side = d + self.network.has_intercepts
        sums = np.zeros((len(pairs[0]), side, side))
        for rows in blocks(self.n_rows):
            X, y, sample_weight = self._take(rows)
            curvature = self.loss.curvature(y, self._scores(model, rows))
            if sample_weight is not None:
                curvature *= sample_weight[:, None, None]
            for pair, (k, m) in enumerate(zip(*pairs, strict=True)):
                sums[pair] += self._weighted_gram(X, curvature[:, k, m])
        return pairs, sums

    def _weighted_gram(self, X, factors):
        """Return Σᵢ factorᵢ·[xᵢ, 1][xᵢ, 1]ᵀ; without intercepts, there are no ones."""
        weighted = scale(X, factors)
        second = dense(X.T @ weighted)
        if not self.network.has_intercepts:
            return second
        first = np.asarray(weighted.sum(axis=0)).reshape(-1, 1)
        return np.block([[second, first], [first.T, factors.sum(dtype=np.float64)]])

    def flat_groups(self) -> Array:
        """Return the groups of a softmax: the weights of a feature, and intercepts."""
        if not self.loss.shift_invariant:
            return super().flat_groups()
        n_parameters = self.network.n_parameters
        return np.arange(n_parameters).reshape(-1, self.network.layer_sizes[-1])

    def _sums_over_all_rows(self, model, dtype, noise_key=None):
        """Return the sums over all rows of losses, gradients and weights."""
        total, weight, gradient = 0.0, 0.0, None
        for rows in blocks(self.n_rows):
            here = noise_key and noise_key.at(rows.start or 0)
            block_total, block_gradient, block_weight = self._sums(model, rows, here)
            total, weight = total + block_total, weight + block_weight
            if gradient is None:
                gradient = array_namespace(model).astype(block_gradient, dtype)
            else:
                gradient += block_gradient
        return total, gradient, weight

    def _sums(self, model, rows, noise_key=None):
        """Return the sums over `rows` of losses, gradients and weights; no penalty."""
        X, y, sample_weight = self._take(rows)
        xp = array_namespace(model)
        scores, pullback = self.network.forward(model, X, noise_key)
        scores = self._shifted(scores, rows)
        values, score_gradient = self.loss.value_and_gradient(y, scores)
        if sample_weight is not None:
            values = values * sample_weight
            score_gradient *= sample_weight[:, None]
        total = float(xp.sum(values, dtype=xp.float64))
        return total, pullback(score_gradient), _total(sample_weight, X.shape[0])

    def _take(self, rows):
        """Return X, y and the weights of some rows."""
        sample_weight = self.sample_weight
        return (
            take(self.X, rows),
            take(self.y, rows),
            None if sample_weight is None else take(sample_weight, rows),
        )


def _total(sample_weight, n_rows):
    """Return Σᵢ sᵢ in float64; without weights, the number of rows."""
    if sample_weight is None:
        return float(n_rows)
    xp = array_namespace(sample_weight)
    return float(xp.sum(sample_weight, dtype=xp.float64))


@lru_cache(maxsize=64)
def _output_pairs(n_outputs, *, joined):
    """Return the outputs k and m of all pairs with m ≤ k, two lists.

    Without `joined`, only pairs of an output with itself have a sum that is not zero.
    """
    pairs = [(k, m) for k in range(n_outputs) for m in range(k + 1) if joined or m == k]
    first, second = zip(*pairs, strict=True)
    return list(first), list(second)


def mirror_lower_triangle(matrix):
    """Return a square matrix whose part above the diagonal is replaced, in place."""
    np.copyto(matrix, matrix.T.copy(), where=_above_diagonal(len(matrix)))
    return matrix


@lru_cache(maxsize=4)
def _above_diagonal(side):
    """Return True for the entries of a matrix (side, side) above the diagonal."""
    return np.triu(np.ones((side, side), dtype=bool), 1)
