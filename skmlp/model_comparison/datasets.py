"""Load features and target from a bundled data set or from a file."""

from dataclasses import dataclass
from pathlib import Path

from skmlp.base.options import did_you_mean, use_one_of
from skmlp.model_comparison.columns import one_line
from skmlp.model_comparison.table_files import (
    STANDARD_INPUT,
    FileOptions,
    read_table,
)

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

_SUFFIXES = (
    ".csv",
    ".tsv",
    ".txt",
    ".parquet",
    ".pq",
    ".feather",
    ".json",
    ".jsonl",
    ".xlsx",
) + (".gz", ".bz2", ".xz", ".zst", ".zip")


@dataclass(frozen=True)
class Dataset:
    """Features X and target y, with notes on how they were read.

    `groups` and `time` are columns of a file that the user has named for the folds.
    """

    name: str
    X: object
    y: object
    target: str
    notes: tuple[str, ...] = ()
    groups: object = None
    time: object = None


def load(data, target=None, *, options=None, drop=(), keep=(), groups=None, time=None):
    """Return the Dataset of a bundled name, of the path of a file, or of '-'.

    `options` are FileOptions; `drop` and `keep` are names of columns to leave out and
    to use in any case, `groups` and `time` those of columns for the folds.
    """
    if data in BUNDLED:
        return _bundled(data, target, options, (*drop, *keep, groups, time))
    if data != STANDARD_INPUT:
        _require_file(Path(data), data)
    name = "standard input" if data == STANDARD_INPUT else Path(data).name
    table = read_table(data, options)
    frame, notes = _named_columns(table.frame, name, keep)
    notes = (*table.notes, *notes)
    if frame.empty:
        raise ValueError(f"{name} has no rows; it needs some below its header.")
    if target is None:
        target = _usual_target(frame, name)
        notes = (*notes, f"predicting '{target}'; --target chooses another column")
    used = {"target": [target], "groups": [groups], "time": [time]}
    used |= {"drop": drop, "keep": keep}
    _require_columns(used, frame, name)
    X = frame.drop(columns=list({target, *drop, *filter(None, (groups, time))}))
    if X.shape[1] == 0:
        raise ValueError(
            f"{name} has the column '{target}' only; add columns to predict from."
        )
    return Dataset(
        _stem(data),
        X,
        frame[target],
        target,
        notes,
        groups=None if groups is None else frame[groups],
        time=None if time is None else frame[time],
    )


def _named_columns(frame, name, keep):
    """Return a frame with texts as names of columns, and notes.

    A first column without a name, which holds the row numbers of a frame, is left out.
    """
    frame = frame.rename(columns=lambda each: str(each).strip())
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise ValueError(f"{name} has two columns '{twice[0]}'; rename one of them.")
    first = frame.columns[0] if len(frame.columns) else ""
    if first not in ("Unnamed: 0", "__index_level_0__") or first in keep:
        return frame, ()
    note = f"left out the first column, which has no name (--keep '{first}')"
    return frame.iloc[:, 1:], (note,)


def _stem(data):
    """Return the name of a file without its suffixes, such as .csv.gz."""
    if data == STANDARD_INPUT:
        return "standard input"
    path = Path(data)
    packed = path.suffix.lower() in (".gz", ".bz2", ".xz", ".zst", ".zip")
    return Path(path.stem).stem if packed else path.stem


def _require_columns(used, frame, name):
    """Raise ValueError unless each column of each option is there, in one option."""
    option_of = {}
    for option, columns in used.items():
        for column in filter(None, columns):
            if column not in frame.columns:
                purpose = "" if option == "target" else f" for --{option}"
                raise ValueError(
                    f"{name} has no column '{column}'{purpose}; it has "
                    f"{one_line(list(frame.columns))}."
                    f"{did_you_mean(column, frame.columns)}"
                )
            other = option_of.setdefault(column, option)
            if other != option:
                raise ValueError(
                    f"--{other} and --{option} both name the column '{column}'; leave "
                    "out one of them."
                )


def _bundled(name, target, options, columns):
    """Return the Dataset of a name in BUNDLED, which comes with scikit-learn."""
    from sklearn import datasets

    if any(columns) or options not in (None, FileOptions()):
        raise ValueError(f"{name} is no file; leave out the options for files.")
    if target is not None:
        raise ValueError(
            f"{name} has a target of its own; leave out --target, which is for files."
        )
    X, y = getattr(datasets, BUNDLED[name])(return_X_y=True)
    return Dataset(name, X, y, "target")


def _require_file(path, data):
    """Raise ValueError unless `path` is a file that is not empty."""
    if path.is_dir():
        raise ValueError(f"{data} is a directory; name a file in it.")
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
            other="the path of a file",
            got=data,
        )
    )


def _usual_target(frame, source):
    """Return the only column with a usual name of a target; else raise ValueError."""
    usual = [name for name in frame.columns if str(name).lower() in _USUAL_TARGETS]
    if len(usual) == 1:
        return usual[0]
    raise ValueError(
        f"say which column of {source} to predict, with --target COLUMN; it has "
        f"{one_line(list(frame.columns))}."
    )
