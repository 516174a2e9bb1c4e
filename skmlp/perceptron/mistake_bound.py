"""Geometric margin of a fitted perceptron, and upper bound of its mistakes."""

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.extmath import row_norms

from skmlp.base.rows import ALL_ROWS, blocks, take
from skmlp.losses import Loss
from skmlp.network import Network
from skmlp.network.fused import fuse

__all__ = ["margin_and_mistake_bound"]

# Minimum number of scores that are computed at once. Blocks of sparse rows are copies,
# so with sparse X the blocks are larger: as many scores as X has entries.
_BLOCK_SCORES = 2**18


def margin_and_mistake_bound(rows, units, *, margin, eta0, fit_intercept):
    """Return the geometric margin and Novikoff's upper bound of the mistakes.

    The geometric margin is the smallest distance of a row from a boundary, negative if
    a row lies on the wrong side. The bound is the sum of the bounds of the units; it is
    infinite if a unit does not separate its classes.
    """
    weights, intercepts = units.fitted_weights()
    # Weights such as 1e-200 have squares that underflow: divide by the power of two of
    # the largest weight.
    _, exponent = np.frexp(np.abs(weights).max())
    weights, intercepts = np.ldexp(weights, -exponent), np.ldexp(intercepts, -exponent)
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
        scores = _scores(take(rows.X, block), weights, intercepts, arrays)
        margins, nearest = margins_of(
            scores, rows.labels[block], units.classes, weights
        )
        functional = np.minimum(functional, margins)
        geometric = min(geometric, nearest)
    if not np.all(functional > 0):
        return float(geometric), np.inf
    block = slice(None) if all_rows else rows.order
    squares = row_norms(rows.X, squared=True)[block] + float(fit_intercept)
    labels, weight = rows.labels[block], rows.sample_weight[block].astype(np.float64)
    weights, intercepts = weights.astype(np.float64), intercepts.astype(np.float64)
    if units.joint:  # a mistake updates two rows of W
        factors = (weight * rows.positive[labels],)
        squares *= 2
        square_norms = np.array([np.sum(weights**2) + np.sum(intercepts**2)])
    else:
        factors = (
            weight * np.where(labels == own, positive, negative)
            for own, positive, negative in zip(
                units.classes, rows.positive, rows.negative, strict=True
            )
        )
        square_norms = np.sum(weights**2, axis=1) + intercepts**2
    bound = 0.0
    square_margins = functional**2 / square_norms
    for factor, square_margin in zip(factors, square_margins, strict=True):
        positive = factor > 0
        longest = np.max((factor * squares)[positive], initial=0.0)
        smallest = np.min(factor[positive], initial=np.inf)
        bound += (longest + 2 * margin / eta0) / (square_margin * smallest)
    return float(geometric), float(bound)


def _scores(X, weights, intercepts, arrays):
    """Return the scores X·weightsᵀ + intercepts (n_samples, n_units).

    They are computed as the scores of a network without a hidden layer.
    """
    network = Network(weights.shape[::-1])
    fused = fuse(network, Loss.table["squared_error"](), X, arrays=arrays)
    if fused is None:
        return network.scores([weights.T], [intercepts], X)
    return fused.scores(network.flatten([weights.T], [intercepts]))


def _unit_margins(scores, labels, classes, weights):
    """Return the smallest functional margins yᵢₖ·scoreᵢₖ, and the geometric margin.

    The functional margins (n_units,) are minima over the rows; the geometric margin is
    the smallest distance of a row from a unit's hyperplane.
    """
    margins = np.empty(len(classes))
    for k, own in enumerate(classes):
        signs = (labels == own).astype(scores.dtype) * 2 - 1
        margins[k] = np.min(scores[:, k] * signs)
    return margins, np.min(_distances(margins, np.linalg.norm(weights, axis=1)))


def _joint_margins(scores, labels, classes, weights):
    """Return the smallest functional margin, and the geometric margin.

    The functional margin of a row is the score of its class minus the highest other
    score; the geometric margin is the smallest distance of a row from a boundary
    between its class and another class.
    """
    own = np.take_along_axis(scores, labels[:, np.newaxis], axis=1)
    margins = np.where(labels[:, np.newaxis] == classes, np.inf, own - scores)
    nearest = np.inf
    for k in np.unique(labels):
        norms = np.linalg.norm(weights[k] - weights, axis=1)
        norms[k] = 1.0
        nearest = min(
            nearest, np.min(_distances(margins[labels == k].min(axis=0), norms))
        )
    return np.min(margins), nearest


def _distances(margins, norms):
    """Return margins / norms of the weights; zero margins give 0, also at norm 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(margins == 0, 0.0, margins / norms)
