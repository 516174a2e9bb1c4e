"""Folds of a comparison: at random, of whole groups, or in order of time."""

import warnings
from dataclasses import dataclass

import numpy as np

from skmlp.base.text import counted
from skmlp.model_comparison.comparison import FoldSummary
from skmlp.model_comparison.equal_rows import first_equal_row, with_equal_rows_together
from skmlp.model_comparison.target import require_enough_rows

__all__ = [
    "Fold",
    "integer_seed",
    "is_whole_number",
    "make_folds",
    "number_of_repeats",
    "summarise_folds",
]

# By default a comparison has so many repeats, and one from so many rows on: they are
# all tested once, and the standard error of an accuracy is then below 0.0016.
_REPEATS = 3
_ROWS_WITHOUT_REPEATS = 100_000

# Equal rows are kept in the same fold from this share of rows on.
_MIN_COPIES = 0.01


@dataclass(frozen=True)
class Fold:
    """Number of a fold, with the indices of its training rows and of its test rows."""

    number: int
    train: np.ndarray
    test: np.ndarray


def number_of_repeats(repeats, n_rows, cv, time=None):
    """Return the number of random splits into folds, and a tuple of notes on it.

    If `cv` is a splitter, or in the order of a `time`, there is one.
    """
    if not is_whole_number(cv) or time is not None:
        return 1, ()
    if repeats is not None:
        return repeats, ()
    if n_rows < _ROWS_WITHOUT_REPEATS:
        return _REPEATS, ()
    note = (
        f"one random split into folds, since there are {_ROWS_WITHOUT_REPEATS:,} rows "
        "or more (--repeats)"
    )
    return 1, (note,)


def make_folds(problem, cv, repeats, random_state, groups=None, time=None):
    """Return the list of Folds, and notes on them.

    `cv` is a number, a splitter, or pairs of indices. Rows of one of the `groups` (n,)
    are in one fold. With the order of a `time` (n,), every fold is tested on rows that
    are later than those it was trained on.
    """
    splits, notes = cv, []
    if is_whole_number(cv):
        for parameter, value, least in (("cv", cv, 2), ("repeats", repeats, 1)):
            if value < least:
                raise ValueError(f"{parameter}={value}; use {least} or more.")
        note = require_enough_rows(problem.y, problem.task, cv)
        notes += [note] if note else []
        if time is not None:
            pairs = _folds_in_time(time, cv)
            if not _all_classes_two(problem, pairs):
                raise ValueError(
                    "in the order of time the first rows are all of one class, so that "
                    "a fold cannot be trained; use fewer folds (--cv), or leave out "
                    "--time."
                )
            notes.append(
                f"folds in order of time: the {cv} tests are each on later rows than "
                "their training; there are no repeats"
            )
            return [Fold(i, *pair) for i, pair in enumerate(pairs)], tuple(notes)
        splits = _repeated_splits(problem, cv, repeats, random_state, groups)
    split = getattr(splits, "split", None)
    if split is not None:
        with warnings.catch_warnings():
            # A class with fewer rows than folds: the note says so.
            warnings.filterwarnings("ignore", message="The least populated class")
            splits = list(split(problem.features.values, problem.y, groups))
    pairs = list(splits)
    if is_whole_number(cv):
        pairs, copy_notes = _with_copies_together(problem, pairs, groups)
        notes += copy_notes
    if len(pairs) < 2:
        raise ValueError(f"cv has {len(pairs)} folds; two are the least to compare on.")
    folds = [
        Fold(number, np.asarray(train), np.asarray(test))
        for number, (train, test) in enumerate(pairs)
    ]
    return folds, tuple(notes)


def _repeated_splits(problem, cv, repeats, random_state, groups):
    """Return a splitter, or pairs of indices for folds of whole groups."""
    from sklearn.model_selection import (
        GroupKFold,
        RepeatedKFold,
        RepeatedStratifiedKFold,
        StratifiedGroupKFold,
    )
    from sklearn.utils import check_random_state

    stratified = problem.task == "classification"
    if groups is None:
        kind = RepeatedStratifiedKFold if stratified else RepeatedKFold
        return kind(n_splits=cv, n_repeats=repeats, random_state=random_state)
    n_groups = len(np.unique(groups))
    if n_groups < cv:
        raise ValueError(
            f"there are {n_groups} groups, fewer than {cv} folds; use at most "
            f"{n_groups} folds (--cv {n_groups})."
        )
    kind = StratifiedGroupKFold if stratified else GroupKFold
    generator, pairs = check_random_state(random_state), []
    for _ in range(repeats):
        seed = int(generator.randint(2**31 - 1))
        splitter = kind(n_splits=cv, shuffle=True, random_state=seed)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="The least populated class")
            pairs += list(splitter.split(problem.features.values, problem.y, groups))
    for train, test in pairs:
        if len(test) == 0 or (stratified and len(np.unique(problem.y[train])) < 2):
            raise ValueError(
                "the groups are so uneven that a fold has no rows, or one class only, "
                "to train on; use fewer folds (--cv), or other groups."
            )
    return pairs


def _with_copies_together(problem, pairs, groups):
    """Return pairs whose folds hold all rows that are equal, and a list of notes.

    The folds stay as they are if fewer than one row in a hundred is a copy, which
    changes no score by more than that; if more than half of the rows are copies, as
    the folds would be uneven; if a fold would have one class only to train on; and if
    they are folds of groups.
    """
    first_of = first_equal_row([*problem.features.values.T, problem.codes])
    n_rows = len(first_of)
    n_copies = int((first_of != np.arange(n_rows)).sum())
    if n_copies == 0:
        return pairs, []
    are = "is" if n_copies == 1 else "are"
    shown = f"{counted(n_copies, 'row')} {are} equal to an earlier one"
    if n_copies < _MIN_COPIES * n_rows or groups is not None:
        return pairs, [f"{shown}, and may be in another fold"]
    if n_copies <= n_rows // 2:
        together = [with_equal_rows_together(test, first_of) for _, test in pairs]
        if all(map(len, sum(together, ()))) and _all_classes_two(problem, together):
            return together, [f"{shown}; equal rows are in the same fold"]
    return pairs, [f"{shown}; some are both trained on and tested on"]


def _all_classes_two(problem, pairs):
    """Return True if the training rows of all folds have two classes or more."""
    if problem.task == "regression":
        return True
    return all(len(np.unique(problem.y[train])) > 1 for train, _ in pairs)


def _folds_in_time(time, n_splits):
    """Return pairs of training and test rows, in order of time."""
    from sklearn.model_selection import TimeSeriesSplit

    order = np.argsort(time, kind="stable")
    return [
        (order[train], order[test])
        for train, test in TimeSeriesSplit(n_splits=n_splits).split(order)
    ]


def is_whole_number(value):
    """Return True if `value` is an integer, and not a splitter or a generator."""
    return isinstance(value, (int, np.integer))


def integer_seed(random_state):
    """Return an integer seed, so that the estimators have equal seeds in all folds."""
    from sklearn.utils import check_random_state

    if is_whole_number(random_state):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))


def summarise_folds(folds, n_planned, n_repeats):
    """Return the FoldSummary of the Folds that are done.

    Of the planned folds, each of the `n_repeats` random splits has an equal number.
    """
    n_begun = len({each.number * n_repeats // n_planned for each in folds})
    n_train, n_test = (
        float(np.mean([len(rows) for rows in sizes]))
        for sizes in zip(*((fold.train, fold.test) for fold in folds), strict=True)
    )
    return FoldSummary(len(folds), n_begun, n_train, n_test, n_planned)
