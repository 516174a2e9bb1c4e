"""Choice of the rows of a comparison: those with a target and a time."""

from dataclasses import replace

import numpy as np

from skmlp.base.text import counted
from skmlp.model_comparison.columns import (
    as_pandas,
    time_of_rows,
    values_and_missing,
)

__all__ = ["rows_of"]


def rows_of(target, X, y, groups, time, options):
    """Return the Target, X, groups and time of the rows that can be used.

    Rows without a time are left out. Rows without a group are groups of their own.
    """
    n_rows, n_targets = np.shape(X)[0], len(y)
    if n_rows != n_targets:
        raise ValueError(
            f"X has {n_rows} rows and y has {n_targets}; pass one target for each row."
        )
    if groups is not None:
        groups, notes = _numbered(_one_a_row(groups, "groups", n_rows))
        groups = groups[target.rows]
        target = replace(target, notes=(*target.notes, *notes))
    if time is not None:
        column = _one_a_row(time, "time", n_rows)
        time, notes = time_of_rows(column, options)
        time, name = time[target.rows], getattr(column, "name", None) or "time"
        notes = [f"{note}: '{name}'" for note in notes]
        missing = np.isnan(time)
        if missing.any():
            n_missing = counted(missing.sum(), "row")
            notes.append(f"{n_missing} left out because '{name}' is missing (--time)")
            time = time[~missing]
        target = replace(
            target,
            values=target.values[~missing],
            rows=target.rows[~missing],
            notes=(*target.notes, *notes),
        )
    if len(target.rows) < n_rows:
        X = getattr(X, "iloc", X)[target.rows]
    return target, X, groups, time


def _numbered(groups):
    """Return the number (n,) of the group of each row, and notes."""
    values, missing = values_and_missing(groups)
    labels = [
        ("row", i) if gone else ("group", str(value))
        for i, (value, gone) in enumerate(zip(values, missing, strict=True))
    ]
    number = {label: i for i, label in enumerate(dict.fromkeys(labels))}
    notes = ()
    if missing.any():
        name = getattr(groups, "name", None) or "groups"
        rows = counted(missing.sum(), "row")
        notes = (
            f"{rows} without a value in '{name}', each a group by itself (--groups)",
        )
    return np.array([number[label] for label in labels]), notes


def _one_a_row(column, name, n_rows):
    """Return a column; raise ValueError unless it has one value for each row."""
    column = as_pandas(column)
    if np.shape(column) != (n_rows,):
        raise ValueError(
            f"{name} has the shape {np.shape(column)}; pass one value for each of the "
            f"{n_rows} rows."
        )
    return column
