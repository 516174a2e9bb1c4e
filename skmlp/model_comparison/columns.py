"""Convert a table of mixed columns to a matrix of numbers and codes of texts."""

from __future__ import annotations

import datetime
import warnings
from dataclasses import dataclass
from numbers import Number

import numpy as np
import scipy.sparse

from skmlp.base.optional import require
from skmlp.base.options import did_you_mean
from skmlp.base.text import counted, listed, unused_name
from skmlp.model_comparison.column_kinds import is_free_text, is_identifier
from skmlp.model_comparison.feature_table import MAX_CATEGORIES, FeatureTable
from skmlp.model_comparison.text_columns import (
    TextOptions,
    holds_decimal_commas,
    read_categories,
    read_text,
)

__all__ = [
    "as_pandas",
    "one_line",
    "read_columns",
    "text_options",
    "time_of_rows",
    "values_and_missing",
]

# Dates of a longer time also become the month, the day of the month and the weekday.
_LONG_TIME = 730.0
_MOST_PARTS = 5  # days, month, day of the month, weekday and hour

_SEARCHED_ROWS = 1000  # in which decimal commas are looked for

_DAY = np.timedelta64(86_400_000_000, "us")
_DATE_NOTE = "dates turned into days"
_NO_VALUE = "left out, without any value"


@dataclass(frozen=True)
class _Column:
    """Columns of the matrix that one column of the user becomes.

    `values` (n,) or (n, m) is None if the column is left out. `labels` are the texts of
    codes, of categories or of free text. `parts` names the columns of a date.
    """

    values: np.ndarray | None
    categorical: bool = False
    notes: tuple[str, ...] = ()
    labels: tuple[str, ...] | None = None
    parts: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class _Handling:
    """Options for texts, and whether the user has named the column and keeps it."""

    options: TextOptions
    is_named: bool
    is_kept: bool


def read_columns(X, options=None, keep=()):
    """Return the FeatureTable of an array or frame.

    Parameters
    ----------
    X : array-like or frame of shape (n_samples, n_features)
    options : TextOptions, optional
        How texts are read.
    keep : collection of str, default=()
        Names of columns that are not left out as identifiers.

    Raises
    ------
    ValueError
        If X is sparse, has no column, or no column that can be used; or if a name in
        `keep` is unknown.
    """
    options = options or TextOptions()
    columns = _named_columns(X)
    _require_names(keep, [name for name, _, _ in columns])
    categorical, names, labels, names_of_note = [], [], {}, {}
    columns_of_frame: dict[str, None] = {}  # in order, and each one once
    # Memory is taken column by column: the operating system gives what is written to.
    values = np.empty((np.shape(X)[0], len(columns) * _MOST_PARTS), order="F")
    for name, column, is_named in columns:
        shown = f"'{name}'" if is_named else name
        read = _read_column(column, _Handling(options, is_named, name in keep))
        for note in read.notes:
            names_of_note.setdefault(note, []).append(shown)
        if read.values is None:
            continue
        parts = read.values.reshape(len(read.values), -1).T
        if read.labels is not None:
            labels[len(names)] = read.labels
        values[:, len(names) : len(names) + len(parts)] = parts.T
        categorical += [read.categorical] * len(parts)
        names += [shown] * len(parts)
        for part in read.parts:
            whole = f"{name} ({part})" if part else name
            columns_of_frame[unused_name(whole, columns_of_frame)] = None
    notes = tuple(f"{note}: {one_line(names)}" for note, names in names_of_note.items())
    if not names:
        why = f" ({'; '.join(notes)})" if notes else ""
        raise ValueError(
            f"there is no column to predict from{why}; add one beside the target."
        )
    return FeatureTable(
        values[:, : len(names)],
        np.array(categorical),
        notes,
        labels,
        tuple(names),
        tuple(columns_of_frame),
    )


def _require_names(keep, names):
    """Raise ValueError unless all names in `keep` are names of columns."""
    for name in keep:
        if name not in names:
            raise ValueError(
                f"keep names the column '{name}', which is not there; it has "
                f"{one_line(names)}.{did_you_mean(name, names)}"
            )


def as_pandas(data):
    """Convert polars and pyarrow tables and columns to pandas; keep all other data."""
    convert = getattr(data, "to_pandas", None)
    if convert is None:
        return data
    require("pandas", "a polars or pyarrow table")
    return convert()


def values_and_missing(column):
    """Return the values (n,) of a column or list, and a mask (n,) of missing ones."""
    column = as_pandas(column)
    is_missing = getattr(column, "isna", None)
    if is_missing is not None:
        missing = is_missing().to_numpy(dtype=bool)
        if column.dtype.name == "category":
            return column.astype(str).to_numpy(dtype=object), missing
        kind = getattr(column.dtype, "kind", "O")
        # Extension types of pandas, which NumPy lacks, become plain objects.
        native = isinstance(column.dtype, np.dtype) or kind == "M"
        if native and kind != "O":
            return column.to_numpy(dtype="M8[us]" if kind == "M" else None), missing
        return column.to_numpy(dtype=object), missing
    values = np.asarray(column)
    if values.dtype.kind in "fc":
        return values, np.isnan(values)
    if values.dtype.kind in "mM":
        return values, np.isnat(values)
    if values.dtype.kind != "O":
        return values, np.zeros(values.shape, dtype=bool)
    absent = [
        # NaN is the only number that differs from itself.
        value is None or (isinstance(value, Number) and value != value)
        for value in values.ravel()
    ]
    return values, np.array(absent, dtype=bool).reshape(values.shape)


def one_line(names, limit=8):
    """Return 'a, b, c and 3 more', with at most `limit` names."""
    return listed(list(map(str, names)), limit)


def _named_columns(X):
    """Return (name, column, whether the user named it) for each column of X."""
    if scipy.sparse.issparse(X):
        raise ValueError("X is sparse; pass X.toarray(), or rows in a frame.")
    X = as_pandas(X)
    names = getattr(X, "columns", None)
    if names is not None:
        return [(str(name), X.iloc[:, j], True) for j, name in enumerate(names)]
    X = np.asarray(X)
    if X.ndim != 2:
        raise ValueError(f"X has the shape {X.shape}; pass rows and columns.")
    return [(str(j), X[:, j], False) for j in range(X.shape[1])]


def text_options(X, decimal=None, thousands=None, missing=None):
    """Return the TextOptions for the texts of an array or frame.

    If some column clearly holds decimal commas, such as '0,5', a column of numbers such
    as '1,234' holds decimals as well.
    """
    prefers_comma = False
    for _, column, _ in _named_columns(X):
        if getattr(column.dtype, "kind", "O") in "OUST":
            some = [each for each in column[:_SEARCHED_ROWS] if isinstance(each, str)]
            prefers_comma = prefers_comma or holds_decimal_commas(some)
    marks = None if missing is None else frozenset(map(str, missing))
    return TextOptions(decimal, thousands, marks, prefers_comma)


def _read_column(column, handling):
    """Return the _Column of one column of the user."""
    if getattr(column, "dtype", None) == "str" and hasattr(column, "factorize"):
        return _read_texts(column, handling)  # texts of pandas, without objects
    values, missing = values_and_missing(column)
    if missing.all():
        return _Column(None, notes=(_NO_VALUE,))
    if getattr(column.dtype, "name", "") == "category":
        values[missing] = None
        return _categories(read_categories(values, handling.options), handling)
    if values.dtype.kind in "mM":
        return _Column(_to_days(values, missing), notes=(_DATE_NOTE,))
    if values.dtype.kind in "biuf":
        return _numbers(values.astype(float), handling, values.dtype.kind != "b")
    if values.dtype.kind in "US":
        return _read_texts(values.astype(str).astype(object), handling)
    if values.dtype.kind == "O":
        return _read_objects(values, missing, handling)
    return _Column(None, notes=(f"left out, values of type {values.dtype}",))


def _read_objects(values, missing, handling):
    """Return the _Column of Python objects: numbers, dates, texts, or left out."""
    present = values[~missing]
    kinds = {type(value) for value in present}
    if all(issubclass(kind, (Number, np.bool_)) for kind in kinds):
        try:
            numbers = present.astype(float)
        except (TypeError, ValueError, OverflowError):
            return _Column(None, notes=("left out, numbers that are no floats",))
        counts = not kinds <= {bool, np.bool_}
        return _numbers(_with_missing(numbers, missing), handling, counts)
    if all(issubclass(kind, datetime.date) for kind in kinds):
        try:
            dates = present.astype("M8[us]")
        except (ValueError, OverflowError):
            return _Column(None, notes=("left out, dates out of range",))
        days = _to_days(dates, np.zeros(len(dates), dtype=bool))
        return _Column(_with_missing(days, missing), notes=(_DATE_NOTE,))
    readable = (str, Number, np.bool_, datetime.date)
    if not all(issubclass(kind, readable) for kind in kinds):
        other = next(kind for kind in kinds if not issubclass(kind, readable))
        return _Column(None, notes=(f"left out, values of type {other.__name__}",))
    texts = values.copy()
    texts[missing] = None
    return _read_texts(texts, handling)


def _read_texts(texts, handling):
    """Return the _Column of texts: numbers, dates, categories, free or left out."""
    reading = read_text(texts, handling.options)
    if reading.kind == "numbers":
        return _numbers(reading.values, handling, True, reading.notes)
    if reading.kind == "dates":
        days, parts = _date_columns(reading.values)
        return _Column(days, notes=reading.notes, parts=parts)
    return _categories(reading, handling)


def _categories(reading, handling):
    """Return the _Column of a reading of texts: categories, free text, or left out."""
    codes, notes = reading.values, reading.notes
    n_present = int((~np.isnan(codes)).sum())
    if n_present == 0:
        return _Column(None, notes=(*notes, _NO_VALUE))
    if is_free_text(reading.categories, n_present):
        note = "free text, turned into numbers by its letters (--drop)"
        return _Column(codes, notes=(*notes, note), labels=reading.categories)
    n_distinct = len(reading.categories)
    if n_distinct > max(MAX_CATEGORIES, 0.9 * n_present) and not handling.is_kept:
        rows = "every row" if n_distinct == n_present else "almost every row"
        note = f"left out, another text in {rows} (--keep)"
        return _Column(None, notes=(*notes, note))
    return _Column(codes, categorical=True, notes=notes, labels=reading.categories)


def _numbers(values, handling, counts, notes=()):
    """Return the _Column of numbers; infinite ones count as missing.

    `counts` is False for truth values, which are no identifiers.
    """
    marked = handling.options.marked(values)
    if marked.any():
        values = np.where(marked, np.nan, values)
        rows = counted(marked.sum(), "row")
        marks = listed(sorted(handling.options.missing), 3)
        notes += (f"{marks} counted as missing in {rows} (--na)",)
    infinite = np.isinf(values)
    if infinite.any():
        values = np.where(infinite, np.nan, values)
        rows = counted(infinite.sum(), "row")
        notes += (f"infinite in {rows}, counted as missing",)
    if np.isnan(values).all():
        return _Column(None, notes=(*notes, _NO_VALUE))
    may_identify = handling.is_named and counts and not handling.is_kept
    if may_identify and is_identifier(values):
        return _Column(None, notes=(*notes, "left out, numbers of the rows (--keep)"))
    return _Column(values, notes=notes)


def _date_columns(dates):
    """Return columns (n, m) of dates, and their names: days since 1970 are the first.

    Dates of a long time, or with hours, have more columns: month, weekday and so on.

    The parts are those of skrub's DatetimeEncoder. Its seconds since 1970 are float32,
    which is why the days are computed here.
    """
    days = _to_days(dates, np.isnat(dates))
    known = days[~np.isnan(days)]
    parts, names = [days], [""]
    long = bool(np.ptp(known) > _LONG_TIME)
    has_hours = bool((known != np.round(known)).any())
    if long or has_hours:
        pandas = require("pandas", "columns of dates")
        from skrub import DatetimeEncoder

        encoder = DatetimeEncoder(
            resolution="hour" if has_hours else "day",
            add_weekday=long,
            add_total_seconds=False,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = encoder.fit_transform(pandas.Series(dates, name="date"))
        chosen = ("month", "day", "weekday") * long + ("hour",) * has_hours
        for part in frame.columns:
            if part.rpartition("_")[2] in chosen:
                parts.append(frame[part].to_numpy(dtype=float))
                names.append(part.rpartition("_")[2])
    return np.column_stack(parts), tuple(names)


def _to_days(values, missing):
    """Convert dates or durations to days (n,), NaN where missing."""
    present = values[~missing]
    if values.dtype.kind == "M":
        present = present.astype("M8[us]") - np.datetime64(0, "us")
    return _with_missing(present / _DAY, missing)


def _with_missing(present, missing):
    """Return an array (n,) with `present` in rows that have a value, NaN elsewhere."""
    values = np.full(len(missing), np.nan)
    values[~missing] = present
    return values


def time_of_rows(column, options=None):
    """Return the times of the rows as floats (n,), by which to sort them, and notes.

    A time that is missing is NaN. Raise ValueError if the column holds neither numbers
    nor dates.
    """
    values, missing = values_and_missing(column)
    times, notes = None, ()
    if values.dtype.kind == "O" and not missing.all():
        kinds = {type(value) for value in values[~missing]}
        if all(issubclass(kind, datetime.date) for kind in kinds):
            present = values[~missing].astype("M8[us]")
            values = np.full(len(values), np.datetime64("NaT"), dtype="M8[us]")
            values[~missing] = present
    if values.dtype.kind in "OUS":
        values = values.astype(object)
        values[missing] = None
        reading = read_text(values, options)
        notes = tuple(note.replace(" (--drop)", "") for note in reading.notes)
        if reading.kind == "dates":
            times = _to_days(reading.values, np.isnat(reading.values))
        elif reading.kind == "numbers":
            times = reading.values
    elif values.dtype.kind in "mM":
        times = _to_days(values, missing)
    elif values.dtype.kind in "biuf":
        times = values.astype(float)
    if times is None or np.isnan(times).all():
        raise ValueError(
            "time must be a column of numbers or dates; name another column (--time)."
        )
    return times, notes
