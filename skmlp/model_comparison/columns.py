"""A table of mixed columns <-> one matrix of numbers and category codes."""

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

# Text of more values than this keeps the frequent ones and pools the rest.
MAX_CATEGORIES = 20

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?")
_DATES = "dates turned into days"
_DAY = np.timedelta64(86_400_000_000, "us")


@dataclass(frozen=True)
class FeatureTable:
    """Numbers and category codes (n, d), not-a-number where a value is missing.

    A code only renames a value. All that is learned from the rows, such as medians,
    scales and the frequent categories, is left to `preparation`, inside each fold.
    """

    values: np.ndarray
    categorical: np.ndarray
    notes: tuple[str, ...]

    def preparation(self):
        """Unfitted steps: impute and scale numbers; impute and one-hot encode codes."""
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
    """One column as floats, or None with a note that says why it is left out."""

    values: np.ndarray | None
    categorical: bool = False
    note: str | None = None


def read_columns(X):
    """Array or frame -> Columns; raises ValueError on what no estimator could use."""
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
    """Polars and pyarrow tables and columns as pandas ones; the rest as it is."""
    convert = getattr(data, "to_pandas", None)
    if convert is None:
        return data
    require("pandas", "a polars or pyarrow table")
    return convert()


def values_and_missing(column):
    """One column or a list -> its values (n,), and which of them are missing."""
    column = as_pandas(column)
    is_missing = getattr(column, "isna", None)
    if is_missing is not None:
        missing = is_missing().to_numpy(dtype=bool)
        if column.dtype.name == "category":
            return column.astype(str).to_numpy(dtype=object), missing
        kind = getattr(column.dtype, "kind", "O")
        # What pandas adds to NumPy's types becomes plain objects.
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
        # Only not-a-number differs from itself.
        value is None or (isinstance(value, Number) and value != value)
        for value in values.ravel()
    ]
    return values, np.array(absent, dtype=bool).reshape(values.shape)


def one_line(names, limit=8):
    """Names in a list short enough for one line."""
    return listed(list(map(str, names)), limit)


def _named_columns(X):
    """Pairs of a name and a column."""
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
    """One named column -> _Column."""
    values, missing = values_and_missing(column)
    if missing.all():
        raise ValueError(
            f"column {name} has no values at all; remove it or fill it in."
        )
    if values.dtype.kind == "O":
        return _read_objects(name, values, missing)
    if values.dtype.kind in "mM":
        return _Column(_days(values, missing), note=_DATES)
    if values.dtype.kind in "biuf":
        return _Column(_finite(name, values.astype(float)))
    if values.dtype.kind in "US":
        return _read_objects(name, values.astype(object), missing)
    raise ValueError(f"column {name} holds {values.dtype} values; make them numbers.")


def _read_objects(name, values, missing):
    """A column of Python objects: numbers, dates, text, or something to leave out."""
    present = values[~missing]
    kinds = {type(value) for value in present}
    if all(issubclass(kind, (Number, np.bool_)) for kind in kinds):
        return _Column(_finite(name, _filled(present.astype(float), missing)))
    dates = _dates(present, kinds)
    if dates is not None:
        days = _filled(dates / _DAY, missing)
        return _Column(days, note=_DATES)
    if not all(issubclass(kind, (str, Number, np.bool_)) for kind in kinds):
        odd = next(kind for kind in kinds if not issubclass(kind, (str, Number)))
        return _Column(None, note=f"left out, values of type {odd.__name__}")
    categories, codes = np.unique(present.astype(str), return_inverse=True)
    if len(categories) == len(present) > MAX_CATEGORIES:
        return _Column(None, note="left out, another text in every row")
    return _Column(_filled(codes.astype(float), missing), categorical=True)


def _dates(present, kinds):
    """Date objects, or text of ISO dates only -> time since 1970; else None."""
    is_text = all(issubclass(kind, str) for kind in kinds)
    if is_text and not all(_ISO_DATE.fullmatch(value) for value in present):
        return None
    if not is_text and not all(issubclass(kind, datetime.date) for kind in kinds):
        return None
    try:
        return present.astype("M8[us]") - np.datetime64(0, "us")
    except (ValueError, OverflowError):
        return None


def _days(values, missing):
    """Dates or durations -> days, not-a-number where missing."""
    present = values[~missing]
    if values.dtype.kind == "M":
        present = present.astype("M8[us]") - np.datetime64(0, "us")
    return _filled(present / _DAY, missing)


def _filled(present, missing):
    """The values of the rows that have one, not-a-number in the others."""
    values = np.full(len(missing), np.nan)
    values[~missing] = present
    return values


def _finite(name, values):
    """The same values, unless some are infinite."""
    if np.isinf(values).any():
        rows = int(np.count_nonzero(np.isinf(values)))
        raise ValueError(
            f"column {name} is infinite in {rows} row{'s' * (rows > 1)}; replace these "
            "values, or leave them empty to have them imputed."
        )
    return values
