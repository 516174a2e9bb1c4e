"""Find columns that tell the target by themselves."""

import numpy as np
from scipy import stats

from skmlp.model_comparison.columns import one_line

__all__ = ["leak_notes"]

# In fewer rows a column may tell the target by chance.
_MIN_ROWS = 30
_LARGEST_CORRELATION = 0.999999


def leak_notes(features, y, task):
    """Return a tuple with a note on columns that tell the target, or ().

    In a classification every value of such a column, or every interval between two of
    them, goes with one class; in a regression it rises or falls with the target.
    """
    if len(y) < _MIN_ROWS:
        return ()
    tells = _tells_class if task == "classification" else _tells_number
    targets = np.unique(y, return_inverse=True)[1] if task == "classification" else y
    names = [
        name
        for name, column, is_code in zip(
            features.names, features.values.T, features.categorical, strict=True
        )
        if tells(column, targets, bool(is_code))
    ]
    if not names:
        return ()
    return (
        "tells the target by itself, so drop it if it is not known before the target "
        f"(--drop): {one_line(dict.fromkeys(names))}",
    )


def _tells_class(column, codes, is_category):
    """Return True if a column (n,) tells the class of all rows where it has a value."""
    known = ~np.isnan(column)
    column, codes = column[known], codes[known]
    if len(column) < _MIN_ROWS or len(np.unique(codes)) < 2:
        return False
    order = np.lexsort((codes, column))
    column, codes = column[order], codes[order]
    changes = codes[1:] != codes[:-1]
    if np.any(changes & (column[1:] == column[:-1])):
        return False
    if is_category:
        return len(np.unique(column)) <= len(column) // 2
    return int(changes.sum()) == len(np.unique(codes)) - 1


def _tells_number(column, y, is_category):
    """Return True if a column (n,) is a line of the target or has its order."""
    known = ~np.isnan(column)
    column, y = column[known], y[known]
    if is_category or len(column) < _MIN_ROWS:
        return False
    if np.ptp(column) == 0 or np.ptp(y) == 0:
        return False
    order = stats.spearmanr(column, y).statistic
    return bool(abs(order) > _LARGEST_CORRELATION)
