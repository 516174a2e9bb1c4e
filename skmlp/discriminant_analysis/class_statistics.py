"""Sufficient statistics of labelled rows: class weights and means, scatter within.

`ClassStatistics` is computed from sums over `LabelledRows`. For dense rows, a point
near the rows of each class is subtracted first; sparse rows are summed as they are.
"""

from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.sparse

from skmlp import _kernels
from skmlp.base.label_encoding import encode_labels
from skmlp.base.rows import dense
from skmlp.discriminant_analysis.whitening import cholesky, standardise

__all__ = ["ClassStatistics", "LabelledRows", "class_means", "pooled_statistics"]
__all__ += ["SMALLEST_DEVIATION", "require_finite", "rounding"]

# The square of a smaller deviation has lost digits, or is zero.
SMALLEST_DEVIATION = float(np.sqrt(np.finfo(np.float64).smallest_normal))

# Number of rows in a block.
_BLOCK_ROWS = 512

# Rows of a block of sparse X; SciPy copies a block a few times.
_SPARSE_BLOCK_ROWS = 2**14
# Minimum number of multiplications for more than one part, and maximum number of parts;
# threads share the parts.
_WORTH_THREADS = 2**26
_MOST_PARTS = 8
# Minimum number of multiplications for products in float32, which take half the time of
# products in float64.
_WORTH_FLOAT32 = 2**26
# Rounding to float32 changes the eigenvalues of a correlation matrix by about ε·√d: the
# smallest eigenvalue must exceed this error by the factor _CLEARANCE.
_CLEARANCE = 1000
# Rounding changes a stored value by half a unit in the last place; columns that are
# constant except for the rounding errors of a few operations stay below four units.
_ROUNDING_UNITS = 4


@dataclass(frozen=True)
class LabelledRows:
    """Rows X (n, d), dense or CSR, with their class labels and weights.

    X is not copied. A row of weight zero is as if it were not there, but its class is
    among the classes.
    """

    X: Any
    classes: np.ndarray  # (K,) sorted classes of all rows
    labels: np.ndarray  # (n,) indices into `classes`
    weights: np.ndarray  # (n,)

    @classmethod
    def of(cls, X, y, weights):
        """Return labelled rows with the classes of all rows, also of weight zero."""
        return cls(X, *encode_labels(y), weights)

    @cached_property
    def counts(self):
        """Number of rows of positive weight in every class (K,)."""
        return np.bincount(self.labels, self.weights > 0, len(self.classes))

    @cached_property
    def n_present(self):
        """Number of rows of positive weight."""
        return int(np.count_nonzero(self.weights))

    @cached_property
    def n_classes_present(self):
        """Number of classes with a row of positive weight."""
        return int(np.count_nonzero(self.counts))

    def rows_of_class(self, label):
        """Return the indices of the rows of a class that have positive weight."""
        return np.flatnonzero((self.labels == label) & (self.weights > 0))

    def without_row(self, row):
        """Return LabelledRows with weight 0 for `row`, and indices of the classes kept.

        The indices point into `classes`; a class without any other row is left out.
        """
        weights = np.where(self._row_indices == row, 0.0, self.weights)
        others = replace(self, weights=weights)
        kept = np.flatnonzero(others.counts)
        labels = np.searchsorted(kept, self.labels).clip(0, len(kept) - 1)
        return replace(others, classes=self.classes[kept], labels=labels), kept

    @cached_property
    def _row_indices(self):
        """Indices 0 to n − 1 of the rows."""
        return np.arange(len(self.labels))


@dataclass(frozen=True)
class ClassStatistics:
    """Counts, weights and means of the classes, and the scatter within classes.

    For class k with rows x of weights w they are the number of rows nₖ, wₖ = Σ w and
    mₖ = Σ w·x / wₖ; the scatter is Σ w·(x − mₖ)(x − mₖ)ᵀ over the rows of all classes.
    They are sufficient for Gaussian classes with one common covariance: the rows are
    not needed any more, and statistics of disjoint sets of rows can be merged
    (`merge`). A class without rows has weight and mean zero.
    """

    counts: np.ndarray  # (K,) number of rows of positive weight
    weights: np.ndarray  # (K,)
    means: np.ndarray  # (K, d)
    scatter: np.ndarray  # (d, d)
    precision: float  # rounding error of a column's deviation, relative to its means

    @classmethod
    def from_rows(cls, X, labels, n_classes, sample_weight=None, *, in_float32=False):
        """Compute the statistics of rows X (n, d), dense or CSR, with `labels` (n,).

        X is read once, in blocks, so it may be memory-mapped. If `in_float32`, products
        of two columns are computed in float32, if the scatter then has about six
        correct digits; otherwise X is read again and the products are in float64.
        """
        weights = np.ones(X.shape[0]) if sample_weight is None else sample_weight
        weights = _kernels.contiguous(weights, np.float64)
        labels = _kernels.contiguous(labels, np.int64)
        precision = rounding(X.dtype)
        with np.errstate(over="ignore", invalid="ignore"):
            if scipy.sparse.issparse(X):
                shifts, moments = _sparse_sums(X, labels, weights, n_classes)
                # Σ w·x² has a rounding error of up to n units in the last place, and a
                # deviation is a square root of such sums.
                precision = np.sqrt(X.shape[0] * rounding(np.float64))
            else:
                shifts, moments = _dense_sums(X, labels, weights, n_classes, in_float32)
            class_weights, sums, scatter = moments
            squares = np.diag(scatter).copy()
            offsets = _divide(sums, class_weights)
            scatter -= (class_weights[:, np.newaxis] * offsets).T @ offsets
            require_finite(np.diag(scatter))
        statistics = cls(
            counts=np.bincount(labels, weights > 0, n_classes).astype(np.int64),
            weights=class_weights,
            means=shifts + offsets,
            scatter=scatter,
            precision=precision,
        )
        if in_float32 and not statistics._is_accurate_in_float32(squares):
            return cls.from_rows(X, labels, n_classes, weights)
        return statistics

    def _is_accurate_in_float32(self, squares):
        """Return True if the products in float32 are accurate enough.

        `squares` (d,) is the diagonal Σ w·r², before the means were subtracted.
        """
        after = np.diag(self.scatter)
        varies = after > self.resolution**2 * self.total
        squares, after = squares[varies], after[varies]
        # No overflow: the product of two entries is at most the larger sum of squares.
        # No underflow: products of typical entries must be normal numbers. The means
        # must be near the shifts, because the squared difference cancels.
        return np.all((squares > 1e-26) & (squares < 1e37) & (squares < 4 * after))

    def merge(self, other):
        """Return the statistics of the rows of `self` and `other` together.

        By eq. 2.1 of Chan, Golub and LeVeque (1983).
        """
        weights = self.weights + other.weights
        step = other.means - self.means
        share = _divide(other.weights, weights)[:, np.newaxis]
        scatter = self.scatter + other.scatter
        scatter += (self.weights[:, np.newaxis] * share * step).T @ step
        return ClassStatistics(
            counts=self.counts + other.counts,
            weights=weights,
            means=self.means + share * step,
            scatter=scatter,
            precision=max(self.precision, other.precision),
        )

    def with_classes(self, indices, n_classes):
        """Return the statistics with `n_classes` classes; class k becomes indices[k].

        The other classes have no rows.
        """

        def expand(values):
            """Return `values` at `indices` of an array of zeros for `n_classes`."""
            expanded = np.zeros((n_classes, *values.shape[1:]), values.dtype)
            expanded[indices] = values
            return expanded

        return replace(
            self,
            counts=expand(self.counts),
            weights=expand(self.weights),
            means=expand(self.means),
        )

    @property
    def total(self):
        """Total weight Σ w of all rows."""
        return self.weights.sum()

    @property
    def mean(self):
        """Mean Σ w·x / Σ w of all rows (d,)."""
        return self.weights @ self.means / self.total

    @property
    def within_covariance(self):
        """Covariance within classes: the scatter divided by Σ w (d, d)."""
        with np.errstate(over="ignore"):  # `require_finite` refuses the result
            return self.scatter / self.total

    @property
    def resolution(self):
        """Largest deviation within classes that rounding errors can cause (d,)."""
        resolution = self.precision * np.max(np.abs(self.means), axis=0)
        return np.maximum(resolution, SMALLEST_DEVIATION)

    @property
    def between_scatter(self):
        """Scatter between classes: Σₖ wₖ·(mₖ − m)(mₖ − m)ᵀ (d, d)."""
        centred = self.means - self.mean
        return (self.weights[:, np.newaxis] * centred).T @ centred


def pooled_statistics(X, labels, n_classes, weights):
    """Return the `ClassStatistics` of the rows; products in float32 if accurate enough.

    Products are in float32 only for large dense X of float32 with columns that are not
    nearly collinear.
    """
    n_rows, n_features = X.shape
    large = n_rows * n_features**2 >= _WORTH_FLOAT32
    if large and X.dtype == np.float32 and not scipy.sparse.issparse(X):
        statistics = ClassStatistics.from_rows(
            X, labels, n_classes, weights, in_float32=True
        )
        _, _, correlation = standardise(
            statistics.within_covariance, statistics.resolution
        )
        least = _CLEARANCE * np.finfo(np.float32).eps * np.sqrt(n_features)
        if cholesky(correlation - least * np.eye(len(correlation))) is not None:
            return statistics
    return ClassStatistics.from_rows(X, labels, n_classes, weights)


def rounding(dtype):
    """Return the rounding error of a column's deviation, relative to its means."""
    return _ROUNDING_UNITS * float(np.finfo(dtype).eps)


def require_finite(squares):
    """Raise ValueError unless all `squares` of values of X are finite."""
    if not np.all(np.isfinite(squares)):
        raise ValueError(
            "X has values whose squares overflow; rescale its columns, for example "
            "with StandardScaler."
        )


def class_means(X, labels, n_classes, weights):
    """Return the mean Σ w·x / Σ w of every class (K, d); zero for a class without rows.

    X is dense or CSR.
    """
    membership = _membership_matrix(labels, n_classes, weights)
    return _divide(dense(membership @ X), membership.sum(axis=1))


def _divide(sums, weights):
    """Return the sums of each class divided by its weight; zero if that is zero."""
    weights = weights.reshape(weights.shape + (1,) * (sums.ndim - 1))
    return np.divide(sums, weights, out=np.zeros_like(sums), where=weights > 0)


def _dense_sums(X, labels, weights, n_classes, in_float32):
    """Return shifts sₖ (K, d), and sums over the residuals r = x − sₖ of dense X.

    The sums are Σ w (K,) and Σ w·r (K, d) for each class, and Σ w·r·rᵀ (d, d) over all
    rows; if `in_float32`, the products of the last sum are in float32. X is read in
    blocks.
    """
    shifts = _shifts(X, labels, weights, n_classes)

    def moments(rows):
        """Return the three sums over a slice of the rows."""
        return _kernels.class_moments(
            X[rows], labels[rows], weights[rows], shifts, in_float32=in_float32
        )

    parts = _parts(*X.shape)
    if len(parts) == 1:
        # Too little work for several parts, but a block with many columns can keep the
        # threads of BLAS busy.
        with _kernels.threads_for(min(len(X), _BLOCK_ROWS) * X.shape[1] ** 2):
            sums = moments(parts[0])
    else:
        results = [None] * len(parts)
        # np.errstate is stored in the context, and every thread needs its own copy.
        contexts = [copy_context() for _ in parts]

        def run_part(part):
            """Store the sums over part number `part` in `results`."""
            results[part] = contexts[part].run(moments, parts[part])

        _kernels.run_parts(len(parts), run_part)
        sums = [sum(terms) for terms in zip(*results, strict=True)]
    return shifts, sums


def _sparse_sums(X, labels, weights, n_classes):
    """Return shifts of zero (K, d), and the sums of `_dense_sums` for sparse X.

    Shifts other than zero would make the rows dense. Products take blocks of rows, as
    each of them copies its rows several times.
    """
    n_rows, n_features = X.shape
    membership = _membership_matrix(labels, n_classes, weights)
    scatter = np.zeros((n_features, n_features))
    step = max(_SPARSE_BLOCK_ROWS, n_features)
    for start in range(0, n_rows, step):
        rows = X[start : start + step].astype(np.float64, copy=False)
        weighted = scipy.sparse.diags_array(weights[start : start + step]) @ rows
        scatter += dense(rows.T @ weighted)
    class_weights = membership.sum(axis=1)
    sums = dense(membership @ X.astype(np.float64, copy=False))
    return np.zeros_like(sums), (class_weights, sums, scatter)


def _membership_matrix(labels, n_classes, weights):
    """Return the CSR matrix (K, n) with the weight of row i at (class of i, i)."""
    n_rows = len(labels)
    columns = scipy.sparse.csc_array(
        (weights, labels, np.arange(n_rows + 1)), shape=(n_classes, n_rows)
    )
    return columns.tocsr()


def _parts(n_rows, n_columns):
    """Return slices that cover all rows, one for each part of the work.

    Each part has enough work for a thread and for a scatter matrix of its own. The
    number of parts does not depend on the machine, and so neither does the result.
    """
    n_parts = 1
    if n_rows * n_columns**2 >= _WORTH_THREADS:
        n_parts = min(max(n_rows // (4 * n_columns), 1), _MOST_PARTS)
    edges = [n_rows * part // n_parts for part in range(n_parts + 1)]
    return [slice(*ends) for ends in pairwise(edges)]


def _shifts(X, labels, weights, n_classes):
    """Return a point near the rows of every class (K, d), zero for empty classes.

    The point is the mean of the class's rows in the first block that has any. Sums over
    rows minus this point lose no digits to a common offset of the rows (Chan, Golub and
    LeVeque 1983, section 3).
    """
    shifts = np.zeros((n_classes, X.shape[1]))
    missing = np.ones(n_classes, bool)
    for start in range(0, len(labels), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        selected = missing[labels[block]] & (weights[block] > 0)
        if selected.any():
            rows = start + np.flatnonzero(selected)
            rows = rows[np.argsort(labels[rows], kind="stable")]
            # Without BLAS: after a product, NumPy's BLAS threads busy-wait on a core.
            present, firsts = np.unique(labels[rows], return_index=True)
            row_weights = weights[rows, np.newaxis]
            sums = np.add.reduceat(row_weights * X[rows], firsts)
            shifts[present] = sums / np.add.reduceat(row_weights, firsts)
            missing[present] = False
            if not missing.any():
                break
    return shifts
