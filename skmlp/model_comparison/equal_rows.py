"""Find rows that are equal, and keep them together in folds."""

import numpy as np

__all__ = ["first_equal_row", "with_equal_rows_together"]

# An odd number with bits in no order; products with it mix the bits of a value.
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def first_equal_row(columns):
    """Return the number (n,) of the first row that is equal to each row.

    Missing values are equal. Rows are compared by 64 bits that depend on all of their
    values, and those that agree in them by the values themselves, so that no more than
    a few columns are in memory twice.

    Parameters
    ----------
    columns : list of ndarray of shape (n,)
        Columns of numbers.
    """
    bits = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        # The sum turns −0 into 0.
        column = np.ascontiguousarray(np.asarray(column, dtype=float) + 0.0)
        column[np.isnan(column)] = np.nan
        bits ^= column.view(np.uint64)
        bits *= _FACTOR
        bits ^= bits >> np.uint64(29)
    _, first, groups = np.unique(bits, return_index=True, return_inverse=True)
    first_of = first[groups.ravel()]
    own = np.arange(len(bits))
    later = np.flatnonzero(first_of != own)
    equal = np.ones(len(later), dtype=bool)
    for column in columns:
        ours, theirs = column[later], column[first_of[later]]
        equal &= (ours == theirs) | ((ours != ours) & (theirs != theirs))
    first_of[later[~equal]] = later[~equal]
    return first_of


def with_equal_rows_together(test, first_of):
    """Return training and test rows, each row where the first equal row is."""
    is_test = np.zeros(len(first_of), dtype=bool)
    is_test[test] = True
    is_test = is_test[first_of]
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)
