"""Functions that select, order and scale rows of a dense array or of a CSR matrix."""

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

# Neighbouring rows in a block. Longer blocks do not read memory faster, and learn worse
# if X is sorted by class.
_NEIGHBOURS = 16
# Blocks that are visited in turn, so that consecutive visits are not of neighbours.
_BLOCKS_AT_ONCE = 16


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


def blocks_of_scores(coef):
    """Return slices that cover the rows of `coef`, those of the scores that it gives.

    What is computed from one block of the weights takes little memory.
    """
    return blocks(len(coef), max(1, _BLOCK_ELEMENTS // max(coef.shape[1], 1)))


def blockwise_permutation(generator, permutation):
    """Fill `permutation` with 0 to n − 1 in a random order with few cache misses.

    From a random first index on, the indices are cut into blocks of neighbours. Sixteen
    random blocks form a group; within a group, one index of each block is visited in
    turn. The indices outside all groups come first: as neighbours in X they would have
    too much influence on the last weights.
    """
    n, group_rows = len(permutation), _NEIGHBOURS * _BLOCKS_AT_ONCE
    # One group fewer than would fit, so that the first block can start anywhere.
    n_groups = max(0, n // group_rows - 1)
    n_grouped = n_groups * group_rows
    n_rest = n - n_grouped
    first = generator.randint(n_rest)
    starts = first + _NEIGHBOURS * generator.permutation(n_grouped // _NEIGHBOURS)
    permutation[:n_rest] = generator.permutation(np.r_[:first, first + n_grouped : n])
    np.add(
        starts.reshape(n_groups, 1, _BLOCKS_AT_ONCE),
        np.arange(_NEIGHBOURS)[:, np.newaxis],
        out=permutation[n_rest:].reshape(n_groups, _NEIGHBOURS, _BLOCKS_AT_ONCE),
    )


def all_finite(array):
    """Return True if all numbers are finite, without an array of their size."""
    return array.size == 0 or bool(np.isfinite([array.min(), array.max()]).all())
