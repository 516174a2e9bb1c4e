"""Sums over the rows of classes, accumulated in float64."""

from skmlp._kernels.arrays import array_namespace

_BLOCK = 2048


def class_moments(X, labels, weights, shifts, *, in_float32=False):
    """Σ w, Σ w·r and Σ w·r·rᵀ of the residuals r = x − shift of the row's class.

    The first two are sums over each class, (K,) and (K, d); the third is over all rows,
    (d, d). X is (n, d), labels (n,) integers below K, weights (n,), shifts (K, d). With
    `in_float32`, products of two columns of a block of rows are formed in float32.
    """
    moments = _block_moments(
        X[:_BLOCK], labels[:_BLOCK], weights[:_BLOCK], shifts, in_float32
    )
    for start in range(_BLOCK, X.shape[0], _BLOCK):
        rows = slice(start, start + _BLOCK)
        block = _block_moments(X[rows], labels[rows], weights[rows], shifts, in_float32)
        for total, term in zip(moments, block, strict=True):
            total += term
    return moments


def _block_moments(X, labels, weights, shifts, in_float32):
    """The same for so few rows that copies of them do no harm."""
    xp = array_namespace(X, shifts)
    residuals = xp.astype(X, xp.float64) - xp.take(shifts, labels, axis=0)
    classes = xp.arange(shifts.shape[0], dtype=labels.dtype)
    membership = xp.where(labels[:, None] == classes, weights[:, None], 0.0)
    sums = membership.T @ residuals
    residuals *= xp.sqrt(weights)[:, None]
    if in_float32:
        squares = xp.sum(residuals * residuals, axis=0)
        residuals = xp.astype(residuals, xp.float32)
        scatter = xp.astype(residuals.T @ residuals, xp.float64)
        diagonal = xp.eye(scatter.shape[0], dtype=xp.bool)
        scatter = xp.where(diagonal, squares, scatter)
    else:
        scatter = residuals.T @ residuals
    return xp.sum(membership, axis=0), sums, scatter
