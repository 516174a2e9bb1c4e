"""Units of columns that are powers of two, so that changing them is exact."""

from dataclasses import dataclass, replace

import numpy as np
import scipy.linalg
import scipy.sparse

__all__ = ["ColumnUnits"]


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
        """The units that a risk's columns need, or None where they need none."""
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
        """The same risk of the parameters in units."""
        X, d = objective.X, objective.X.shape[1]
        if scipy.sparse.issparse(X):
            scaled = X.copy()
            scaled.data = np.ldexp(X.data, -self.exponents[X.indices])
        else:
            # Exact: entries of a column with an origin lie close to it.
            moved = X - self.origins.astype(X.dtype) if self.origins.any() else X
            scaled = np.ldexp(moved, -self.exponents[:d])
        l2 = self.penalties_in_units(objective.l2_per_parameter, power=2)
        return replace(objective, X=scaled, l2=l2)

    def penalties_in_units(self, strengths, *, power):
        """Strengths of |θ|^power -> those of the parameters in units."""
        largest = np.finfo(np.float64).max ** 0.5
        with np.errstate(over="ignore"):
            scaled = np.ldexp(strengths, -power * self._repeated())
        return np.minimum(scaled, largest)

    def bounds_in_units(self, bounds):
        """Bounds of weights, none of intercepts -> those in units."""
        return tuple(np.ldexp(bound, self._repeated()) for bound in bounds)

    def to_units(self, parameters):
        """The model's parameters -> those in units."""
        scaled = np.ldexp(parameters, self._repeated())
        if self.origins.any():
            scaled[-self.n_outputs :] += self._shift(parameters)
        return scaled

    def from_units(self, parameters):
        """Parameters in units -> the model's."""
        model = np.ldexp(parameters, -self._repeated())
        if self.origins.any():
            model[-self.n_outputs :] -= self._shift(model)
        return model

    def _repeated(self):
        return np.repeat(self.exponents, self.n_outputs)

    def _shift(self, model):
        """How scores change with the origins: cᵀW (n_outputs,)."""
        return self.origins @ model.reshape(-1, self.n_outputs)[: len(self.origins)]


def _widths_that_cancel(dtype):
    """From how many widths away a column's squares lose most digits of its width."""
    return float(np.finfo(dtype).eps) ** -0.375  # 7e5, or 400 in float32


def _is_moderate(X, limit):
    """Whether a glance at the entries of a sparse X tells that none is extreme."""
    if not scipy.sparse.issparse(X) or not X.nnz:
        return False
    size = np.abs(X.data)
    return size.max() <= limit and size.min() >= 1 / limit


def _extremes(X):
    """The least and the largest value of every column (d,); of a sparse X, with 0."""
    if scipy.sparse.issparse(X):
        low, high = (np.asarray(each.todense()) for each in (X.min(0), X.max(0)))
    else:
        low, high = X.min(axis=0), X.max(axis=0)
    return low.ravel().astype(np.float64), high.ravel().astype(np.float64)
