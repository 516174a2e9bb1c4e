"""Convert a table of mixed columns to a matrix of numbers and codes of texts."""

from __future__ import annotations

import datetime
import warnings
from dataclasses import dataclass
from numbers import Number

import numpy as np
import scipy.sparse

from skmlp.base.optional import require
from skmlp.base.text import listed
from skmlp.model_comparison.feature_table import MAX_CATEGORIES, FeatureTable
from skmlp.model_comparison.text_columns import (
    TextOptions,
    holds_decimal_commas,
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

# With fewer rows, whole numbers that run with the rows are no identifiers.
_MIN_IDENTIFIED_ROWS = 20
# Dates of a longer time also become the month, the day of the month and the weekday.
_LONG_TIME = 730.0

_SEARCHED_ROWS = 1000  # in which decimal commas are looked for

_DAY = np.timedelta64(86_400_000_000, "us")
_DATE_NOTE = "dates turned into days"


@dataclass(frozen=True)
class _Column:
    """Columns of the matrix that one column of the user becomes.

    `values` (n,) or (n, m) is None if the column is left out. `texts` are those of the
    codes of free text.
    """

    values: np.ndarray | None
    categorical: bool = False
    notes: tuple[str, ...] = ()
    texts: list[str] | None = None


def read_columns(X, options=None, keep=()):
    """Return the FeatureTable of an array or frame.

    Parameters
    ----------
    X : array-like or frame of shape (n_samples, n_features)
    options : TextOptions, optional
        How texts are read.
    keep : collection of str, default=()
        Names of columns that are not left out, whatever they look like.

    Raises
    ------
    ValueError
        If X is sparse, has no column, or no column that can be used.
    """
    options = options or TextOptions()
    values, categorical, names, texts, names_of_note = [], [], [], {}, {}
    for name, column, is_named in _named_columns(X):
        read = _read_column(column, options, is_named, str(name).strip("'") in keep)
        for note in read.notes:
            names_of_note.setdefault(note, []).append(name)
        if read.values is None:
            continue
        parts = read.values.reshape(len(read.values), -1).T
        if read.texts is not None:
            texts[len(values)] = read.texts
        values += list(parts)
        categorical += [read.categorical] * len(parts)
        names += [name] * len(parts)
    notes = tuple(f"{note}: {one_line(names)}" for note, names in names_of_note.items())
    if not values:
        why = f" ({'; '.join(notes)})" if notes else ""
        raise ValueError(
            f"there is no column to predict from{why}; add one beside the target."
        )
    return FeatureTable(
        np.column_stack(values),
        np.array(categorical),
        notes,
        texts,
        tuple(names),
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
        return [(f"'{name}'", X.iloc[:, j], True) for j, name in enumerate(names)]
    X = np.asarray(X)
    if X.ndim != 2:
        raise ValueError(f"X has the shape {X.shape}; pass rows and columns.")
    return [(str(j), X[:, j], False) for j in range(X.shape[1])]


def text_options(X, decimal=None, thousands=None, missing=()):
    """Return the TextOptions for the texts of an array or frame.

    If some column clearly holds decimal commas, such as '0,5', a column of numbers such
    as '1,234' holds decimals as well.
    """
    prefers_comma = False
    for _, column, _ in _named_columns(X):
        if getattr(column.dtype, "kind", "O") in "OUST":
            some = [each for each in column[:_SEARCHED_ROWS] if isinstance(each, str)]
            prefers_comma = prefers_comma or holds_decimal_commas(some)
    return TextOptions(decimal, thousands, frozenset(missing), prefers_comma)


def _read_column(column, options, is_named, keeps):
    """Return the _Column of one column of the user."""
    values, missing = values_and_missing(column)
    if missing.all():
        return _Column(None, notes=("left out, without any value",))
    if values.dtype.kind in "mM":
        return _Column(_to_days(values, missing), notes=(_DATE_NOTE,))
    if values.dtype.kind in "biuf":
        whole = values.dtype.kind in "iu"
        return _numbers(values.astype(float), is_named and not keeps and whole)
    if values.dtype.kind in "US":
        return _read_objects(values.astype(object), missing, options, is_named, keeps)
    if values.dtype.kind == "O":
        return _read_objects(values, missing, options, is_named, keeps)
    return _Column(None, notes=(f"left out, values of type {values.dtype}",))


def _read_objects(values, missing, options, is_named, keeps):
    """Return the _Column of Python objects: numbers, dates, texts, or left out."""
    present = values[~missing]
    kinds = {type(value) for value in present}
    if all(issubclass(kind, (Number, np.bool_)) for kind in kinds):
        try:
            numbers = present.astype(float)
        except (TypeError, ValueError, OverflowError):
            return _Column(None, notes=("left out, numbers that are no floats",))
        whole = all(issubclass(kind, (int, np.integer)) for kind in kinds)
        whole = whole and bool not in kinds and is_named and not keeps
        return _numbers(_with_missing(numbers, missing), whole)
    if all(issubclass(kind, datetime.date) for kind in kinds):
        try:
            dates = present.astype("M8[us]")
        except (ValueError, OverflowError):
            return _Column(None, notes=("left out, dates out of range",))
        days = _to_days(dates, np.zeros(len(dates), dtype=bool))
        return _Column(_with_missing(days, missing), notes=(_DATE_NOTE,))
    if not all(issubclass(kind, (str, Number, np.bool_)) for kind in kinds):
        other = next(kind for kind in kinds if not issubclass(kind, (str, Number)))
        return _Column(None, notes=(f"left out, values of type {other.__name__}",))
    texts = values.copy()
    texts[missing] = None
    reading = read_text(texts, options)
    if reading.kind == "numbers":
        known = reading.values[~np.isnan(reading.values)]
        whole = is_named and not keeps and bool((known == np.round(known)).all())
        return _numbers(reading.values, whole, reading.notes)
    if reading.kind == "dates":
        dates = _date_columns(reading.values)
        return _Column(dates, notes=reading.notes)
    return _texts(reading.values, reading.notes, keeps)


def _numbers(values, may_be_identifier, notes=()):
    """Return the _Column of numbers; infinite ones count as missing."""
    infinite = np.isinf(values)
    if infinite.any():
        values = np.where(infinite, np.nan, values)
        rows = int(infinite.sum())
        notes += (f"infinite in {rows} row{'s' * (rows != 1)}, counted as missing",)
        if np.isnan(values).all():
            return _Column(None, notes=(*notes, "left out, without any value"))
    if may_be_identifier and _is_identifier(values):
        return _Column(None, notes=("left out, numbers of the rows (--keep)",))
    return _Column(values, notes=notes)


def _is_identifier(values):
    """Return True if whole numbers are consecutive, or rise or fall with the rows."""
    if len(values) < _MIN_IDENTIFIED_ROWS or np.isnan(values).any():
        return False
    steps = np.diff(values)
    if (steps > 0).all() or (steps < 0).all():
        return True
    n_distinct = len(np.unique(values))
    return n_distinct == len(values) == values.max() - values.min() + 1


def _texts(values, notes, keeps):
    """Return the _Column of texts: categories, free text, or left out."""
    missing = np.array([value is None for value in values])
    if missing.all():
        return _Column(None, notes=(*notes, "left out, without any value"))
    present = values[~missing].astype(str)
    categories, codes = np.unique(present, return_inverse=True)
    n_distinct, n_present = len(categories), len(present)
    column = _with_missing(codes.astype(float), missing)
    has_blanks = np.mean([" " in text for text in categories]) > 0.5
    if n_distinct > MAX_CATEGORIES and n_distinct > 0.5 * n_present and has_blanks:
        note = "free text, turned into numbers by its letters (--drop)"
        return _Column(column, notes=(*notes, note), texts=categories.tolist())
    if n_distinct == n_present > MAX_CATEGORIES and not keeps:
        note = "left out, another text in every row (--keep)"
        return _Column(None, notes=(*notes, note))
    return _Column(column, categorical=True, notes=notes)


def _date_columns(dates):
    """Return days since 1970 (n, 1), and for a long time parts of the dates, too.

    The parts are those of skrub's DatetimeEncoder. Its seconds since 1970 are float32,
    which is why the days are computed here.
    """
    days = _to_days(dates, np.isnat(dates))
    known = days[~np.isnan(days)]
    parts = [days]
    long = np.ptp(known) > _LONG_TIME
    has_hours = (known != np.round(known)).any()
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
        chosen = ("month", "day", "weekday") * long + ("hour",) * bool(has_hours)
        for part in frame.columns:
            if part.rpartition("_")[2] in chosen:
                parts.append(frame[part].to_numpy(dtype=float))
    return np.column_stack(parts)


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
    """Return the time of each row as floats (n,), by which rows can be sorted.

    Raise ValueError if a time is missing or is neither a number nor a date.
    """
    values, missing = values_and_missing(column)
    times = None
    if not missing.any():
        if values.dtype.kind in "OUS":
            reading = read_text(values.astype(object), options)
            if reading.kind == "dates":
                times = _to_days(reading.values, np.isnat(reading.values))
            elif reading.kind == "numbers":
                times = reading.values
        elif values.dtype.kind in "mM":
            times = _to_days(values, missing)
        elif values.dtype.kind in "biuf":
            times = values.astype(float)
    if times is None or np.isnan(times).any():
        raise ValueError(
            "time must be a number or a date in every row; it is missing, or another "
            "text, in some. Name another column (--time)."
        )
    return times
