"""Rows of a dense array or a CSR matrix, taken and scaled in one way for both."""

import scipy.sparse

ALL_ROWS = slice(None)

# Enough rows to keep a matrix product busy, few enough for their scores to stay in
# the cache.
BLOCK_ROWS = 2048

# Numbers of a block of rows that fits the cache, and the fewest rows in it.
_BLOCK_ELEMENTS = 2**18
_SHORTEST_BLOCK = 1024


def take(matrix, rows):
    """The rows asked for; everything is handed on as it is, a dense slice is a view."""
    return matrix if rows is ALL_ROWS else matrix[rows]


def scale(X, factors):
    """diag(factors) · X."""
    if scipy.sparse.issparse(X):
        return scipy.sparse.dia_array((factors[None, :], [0]), (X.shape[0],) * 2) @ X
    return X * factors[:, None]


def dense(matrix):
    """The same numbers as a dense array."""
    return matrix.toarray() if scipy.sparse.issparse(matrix) else matrix


def blocks(n_rows, block_rows=BLOCK_ROWS):
    """Consecutive slices that cover all rows."""
    if n_rows <= block_rows:
        return [ALL_ROWS]
    starts = range(0, n_rows, block_rows)
    return [slice(start, min(start + block_rows, n_rows)) for start in starts]


def cache_blocks(n_rows, n_columns):
    """Consecutive slices that cover all rows, each small enough for the cache."""
    return blocks(n_rows, max(_SHORTEST_BLOCK, _BLOCK_ELEMENTS // max(n_columns, 1)))
