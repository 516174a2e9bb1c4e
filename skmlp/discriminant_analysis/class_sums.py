"""Sums over the rows of classes: about a point near them, or about zero if sparse."""

from contextvars import copy_context
from itertools import pairwise

import numpy as np
import scipy.sparse

from skmlp import _kernels
from skmlp.base.rows import dense

# Rows that are worked on together.
_BLOCK_ROWS = 512
# Multiplications that are worth waking threads for, and the most parts to share them.
_LARGE = 2**26
_MOST_PARTS = 8


def dense_sums(X, labels, weights, n_classes, in_float32):
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


def sparse_sums(X, labels, weights, n_classes):
    """The same about zero: a shift would fill in the zeros."""
    X = X.astype(np.float64, copy=False)
    membership = membership_matrix(labels, n_classes, weights)
    scatter = dense(X.T @ (scipy.sparse.diags_array(weights) @ X))
    class_weights, sums = membership.sum(axis=1), dense(membership @ X)
    return np.zeros_like(sums), (class_weights, sums, scatter)


def membership_matrix(labels, n_classes, weights):
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
    if n_rows * n_columns**2 >= _LARGE:
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
