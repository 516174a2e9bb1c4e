"""Read data as `compare` does, into a frame of clean columns and a target."""

from __future__ import annotations

from collections.abc import Collection
from os import PathLike, fspath
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from skmlp.base.types import Array, DataFrame
from skmlp.model_comparison import datasets
from skmlp.model_comparison.columns import as_pandas, read_columns, text_options
from skmlp.model_comparison.table_files import FileOptions
from skmlp.model_comparison.target import prepare_target
from skmlp.model_comparison.used_rows import rows_of

__all__ = ["read_file", "read_frame"]


def read_file(
    path: str | PathLike[str],
    target: str | None = None,
    *,
    task: Literal["classification", "regression"] | None = None,
    sep: str | None = None,
    decimal: Literal[".", ","] | None = None,
    thousands: str | None = None,
    encoding: str | None = None,
    missing: Collection[str] | None = None,
    sheet: str | None = None,
    drop: Collection[str] = (),
    keep: Collection[str] = (),
    groups: str | None = None,
    time: str | None = None,
) -> tuple[DataFrame, Array]:
    """Read features and target from a file, by the rules of ``skmlp compare``.

    Parameters
    ----------
    path : str or path-like
        CSV, Parquet, Feather, JSON or Excel file, also compressed; '-' is standard
        input.
    target : str, optional
        Column to predict; by default the one named target, class, label or y.
    task : {'classification', 'regression'}, optional
        Kind of the target; by default it is recognised.
    sep : str, optional
        Delimiter of a CSV file; by default it is guessed.
    decimal : {'.', ','}, optional
        Decimal mark of numbers; by default each column tells.
    thousands : str, optional
        Mark between thousands; by default each column tells.
    encoding : str, optional
        Encoding of a text file; by default it is guessed.
    missing : collection of str, optional
        Texts and numbers that stand for a missing value; by default usual texts such as
        "NA" and "?".
    sheet : str, optional
        Sheet of an Excel file; by default the first.
    drop, keep : collection of str, default=()
        Columns to leave out, and columns to use though they look like identifiers.
    groups, time : str, optional
        Columns for the folds of a comparison, which are left out. Rows without a time
        are left out, too.

    Returns
    -------
    X : pandas.DataFrame of shape (n_samples, n_columns)
        Numbers are float64 with NaN, dates are days since 1970 and further columns
        such as "date (month)", and texts are objects.
    y : ndarray of shape (n_samples,)
        Target of the rows that have one.

    Raises
    ------
    ValueError
        If the file cannot be read, or has no column or row that can be used.

    See Also
    --------
    read_frame : The same for data in memory.

    Examples
    --------
    >>> from skmlp.model_comparison import read_file
    >>> X, y = read_file("sales.csv", target="bought", decimal=",")  # doctest: +SKIP
    """
    as_text = decimal is not None or thousands is not None
    loaded = datasets.load(
        fspath(path),
        target,
        options=FileOptions(sep, encoding, sheet, as_text=as_text),
        drop=tuple(drop),
        keep=tuple(keep),
        groups=groups,
        time=time,
    )
    return _clean(
        loaded.X,
        loaded.y,
        time=loaded.time,
        marks=(decimal, thousands, missing),
        keep=keep,
        task=task,
        target_name=loaded.target,
    )


def read_frame(
    X: ArrayLike,
    y: ArrayLike,
    *,
    task: Literal["classification", "regression"] | None = None,
    decimal: Literal[".", ","] | None = None,
    thousands: str | None = None,
    missing: Collection[str] | None = None,
    keep: Collection[str] = (),
    time: ArrayLike | None = None,
) -> tuple[DataFrame, Array]:
    """Return features and target in clean columns, by the rules of `compare`.

    Parameters
    ----------
    X : array-like or frame of shape (n_samples, n_features)
        NumPy array, or table of pandas, polars or pyarrow. Values may be missing.
    y : array-like of shape (n_samples,)
        Class labels or numbers. Rows without one are left out.
    task : {'classification', 'regression'}, optional
        Kind of the target; by default it is recognised.
    decimal : {'.', ','}, optional
        Decimal mark of numbers that are texts; by default each column tells.
    thousands : str, optional
        Mark between thousands; by default each column tells.
    missing : collection of str, optional
        Texts and numbers that stand for a missing value; by default usual texts.
    keep : collection of str, default=()
        Names of columns that are used though they look like identifiers.
    time : array-like of shape (n_samples,), optional
        Time of each row. Rows without one are left out.

    Returns
    -------
    X : pandas.DataFrame of shape (n_samples, n_columns)
        Numbers are float64 with NaN, dates are days since 1970 and further columns
        such as "date (month)", and texts are objects. The columns of an array are "0",
        "1", ...
    y : ndarray of shape (n_samples,)
        Target of the rows that have one.

    Raises
    ------
    ValueError
        If no column or no row can be used.

    See Also
    --------
    read_file : The same for a file.

    Examples
    --------
    >>> import pandas as pd
    >>> from skmlp.model_comparison import read_frame
    >>> frame = pd.DataFrame({"price": ["$1.50", "$2.00", "?", "$3.25"]})
    >>> X, y = read_frame(frame, ["a", "b", "a", "b"])
    >>> X["price"].tolist()
    [1.5, 2.0, nan, 3.25]
    """
    return _clean(
        X,
        y,
        time=time,
        marks=(decimal, thousands, missing),
        keep=keep,
        task=task,
        target_name="y",
    )


def _clean(X, y, *, time, marks, keep, task, target_name):
    """Return a frame of clean columns, and the target of the rows that have one."""
    X = as_pandas(X)
    options = text_options(X, *marks)
    target = prepare_target(y, task, target_name, options)
    target, X, _, _ = rows_of(target, X, y, None, time, options)
    return read_columns(X, options, keep).as_frame(), np.asarray(target.values)
