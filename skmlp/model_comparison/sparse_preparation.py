"""Prepare a large table as a sparse matrix, a few columns at a time."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils import get_tags

__all__ = ["SelectedRows", "SparsePreparation", "saves_memory", "take_sparse"]

# From this size of the dense matrix on, a sparse one is made if it is half as large.
_LARGE_BYTES = 64 * 2**20
_MIN_SAVING = 2.0
_BYTES = 8  # of a number of a dense matrix
_SPARSE_BYTES = 12  # of an entry of a sparse one, with its column

# Numbers that are prepared at a time.
_BLOCK = 1 << 20


def saves_memory(n_rows, n_columns, n_entries):
    """Return True if a sparse matrix with `n_entries` a row saves much memory."""
    dense = _BYTES * n_columns
    return (
        n_rows * dense >= _LARGE_BYTES
        and dense >= _MIN_SAVING * _SPARSE_BYTES * n_entries
    )


def take_sparse(estimators):
    """Return True if all estimators say that they can be fitted to sparse matrices."""
    try:
        return all(get_tags(each).input_tags.sparse for each in estimators)
    except (AttributeError, TypeError, ValueError):  # no estimators of scikit-learn
        return False


@dataclass(frozen=True)
class SelectedRows:
    """Some rows of a matrix, which are copied when columns of them are asked for.

    ``X[:, columns]`` is an array, as of any matrix, and so is ``X[:5, columns]``.
    """

    values: np.ndarray
    rows: np.ndarray

    def __len__(self):
        """Return the number of rows."""
        return len(self.rows)

    @property
    def shape(self):
        """Numbers of rows and columns."""
        return len(self.rows), self.values.shape[1]

    def __getitem__(self, key):
        """Return an array of rows and columns; `key` is a slice and an array."""
        among, columns = key
        rows = self.rows[among]
        chosen = np.empty((len(rows), len(columns)), order="F")
        for i, j in enumerate(columns):
            chosen[:, i] = self.values[rows, j]
        return chosen


class SparsePreparation(TransformerMixin, BaseEstimator):
    """Column transformer whose output is a sparse matrix (CSR) that is never copied.

    It does what scikit-learn's ColumnTransformer does, and the columns of the output
    are the same. But it learns from some columns at a time, and writes their numbers
    where they stay, which takes little more memory than the output.

    Parameters
    ----------
    parts : list of (name, transformer, columns)
        Transformers of columns by number. Each treats every column alone, and returns
        a dense matrix, or a sparse one with at most one entry for each column.
    """

    def __init__(self, parts):
        self.parts = parts

    def fit(self, X, y=None):
        """Fit every transformer to columns of X (n, d), an array or SelectedRows."""
        at_a_time = max(1, _BLOCK // max(1, len(X)))
        self.fitted_ = [
            (clone(transformer).fit(X[:, chosen], y), chosen)
            for _, transformer, columns in self.parts
            for chosen in _pieces(columns, at_a_time)
        ]
        return self

    def fit_transform(self, X, y=None):
        """Fit to X (n, d), and return the sparse matrix of X."""
        return self.fit(X, y).transform(X)

    def transform(self, X):
        """Return the sparse matrix of X (n, d)."""
        firsts = [fitted.transform(X[:1, j]) for fitted, j in self.fitted_]
        widths = [first.shape[1] for first in firsts]
        lengths = [
            len(columns) if scipy.sparse.issparse(first) else first.shape[1]
            for first, (_, columns) in zip(firsts, self.fitted_, strict=True)
        ]
        outputs = (fitted.transform(X[:, j]) for fitted, j in self.fitted_)
        return _side_by_side(outputs, len(X), widths, lengths)


def _pieces(columns, at_a_time):
    """Yield arrays of some of the columns, at most `at_a_time`."""
    for start in range(0, len(columns), at_a_time):
        yield np.asarray(columns[start : start + at_a_time])


def _side_by_side(outputs, n_rows, widths, lengths):
    """Return the sparse matrix of outputs, which have at most `lengths` entries a row.

    All rows first get equally many entries. Those that a row lacks are taken out at
    the end; in training rows there are none.
    """
    n_entries = sum(lengths)
    fits = max(n_rows * n_entries, sum(widths)) < np.iinfo(np.int32).max
    kind = np.int32 if fits else np.int64
    data = np.empty((n_rows, n_entries))
    indices = np.empty((n_rows, n_entries), dtype=kind)
    lacking = []
    entry = column = 0
    for output, width, length in zip(outputs, widths, lengths, strict=True):
        entries = slice(entry, entry + length)
        if scipy.sparse.issparse(output):
            counts = np.diff(output.indptr)
            place = np.arange(length) < counts[:, None]
            data[:, entries][place] = output.data
            indices[:, entries][place] = output.indices + column
            if not place.all():
                lacking.append((entries, ~place))
        else:
            data[:, entries] = output
            indices[:, entries] = np.arange(column, column + width)
        entry += length
        column += width
    shape = (n_rows, column)
    if not lacking:
        ends = np.arange(n_rows + 1, dtype=kind) * n_entries
        return scipy.sparse.csr_matrix(
            (data.reshape(-1), indices.reshape(-1), ends.astype(kind)), shape=shape
        )
    kept = np.ones((n_rows, n_entries), dtype=bool)
    for entries, gone in lacking:
        kept[:, entries] = ~gone
    ends = np.concatenate([[0], np.cumsum(kept.sum(axis=1))]).astype(kind)
    return scipy.sparse.csr_matrix((data[kept], indices[kept], ends), shape=shape)
