"""Load features and target from a bundled data set or from a CSV or Parquet file."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from skmlp.base.optional import require
from skmlp.base.options import did_you_mean, use_one_of
from skmlp.model_comparison.columns import one_line

__all__ = ["BUNDLED", "Dataset", "load"]

# Name -> name of its loader in sklearn.datasets; none of these downloads anything.
BUNDLED = {
    "iris": "load_iris",
    "wine": "load_wine",
    "breast_cancer": "load_breast_cancer",
    "digits": "load_digits",
    "diabetes": "load_diabetes",
}

# Names of columns that are taken as the target if the user names none.
_USUAL_TARGETS = ("target", "class", "label", "y")

_PARQUET_MAGIC = b"PAR1"
_SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".pq")
_DELIMITERS = ",;\t|"
_SAMPLE_BYTES = 65536


@dataclass(frozen=True)
class Dataset:
    """Features X and target y, with notes on how they were read."""

    name: str
    X: object
    y: object
    target: str
    notes: tuple[str, ...] = ()


def load(data, target=None):
    """Return the Dataset of a bundled name, or of the path of a CSV or Parquet file."""
    if data in BUNDLED:
        return _bundled(data, target)
    path = Path(data)
    _require_file(path, data)
    frame = _read_parquet(path) if _is_parquet(path) else _read_csv(path)
    frame, notes = _drop_index_column(frame.rename(columns=str))
    if frame.empty:
        raise ValueError(f"{path.name} has no rows; it needs some below its header.")
    if target is None:
        target = _usual_target(frame, path)
        notes = (*notes, f"predicting '{target}'; --target chooses another column")
    elif target not in frame.columns:
        raise ValueError(
            f"{path.name} has no column '{target}'; it has "
            f"{one_line(list(frame.columns))}.{did_you_mean(target, frame.columns)}"
        )
    X = frame.drop(columns=target)
    if X.shape[1] == 0:
        raise ValueError(
            f"{path.name} has the column '{target}' only; add columns to predict from."
        )
    return Dataset(path.stem, X, frame[target], target, notes)


def _bundled(name, target):
    """Return the Dataset of a name in BUNDLED, which comes with scikit-learn."""
    from sklearn import datasets

    if target is not None:
        raise ValueError(
            f"{name} has a target of its own; leave out --target, which is for files."
        )
    X, y = getattr(datasets, BUNDLED[name])(return_X_y=True)
    return Dataset(name, X, y, "target")


def _require_file(path, data):
    """Raise ValueError unless `path` is a file that is not empty."""
    if path.is_dir():
        raise ValueError(f"{data} is a directory; name a CSV or Parquet file in it.")
    if path.exists():
        if path.stat().st_size == 0:
            raise ValueError(f"{data} is empty; it needs a header and rows.")
        return
    looks_like_path = path.suffix.lower() in _SUFFIXES or path.name != data
    if looks_like_path:
        folder = path.parent
        neighbours = list(folder.iterdir()) if folder.is_dir() else []
        # Compare names without suffixes: all files named *.csv are similar.
        hint = did_you_mean(
            path.stem, (), {each.stem: each.name for each in neighbours}
        )
        raise ValueError(f"there is no file {data}; check the path.{hint}")
    raise ValueError(
        use_one_of(
            f"there is no data set '{data}'",
            BUNDLED,
            other="the path of a CSV or Parquet file",
            got=data,
        )
    )


def _is_parquet(path):
    """Return True if the content of a file is Parquet; its name does not count.

    Raise ValueError if the name has the suffix of Parquet but the content is not.
    """
    with path.open("rb") as file:
        starts_like_it = file.read(4) == _PARQUET_MAGIC
    if not starts_like_it and path.suffix.lower() in (".parquet", ".pq"):
        raise ValueError(f"{path.name} is not a Parquet file; write it again.")
    return starts_like_it


def _read_parquet(path):
    """Read a Parquet file into a pandas DataFrame."""
    pandas = require("pandas", "reading a Parquet file")
    require("pyarrow", "reading a Parquet file")
    try:
        return pandas.read_parquet(path)
    except Exception as error:
        # Errors of pyarrow and of pandas have only the base class Exception in common.
        raise ValueError(
            f"{path.name} cannot be read as Parquet ({_first_line(error)}); "
            "write it again."
        ) from error


def _read_csv(path):
    """Read a CSV file in UTF-8 into a pandas DataFrame, with any delimiter."""
    sample = _text_sample(path)
    pandas = require("pandas", "reading a CSV file")
    delimiter = _delimiter(sample)
    # In files with semicolons as delimiters, commas are often decimal points.
    has_decimal_commas = re.search(r"\d,\d", sample) and not re.search(
        r"\d\.\d", sample
    )
    decimal = "," if delimiter == ";" and has_decimal_commas else "."
    try:
        return pandas.read_csv(
            path,
            sep=delimiter,
            decimal=decimal,
            encoding="utf-8-sig",
            na_values=["?"],
            skipinitialspace=True,
            low_memory=False,
        )
    except (ValueError, pandas.errors.ParserError) as error:
        raise ValueError(
            f"{path.name} cannot be read as CSV ({_first_line(error)}); repair it, "
            "or save it again as UTF-8."
        ) from error


def _text_sample(path):
    """Return the beginning of a UTF-8 file; raise ValueError if it is no text."""
    with path.open("rb") as file:
        raw = file.read(_SAMPLE_BYTES)
    # The sample may end inside the last character, which has at most four bytes.
    text = raw.decode("utf-8-sig", errors="replace")
    if b"\0" in raw or "\N{REPLACEMENT CHARACTER}" in text[:-4]:
        raise ValueError(
            f"{path.name} is neither text in UTF-8 nor Parquet; save it as one of them."
        )
    if not text.strip():
        raise ValueError(f"{path.name} is empty; it needs a header and rows.")
    return text


def _delimiter(sample):
    """Return the delimiter that splits all lines into equally many values, and most."""
    # The last line of the sample may be incomplete.
    lines = sample.splitlines()[:-1][:50] or sample.splitlines()
    widths = {
        delimiter: [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        for delimiter in _DELIMITERS
    }
    return max(
        _DELIMITERS,
        key=lambda each: (
            len(set(widths[each])) == 1 and widths[each][0] > 1,
            widths[each][0],
        ),
    )


def _drop_index_column(frame):
    """Drop a first column without a name, which holds the row numbers of a frame.

    Return (frame, notes).
    """
    first = str(frame.columns[0]) if len(frame.columns) else ""
    if not re.fullmatch(r"Unnamed: 0|__index_level_0__", first):
        return frame, ()
    return frame.iloc[:, 1:], ("left out, the first column, which has no name",)


def _usual_target(frame, path):
    """Return the only column with a usual name of a target; else raise ValueError."""
    usual = [name for name in frame.columns if str(name).lower() in _USUAL_TARGETS]
    if len(usual) == 1:
        return usual[0]
    raise ValueError(
        f"say which column of {path.name} to predict, with --target COLUMN; it has "
        f"{one_line(list(frame.columns))}."
    )


def _first_line(error):
    """Return the first line of the message of an error, without a full stop."""
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else ""
