"""The mean loss of a network over rows, plus a penalty of its weights."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from skmlp._kernels import contiguous, threads_for
from skmlp._kernels.arrays import array_namespace
from skmlp.base.rows import ALL_ROWS, blocks, dense, scale, take
from skmlp.base.types import Array, Matrix, RowChoice
from skmlp.losses import Loss
from skmlp.network import Network
from skmlp.network.fused import FusedProblem, fuse
from skmlp.network.noise import NoiseKey
from skmlp.objective.base import TwiceDifferentiable
from skmlp.objective.fused_curvature import curvature_sums
from skmlp.objective.penalty import Penalty, strength_per_parameter

__all__ = ["EmpiricalRisk"]


@dataclass(frozen=True, eq=False)
class EmpiricalRisk(TwiceDifferentiable):
    """(Σᵢ sᵢ·ℓ(yᵢ, network(xᵢ)) + ½·l2·‖weights‖² + l1·‖weights‖₁) / Σᵢ sᵢ.

    The l2 penalty of the mean loss is thus l2 / Σᵢ sᵢ, over all rows or over a
    batch: scikit-learn's effective penalty for the MLP, and with l2 = 1/C for
    logistic regression. Over all rows l2 may also hold one strength for every
    parameter (n_parameters,). Where |w| has a kink, the gradient is the shortest of its
    subgradients. An `offset` (n, K) is added to the scores. Sums over rows
    are accumulated in float64.
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
        """Without what the kernels hold, which is made anew."""
        return {name: value for name, value in vars(self).items() if name != "_fused"}

    @property
    def n_rows(self) -> int:
        """The number of rows there are."""
        return self.X.shape[0]

    @property
    def noisy(self) -> bool:
        """Whether training disturbs the network."""
        return self.network.noise is not None

    @property
    def weights(self) -> slice:
        """The weights' part of the flat vector."""
        return slice(0, self.network.n_weights)

    def weight_matrices(self, parameters: Array) -> list[Array]:
        """Views of every layer's weights."""
        return self.network.unflatten(parameters)[0]

    def over(self, rows: Array) -> Self:
        """The same risk, over these rows alone."""
        if np.array_equal(np.sort(rows), np.arange(self.n_rows)):
            return self
        X, y, sample_weight = self._take(rows)
        offset = None if self.offset is None else take(self.offset, rows)
        return replace(self, X=X, y=y, sample_weight=sample_weight, offset=offset)

    @property
    def precision(self) -> float:
        """The relative rounding error of one evaluation: that of X."""
        return float(np.finfo(self.X.dtype).eps)

    @cached_property
    def total_weight(self) -> float:
        """Σᵢ sᵢ."""
        return _total(self.sample_weight, self.n_rows)

    @property
    def penalty(self) -> Penalty:
        """The strengths as one value."""
        return Penalty(self.l1, self.l2)

    @property
    def l2_per_parameter(self) -> Array:
        """The l2 strength of every parameter (n_parameters,)."""
        return strength_per_parameter(self.l2, self.network)

    def with_l2(self, l2: float | Array) -> Self:
        """Return the smooth risk of this l2 strength, without an l1 penalty.

        It shares the arrays that the kernels hold.
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
        """The objective over the rows asked for, and its gradient (flat).

        With a `noise_key`, the network's noise is on.
        """
        xp = array_namespace(parameters)
        fused = self.fused()
        if rows is ALL_ROWS and fused is not None and noise_key is None:
            total, gradient, weight = fused.sums(parameters)
            return self._penalised(parameters, total, gradient, weight)
        model = xp.astype(parameters, self.X.dtype, copy=False)
        if rows is ALL_ROWS:
            total, gradient, weight = self._sums_over_all_rows(
                model, parameters.dtype, noise_key
            )
        else:
            total, gradient, weight = self._sums(model, rows, noise_key)
        return self._penalised(parameters, total, gradient, weight)

    def _penalised(self, parameters, total, gradient, weight):
        """Return the penalised mean and its gradient, out of sums over rows."""
        return self.penalty.penalise(
            parameters, total, gradient, weight, n_weights=self.network.n_weights
        )

    def scores(self, parameters: Array) -> Array:
        """Raw scores of all rows (n, K)."""
        model = contiguous(parameters, self.X.dtype)
        fused = self.fused()
        if fused is not None:
            return fused.scores(model)
        return self._scores(model, ALL_ROWS)

    def _scores(self, model, rows):
        """Raw scores of some rows."""
        weights, intercepts = self.network.unflatten(model)
        scores = self.network.scores(weights, intercepts, take(self.X, rows))
        return self._shifted(scores, rows)

    def _shifted(self, scores, rows):
        """Scores and the rows' offset."""
        if self.offset is None:
            return scores
        return scores + take(self.offset, rows)

    @cached_property
    def _fused(self):
        if self.offset is not None:
            return None
        return fuse(self.network, self.loss, self.X, self.y, self.sample_weight)

    def fused(self) -> FusedProblem | None:
        """Itself as the kernels of whole runs take it, or None."""
        return self._fused

    def threads(self) -> AbstractContextManager[Any]:
        """For a solver's whole run: the threads that its products are worth."""
        # Without the kernels the products are NumPy's, and SciPy's own pool of threads,
        # which a solver there would wake, only gets in their way.
        return threads_for(0) if self._fused is None else self._fused.threads()

    def hessian(self, parameters: Array) -> Array:
        """Second derivative over all rows, for a network with no hidden layer."""
        if self.network.activations:
            raise ValueError(
                "Newton's method needs the Hessian, which only a network with no "
                "hidden layer has here; with hidden layers use solver='lbfgs'."
            )
        d, K = self.network.layer_sizes
        side = d + self.network.has_intercepts
        hessian: Array = np.zeros((side, K, side, K))
        model = parameters.astype(self.X.dtype, copy=False)
        for k, m, sums in self._curvature_sums(model):
            hessian[:, k, :, m] += sums
            if m < k:
                hessian[:, m, :, k] += sums
        # The flat vector is [weights; intercepts], a row a feature: (side, K).
        hessian = hessian.reshape(side * K, side * K)
        hessian[np.diag_indices_from(hessian)] += self.l2_per_parameter
        hessian /= self.total_weight
        return hessian

    def _curvature_sums(self, model):
        """(k, m ≤ k, Σᵢ curvatureₖₘ·[xᵢ, 1][xᵢ, 1]ᵀ) of the pairs of outputs."""
        fused = self.fused()
        if fused is not None:
            yield from curvature_sums(fused, model)
            return
        for rows in blocks(self.n_rows):
            X, y, sample_weight = self._take(rows)
            curvature = self.loss.curvature(y, self._scores(model, rows))
            if sample_weight is not None:
                curvature *= sample_weight[:, None, None]
            for k in range(curvature.shape[1]):
                for m in range(k + 1):
                    yield k, m, self._weighted_gram(X, curvature[:, k, m])

    def _weighted_gram(self, X, factors):
        """Σᵢ factorᵢ·[xᵢ, 1][xᵢ, 1]ᵀ, the ones only where there are intercepts."""
        weighted = scale(X, factors)
        second = dense(X.T @ weighted)
        if not self.network.has_intercepts:
            return second
        first = np.asarray(weighted.sum(axis=0)).reshape(-1, 1)
        return np.block([[second, first], [first.T, factors.sum(dtype=np.float64)]])

    def hessian_product(self, parameters: Array) -> Callable[[Array], Array]:
        """V -> H·v over all rows, for a network with no hidden layer."""
        model = parameters.astype(self.X.dtype, copy=False)
        curvatures = []
        for rows in blocks(self.n_rows):
            X, y, sample_weight = self._take(rows)
            curvature = self.loss.curvature_product(y, self._scores(model, rows))
            curvatures.append((X, sample_weight, curvature))

        def product(v):
            direction = v.astype(self.X.dtype, copy=False)
            total = self.l2_per_parameter * v
            for X, sample_weight, curvature in curvatures:
                step, pullback = self.network.forward(direction, X)
                change = curvature(step)
                if sample_weight is not None:
                    change *= sample_weight[:, None]
                total += pullback(change)
            return total / self.total_weight

        return product

    def flat_groups(self) -> Array:
        """Under softmax: the intercepts, and each feature's weights."""
        if not self.loss.shift_invariant:
            return super().flat_groups()
        n_parameters = self.network.n_parameters
        return np.arange(n_parameters).reshape(-1, self.network.layer_sizes[-1])

    def _sums_over_all_rows(self, model, dtype, noise_key=None):
        """Sums of losses, gradients and weights, block by block."""
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
        """Sums of losses, gradients and weights over the rows, the penalty apart."""
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
        """X, y and weights of the rows asked for."""
        sample_weight = self.sample_weight
        return (
            take(self.X, rows),
            take(self.y, rows),
            None if sample_weight is None else take(sample_weight, rows),
        )


def _total(sample_weight, n_rows):
    """Σᵢ sᵢ in float64; without weights, the number of rows."""
    if sample_weight is None:
        return float(n_rows)
    xp = array_namespace(sample_weight)
    return float(xp.sum(sample_weight, dtype=xp.float64))
