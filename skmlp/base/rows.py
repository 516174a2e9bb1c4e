"""Functions that select, order and scale rows of a dense array or of a CSR matrix."""

import hashlib
from functools import lru_cache

import numpy as np
import scipy.sparse
from sklearn.utils import check_random_state

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


class OrderGenerator:
    """Generator of random orders: the `words` of a RandomState, or the object itself.

    To make a RandomState takes longer than some epochs over few rows, and the kernels
    draw the same orders from its words. Either form is made of the other when needed.
    """

    def __init__(self, words):
        self._words, self._random_state = words, None

    @classmethod
    def seeded_by(cls, random_state):
        """Return the generator seeded by a draw of random_state."""
        if type(random_state) is int:
            return cls(_words_seeded_by(random_state).copy())
        return cls(_words_of(_seeded_by(random_state)))

    @property
    def words(self):
        """State of the generator (625,), which the kernels change in place."""
        if self._words is None:
            self._words, self._random_state = _words_of(self._random_state), None
        return self._words

    @property
    def random_state(self):
        """Generator as a RandomState; its draws change this generator, too."""
        if self._random_state is None:
            self._random_state = np.random.RandomState()
            words, self._words = self._words, None
            self._random_state.set_state(("MT19937", words[:-1], int(words[-1])))
        return self._random_state

    def get_state(self, legacy=False):
        """Return the state, for `set_state`."""
        if self._words is not None:
            return self._words.copy()
        return _words_of(self._random_state)

    def set_state(self, state):
        """Return to a state of before."""
        self._words, self._random_state = state, None

    def __getstate__(self):
        """Return the state as bytes: joblib may load an array that is read-only."""
        return self.get_state().astype("<u4").tobytes()

    def __setstate__(self, state):
        """Take the state from the bytes of `__getstate__`."""
        self.set_state(np.frombuffer(state, dtype="<u4").astype(np.uint32))


def _seeded_by(random_state):
    """Return a RandomState seeded by a draw of random_state."""
    seed = check_random_state(random_state).randint(np.iinfo(np.int32).max)
    return np.random.RandomState(seed)


@lru_cache(maxsize=256)
def _words_seeded_by(seed):
    """Return the words of the generator seeded by a draw of an integer random_state."""
    return _words_of(_seeded_by(seed))


def _words_of(generator):
    """Return the words of a RandomState, with the number of those used up (625,)."""
    _, key, used, *_ = generator.get_state()
    return np.append(key, np.uint32(used))


def all_finite(array):
    """Return True if all numbers are finite, without an array of their size."""
    return array.size == 0 or bool(np.isfinite([array.min(), array.max()]).all())
