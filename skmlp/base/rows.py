"""Functions that select and scale rows of a dense array or of a CSR matrix."""

import scipy.sparse

ALL_ROWS = slice(None)

# Enough rows for an efficient matrix product, and few enough that their scores stay in
# the cache.
BLOCK_ROWS = 2048

# Number of entries of a block that fits into the cache, and minimum number of its rows.
_BLOCK_ELEMENTS = 2**18
_SHORTEST_BLOCK = 1024


def take(matrix, rows):
    """Return the chosen rows of a matrix: itself for ALL_ROWS, a view for a slice."""
    return matrix if rows is ALL_ROWS else matrix[rows]


def scale(X, factors):
    """Return X with row i multiplied by factors[i]: diag(factors)·X."""
    if scipy.sparse.issparse(X):
        return scipy.sparse.dia_array((factors[None, :], [0]), (X.shape[0],) * 2) @ X
    return X * factors[:, None]


def dense(matrix):
    """Return a sparse matrix as a dense array, and a dense array unchanged."""
    return matrix.toarray() if scipy.sparse.issparse(matrix) else matrix


def blocks(n_rows, block_rows=BLOCK_ROWS):
    """Return consecutive slices of `block_rows` rows that cover all `n_rows` rows."""
    if n_rows <= block_rows:
        return [ALL_ROWS]
    starts = range(0, n_rows, block_rows)
    return [slice(start, min(start + block_rows, n_rows)) for start in starts]


def cache_blocks(n_rows, n_columns):
    """Return consecutive slices that cover all rows; each block fits into the cache."""
    return blocks(n_rows, max(_SHORTEST_BLOCK, _BLOCK_ELEMENTS // max(n_columns, 1)))
