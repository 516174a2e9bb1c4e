"""Sums over the rows of classes, accumulated in float64."""

from skmlp._kernels.arrays import array_namespace

_BLOCK = 2048


def class_moments(X, labels, weights, shifts, *, in_float32=False):
    """Return Σ w and Σ w·r per class, and Σ w·r·rᵀ, of the residuals of rows.

    The residual of a row x is r = x − shift of its class.

    Parameters
    ----------
    X : array of shape (n, d)
    labels : array of shape (n,)
        Integers from 0 to K − 1.
    weights : array of shape (n,)
    shifts : array of shape (K, d)
    in_float32 : bool
        Whether the products within a block of rows are computed in float32.

    Returns
    -------
    class_weights : array of shape (K,)
    sums : array of shape (K, d)
    scatter : array of shape (d, d)
        The sum over the rows of all classes.
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
    """Return the sums of `class_moments` for one block of rows, which is copied."""
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
