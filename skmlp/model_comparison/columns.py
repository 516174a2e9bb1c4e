"""Convert a table of mixed columns to a matrix of numbers and category codes."""

import datetime
import re
from dataclasses import dataclass
from numbers import Number

import numpy as np
import scipy.sparse
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skmlp.base.optional import require
from skmlp.base.text import listed

__all__ = [
    "FeatureTable",
    "as_pandas",
    "one_line",
    "read_columns",
    "values_and_missing",
]

# A text column with more categories keeps the frequent ones and pools the others.
MAX_CATEGORIES = 20

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?")
_DATE_NOTE = "dates turned into days"
_DAY = np.timedelta64(86_400_000_000, "us")


@dataclass(frozen=True)
class FeatureTable:
    """Matrix (n, d) of numbers and category codes, NaN where a value is missing.

    A code only renames a value. Everything that is learned from the rows, such as
    medians, scales and the frequent categories, is left to `preparation`, which is
    fitted inside each fold.
    """

    values: np.ndarray
    categorical: np.ndarray
    notes: tuple[str, ...]

    def preparation(self):
        """Return the unfitted transformer of the matrix.

        It imputes and standardises numbers, and imputes and one-hot encodes codes.
        """
        numbers = make_pipeline(
            SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()
        )
        if not self.categorical.any():
            return numbers
        categories = make_pipeline(
            SimpleImputer(strategy="most_frequent", keep_empty_features=True),
            OneHotEncoder(
                max_categories=MAX_CATEGORIES,
                handle_unknown="infrequent_if_exist",
                sparse_output=False,
            ),
        )
        return ColumnTransformer(
            [
                ("numbers", numbers, np.flatnonzero(~self.categorical)),
                ("categories", categories, np.flatnonzero(self.categorical)),
            ]
        )


@dataclass(frozen=True)
class _Column:
    """One column as floats; `values` is None if `note` says why it is left out."""

    values: np.ndarray | None
    categorical: bool = False
    note: str | None = None


def read_columns(X):
    """Return the FeatureTable of an array or frame.

    Raise ValueError for a column that no estimator can use, or if X has no column.
    """
    columns, names_of_note = [], {}
    for name, column in _named_columns(X):
        read = _read_column(name, column)
        if read.note is not None:
            names_of_note.setdefault(read.note, []).append(name)
        if read.values is not None:
            columns.append(read)
    if not columns:
        raise ValueError(
            "there is no column to predict from; add one beside the target."
        )
    return FeatureTable(
        np.column_stack([column.values for column in columns]),
        np.array([column.categorical for column in columns]),
        tuple(f"{note}: {one_line(names)}" for note, names in names_of_note.items()),
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
    """Return (name, column) for each column of X, names as they stand in messages."""
    if scipy.sparse.issparse(X):
        raise ValueError("X is sparse; pass X.toarray(), or rows in a frame.")
    X = as_pandas(X)
    names = getattr(X, "columns", None)
    if names is not None:
        return [(f"'{name}'", X.iloc[:, j]) for j, name in enumerate(names)]
    X = np.asarray(X)
    if X.ndim != 2:
        raise ValueError(f"X has the shape {X.shape}; pass rows and columns.")
    return [(str(j), X[:, j]) for j in range(X.shape[1])]


def _read_column(name, column):
    """Return the _Column of one column; raise ValueError if it cannot be used."""
    values, missing = values_and_missing(column)
    if missing.all():
        raise ValueError(
            f"column {name} has no values at all; remove it or fill it in."
        )
    if values.dtype.kind == "O":
        return _read_objects(name, values, missing)
    if values.dtype.kind in "mM":
        return _Column(_to_days(values, missing), note=_DATE_NOTE)
    if values.dtype.kind in "biuf":
        return _Column(_require_finite(name, values.astype(float)))
    if values.dtype.kind in "US":
        return _read_objects(name, values.astype(object), missing)
    raise ValueError(f"column {name} holds {values.dtype} values; make them numbers.")


def _read_objects(name, values, missing):
    """Return the _Column of Python objects: numbers, dates, text, or left out."""
    present = values[~missing]
    kinds = {type(value) for value in present}
    if all(issubclass(kind, (Number, np.bool_)) for kind in kinds):
        return _Column(
            _require_finite(name, _with_missing(present.astype(float), missing))
        )
    dates = _time_since_1970(present, kinds)
    if dates is not None:
        days = _with_missing(dates / _DAY, missing)
        return _Column(days, note=_DATE_NOTE)
    if not all(issubclass(kind, (str, Number, np.bool_)) for kind in kinds):
        other = next(kind for kind in kinds if not issubclass(kind, (str, Number)))
        return _Column(None, note=f"left out, values of type {other.__name__}")
    categories, codes = np.unique(present.astype(str), return_inverse=True)
    if len(categories) == len(present) > MAX_CATEGORIES:
        return _Column(None, note="left out, another text in every row")
    return _Column(_with_missing(codes.astype(float), missing), categorical=True)


def _time_since_1970(present, kinds):
    """Return the time since 1970 of date objects or ISO date texts, else None."""
    is_text = all(issubclass(kind, str) for kind in kinds)
    if is_text and not all(_ISO_DATE.fullmatch(value) for value in present):
        return None
    if not is_text and not all(issubclass(kind, datetime.date) for kind in kinds):
        return None
    try:
        return present.astype("M8[us]") - np.datetime64(0, "us")
    except (ValueError, OverflowError):
        return None


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


def _require_finite(name, values):
    """Return `values`; raise ValueError if any is infinite."""
    if np.isinf(values).any():
        rows = int(np.count_nonzero(np.isinf(values)))
        raise ValueError(
            f"column {name} is infinite in {rows} row{'s' * (rows > 1)}; replace these "
            "values, or leave them empty to have them imputed."
        )
    return values
