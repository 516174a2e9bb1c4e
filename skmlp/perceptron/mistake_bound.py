"""What a fitted perceptron reached: its margin, and the bound on its mistakes."""

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.extmath import row_norms

from skmlp.base.rows import ALL_ROWS, blocks, take
from skmlp.losses import Loss
from skmlp.network import Network
from skmlp.network.fused import fuse

__all__ = ["margin_and_mistake_bound"]

# So many scores at once; of sparse rows, whose blocks are copies, as many as entries.
_SCORES = 2**18


def margin_and_mistake_bound(rows, units, *, margin, eta0, fit_intercept):
    """The least distance of a row from a boundary, and Novikoff's bound on mistakes.

    A distance is negative on the wrong side. The bound is the sum of those of the
    units; it is infinite where one does not separate its classes.
    """
    weights, intercepts = units.learnt()
    # In units of the largest weight: squares of such as 1e-200 are beyond the range.
    _, exponent = np.frexp(np.abs(weights).max())
    weights, intercepts = np.ldexp(weights, -exponent), np.ldexp(intercepts, -exponent)
    everything = len(rows.order) == rows.X.shape[0]
    find = _joint_leads if units.joint else _own_leads
    lead, distance = np.full(1 if units.joint else len(weights), np.inf), np.inf
    n_scores = max(_SCORES, rows.X.nnz) if issparse(rows.X) else _SCORES
    for block in blocks(len(rows.order), max(1, n_scores // len(weights))):
        block = block if everything else rows.order[block]
        arrays = rows.csr_arrays if block is ALL_ROWS else None
        scores = _scores(take(rows.X, block), weights, intercepts, arrays)
        leads, nearest = find(scores, rows.labels[block], units.classes, weights)
        lead, distance = np.minimum(lead, leads), min(distance, nearest)
    if not np.all(lead > 0):
        return float(distance), np.inf
    block = slice(None) if everything else rows.order
    squares = row_norms(rows.X, squared=True)[block] + float(fit_intercept)
    labels, weight = rows.labels[block], rows.sample_weight[block].astype(np.float64)
    weights, intercepts = weights.astype(np.float64), intercepts.astype(np.float64)
    if units.joint:  # a mistake moves two rows of W
        counts = (weight * rows.positive[labels],)
        squares *= 2
        lengths = np.array([np.sum(weights**2) + np.sum(intercepts**2)])
    else:
        counts = (
            weight * np.where(labels == own, positive, negative)
            for own, positive, negative in zip(
                units.classes, rows.positive, rows.negative, strict=True
            )
        )
        lengths = np.sum(weights**2, axis=1) + intercepts**2
    bound = 0.0
    for count, square_margin in zip(counts, lead**2 / lengths, strict=True):
        counted = count > 0
        longest = np.max((count * squares)[counted], initial=0.0)
        least = np.min(count[counted], initial=np.inf)
        bound += (longest + 2 * margin / eta0) / (square_margin * least)
    return float(distance), float(bound)


def _scores(X, weights, intercepts, arrays):
    """X·weightsᵀ + intercepts: those of a network without a hidden layer."""
    network = Network(weights.shape[::-1])
    fused = fuse(network, Loss.table["squared_error"](), X, arrays=arrays)
    if fused is None:
        return network.scores([weights.T], [intercepts], X)
    return fused.scores(network.flatten([weights.T], [intercepts]))


def _own_leads(scores, labels, classes, weights):
    """Least yᵢₖ·score of every unit, and the least of its distances."""
    leads = np.empty(len(classes))
    for k, own in enumerate(classes):
        signs = (labels == own).astype(scores.dtype) * 2 - 1
        leads[k] = np.min(scores[:, k] * signs)
    return leads, np.min(_distances(leads, np.linalg.norm(weights, axis=1)))


def _joint_leads(scores, labels, classes, weights):
    """Least lead of the own score over another, and the least of its distances."""
    own = np.take_along_axis(scores, labels[:, np.newaxis], axis=1)
    leads = np.where(labels[:, np.newaxis] == classes, np.inf, own - scores)
    nearest = np.inf
    for k in np.unique(labels):
        lengths = np.linalg.norm(weights[k] - weights, axis=1)
        lengths[k] = 1.0
        nearest = min(
            nearest, np.min(_distances(leads[labels == k].min(axis=0), lengths))
        )
    return np.min(leads), nearest


def _distances(leads, lengths):
    """Leads over lengths; where there is no direction, no distance either."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(leads == 0, 0.0, leads / lengths)
