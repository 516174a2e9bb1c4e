"""Checks that need only X and y: scales of columns, constant and duplicate columns.

They are run when a fit has gone wrong, to find out whether the data are the cause.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import scipy.sparse

from skmlp.base.rows import ALL_ROWS, cache_blocks, take
from skmlp.base.types import Array, Matrix

__all__ = [
    "ColumnScales",
    "column_scales",
    "constant_columns",
    "duplicate_columns",
    "unscaled_columns",
    "unscaled_positive_targets",
    "unscaled_targets",
]

# A column is large if its root mean square is above this: a standardised column has 1.
_LARGE = 10
# A column is far from zero if its mean is above this number, and above this number of
# deviations; or if no value is further from the mean than this share of it.
_FAR, _NARROW = 5, 0.1
# A column is small if no value is further from its mean than this, and than this share
# of the largest deviation of a column. (Rare categories have values as far as 1.)
_SMALL = 0.05
# All columns are small if none has a larger deviation, or a value further from its mean
# than this. Columns from 0 to 1 have larger ones. Many columns may have smaller ones:
# of rows of length one, and in general if the root of the sum of the variances is above
# the third number, the scores of the first units are not small.
_ALL_SMALL, _ALL_SMALL_RANGE, _SHORT = 0.1, 0.25, 0.5
# Differences below this many units of rounding, of a column's own mean and of the
# largest column, are rounding errors: of the column, or of products that made it.
_OWN_ROUNDING, _ROUNDING = 16, 1000
# Targets are scaled well if their deviation is between these, and their mean not above.
_SMALL_TARGET, _LARGE_TARGET = 0.1, 10

# Stored entries of a sparse matrix that are read at once.
_ENTRIES_AT_ONCE = 2**15

# Scales near the largest number overflow to infinity, which is as bad as they are.
_may_overflow = np.errstate(over="ignore", invalid="ignore", divide="ignore")


@dataclass(frozen=True)
class ColumnScales:
    """Scales of the columns of a matrix.

    Parameters
    ----------
    names : sequence of str or None
        Names of the columns; None if they have no names.
    mean, deviation, lowest, highest : ndarray of shape (n_columns,)
        Mean, standard deviation and extreme values of every column, in float64.
    precision : float
        Relative rounding error of the dtype of the matrix.
    is_sparse : bool
        Whether the matrix is sparse. Its columns are not centred, as this would fill
        their zeros.
    """

    names: Sequence[str] | None
    mean: Array
    deviation: Array
    lowest: Array
    highest: Array
    precision: float
    is_sparse: bool = False

    def __len__(self) -> int:
        """Return the number of columns."""
        return len(self.mean)

    @cached_property
    def size(self) -> Array:
        """Root mean square of every column (n_columns,)."""
        return np.hypot(self.mean, self.deviation)

    @cached_property
    def reach(self) -> Array:
        """Largest distance of a value from the mean, for every column (n_columns,)."""
        return np.maximum(self.highest - self.mean, self.mean - self.lowest)

    @_may_overflow
    def in_common_unit(self) -> ColumnScales:
        """Return the scales of the matrix divided by the median size of its columns.

        They show differences between columns only, for models that a common factor of
        all columns does not change.
        """
        varies = self.deviation > 0
        unit = np.median(self.size[varies]) if varies.any() else 1.0
        names = ("mean", "deviation", "lowest", "highest")
        return replace(self, **{name: getattr(self, name) / unit for name in names})

    def name_of(self, column: int) -> str:
        """Return the name of a column in quotes, or its number from 0."""
        if self.names is None:
            return f"column {column}"
        return repr(str(self.names[column]))

    def describe(self, column: int) -> str:
        """Return the name, mean and standard deviation of a column as text."""
        mean, deviation = self.mean[column], self.deviation[column]
        return f"{self.name_of(column)} (mean {mean:.3g}, deviation {deviation:.3g})"


def column_scales(X: Matrix, names: Sequence[str] | None = None) -> ColumnScales:
    """Return the ColumnScales of a dense or sparse matrix.

    Parameters
    ----------
    X : {ndarray, CSR matrix} of shape (n_rows, n_columns)
        Finite numbers; at least one row.
    names : sequence of str, optional
        Names of the columns.
    """
    first, *others = [ALL_ROWS] if scipy.sparse.issparse(X) else cache_blocks(*X.shape)
    with np.errstate(over="ignore", invalid="ignore"):
        count, mean, square, lowest, highest = _moments(take(X, first))
        for rows in others:
            here, block_mean, block_square, low, high = _moments(X[rows])
            lowest, highest = np.minimum(lowest, low), np.maximum(highest, high)
            # Sums of squares around the means of two parts (Chan et al. 1983).
            step = block_mean - mean
            square += block_square + step * step * (count * here / (count + here))
            count += here
            mean += step * (here / count)
        deviation = np.sqrt(square / count)
        # Squares above 1e308 overflow: half the range is large enough to tell.
        too_large = ~np.isfinite(deviation + mean)
        if too_large.any():
            half_low, half_high = lowest[too_large] / 2, highest[too_large] / 2
            deviation[too_large] = half_high - half_low
            mean[too_large] = half_high + half_low
    is_sparse = scipy.sparse.issparse(X)
    precision = float(np.finfo(X.dtype).eps)
    return ColumnScales(names, mean, deviation, lowest, highest, precision, is_sparse)


def _moments(block):
    """Return the number of rows, then four numbers for each column, in float64.

    They are the mean, the sum of squares around it, the minimum and the maximum.
    """
    if scipy.sparse.issparse(block):
        return _sparse_moments(block)
    n_rows, n_columns = block.shape
    if n_rows > n_columns:  # long columns are read faster if they lie in one piece
        columns = np.array(block.T, dtype=np.float64, order="C")
        low, high, mean = columns.min(axis=1), columns.max(axis=1), columns.mean(axis=1)
        columns -= mean[:, np.newaxis]
        return n_rows, mean, np.einsum("ij,ij->i", columns, columns), low, high
    mean = block.mean(axis=0, dtype=np.float64)
    centred = block - mean
    square = np.einsum("ij,ij->j", centred, centred)
    low, high = block.min(axis=0), block.max(axis=0)
    return n_rows, mean, square, low.astype(np.float64), high.astype(np.float64)


def _sparse_moments(X):
    """Return the `_moments` of a CSR matrix.

    Few entries are read at a time: new memory for all of them takes longer to get than
    their moments.
    """
    n_rows, n_columns = X.shape
    if not X.has_canonical_format:
        X = X.copy()
        X.sum_duplicates()
    ends = [*range(0, X.nnz, _ENTRIES_AT_ONCE), X.nnz]
    parts = [slice(*pair) for pair in pairwise(ends)]
    n_zeros = n_rows - np.bincount(X.indices[: X.nnz], minlength=n_columns)
    mean, square = np.zeros((2, n_columns))
    has_full = n_zeros.min(initial=1) == 0  # a column without zeros
    low = np.where(n_zeros > 0, 0.0, np.inf)
    high = -low
    for part in parts:
        columns = X.indices[part].astype(np.intp)
        values = X.data[part].astype(np.float64, copy=False)
        np.add.at(mean, columns, values)
        if has_full or values.min() < 0:  # else the lowest are the zeros
            np.minimum.at(low, columns, values)
        np.maximum.at(high, columns, values)
    mean /= n_rows
    for part in parts:
        columns = X.indices[part].astype(np.intp)
        distance = X.data[part] - mean.take(columns)
        np.add.at(square, columns, distance * distance)
    square += n_zeros * mean * mean
    return n_rows, mean, square, low, high


@_may_overflow
def constant_columns(scales: ColumnScales) -> Array:
    """Return the numbers of the columns that have one value, up to rounding errors."""
    return np.flatnonzero(_are_constant(scales))


def _are_constant(scales):
    """Return True for columns whose values differ by no more than rounding errors."""
    own = scales.precision * _OWN_ROUNDING * np.abs(scales.mean)
    others = _ROUNDING * min(np.max(scales.size, initial=0.0), 1.0)
    return scales.reach <= np.maximum(own, scales.precision * others)


def duplicate_columns(X: Matrix) -> list[list[int]]:
    """Return groups of columns with equal values: lists of two or more numbers."""
    if scipy.sparse.issparse(X):
        X = scipy.sparse.csc_array(X)
        X.sort_indices()
        X.eliminate_zeros()
    groups: dict[bytes, list[int]] = {}
    for column in range(X.shape[1]):
        groups.setdefault(_digest(X, column), []).append(column)
    return [group for group in groups.values() if len(group) > 1]


def _digest(X, column):
    """Return a hash of the values of a column; X is dense, or CSC without zeros."""
    if scipy.sparse.issparse(X):
        part = slice(X.indptr[column], X.indptr[column + 1])
        arrays = [X.indices[part], X.data[part]]
    else:
        arrays = [X[:, column] + 0.0]  # −0 becomes 0
    digest = hashlib.sha1(usedforsecurity=False)
    for array in arrays:
        digest.update(np.ascontiguousarray(array))
    return digest.digest()


@_may_overflow
def unscaled_columns(scales: ColumnScales) -> Array:
    """Return the numbers of the columns of X that are scaled badly, worst first.

    Networks are meant for columns with a mean of about 0 and a deviation of about 1. A
    column is scaled badly if

    - its root mean square is above 10;
    - it is far from zero: its mean is above 5, and above 5 deviations, or no value is
      further from the mean than 10 % of the mean;
    - it is far smaller than other columns: no value is further from the mean than 5 %
      of the largest deviation of a column, and than 0.05;
    - all columns have deviations below 0.1, no value of any is further than 0.25 from
      its mean, and the root of the sum of all variances is below 0.5.

    Columns of zeros and ones are scaled well, however rare the ones are, and so are
    columns from 0 to 1. A constant column counts by the first two rules only. In a
    sparse matrix only the first rule and the third one count.
    """
    size, deviation, reach = scales.size, scales.deviation, scales.reach
    if size.max() <= _FAR and reach.min() >= _NARROW * _FAR:
        return np.array([], dtype=int)  # the most common case: no rule applies
    varies, level = ~_are_constant(scales), np.abs(scales.mean)
    largest = np.max(deviation, initial=0.0)
    bad = size > _LARGE
    bad |= varies & (reach < _SMALL * min(largest, 1.0))
    if not scales.is_sparse:
        bad |= (level > _FAR) & (level / _FAR > deviation)
        bad |= varies & (reach < _NARROW * level)
        furthest = np.max(reach, initial=0.0)
        if largest < _ALL_SMALL and furthest < _ALL_SMALL_RANGE:
            bad |= varies & (np.linalg.norm(deviation) < _SHORT)
    columns = np.flatnonzero(bad)
    if not len(columns):
        return columns
    with np.errstate(divide="ignore"):
        distance = np.abs(np.log(size[columns]))
    if not scales.is_sparse:
        level, reach = level[columns], reach[columns]
        narrow = varies[columns] & (reach < level)
        distance[narrow] += np.log(level[narrow] / reach[narrow])
    return columns[np.argsort(-distance, kind="stable")]


@_may_overflow
def unscaled_targets(scales: ColumnScales) -> Array:
    """Return the numbers of the columns of y that are scaled badly.

    A network begins with predictions of about 0 that vary by about 1. A target is
    scaled badly if its deviation is not between 0.1 and 10, or if its mean is below −10
    or above 10. A constant target is scaled badly by its mean only.
    """
    deviation = scales.deviation
    bad = (deviation > _LARGE_TARGET) | (np.abs(scales.mean) > _LARGE_TARGET)
    return np.flatnonzero(bad | ((deviation < _SMALL_TARGET) & ~_are_constant(scales)))


@_may_overflow
def unscaled_positive_targets(scales: ColumnScales) -> Array:
    """Return the numbers of the columns of y that are scaled badly, for targets ≥ 0.

    They may only be divided by a number, so that many may be far smaller than the
    largest. A positive target is scaled badly if its deviation or its mean is above 10,
    or if its largest value is below 0.1.
    """
    large = np.maximum(scales.deviation, scales.mean) > _LARGE_TARGET
    return np.flatnonzero(
        large | ((scales.highest > 0) & (scales.highest < _SMALL_TARGET))
    )
