"""Coordinates in which a linear model is easy to fit.

First units of the columns that are powers of two, so that changing them is exact, for
columns whose squares would not be; then coordinates in which the likelihood is curved
alike in all directions.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.linalg
import scipy.sparse

from skmlp.base.rows import blocks
from skmlp.discriminant_analysis.class_statistics import ClassStatistics
from skmlp.objective import ALL_ROWS, EmpiricalRisk, Objective

__all__ = ["ColumnUnits", "Coordinates", "RiskInCoordinates"]

# The factor's cost of one product of n_rows × n_features² is soon won back.
_MOST_FACTORED = 1000
_MOST_FACTORED_SPARSE = 100  # among few columns a sparse product is not sparse
# Correlations closer to one than this are left as they are: rounding is as large.
_JITTER = 1e-9


@dataclass(frozen=True)
class ColumnUnits:
    """Units and origins that bring columns into the range where squares are exact.

    A column is x = c + x'·2^e, so that W' = W·2^e and b' = b + cᵀW. Only columns whose
    largest absolute value is beyond the fourth root of the range of numbers get an e,
    and a c only dense ones that are farther from zero than rounding lets squares tell
    from a constant, where the intercept is free.
    """

    exponents: np.ndarray  # (m,), a row a feature; 0 for the intercepts
    origins: np.ndarray  # (d,)
    n_outputs: int

    @classmethod
    def of(cls, objective, *, free_intercept=False):
        """Return the units that a risk's columns need, or None where they need none."""
        X = objective.X
        d, K = objective.network.layer_sizes
        limit = float(np.finfo(X.dtype).max) ** 0.25
        if _is_moderate(X, limit):
            return None
        low, high = _extremes(X)
        origins = np.zeros(d)
        if free_intercept and not scipy.sparse.issparse(X):
            with np.errstate(over="ignore"):
                width = high - low
            width[width == 0] = 1.0  # a constant is compared with the ones
            nearest = np.minimum(np.abs(low), np.abs(high))
            origins = np.where(nearest / _widths_that_cancel(X.dtype) > width, low, 0.0)
        largest = np.maximum(high - origins, origins - low)
        extreme = (largest > limit) | ((largest < 1 / limit) & (largest > 0))
        if not (extreme.any() or origins.any()):
            return None
        n_groups = objective.network.n_parameters // K
        exponents = np.zeros(n_groups, dtype=int)
        exponents[:d] = np.where(extreme, np.frexp(largest)[1], 0)
        return cls(exponents, origins, K)

    def rescale(self, objective):
        """Return the risk, without a penalty, of the parameters in units."""
        X, d = objective.X, objective.X.shape[1]
        if scipy.sparse.issparse(X):
            scaled = X.copy()
            scaled.data = np.ldexp(X.data, -self.exponents[X.indices])
        else:
            # Exact: entries of a column with an origin lie close to it.
            moved = X - self.origins.astype(X.dtype) if self.origins.any() else X
            scaled = np.ldexp(moved, -self.exponents[:d])
        return replace(objective, X=scaled)

    @property
    def exponents_per_parameter(self):
        """The exponents of a flat vector (n_parameters,)."""
        return np.repeat(self.exponents, self.n_outputs)

    def from_model(self, parameters):
        """Return the model's parameters in units."""
        scaled = np.ldexp(parameters, self.exponents_per_parameter)
        if self.origins.any():
            scaled[-self.n_outputs :] += self._shift(parameters)
        return scaled

    def to_model(self, parameters):
        """Return the model's parameters, out of those in units."""
        model = np.ldexp(parameters, -self.exponents_per_parameter)
        if self.origins.any():
            model[-self.n_outputs :] -= self._shift(model)
        return model

    def _shift(self, model):
        """Return how scores change with the origins: cᵀW (n_outputs,)."""
        return self.origins @ model.reshape(-1, self.n_outputs)[: len(self.origins)]


@dataclass(frozen=True)
class Coordinates:
    """V = Lᵀ·W and v₀ = (b + μᵀW)/r, so that scores are (x − μ)ᵀ·L⁻ᵀ·V + r·v₀.

    L·Lᵀ is the curvature of the objective by the weights of one output, at some
    parameters: Σᵢ sᵢ·κᵢ·(xᵢ − μ)(xᵢ − μ)ᵀ / Σᵢ sᵢ plus the penalty. κᵢ is the mean of
    p·(1 − p) over the outputs of row i, μ the mean of the rows by the weights sᵢ·κᵢ and
    r⁻² that of κᵢ. In V the objective is the same, but its curvature is near the
    identity, whatever the units of the columns. L is S·C, with standard deviations S
    and a Cholesky factor C of the correlations; without a factor, S alone.
    """

    mean: np.ndarray  # (d,)
    scale: np.ndarray  # (d,)
    factor: np.ndarray | None  # C (d, d), lower triangular
    intercept_scale: float
    n_outputs: int
    has_intercepts: bool

    @classmethod
    def of(cls, objective, parameters, *, bounded=False):
        """Return those that suit a log loss of linear scores around these parameters.

        The factor is left out for many columns. With `bounded` only scales are
        left, so that bounds of the parameters are bounds of V.
        """
        d, K = objective.network.layer_sizes
        has_intercepts = objective.network.has_intercepts
        centred = has_intercepts and objective.l2_per_parameter[-1] == 0 and not bounded
        sparse = scipy.sparse.issparse(objective.X)
        most = _MOST_FACTORED_SPARSE if sparse else _MOST_FACTORED
        factored = d <= most and not bounded
        weight = _curvatures(objective, parameters)
        mean, moment = _mean_and_covariance(objective.X, weight, whole=factored)
        kappa = float(weight.sum()) / objective.total_weight
        if not centred:
            moment = moment + (np.outer(mean, mean) if factored else mean**2)
            mean = np.zeros_like(mean)
        penalty = objective.l2_per_parameter[: d * K : K] / objective.total_weight
        variance = kappa * (np.diag(moment) if factored else moment) + penalty
        # A column without variance or penalty moves nothing but the intercept.
        negligible = variance <= np.finfo(float).eps ** 2 * kappa * mean**2
        scale = np.sqrt(np.where(negligible, 1.0, variance))
        factor = None
        if factored:
            correlation = kappa * moment / scale[:, None] / scale
            correlation[np.diag_indices(d)] += penalty / scale**2 + _JITTER
            correlation[negligible, negligible] = 1
            factor = scipy.linalg.cholesky(correlation, lower=True)
        return cls(mean, scale, factor, kappa**-0.5, K, has_intercepts)

    @cached_property
    def _inverse(self):
        """C⁻ᵀ, so that what is done in every iteration is a product."""
        d = len(self.scale)
        return np.asfortranarray(
            scipy.linalg.solve_triangular(self.factor, np.eye(d), lower=True).T
        )

    def _split(self, flat):
        """Views of a flat vector: weights (d, K) and intercepts (K,), maybe none."""
        n_weights = len(self.scale) * self.n_outputs
        weights = flat[:n_weights].reshape(-1, self.n_outputs)
        return weights, flat[n_weights:]

    def to_model(self, v):
        """Return the model's parameters at V (both flat)."""
        parameters = np.array(v, dtype=np.float64)
        weights, intercepts = self._split(parameters)
        if self.factor is not None:
            weights[...] = self._times(weights, transposed=False)
        weights /= self.scale[:, None]
        if self.has_intercepts:
            intercepts *= self.intercept_scale
            intercepts -= self.mean @ weights
        return parameters

    def from_model(self, parameters):
        """Return V at the model's parameters (both flat)."""
        v = np.array(parameters, dtype=np.float64)
        weights, intercepts = self._split(v)
        if self.has_intercepts:
            if self.mean.any():  # else weights may be bounds, and infinite
                intercepts += self.mean @ weights
            intercepts /= self.intercept_scale
        weights *= self.scale[:, None]
        if self.factor is not None:
            weights[...] = self.factor.T @ weights
        return v

    def gradient_to_v(self, gradient):
        """∂/∂parameters -> ∂/∂V (both flat)."""
        v = np.array(gradient, dtype=np.float64)
        weights, intercepts = self._split(v)
        if self.has_intercepts:
            weights -= np.outer(self.mean, intercepts)
            intercepts *= self.intercept_scale
        weights /= self.scale[:, None]
        if self.factor is not None:
            weights[...] = self._times(weights, transposed=True)
        return v

    def gradient_to_model(self, gradient):
        """∂/∂V -> ∂/∂parameters (both flat)."""
        v = np.array(gradient, dtype=np.float64)
        weights, intercepts = self._split(v)
        if self.factor is not None:
            weights[...] = self.factor @ weights
        weights *= self.scale[:, None]
        if self.has_intercepts:
            intercepts /= self.intercept_scale
            weights += np.outer(self.mean, intercepts)
        return v

    def _times(self, weights, *, transposed):
        """C⁻ᵀ or its transpose times weights, by the BLAS that the solvers use."""
        return scipy.linalg.blas.dgemm(
            1.0, self._inverse, weights.T, trans_a=transposed, trans_b=True
        )


@dataclass(frozen=True, eq=False)
class RiskInCoordinates(Objective):
    """A risk as a function of V; its optimum is the same."""

    risk: EmpiricalRisk
    coordinates: Coordinates

    @property
    def n_rows(self):
        """The number of rows there are."""
        return self.risk.n_rows

    @property
    def precision(self):
        """The relative rounding error of one evaluation."""
        return self.risk.precision

    def value_and_gradient(self, parameters, rows=ALL_ROWS):
        """The risk at the model of these coordinates, and its gradient by them."""
        model = self.coordinates.to_model(parameters)
        value, gradient = self.risk.value_and_gradient(model, rows)
        return value, self.coordinates.gradient_to_v(gradient)

    def gradient_size(self, gradient):
        """The largest absolute entry of the gradient by the model's parameters."""
        model_gradient = self.coordinates.gradient_to_model(gradient)
        return float(np.max(np.abs(model_gradient), initial=0.0))

    def hessian_product(self, parameters):
        """V -> Hessian · V, at these parameters."""
        product = self.risk.hessian_product(self.coordinates.to_model(parameters))
        to_model = self.coordinates.to_model
        return lambda v: self.coordinates.gradient_to_v(product(to_model(v)))

    def threads(self):
        """For a solver's whole run: the threads that its products are worth."""
        return self.risk.threads()


def _widths_that_cancel(dtype):
    """Return how many widths away squares of a column lose most digits of its width."""
    return float(np.finfo(dtype).eps) ** -0.375  # 7e5, or 400 in float32


def _is_moderate(X, limit):
    """Return whether X is sparse and its stored entries are all of moderate size."""
    if not scipy.sparse.issparse(X) or not X.nnz:
        return False
    size = np.abs(X.data)
    return size.max() <= limit and size.min() >= 1 / limit


def _extremes(X):
    """Return the least and the largest value of every column (d,)."""
    if scipy.sparse.issparse(X):
        low, high = (np.asarray(each.todense()) for each in (X.min(0), X.max(0)))
    else:
        low, high = X.min(axis=0), X.max(axis=0)
    return low.ravel().astype(np.float64), high.ravel().astype(np.float64)


def _curvatures(objective, parameters):
    """sᵢ·κᵢ of every row (n,), not all of them zero."""

    def mean_curvature(scores):
        p = objective.loss.mean(scores)
        return np.mean(p * (1 - p), axis=1, dtype=np.float64)

    fused = objective.fused()
    if not parameters.any() and objective.offset is None:
        nothing = np.zeros((1, objective.network.layer_sizes[-1]))
        kappa = np.full(objective.n_rows, mean_curvature(nothing)[0])
    elif fused is None:
        kappa = mean_curvature(objective.scores(parameters))
    else:  # block by block, as scores lie in the cache
        kappa = fused.scores(parameters, finish=mean_curvature)
    if objective.sample_weight is not None:
        kappa = kappa * objective.sample_weight
    return kappa + np.finfo(np.float64).tiny


def _mean_and_covariance(X, weight, *, whole):
    """Return the weighted mean of the rows and their covariance, or its diagonal."""
    if whole:
        labels = np.zeros(X.shape[0], dtype=np.int64)
        statistics = ClassStatistics.from_rows(X, labels, 1, weight)
        return statistics.mean, statistics.within_covariance
    share = weight / weight.sum()
    if scipy.sparse.issparse(X):
        mean = share @ X
        square = X.copy()
        square.data = square.data.astype(np.float64) ** 2
        return mean, np.maximum(share @ square - mean**2, 0)
    mean, square = np.zeros(X.shape[1]), np.zeros(X.shape[1])
    shift = X[0].astype(np.float64)
    for rows in blocks(X.shape[0], 256):
        block = X[rows] - shift
        mean += share[rows] @ block
        square += share[rows] @ block**2
    return shift + mean, np.maximum(square - mean**2, 0)
