"""Units and origins of columns of extreme size, in which a linear model is fitted.

`ColumnUnits` rescales columns by powers of two, which is exact, so that their squares
neither overflow nor underflow.
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse

from skmlp.base.rows import blocks
from skmlp.base.text import listed

__all__ = ["ColumnUnits", "in_units_of_columns"]


@dataclass(frozen=True)
class ColumnUnits:
    """Scale 2^e and origin c of every column, for columns of extreme size or offset.

    A column is x = c + x'·2^e, so that W' = W·2^e and b' = b + cᵀW. The exponent e is
    nonzero only for columns whose largest absolute value is beyond the fourth root of
    the range of their dtype. The origin c is nonzero only if the intercept is not
    penalised, and only for columns so far from zero, compared with their width, that
    rounding errors of their squares would make them look constant. In a sparse X these
    columns store all their rows, and already those farther from zero than wide get an
    origin, since solvers do not centre sparse columns.

    Columns of subnormal numbers alone count as zeros: their coefficients would be
    beyond the range of the dtype.
    """

    exponents: np.ndarray  # e (m,), one per feature; 0 for the intercepts
    origins: np.ndarray  # c (d,)
    n_outputs: int
    subnormal: np.ndarray  # (d,), True for columns that count as zeros

    @classmethod
    def of(cls, objective, *, free_intercept=False):
        """Return the ColumnUnits of a risk's X, or None if no column needs scaling."""
        X = objective.X
        d, K = objective.network.layer_sizes
        limit = float(np.finfo(X.dtype).max) ** 0.25
        sparse = scipy.sparse.issparse(X)
        full = _full_columns(X) if free_intercept else np.zeros(d, dtype=bool)
        if sparse and not full.any() and _is_moderate(X, limit):
            return None
        low, high = _column_extremes(X)
        origins = np.zeros(d)
        if full.any():
            with np.errstate(over="ignore"):
                width = high - low
            width[width == 0] = 1.0  # a constant column: compare its value with 1
            farthest = 1.0 if sparse else _largest_distance_in_widths(X.dtype)
            nearest = np.minimum(np.abs(low), np.abs(high))
            is_far = full & (nearest / farthest > width)
            origins = np.where(is_far, low, 0.0)
        largest = np.maximum(high - origins, origins - low)
        subnormal = (largest < np.finfo(X.dtype).smallest_normal) & (largest > 0)
        extreme = (largest > limit) | ((largest < 1 / limit) & (largest > 0))
        if not (extreme.any() or origins.any()):
            return None
        n_groups = objective.network.n_parameters // K
        exponents = np.zeros(n_groups, dtype=int)
        exponents[:d] = np.where(extreme & ~subnormal, np.frexp(largest)[1], 0)
        return cls(exponents, origins, K, subnormal)

    def rescale(self, objective):
        """Return the unpenalised risk with the scaled columns x' in place of x."""
        X, d = objective.X, objective.X.shape[1]
        # Exact, since all entries of a column with an origin are close to it.
        origins = self.origins.astype(X.dtype)
        if scipy.sparse.issparse(X):
            scaled = X.copy()
            scaled.sum_duplicates()  # an origin is subtracted once from each row
            columns = scaled.indices
            moved = scaled.data - origins[columns]
            moved[self.subnormal[columns]] = 0
            scaled.data = np.ldexp(moved, -self.exponents[columns])
        else:
            moved = X - origins if self.origins.any() else X
            scaled = np.ldexp(moved, -self.exponents[:d])
            scaled[:, self.subnormal] = 0
        return replace(objective, X=scaled)

    @property
    def exponents_per_parameter(self):
        """Exponent e of the column of every parameter (n_parameters,)."""
        return np.repeat(self.exponents, self.n_outputs)

    def from_model(self, parameters):
        """Convert the model's parameters to those of the scaled columns."""
        scaled = np.ldexp(parameters, self.exponents_per_parameter)
        if self.origins.any():
            scaled[-self.n_outputs :] += self._shift(parameters)
        return scaled

    def to_model(self, parameters):
        """Convert parameters of the scaled columns to the model's parameters.

        Those beyond the range of float64 become its largest number.
        """
        with np.errstate(over="ignore"):
            model = np.ldexp(parameters, -self.exponents_per_parameter)
        largest = np.finfo(np.float64).max
        model = np.clip(model, -largest, largest)
        if self.origins.any():
            model[-self.n_outputs :] -= self._shift(model)
        return model

    def _shift(self, model):
        """Return the change of the scores due to the origins: cᵀW (n_outputs,)."""
        return self.origins @ model.reshape(-1, self.n_outputs)[: len(self.origins)]


def in_units_of_columns(minimise, loss, start, penalty, iterations):
    """Return the Minimum that `minimise` finds, with columns of extreme size scaled."""
    free = loss.network.has_intercepts and penalty.l1[-1] == penalty.l2[-1] == 0
    units = ColumnUnits.of(loss, free_intercept=free)
    # Solvers shorten steps until the objective and its gradient are finite.
    with np.errstate(over="ignore", invalid="ignore"):
        if units is None:
            return minimise(loss, start, penalty)
        return _minimise_in(units, minimise, loss, start, penalty, iterations)


def _minimise_in(units, minimise, loss, start, penalty, iterations):
    """Return the Minimum that `minimise` finds in these units of the columns."""
    scaled = units.rescale(loss)
    inside = penalty.in_units(units.exponents_per_parameter)
    with iterations.translating(units):
        minimum = minimise(scaled, units.from_model(start), inside)
    parameters = units.to_model(minimum.parameters)
    dtype = loss.X.dtype
    largest = float(np.finfo(dtype).max)
    beyond = np.abs(parameters) >= largest
    if not beyond.any():
        return replace(minimum, parameters=parameters)
    parameters = np.clip(parameters, -largest, largest)
    K = loss.network.layer_sizes[-1]
    columns = np.unique(np.flatnonzero(beyond) // K)
    named = ["the intercept" if j == loss.X.shape[1] else f"{j}" for j in columns]
    value, gradient = scaled.with_l2(inside.l2).value_and_gradient(
        units.from_model(parameters)
    )
    return replace(
        minimum,
        parameters=parameters,
        value=value,
        gradient_norm=float(np.abs(gradient).max()),
        converged=False,
        message=(
            f"the best coefficients of the columns {listed(named)} are beyond the "
            f"range of {dtype}, so scale X, for example by StandardScaler"
        ),
    )


def _largest_distance_in_widths(dtype):
    """Return the largest distance / width of a column for which squares are accurate.

    Farther away, the mean square less the squared mean has lost most of the digits of
    a column's width.
    """
    return float(np.finfo(dtype).eps) ** -0.375  # 7e5, or 400 in float32


def _full_columns(X):
    """Return True for every column of which all rows are stored (d,)."""
    n_rows, d = X.shape
    if not scipy.sparse.issparse(X):
        return np.ones(d, dtype=bool)
    if X.nnz < n_rows:
        return np.zeros(d, dtype=bool)
    return np.bincount(X.indices, minlength=d) >= n_rows


def _is_moderate(X, limit):
    """Return True if no stored |entry| of a sparse X is outside [1/limit, limit]."""
    # In blocks: new memory for all entries takes longer to get than to compare them.
    sizes = (np.abs(X.data[part]) for part in blocks(X.nnz, 2**14))
    return X.nnz > 0 and all(
        size.max() <= limit and size.min() >= 1 / limit for size in sizes
    )


def _column_extremes(X):
    """Return the smallest and the largest value of every column, two arrays (d,)."""
    if scipy.sparse.issparse(X):
        low, high = (np.asarray(each.todense()) for each in (X.min(0), X.max(0)))
    else:
        low, high = X.min(axis=0), X.max(axis=0)
    return low.ravel().astype(np.float64), high.ravel().astype(np.float64)
