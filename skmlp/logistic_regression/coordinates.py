"""Coordinates in which a linear model is easier to fit.

`PreconditionedCoordinates` are parameters in which the curvature of the likelihood is
about equal in all directions.
"""

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.linalg
import scipy.sparse

from skmlp.base.rows import blocks
from skmlp.discriminant_analysis.class_statistics import ClassStatistics
from skmlp.losses.log_loss import is_log_loss
from skmlp.objective import ALL_ROWS, EmpiricalRisk, Objective
from skmlp.objective.penalty import divided

__all__ = ["PreconditionedCoordinates", "PreconditionedRisk"]

# Computing the factor takes one product of n_rows × n_features² operations, which the
# iterations that it saves soon repay.
_MAX_FACTORED_FEATURES = 1000
_MAX_FACTORED_FEATURES_SPARSE = 100  # X'X of a sparse X is dense if X has few columns
# Added to the diagonal of the correlation matrix: correlations that differ from ±1 by
# less than this are indistinguishable from rounding errors.
_JITTER = 1e-9
# As if losses other than the log loss had its largest curvature in every row.
_CURVATURE_OF_OTHERS = 0.25
_TINY = np.finfo(np.float64).tiny


@dataclass(frozen=True)
class PreconditionedCoordinates:
    """Parameters V in which the Hessian of the objective is near the identity.

    V = Lᵀ·W and v₀ = (b + μᵀW)/r, so that scores are (x − μ)ᵀ·L⁻ᵀ·V + r·v₀.

    L·Lᵀ is the Hessian of the objective with respect to the weights of one output, at
    given parameters: Σᵢ sᵢ·κᵢ·(xᵢ − μ)(xᵢ − μ)ᵀ / Σᵢ sᵢ plus the penalty. κᵢ is the
    mean of p·(1 − p) over the outputs of row i, μ the mean of the rows with weights
    sᵢ·κᵢ, and r⁻² the mean of κᵢ with weights sᵢ, plus the penalty of the intercept;
    without a factor, r² is multiplied by the mean curvature along the rows if that is
    above one, as with fewer rows than columns. The values of the objective do not
    change, and the units of the columns have no influence on the Hessian in V. L is
    S·C, with standard deviations S and a Cholesky factor C of the correlations; without
    a factor, L is S.
    """

    mean: np.ndarray  # (d,)
    scale: np.ndarray  # (d,)
    factor: np.ndarray | None  # C (d, d), lower triangular
    intercept_scale: float
    n_outputs: int
    has_intercepts: bool

    @classmethod
    def of(cls, objective, parameters, *, bounded=False, diagonal=False):
        """Return the coordinates for a log loss of linear scores near `parameters`.

        For many columns, and with `diagonal`, there is no factor. With `bounded`, the
        coordinates only scale the parameters, so that bounds of the parameters are
        bounds of V.
        """
        d, K = objective.network.layer_sizes
        has_intercepts = objective.network.has_intercepts
        centred = has_intercepts and objective.l2_per_parameter[-1] == 0 and not bounded
        sparse = scipy.sparse.issparse(objective.X)
        most = _MAX_FACTORED_FEATURES_SPARSE if sparse else _MAX_FACTORED_FEATURES
        factored = d <= most and not (bounded or diagonal)
        weight = _curvatures(objective, parameters)
        mean, moment = _mean_and_covariance(objective.X, weight, whole=factored)
        # Far from the minimum the mean curvature may be below the range of floats.
        kappa = max(float(weight.sum()) / objective.total_weight, _TINY)
        if not centred:
            moment = moment + (np.outer(mean, mean) if factored else mean**2)
            mean = np.zeros_like(mean)
        strengths = objective.l2_per_parameter
        penalty = divided(strengths[: d * K : K], objective.total_weight)
        variance = kappa * (np.diag(moment) if factored else moment) + penalty
        # A column without variance or penalty acts like the intercept.
        negligible = variance <= np.finfo(float).eps ** 2 * kappa * mean**2
        scale = np.sqrt(np.where(negligible, 1.0, variance))
        factor = None
        if factored:
            correlation = kappa * moment / scale[:, None] / scale
            correlation[np.diag_indices(d)] += penalty / scale**2 + _JITTER
            correlation[negligible, negligible] = 1
            with suppress(np.linalg.LinAlgError):  # without a factor, only scale
                factor = scipy.linalg.cholesky(correlation, lower=True)
        intercept = kappa
        if has_intercepts:
            intercept += float(divided(strengths[-1], objective.total_weight))
        if not (factored or bounded):
            # Curvature along the rows, on average; with few rows it is above one.
            trace = float(np.sum(kappa * moment / scale**2))
            intercept /= max(1.0, trace / objective.n_rows)
        return cls(mean, scale, factor, intercept**-0.5, K, has_intercepts)

    @cached_property
    def _inverse(self):
        """C⁻ᵀ, computed once, so that every iteration needs only a product with it."""
        d = len(self.scale)
        return np.asfortranarray(
            scipy.linalg.solve_triangular(self.factor, np.eye(d), lower=True).T
        )

    def _split(self, flat):
        """Return views of a flat vector: weights (d, K) and intercepts (K,) or (0,)."""
        n_weights = len(self.scale) * self.n_outputs
        weights = flat[:n_weights].reshape(-1, self.n_outputs)
        return weights, flat[n_weights:]

    def to_model(self, v):
        """Convert V to the model's parameters (both flat)."""
        parameters = np.array(v, dtype=np.float64)
        weights, intercepts = self._split(parameters)
        if self.factor is not None:
            weights[...] = self._multiply_by_inverse(weights, transposed=False)
        weights /= self.scale[:, None]
        if self.has_intercepts:
            intercepts *= self.intercept_scale
            intercepts -= self.mean @ weights
        return parameters

    def from_model(self, parameters):
        """Convert the model's parameters to V (both flat)."""
        v = np.array(parameters, dtype=np.float64)
        weights, intercepts = self._split(v)
        if self.has_intercepts:
            if self.mean.any():  # if not, weights may be infinite bounds
                intercepts += self.mean @ weights
            intercepts /= self.intercept_scale
        weights *= self.scale[:, None]
        if self.factor is not None:
            weights[...] = self.factor.T @ weights
        return v

    def gradient_to_v(self, gradient):
        """Convert the gradient with respect to the parameters to that for V (flat)."""
        v = np.array(gradient, dtype=np.float64)
        weights, intercepts = self._split(v)
        if self.has_intercepts:
            weights -= np.outer(self.mean, intercepts)
            intercepts *= self.intercept_scale
        weights /= self.scale[:, None]
        if self.factor is not None:
            weights[...] = self._multiply_by_inverse(weights, transposed=True)
        return v

    def gradient_to_model(self, gradient):
        """Convert the gradient with respect to V to that for the parameters (flat)."""
        v = np.array(gradient, dtype=np.float64)
        weights, intercepts = self._split(v)
        if self.factor is not None:
            weights[...] = self.factor @ weights
        weights *= self.scale[:, None]
        if self.has_intercepts:
            intercepts /= self.intercept_scale
            weights += np.outer(self.mean, intercepts)
        return v

    def _multiply_by_inverse(self, weights, *, transposed):
        """Return C⁻ᵀ·weights, or C⁻¹·weights if `transposed`, by SciPy's BLAS."""
        return scipy.linalg.blas.dgemm(
            1.0, self._inverse, weights.T, trans_a=transposed, trans_b=True
        )


@dataclass(frozen=True, eq=False)
class PreconditionedRisk(Objective):
    """Risk as a function of the coordinates V instead of the model's parameters."""

    risk: EmpiricalRisk
    coordinates: PreconditionedCoordinates

    @property
    def n_rows(self):
        """Number of rows of X."""
        return self.risk.n_rows

    @property
    def precision(self):
        """Relative rounding error of one evaluation of the risk."""
        return self.risk.precision

    def value_and_gradient(self, parameters, rows=ALL_ROWS):
        """Return the risk at V = `parameters`, and its gradient with respect to V."""
        model = self.coordinates.to_model(parameters)
        value, gradient = self.risk.value_and_gradient(model, rows)
        return value, self.coordinates.gradient_to_v(gradient)

    def gradient_size(self, gradient):
        """Return the largest absolute derivative with respect to a model parameter."""
        model_gradient = self.coordinates.gradient_to_model(gradient)
        return float(np.max(np.abs(model_gradient), initial=0.0))

    def threads(self):
        """Return a context manager that holds the threads during a run of a solver."""
        return self.risk.threads()


def _curvatures(objective, parameters):
    """Return the weighted curvature sᵢ·κᵢ of every row (n,), plus a tiny number.

    κᵢ is the mean of p·(1 − p) over the outputs of row i, or ¼ for other losses than
    the log loss. The tiny number keeps the sum over the rows positive.
    """

    def mean_curvature(scores):
        """Return the mean of p·(1 − p) over the outputs, of every row."""
        p = objective.loss.mean(scores)
        return np.mean(p * (1 - p), axis=1, dtype=np.float64)

    fused = objective.fused()
    if not is_log_loss(objective.loss):  # then no curvature is known that is positive
        kappa = np.full(objective.n_rows, _CURVATURE_OF_OTHERS)
    elif not parameters.any() and objective.offset is None:
        nothing = np.zeros((1, objective.network.layer_sizes[-1]))
        kappa = np.full(objective.n_rows, mean_curvature(nothing)[0])
    elif fused is None:
        kappa = mean_curvature(objective.scores(parameters))
    else:  # block by block, while the scores are in the cache
        kappa = fused.scores(parameters, finish=mean_curvature)
    if objective.sample_weight is not None:
        kappa = kappa * objective.sample_weight
    return kappa + _TINY


def _mean_and_covariance(X, weight, *, whole):
    """Return the weighted mean (d,) and covariance (d, d) of the rows.

    If not `whole`, return the diagonal of the covariance (d,) in its place.
    """
    if whole:
        labels = np.zeros(X.shape[0], dtype=np.int64)
        statistics = ClassStatistics.from_rows(X, labels, 1, weight)
        return statistics.mean, statistics.within_covariance
    share = weight / weight.sum()
    if scipy.sparse.issparse(X):
        mean = share @ X
        squares = np.square(X.data, dtype=np.float64)
        square = type(X)((squares, X.indices, X.indptr), shape=X.shape, copy=False)
        return mean, np.maximum(share @ square - mean**2, 0)
    mean, square = np.zeros(X.shape[1]), np.zeros(X.shape[1])
    shift = X[0].astype(np.float64)
    for rows in blocks(X.shape[0], 256):
        block = X[rows] - shift
        mean += share[rows] @ block
        block *= block  # in place: a second array of this size costs more than the rest
        square += share[rows] @ block
    return shift + mean, np.maximum(square - mean**2, 0)
