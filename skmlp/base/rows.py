"""Functions that select and scale rows of a dense array or of a CSR matrix."""

import hashlib

import numpy as np
import scipy.sparse

ALL_ROWS = slice(None)

# Enough rows for an efficient matrix product, and few enough that their scores stay in
# the cache.
BLOCK_ROWS = 2048

# Odd numbers, drawn once: factors of the 64-bit numbers of a chunk of bytes.
_FACTORS = np.random.RandomState(20).randint(0, 2**63, 64, dtype=np.uint64) * 2 + 1

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


def fingerprint(matrix):
    """Return a short text that differs between matrices: a hash of all entries.

    The 64-bit numbers in 512 bytes are multiplied by odd random factors and added,
    which is as fast as memory is read; SHA-1 then hashes the sums. None stays None.
    """
    if matrix is None:
        return None
    if scipy.sparse.issparse(matrix):
        parts = (matrix.data, matrix.indices, matrix.indptr)
        return ",".join([str(matrix.shape), *map(fingerprint, parts)])
    by_columns = matrix.flags.f_contiguous and not matrix.flags.c_contiguous
    array = np.ascontiguousarray(matrix.T if by_columns else matrix)
    content = array.reshape(-1).view(np.uint8)
    split = len(content) - len(content) % 512
    words = content[:split].view(np.uint64).reshape(-1, 64)
    digest = hashlib.sha1(np.einsum("ij,j->i", words, _FACTORS), usedforsecurity=False)
    digest.update(content[split:])
    return f"{matrix.shape}{matrix.dtype}{by_columns}{digest.hexdigest()}"
