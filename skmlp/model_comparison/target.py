"""Check the target, and recognise whether it holds classes or numbers."""

from numbers import Number

import numpy as np

from skmlp.base.options import use_one_of
from skmlp.model_comparison.columns import one_line, values_and_missing

__all__ = ["TASKS", "prepare_target", "recognise_task", "require_enough_rows"]

TASKS = ("classification", "regression")

# Whole numbers with no more distinct values than this are taken as class labels.
MAX_NUMBERED_CLASSES = 20


def recognise_task(y):
    """Return 'classification' or 'regression' for a target.

    Numbers are a regression if some are fractional, or if they have more than 20
    distinct values. Text, booleans and categories are always a classification.
    """
    if y.dtype.kind not in "iuf":
        return "classification"
    is_fractional = bool((y != np.round(y)).any())
    many = len(np.unique(y)) > MAX_NUMBERED_CLASSES
    return "regression" if is_fractional or many else "classification"


def prepare_target(y, task=None, name="y"):
    """Return (checked target (n,), task); raise ValueError for an unusable target."""
    if task not in (None, *TASKS):
        raise ValueError(use_one_of(f"task={task!r} is unknown", TASKS, got=task))
    y = _clean(y, name)
    _refuse_constant(y, name)
    task = recognise_task(y) if task is None else task
    return (_as_labels(y) if task == "classification" else _as_floats(y, name)), task


def require_enough_rows(y, task, n_splits):
    """Raise ValueError unless every fold can have rows, and rows of every class."""
    if task == "regression":
        if len(y) < 2 * n_splits:
            raise ValueError(
                f"{len(y)} rows are too few for {n_splits} folds of two rows or more; "
                "add rows or ask for fewer folds (--cv)."
            )
        return
    classes, members = np.unique(y, return_counts=True)
    fewest = int(members.min())
    if fewest >= n_splits:
        return
    small = [f"'{c}'" for c in classes[members < n_splits]]
    subject = (
        f"class {small[0]} has {fewest} member{'s' * (fewest > 1)}"
        if len(small) == 1
        else f"classes {one_line(small, 4)} have as few as {fewest} "
        f"member{'s' * (fewest > 1)}"
    )
    cures = [f"use at most {fewest} folds (--cv {fewest})"] if fewest > 1 else []
    cures.append("merge or remove rare classes")
    if y.dtype.kind in "iuf":
        cures.append("predict a number instead (--task regression)")
    raise ValueError(f"{subject}, fewer than {n_splits} folds; {', or '.join(cures)}.")


def _clean(y, name):
    """Return y as an array (n,) of booleans, numbers or text.

    Raise ValueError for missing or infinite values and for other data types.
    """
    values, missing = values_and_missing(y)
    if values.ndim == 2 and values.shape[1] == 1:
        values, missing = values[:, 0], missing[:, 0]
    if values.ndim != 1:
        raise ValueError(
            f"the target '{name}' has the shape {values.shape}; pass one value a row."
        )
    if len(values) == 0:
        raise ValueError("there are no rows; add some.")
    if missing.any():
        raise ValueError(
            f"the target '{name}' is missing in {np.count_nonzero(missing)} of "
            f"{len(values)} rows; fill it in or remove these rows."
        )
    if values.dtype.kind == "O":
        values = _as_plain_dtype(values)
    if values.dtype.kind not in "biufUS":
        raise ValueError(
            f"the target '{name}' holds {values.dtype} values; make them numbers or "
            "text."
        )
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise ValueError(
            f"the target '{name}' has infinite values; remove these rows or "
            "correct them."
        )
    return values


def _as_plain_dtype(objects):
    """Convert objects to booleans, or to numbers, if all of them are; else to text."""
    if all(isinstance(value, (bool, np.bool_)) for value in objects):
        return objects.astype(bool)
    if all(isinstance(value, Number) for value in objects):
        whole = all(isinstance(value, (int, np.integer)) for value in objects)
        return objects.astype(int if whole else float)
    return objects.astype(str)


def _refuse_constant(y, name):
    """Raise ValueError if all values of the target are equal."""
    if (y == y[0]).all():
        raise ValueError(
            f"the target '{name}' is constant: every row is '{y[0]}'; choose another "
            "target (--target), or add rows that differ."
        )


def _as_labels(y):
    """Convert floats to labels: integers if all are whole, else text."""
    if y.dtype.kind != "f":
        return y
    return y.astype(int) if (y == np.round(y)).all() else y.astype(str)


def _as_floats(y, name):
    """Return the target as floats; raise ValueError for text."""
    if y.dtype.kind not in "biuf":
        raise ValueError(
            f"the target '{name}' is text, which no regression can predict; choose a "
            "numeric target, or --task classification."
        )
    return y.astype(float)
