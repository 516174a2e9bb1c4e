"""What a linear discriminant needs to know of the rows: weights, means, scatter."""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse

from skmlp import _kernels
from skmlp.base.rows import dense
from skmlp.discriminant_analysis.class_sums import (
    dense_sums,
    membership_matrix,
    sparse_sums,
)

# A block of rows that fits the cache is centred and multiplied while it is there.
_BLOCK_ELEMENTS = 2**18


_SHORTEST_BLOCK = 1024


# Rounding moves a stored value by half a unit in its last place; columns that are
# constant but for a few operations' rounding stay below four units.
_ROUNDING_UNITS = 4


def row_blocks(n_rows, n_columns):
    """Slices that cover the rows, each small enough for the cache."""
    length = max(_SHORTEST_BLOCK, _BLOCK_ELEMENTS // max(n_columns, 1))
    return [slice(start, start + length) for start in range(0, n_rows, length)]


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
                shifts, moments = sparse_sums(X, labels, weights, n_classes)
                # Σ w·x² loses up to n units in its last place, and a deviation is its
                # root.
                precision = np.sqrt(X.shape[0] * rounding(np.float64))
            else:
                shifts, moments = dense_sums(X, labels, weights, n_classes, in_float32)
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
        """The same among more classes: class k becomes class places[k] of n_classes."""

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
    membership = membership_matrix(labels, n_classes, weights)
    return _divide(dense(membership @ X), membership.sum(axis=1))


def _divide(sums, weights):
    """Every class's sums over its weight; zero where that is zero."""
    weights = weights.reshape(weights.shape + (1,) * (sums.ndim - 1))
    return np.divide(sums, weights, out=np.zeros_like(sums), where=weights > 0)
