"""Statistics of labelled rows: weights and means of the classes, scatter within.

`LabelledRows` are summed up, about a point near the rows of each class or about zero if
they are sparse, and the sums make `ClassStatistics`.
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
__all__ += ["require_finite", "rounding"]

# Rows that are worked on together.
_BLOCK_ROWS = 512
# Multiplications that are worth waking threads for, and the most parts to share them.
_WORTH_THREADS = 2**26
_MOST_PARTS = 8
# Products in float32 cost half of those in float64, which counts from so many
# multiplications on.
_WORTH_FLOAT32 = 2**26
# Their rounding moves the eigenvalues of a correlation by some ε·√d: the smallest one
# has to be so many times as large.
_CLEARANCE = 1000
# Rounding moves a stored value by half a unit in its last place; columns that are
# constant but for a few operations' rounding stay below four units.
_ROUNDING_UNITS = 4


@dataclass(frozen=True)
class LabelledRows:
    """Rows X (n, d), dense or CSR, not copied, with their classes and weights.

    A row of weight zero may have any label.
    """

    X: Any
    classes: np.ndarray  # (K,) of the rows of positive weight
    labels: np.ndarray  # (n,) integers below K
    weights: np.ndarray  # (n,)

    @classmethod
    def of(cls, X, y, weights):
        """Encode the labels y; only those of rows with a weight are classes."""
        present = weights > 0
        if present.all():
            return cls(X, *encode_labels(y), weights)
        classes, found = encode_labels(y[present])
        labels = np.zeros(len(y), np.int64)
        labels[present] = found
        return cls(X, classes, labels, weights)

    @cached_property
    def counts(self):
        """Rows of positive weight in every class (K,)."""
        return np.bincount(self.labels, self.weights > 0, len(self.classes))

    @cached_property
    def n_present(self):
        """Rows of positive weight."""
        return int(np.count_nonzero(self.weights))

    def places(self, label):
        """Return the places of the rows of a class that have weight."""
        return np.flatnonzero((self.labels == label) & (self.weights > 0))

    def without(self, row):
        """Return all other rows, and the places of their classes among all classes."""
        others = replace(self, weights=np.where(self._places == row, 0.0, self.weights))
        kept = np.flatnonzero(others.counts)
        labels = np.searchsorted(kept, self.labels).clip(0, len(kept) - 1)
        return replace(others, classes=self.classes[kept], labels=labels), kept

    @cached_property
    def _places(self):
        return np.arange(len(self.labels))


@dataclass(frozen=True)
class ClassStatistics:
    """nₖ, wₖ = Σ w, mₖ = Σ w·x / wₖ and Σ w·(x − mₖ)(x − mₖ)ᵀ over all classes.

    They are sufficient for Gaussian classes with one covariance: no row is needed any
    more, and statistics of disjoint rows add up (`merge`). A class that has no rows has
    weight and mean zero.
    """

    counts: np.ndarray  # (K,) rows of positive weight
    weights: np.ndarray  # (K,)
    means: np.ndarray  # (K, d)
    scatter: np.ndarray  # (d, d)
    precision: float  # deviations up to this share of a column's means are rounding

    @classmethod
    def from_rows(cls, X, labels, n_classes, sample_weight=None, *, in_float32=False):
        """Statistics of rows X (n, d), dense or CSR, of classes `labels` (n,).

        X is read once, in blocks, so it may be memory-mapped. If `in_float32`, products
        of two columns are formed in float32 where the scatter then has some six digits,
        else X is read again.
        """
        weights = np.ones(X.shape[0]) if sample_weight is None else sample_weight
        weights = _kernels.contiguous(weights, np.float64)
        labels = _kernels.contiguous(labels, np.int64)
        precision = rounding(X.dtype)
        with np.errstate(over="ignore", invalid="ignore"):
            if scipy.sparse.issparse(X):
                shifts, moments = _sparse_sums(X, labels, weights, n_classes)
                # Σ w·x² loses up to n units in its last place, and a deviation is its
                # root.
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
        if in_float32 and not statistics._is_exact_in_float32(squares):
            return cls.from_rows(X, labels, n_classes, weights)
        return statistics

    def _is_exact_in_float32(self, squares):
        """Whether float32 held the products; `squares` (d,) were Σ w·r² in float64."""
        after = np.diag(self.scatter)
        varies = after > self.resolution**2 * self.total
        squares, after = squares[varies], after[varies]
        # The product of two entries is at most the larger sum of squares; products of
        # typical entries must not get below the normal numbers. The means may not have
        # moved far from the shifts: what they moved by cancels.
        return np.all((squares > 1e-26) & (squares < 1e37) & (squares < 4 * after))

    def merge(self, other):
        """Statistics of the rows of both (Chan, Golub and LeVeque 1983, eq. 2.1)."""
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

    def of_classes(self, places, n_classes):
        """Return the statistics with more classes: class k becomes class places[k]."""

        def spread(values):
            spread = np.zeros((n_classes, *values.shape[1:]), values.dtype)
            spread[places] = values
            return spread

        return replace(
            self,
            counts=spread(self.counts),
            weights=spread(self.weights),
            means=spread(self.means),
        )

    @property
    def total(self):
        """Σ w over all rows."""
        return self.weights.sum()

    @property
    def mean(self):
        """Σ w·x / Σ w over all rows (d,)."""
        return self.weights @ self.means / self.total

    @property
    def within_covariance(self):
        """The scatter within classes over Σ w (d, d)."""
        return self.scatter / self.total

    @property
    def resolution(self):
        """The deviation within classes that rounding alone can cause (d,)."""
        return self.precision * np.max(np.abs(self.means), axis=0)

    @property
    def between_scatter(self):
        """Σₖ wₖ·(mₖ − m)(mₖ − m)ᵀ (d, d)."""
        centred = self.means - self.mean
        return (self.weights[:, np.newaxis] * centred).T @ centred


def pooled_statistics(X, labels, n_classes, weights):
    """ClassStatistics of the rows, by products in float32 where these are enough."""
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
    """The share of a column's means that its deviation can be by rounding alone."""
    return _ROUNDING_UNITS * float(np.finfo(dtype).eps)


def require_finite(squares):
    """Raise if squares of finite values of X are not finite."""
    if not np.all(np.isfinite(squares)):
        raise ValueError(
            "X has values whose squares overflow; rescale its columns, for example "
            "with StandardScaler."
        )


def class_means(X, labels, n_classes, weights):
    """Σ w·x / Σ w of every class (K, d), for dense X or CSR; zero without rows."""
    membership = _membership_matrix(labels, n_classes, weights)
    return _divide(dense(membership @ X), membership.sum(axis=1))


def _divide(sums, weights):
    """Every class's sums over its weight; zero where that is zero."""
    weights = weights.reshape(weights.shape + (1,) * (sums.ndim - 1))
    return np.divide(sums, weights, out=np.zeros_like(sums), where=weights > 0)


def _dense_sums(X, labels, weights, n_classes, in_float32):
    """Shifts sₖ (K, d), and Σ w, Σ w·r and Σ w·r·rᵀ of the residuals r = x − sₖ.

    The first two are sums over each class, the third over all rows; if `in_float32`,
    its products of two columns are formed in float32. X is read in blocks.
    """
    shifts = _shifts(X, labels, weights, n_classes)

    def moments(rows):
        return _kernels.class_moments(
            X[rows], labels[rows], weights[rows], shifts, in_float32=in_float32
        )

    parts = _parts(*X.shape)
    if len(parts) == 1:
        # Less than a part is worth: but few rows of many columns keep BLAS busy.
        with _kernels.threads_for(min(len(X), _BLOCK_ROWS) * X.shape[1] ** 2):
            sums = moments(parts[0])
    else:
        found = [None] * len(parts)
        # np.errstate belongs to the context, of which every thread needs its own.
        contexts = [copy_context() for _ in parts]

        def keep(part):
            found[part] = contexts[part].run(moments, parts[part])

        _kernels.run_parts(len(parts), keep)
        sums = [sum(terms) for terms in zip(*found, strict=True)]
    return shifts, sums


def _sparse_sums(X, labels, weights, n_classes):
    """Return these sums of sparse rows, about zero: a shift would fill in the zeros."""
    X = X.astype(np.float64, copy=False)
    membership = _membership_matrix(labels, n_classes, weights)
    scatter = dense(X.T @ (scipy.sparse.diags_array(weights) @ X))
    class_weights, sums = membership.sum(axis=1), dense(membership @ X)
    return np.zeros_like(sums), (class_weights, sums, scatter)


def _membership_matrix(labels, n_classes, weights):
    """The (K, n) CSR matrix with the weight of every row in the row of its class."""
    n_rows = len(labels)
    columns = scipy.sparse.csc_array(
        (weights, labels, np.arange(n_rows + 1)), shape=(n_classes, n_rows)
    )
    return columns.tocsr()


def _parts(n_rows, n_columns):
    """Slices that cover the rows, worth a thread and the memory for a scatter each.

    Their number does not depend on the machine, and so neither does the result.
    """
    n_parts = 1
    if n_rows * n_columns**2 >= _WORTH_THREADS:
        n_parts = min(max(n_rows // (4 * n_columns), 1), _MOST_PARTS)
    edges = [n_rows * part // n_parts for part in range(n_parts + 1)]
    return [slice(*ends) for ends in pairwise(edges)]


def _shifts(X, labels, weights, n_classes):
    """A point near the rows of every class: their mean in its first block (K, d).

    About it a common offset of the rows costs no digits of the sums (Chan, Golub and
    LeVeque 1983, section 3). A class without weight gets zero.
    """
    shifts = np.zeros((n_classes, X.shape[1]))
    missing = np.ones(n_classes, bool)
    for start in range(0, len(labels), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        of_interest = missing[labels[block]] & (weights[block] > 0)
        if of_interest.any():
            rows = start + np.flatnonzero(of_interest)
            rows = rows[np.argsort(labels[rows], kind="stable")]
            # Without BLAS: NumPy's would keep a core busy waiting for the next product.
            present, firsts = np.unique(labels[rows], return_index=True)
            row_weights = weights[rows, np.newaxis]
            sums = np.add.reduceat(row_weights * X[rows], firsts)
            shifts[present] = sums / np.add.reduceat(row_weights, firsts)
            missing[present] = False
            if not missing.any():
                break
    return shifts
