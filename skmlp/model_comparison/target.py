"""Check the target, and recognise whether it holds classes or numbers."""

from dataclasses import dataclass
from numbers import Number

import numpy as np

from skmlp.base.options import use_one_of
from skmlp.base.text import counted
from skmlp.model_comparison.columns import one_line, values_and_missing
from skmlp.model_comparison.text_columns import TextOptions, read_text

__all__ = ["TASKS", "Target", "prepare_target", "recognise_task", "require_enough_rows"]

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


@dataclass(frozen=True)
class Target:
    """Target (m,) of the rows that can be used, and its task.

    `rows` are the indices of these rows among all, and `notes` tell why others were
    left out.
    """

    values: np.ndarray
    task: str
    rows: np.ndarray
    notes: tuple[str, ...] = ()


def prepare_target(y, task=None, name="y", options=None):
    """Return the Target of y; raise ValueError if no rows of it can be used.

    Rows without a target are left out, and so are infinite targets and rows of a class
    that has no other row. `options` are the TextOptions by which texts are read.
    """
    if task not in (None, *TASKS):
        raise ValueError(use_one_of(f"task={task!r} is unknown", TASKS, got=task))
    values, missing, notes = _clean(y, name, options or TextOptions())
    rows = np.flatnonzero(~missing)
    values = values[rows]
    if values.dtype.kind == "O":
        values = _as_plain_dtype(values)
    if values.dtype.kind not in "biufUS":
        raise ValueError(
            f"the target '{name}' holds {values.dtype} values; make them numbers or "
            "text."
        )
    if len(values) == 0:
        raise ValueError(
            f"the target '{name}' has no value; choose another (--target)."
        )
    _refuse_constant(values, name)
    task = recognise_task(values) if task is None else task
    if task == "regression":
        return Target(_as_floats(values, name), task, rows, tuple(notes))
    labels, kept, note = _without_single_rows(_as_labels(values), name)
    return Target(labels, task, rows[kept], (*notes, *note))


def _without_single_rows(labels, name):
    """Return labels without classes of one row, a mask of the rows kept, and notes.

    If less than two classes have two rows or more, all are kept.
    """
    classes, codes, members = np.unique(labels, return_inverse=True, return_counts=True)
    single = members == 1
    kept = ~single[codes]
    if not single.any() or (~single).sum() < 2:
        return labels, np.ones(len(labels), dtype=bool), ()
    named = one_line([f"'{each}'" for each in classes[single]], 4)
    which = f"class {named} of '{name}' has no other"
    if single.sum() > 1:
        which = f"the classes {named} of '{name}' have one each"
    return labels[kept], kept, (_left_out(single.sum(), f"because {which}"),)


def _left_out(number, why):
    """Return a note on rows that were left out."""
    return f"{counted(number, 'row')} left out {why}"


def require_enough_rows(y, task, n_splits):
    """Return a note on classes with fewer rows than folds, or None.

    Raise ValueError if there are too few rows for the folds.
    """
    least = 2 * n_splits if task == "regression" else n_splits
    if len(y) < least:
        raise ValueError(
            f"{len(y)} rows are too few for {n_splits} folds"
            f"{' of two rows or more' * (task == 'regression')}; add rows or ask for "
            "fewer folds (--cv)."
        )
    if task == "regression":
        return None
    classes, members = np.unique(y, return_counts=True)
    if members.max() < n_splits:
        folds = members.max()
        fewer = f"use at most {folds} folds (--cv {folds}), " if folds > 1 else ""
        raise ValueError(
            f"no class has {n_splits} rows, one for each fold: the largest has "
            f"{folds}; {fewer}merge classes, or predict a number (--task regression)."
        )
    if np.sum(members > 1) < 2:
        raise ValueError(
            f"only the class '{classes[members.argmax()]}' has two rows or more; add "
            "rows, merge classes, or predict a number (--task regression)."
        )
    small = members < n_splits
    if not small.any():
        return None
    named = one_line(
        [f"'{c}' ({n})" for c, n in zip(classes[small], members[small], strict=True)], 4
    )
    return (
        f"fewer rows than the {n_splits} folds: class {named}; some folds have none of "
        "it to test on"
    )


def _clean(y, name, options):
    """Return y as an array (n,), the mask (n,) of missing values, and notes."""
    values, missing = values_and_missing(y)
    if values.ndim == 2 and values.shape[1] == 1:
        values, missing = values[:, 0], missing[:, 0]
    if values.ndim != 1:
        raise ValueError(
            f"the target '{name}' has the shape {values.shape}; pass one value a row."
        )
    if len(values) == 0:
        raise ValueError("there are no rows; add some.")
    notes = []
    if values.dtype.kind in "OUS" and any(
        isinstance(value, str) for value in values[~missing]
    ):
        is_category = getattr(getattr(y, "dtype", None), "name", "") == "category"
        values, missing, notes = _clean_texts(
            values, missing, name, options, is_category
        )
    infinite = np.zeros(len(values), dtype=bool)
    if values.dtype.kind in "iuf":
        missing = missing | options.marked(values)
    if values.dtype.kind == "f":
        infinite = np.isinf(values)
    for left_out, reason in ((missing, "missing"), (infinite, "infinite")):
        if left_out.any():
            notes.append(_left_out(left_out.sum(), f"because '{name}' is {reason}"))
    return values, missing | infinite, notes


def _clean_texts(values, missing, name, options, is_category):
    """Return a target of texts as numbers or as they are, its mask, and notes."""
    given = values.astype(object)
    given[missing] = None
    reading = None if is_category else read_text(given, options)
    if reading is not None and reading.kind == "numbers":
        notes = [f"{note}: '{name}'".replace(" (--drop)", "") for note in reading.notes]
        return reading.values, np.isnan(reading.values), notes
    notes, marks = [], options.marks if options.missing is not None else {""}
    known = np.array([str(value).strip() for value in given], dtype=object)
    missing = missing | np.array([k.casefold() in marks for k in known])
    looks = sorted(set(known[~missing]) & {"NA", "N/A", "None", "null", "nan", "NaN"})
    if looks:
        notes.append(f"{one_line(looks)} is a class of '{name}', not missing (--na)")
    return known, missing, notes


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
