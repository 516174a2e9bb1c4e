"""The rows that a perceptron visits, and their order."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse
from sklearn.utils import check_random_state

from skmlp import _kernels

__all__ = ["VisitedRows", "blockwise_places", "order_generator"]

# Rows that take more than this are not visited one by one in a random order: each would
# have to come from memory.
_LARGE_BYTES = 2**23
# More rows in a row read memory no faster, but learn less where X is sorted by class.
_BLOCK = 16
_BLOCKS_AT_ONCE = (
    16  # taken in turn, so that neighbours in X are not neighbours in time
)


@dataclass
class VisitedRows:
    """What is visited: rows, labels, weights, and the order of the last visit."""

    X: object
    labels: np.ndarray
    sample_weight: np.ndarray
    order: np.ndarray
    positive: np.ndarray
    negative: np.ndarray

    def __post_init__(self):
        """Dense rows, or the three arrays of a CSR matrix."""
        self.csr_arrays, self.arrays = None, {"dense": None}
        if scipy.sparse.issparse(self.X):
            self.csr_arrays = _kernels.csr_arrays(self.X)
        else:
            self.arrays["dense"] = self.X = _kernels.contiguous(self.X)
        parts = self.csr_arrays or (None, None, None)
        self.arrays |= zip(("values", "indices", "starts"), parts, strict=True)
        self.n_bytes = sum(a.nbytes for a in self.arrays.values() if a is not None)
        self.numbered = self.places = None

    @property
    def n_products(self):
        """Multiplications for one score of every row."""
        return self.X.nnz if scipy.sparse.issparse(self.X) else self.X.size

    def shuffle(self, generator):
        """Draw the order of the next visit."""
        if self.n_bytes <= _LARGE_BYTES:
            self.order = self.order[generator.permutation(len(self.order))]
            return
        if self.numbered is None:
            self.numbered = self.order  # as they lie in memory
            self.places, self.order = np.empty((2, len(self.order)), dtype=np.int64)
        blockwise_places(generator, self.places)
        np.take(self.numbered, self.places, out=self.order, mode="clip")

    def set_aside(self, fraction, generator):
        """Take some rows out of the order, in equal parts of every class."""
        from sklearn.model_selection import StratifiedShuffleSplit

        splitter = StratifiedShuffleSplit(
            n_splits=1, test_size=fraction, random_state=generator
        )
        everything = np.arange(self.X.shape[0])
        _, aside = next(splitter.split(everything[:, np.newaxis], self.labels))
        if not np.any(self.sample_weight[aside]):
            raise ValueError(
                "The sample weights for validation set are all zero, consider using a "
                "different random state."
            )
        self.order = np.setdiff1d(self.order, aside)
        if len(self.order) == 0:
            raise ValueError(
                f"validation_fraction={fraction} leaves no row of positive weight to "
                "train on; lower it, or set early_stopping=False."
            )
        return aside


def blockwise_places(generator, places):
    """Fill in a random order, 0 to n − 1, in which memory is read in runs.

    From a random place on, the places are cut into blocks. Blocks are drawn by the
    sixteen, of which one row each is taken in turn. What is left of the places comes
    first: being neighbours they would leave their mark on the last weights.
    """
    n, group_rows = len(places), _BLOCK * _BLOCKS_AT_ONCE
    # One group less than there is room for: that they can begin anywhere.
    n_groups = max(0, n // group_rows - 1)
    n_grouped = n_groups * group_rows
    n_rest = n - n_grouped
    first = generator.randint(n_rest)
    starts = first + _BLOCK * generator.permutation(n_grouped // _BLOCK)
    places[:n_rest] = generator.permutation(np.r_[:first, first + n_grouped : n])
    np.add(
        starts.reshape(n_groups, 1, _BLOCKS_AT_ONCE),
        np.arange(_BLOCK)[:, np.newaxis],
        out=places[n_rest:].reshape(n_groups, _BLOCK, _BLOCKS_AT_ONCE),
    )


def order_generator(random_state):
    """Draws the orders of the rows, from a seed that random_state draws."""
    seed = check_random_state(random_state).randint(np.iinfo(np.int32).max)
    return np.random.RandomState(seed)
