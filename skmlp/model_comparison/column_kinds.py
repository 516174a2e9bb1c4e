"""Recognise columns that are identifiers or free text."""

import re

import numpy as np

from skmlp.model_comparison.feature_table import MAX_CATEGORIES

__all__ = ["is_free_text", "is_identifier"]

# With fewer rows, whole numbers that run with the rows are no identifiers.
_MIN_IDENTIFIED_ROWS = 20
_MAX_EXAMINED = 2000  # texts that show whether a column holds free text
_WORD = re.compile(r"[^\W\d_]+")


def is_identifier(values):
    """Return True if numbers (n,) are whole and tell which row they are in.

    They are consecutive in any order, or rise or fall from row to row. Rows without a
    number are passed over.
    """
    known = values[~np.isnan(values)]
    if len(known) < _MIN_IDENTIFIED_ROWS or (known != np.round(known)).any():
        return False
    steps = np.diff(known)
    if (steps > 0).all() or (steps < 0).all():
        return True
    n_distinct = len(np.unique(known))
    return bool(n_distinct == len(known) == np.ptp(known) + 1)


def is_free_text(categories, n_rows):
    """Return True if different texts, in `n_rows` rows, are sentences or remarks.

    Most rows have another text, and most texts have two words or more. Numbers are no
    words, and the words differ between most texts: 'patient 17' is no free text.
    """
    n_distinct = len(categories)
    if n_distinct <= max(MAX_CATEGORIES, 0.5 * n_rows):
        return False
    step = max(n_distinct // _MAX_EXAMINED, 1)
    words = [tuple(_WORD.findall(text.casefold())) for text in categories[::step]]
    several = [each for each in words if len(each) >= 2]
    return min(len(several), len(set(several))) > 0.5 * len(words)
