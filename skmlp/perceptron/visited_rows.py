"""Rows of the perceptron's training: their order, their margins, the mistakes on them.

Weights and rows can be so small or large that their squares would be zero or infinite.
Such numbers are divided by powers of two first.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.extmath import row_norms

from skmlp import _kernels
from skmlp.base.rows import (
    ALL_ROWS,
    blocks,
    blocks_of_scores,
    blockwise_permutation,
    take,
)
from skmlp.base.warn import warn
from skmlp.losses import Loss
from skmlp.network import Network
from skmlp.network.fused import fuse

__all__ = ["VisitedRows", "margin_and_mistake_bound", "scores_underflow"]
__all__ += ["without_duplicates"]

# X above this size does not fit the cache: rows visited one by one in a random order
# would each be read from main memory. Larger X is visited by blocks of rows.
_LARGE_BYTES = 2**23
# The kernels read column numbers and positions of entries as 32-bit integers.
_LARGEST_INDEX = np.iinfo(np.int32).max
# Minimum number of scores that are computed at once. Blocks of sparse rows are copies,
# so with sparse X the blocks are larger: as many scores as X has entries.
_BLOCK_SCORES = 2**18
# Maximum number of multiplications that a call of a kernel takes longer to begin.
_FEW_PRODUCTS = 2**16


@dataclass
class VisitedRows:
    """Rows with labels and weights, and the order of the last epoch."""

    X: object  # (n, d) dense or CSR
    labels: np.ndarray  # (n,) indices of the classes
    sample_weight: np.ndarray  # (n,)
    order: np.ndarray  # indices of the rows in the order of the visits
    positive: np.ndarray  # factor of a unit's update for rows of its class
    negative: np.ndarray  # factor of a unit's update for all other rows

    def __post_init__(self):
        """Set `arrays`, by the kernel's names: dense X, or the arrays of a CSR X."""
        self.csr_arrays, self.arrays = None, {"dense": None}
        if issparse(self.X):
            self.csr_arrays = _kernels.csr_arrays(self.X)
        else:
            self.arrays["dense"] = self.X = _kernels.contiguous(self.X)
        parts = self.csr_arrays or (None, None, None)
        self.arrays |= zip(("values", "indices", "starts"), parts, strict=True)
        self.n_bytes = sum(a.nbytes for a in self.arrays.values() if a is not None)
        self.sorted_order = self.permutation = None

    @classmethod
    def of(cls, X, labels, sample_weight, class_weight):
        """Return the rows, in an order that leaves out the rows of weight zero."""
        positive, negative = class_weight.astype(np.float64), np.ones(len(class_weight))
        if len(class_weight) == 2:
            positive, negative = positive[1:], positive[:1]
        order = np.flatnonzero(sample_weight > 0)
        return cls(X, labels, sample_weight, order, positive, negative)

    @property
    def n_products(self):
        """Number of multiplications for one score of every row."""
        return self.X.nnz if issparse(self.X) else self.X.size

    @property
    def are_large(self):
        """True if the next order is drawn by blocks of rows."""
        return self.n_bytes > _LARGE_BYTES

    def shuffle(self, generator):
        """Draw a new random `order` for the next epoch by a RandomState."""
        if not self.are_large:
            self.order = self.order[generator.permutation(len(self.order))]
            return
        if self.sorted_order is None:
            self.sorted_order = self.order  # the order in memory
            shape = (2, len(self.order))
            self.permutation, self.order = np.empty(shape, dtype=np.int64)
        blockwise_permutation(generator, self.permutation)
        np.take(self.sorted_order, self.permutation, out=self.order, mode="clip")

    def for_kernel(self, words=None):
        """Return the `PerceptronRows`; `words` let the kernel shuffle their order."""
        last = (self.labels, self.order, self.sample_weight, words)
        return _kernels.PerceptronRows(*self.arrays.values(), *last)

    def hold_out(self, fraction, generator):
        """Remove a stratified sample of rows from `order`; return its row indices.

        The only row of a class stays in `order`, with a warning. Rows of weight zero
        are not in `order`, and so never in the sample.
        """
        from sklearn.model_selection import StratifiedShuffleSplit

        if len(self.order) == 0:
            raise ValueError(
                "The sample weights for validation set are all zero, consider using a "
                "different random state."
            )
        labels = self.labels[self.order]
        several = (np.bincount(labels) > 1)[labels]
        if not several.any():
            raise ValueError(
                "early_stopping=True needs a class with two rows of positive weight: "
                "one to validate on. Add rows, or set early_stopping=False."
            )
        splitter = StratifiedShuffleSplit(
            n_splits=1, test_size=fraction, random_state=generator
        )
        candidates, labels = self.order[several], labels[several]
        try:
            _, held_out = next(splitter.split(candidates[:, np.newaxis], labels))
        except ValueError:
            raise ValueError(
                f"validation_fraction={fraction} leaves too few of {len(candidates)} "
                "rows to train or to validate on: each part needs a row of every "
                "class. Change it, or set early_stopping=False."
            ) from None
        if not several.all():
            warn(
                f"{np.sum(~several)} class(es) have one row of positive weight. It "
                "stays among the training rows, so that early_stopping does not "
                "validate on it."
            )
        held_out = candidates[held_out]
        self.order = np.setdiff1d(self.order, held_out)
        return held_out


def without_duplicates(X):
    """Return X; where CSR entries share a place, a copy with their sums.

    Raises ValueError if a CSR matrix is too large for integers of 32 bits.
    """
    if not issparse(X):
        return X
    n_entries = int(X.indptr[-1])
    if max(X.shape[1], n_entries) > _LARGEST_INDEX:
        raise ValueError(
            f"X has {X.shape[1]} columns and {n_entries} stored entries; Perceptron "
            f"takes at most {_LARGEST_INDEX} of each: pass fewer columns, or fewer "
            "rows in each of several calls of partial_fit."
        )
    if not X.has_canonical_format:
        X = X.copy()
        X.sum_duplicates()
    return X


def margin_and_mistake_bound(rows, units, fitted, *, margin, eta0, fit_intercept):
    """Return the geometric margin and Novikoff's upper bound of the mistakes.

    The geometric margin is the smallest distance of a row from a boundary, negative if
    a row lies on the wrong side. The bound is the sum of the bounds of the units; it is
    infinite if a unit does not separate its classes. It holds without a penalty.
    `fitted` are the weights and intercepts that should separate the classes.
    """
    weights, intercepts = fitted
    exponents = _exponents(weights, intercepts)
    if units.joint:  # its units are compared, so they have one exponent
        exponents[:] = exponents.max()
    functional, geometric = _margins(rows, units, fitted, exponents)
    # An intercept that does not learn is not the weight of a column.
    is_fixed = not fit_intercept and bool(np.any(intercepts))
    if is_fixed or not np.all(functional > 0):
        return geometric, np.inf
    squares, exponent = _square_lengths(rows, fit_intercept)
    lengths = _lengths(units, fitted, exponents, eta0, exponent)
    if units.joint:  # a mistake updates two rows of W
        squares, lengths = 2 * squares, lengths.sum(axis=1, keepdims=True)
    bound = np.float64(0.0)
    for factor, lead, (square_norm, along, square_start) in zip(
        _factors(rows, units), functional, lengths.T, strict=True
    ):
        largest = np.max(factor, initial=0.0)
        if largest == 0:
            continue  # no row counts as a mistake of this unit
        weight, rate = factor / largest, eta0 * largest
        longest = np.max(weight * squares)
        if _underflows(rate, longest, exponent, weights.dtype):
            return geometric, np.inf
        with np.errstate(all="ignore"):
            norm = np.sqrt(square_norm)
            bound += _largest_sum(
                longest + np.ldexp(2 * margin / rate, -2 * exponent),
                np.ldexp(lead / norm, -exponent),
                along / norm / largest,
                square_start / largest**2,
            ) / np.min(weight, where=weight > 0, initial=1.0)
    return geometric, np.inf if np.isnan(bound) else float(bound)


def scores_underflow(rows, units, *, eta0, fit_intercept):
    """Return True if what a mistake adds to a score is too small for its type."""
    squares, exponent = _square_lengths(rows, fit_intercept)
    longest = np.max(squares, initial=0.0)
    rate = eta0 * max(np.max(f, initial=0.0) for f in _factors(rows, units))
    underflows = _underflows(rate, longest, exponent, units.weights.dtype)
    return longest > 0 and underflows


def _largest_sum(longest, gamma, along, square_start):
    """Return the largest possible sum S of the weights cᵢ of all mistakes.

    With w₀ = Σ of the first weights / eta0, u a unit vector that separates the classes
    by γ, and R² = `longest`, mistakes lead to w with w·u ≥ w₀·u + γ·S and
    ‖w‖² ≤ ‖w₀‖² + R²·S. As w·u ≤ ‖w‖, S is at most the larger root of
    (w₀·u + γ·S)² = ‖w₀‖² + R²·S. From w₀ = 0 it is R²/γ².
    """
    across = np.sqrt(np.maximum(square_start - along**2, 0.0))
    linear = longest - 2 * along * gamma
    root = np.hypot(linear, 2 * gamma * across)
    if linear > 0:
        return (linear + root) / (2 * gamma) / gamma
    return 2 * across**2 / (root - linear) if root > linear else np.float64(0.0)


def _underflows(rate, longest, exponent, dtype):
    """Return True if rate·longest·4^exponent is below the normal numbers of a type."""
    with np.errstate(divide="ignore"):
        size = np.log2(rate) + np.log2(longest) + 2 * exponent
    return bool(size < np.log2(np.finfo(dtype).smallest_normal))


def _factors(rows, units):
    """Yield the factors of the updates for all visited rows, for every bound."""
    labels, weight = rows.labels[rows.order], rows.sample_weight[rows.order]
    weight = weight.astype(np.float64)
    if units.joint:
        yield weight * rows.positive[labels]
        return
    for own, positive, negative in zip(
        units.classes, rows.positive, rows.negative, strict=True
    ):
        yield weight * np.where(labels == own, positive, negative)


def _exponents(weights, intercepts=0):
    """Return the exponent of the largest absolute number of every unit (K,)."""
    largest = np.maximum(weights.max(axis=1), -weights.min(axis=1))
    return np.frexp(np.maximum(largest, np.abs(intercepts)))[1]


def _lengths(units, fitted, exponents, eta0, exponent):
    """Return ‖u‖², w₀·u and ‖w₀‖² of every unit (3, K).

    u are the fitted weights divided by 2^exponents, and w₀ the first weights divided by
    eta0·2^exponent. Both include the intercept.
    """
    weights, intercepts = fitted
    first_weights, first_intercepts = units.first
    lengths = np.zeros((3, len(weights)))
    for part in blocks_of_scores(weights):
        for now, first in (
            (weights, first_weights),
            (intercepts[:, np.newaxis], first_intercepts),
        ):
            u = np.ldexp(now[part], -exponents[part, np.newaxis]).astype(np.float64)
            lengths[0, part] += np.sum(u**2, axis=1)
            if first is None:
                continue
            first = np.reshape(first, (-1, now.shape[1]))[part].astype(now.dtype)
            with np.errstate(all="ignore"):
                first = np.ldexp(first.astype(np.float64) / eta0, -exponent)
                lengths[1, part] += np.sum(first * u, axis=1)
                lengths[2, part] += np.sum(first**2, axis=1)
    return lengths


def _square_lengths(rows, fit_intercept):
    """Return the squared lengths of the visited rows and an exponent.

    The lengths are divided by 2^exponent, which is 0 unless squares would underflow or
    overflow. They include the constant 1 of the intercept.
    """
    X, exponent = rows.X, 0
    with np.errstate(over="ignore", under="ignore"):
        squares = row_norms(X, squared=True)[rows.order].astype(np.float64)
    longest, limits = np.max(squares, initial=0.0), np.finfo(X.dtype)
    if not limits.smallest_normal / limits.eps < longest < np.inf:
        values = X.data if issparse(X) else X
        largest = max(np.max(values, initial=0.0), -np.min(values, initial=0.0))
        exponent = int(np.frexp(largest)[1])
        exponent = max(exponent, 0) if fit_intercept else exponent
        X = X.astype(np.float64)  # a copy that may change
        values = X.data if issparse(X) else X
        np.ldexp(values, -exponent, out=values)
        squares = row_norms(X, squared=True)[rows.order]
    if fit_intercept:
        squares += np.ldexp(1.0, -2 * exponent)
    return squares, exponent


def _margins(rows, units, fitted, exponents):
    """Return the smallest functional margin of every bound, and the geometric margin.

    The functional margins are those of weights and intercepts divided by 2^exponents.
    """
    weights = fitted[0]
    all_rows = len(rows.order) == rows.X.shape[0]
    margins_of = _joint_margins if units.joint else _unit_margins
    functional = np.full(1 if units.joint else len(weights), np.inf)
    geometric = np.inf
    n_scores = _BLOCK_SCORES
    if issparse(rows.X):
        n_scores = max(n_scores, rows.X.nnz)
    for block in blocks(len(rows.order), max(1, n_scores // len(weights))):
        block = block if all_rows else rows.order[block]
        arrays = rows.csr_arrays if block is ALL_ROWS else None
        scores = _scores(take(rows.X, block), fitted, exponents, arrays)
        margins, nearest = margins_of(
            scores, rows.labels[block], units.classes, weights, exponents
        )
        functional = np.minimum(functional, margins)
        geometric = min(geometric, float(nearest))
    return functional, geometric


def _scores(X, fitted, exponents, arrays):
    """Return the scores X·weightsᵀ + intercepts (n_samples, K), over 2^exponents.

    They are computed as the scores of networks without a hidden layer. Each has some of
    the units, so that few weights are copied at once.
    """
    weights, intercepts = fitted
    if not issparse(X) and X.size * len(weights) <= _FEW_PRODUCTS:
        W = np.ldexp(weights, -exponents[:, np.newaxis])
        return X @ W.T + np.ldexp(intercepts, -exponents)
    parts = []
    for part in blocks_of_scores(weights):
        W = np.ldexp(weights[part], -exponents[part, np.newaxis])
        b = np.ldexp(intercepts[part], -exponents[part])
        network = Network(W.shape[::-1])
        fused = fuse(network, Loss.table["squared_error"](), X, arrays=arrays)
        if fused is None:
            parts.append(network.scores([W.T], [b], X))
        else:
            parts.append(fused.scores(network.flatten([W.T], [b])))
    return parts[0] if len(parts) == 1 else np.hstack(parts)


def _unit_margins(scores, labels, classes, weights, exponents):
    """Return the smallest functional margins yᵢₖ·scoreᵢₖ, and the geometric margin.

    The functional margins (n_units,) are minima over the rows; the geometric margin is
    the smallest distance of a row from a unit's hyperplane.
    """
    margins = np.empty(len(classes))
    for k, own in enumerate(classes):
        signs = (labels == own).astype(scores.dtype) * 2 - 1
        margins[k] = np.min(scores[:, k] * signs)
    return margins, np.min(_distances(margins, exponents, weights))


def _joint_margins(scores, labels, classes, weights, exponents):
    """Return the smallest functional margin, and the geometric margin.

    The functional margin of a row is the score of its class minus the highest other
    score; the geometric margin is the smallest distance of a row from a boundary
    between its class and another class.
    """
    own = np.take_along_axis(scores, labels[:, np.newaxis], axis=1)
    margins = np.where(labels[:, np.newaxis] == classes, np.inf, own - scores)
    nearest = np.inf
    for k in np.unique(labels):
        distances = _distances(
            margins[labels == k].min(axis=0), exponents, weights, weights[k]
        )
        nearest = min(nearest, np.min(distances))
    return np.min(margins), nearest


def _distances(margins, exponents, weights, origin=0):
    """Return margins·2^exponents / ‖weights − origin‖ (K,); zero margins give 0."""
    distances = np.empty(len(margins))
    for part in blocks_of_scores(weights):
        W = weights[part] - origin
        shift = _exponents(W)
        norms = np.linalg.norm(
            np.ldexp(W, -shift[:, np.newaxis]).astype(np.float64), axis=1
        )
        with np.errstate(all="ignore"):
            distances[part] = np.ldexp(
                margins[part].astype(np.float64) / norms, exponents[part] - shift
            )
    return np.where(margins == 0, 0.0, distances)
