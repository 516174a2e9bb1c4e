"""Fits of settings on folds of tables, each kept in a file so that runs can resume."""

import hashlib
import json
import time
import warnings
from dataclasses import asdict, dataclass

import numpy as np
import sklearn
from sklearn.model_selection import RepeatedKFold, RepeatedStratifiedKFold
from threadpoolctl import threadpool_limits

import skmlp
from benchmarks.tabular.settings import model
from benchmarks.tabular.tables import load
from skmlp.model_comparison.metrics import TASKS, Prediction

__all__ = ["METRICS", "Record", "run"]

N_FOLDS = 5
N_REPEATS = 2
METRICS = {
    "classification": ("accuracy", "log_loss", "roc_auc", "calibration_error"),
    "regression": ("r2", "rmse"),
}


@dataclass(frozen=True)
class Record:
    """Scores of one fit, with its processor time in seconds and its warnings."""

    table: str
    setting: str
    fold: int
    scores: dict[str, float]
    seconds: float
    warned: tuple[str, ...]


def run(tables, settings, folder, *, folds, on_fit, fits=True):
    """Return the Records of all tables, settings and the first `folds` folds.

    A fit whose file is in `folder` is not repeated; the file's name depends on the
    table, the setting with the parameters that differ from defaults, the fold, and the
    versions of skmlp and scikit-learn. Tables whose R package is missing are left out,
    and named. Without `fits`, only the files are read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    records, missing = [], []
    for table in tables:
        fitting = [each for each in settings if each.task == table.task]
        loaded = None
        for fold in range(folds):
            for setting in fitting:
                file = folder / _name(table, setting, fold)
                known = _read(file)
                if known is not None:
                    records.append(known)
                    continue
                if not fits:
                    continue
                try:
                    loaded = loaded or load(table)
                except (FileNotFoundError, ImportError) as error:
                    missing.append(f"{table.name}: {error}")
                    break
                record = _fit(table, setting, fold, *loaded)
                _write(record, file)
                records.append(record)
                on_fit(record)
            else:
                continue
            break
    return records, missing


def _read(file):
    """Return the Record of a file; None if it is missing, or not whole."""
    try:
        content = json.loads(file.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return Record(**{**content, "warned": tuple(content["warned"])})


def _write(record, file):
    """Write a Record to a file, in one step: a run may be ended at any time."""
    part = file.with_suffix(".part")
    part.write_text(json.dumps(asdict(record)), "utf-8")
    part.replace(file)


def _name(table, setting, fold):
    """Return the name of the file of a fit."""
    parts = (
        asdict(table),
        setting.key,
        repr(setting.make()),
        fold,
        skmlp.__version__,
        sklearn.__version__,
    )
    digest = hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()
    return f"{table.name.replace(' ', '-')}-{digest[:24]}.json"


def _fit(table, setting, fold, X, y):
    """Return the Record of one fit."""
    kind = RepeatedStratifiedKFold
    if table.task == "regression":
        kind = RepeatedKFold
    splitter = kind(n_splits=N_FOLDS, n_repeats=N_REPEATS, random_state=0)
    train, test = list(splitter.split(np.zeros((len(y), 1)), y))[fold]
    rows = getattr(X, "iloc", X)
    pipeline = model(setting, X)
    # On one thread, as the processor time of several threads contains their waits.
    with threadpool_limits(1), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        start = time.process_time()
        pipeline.fit(rows[train], y[train])
        seconds = time.process_time() - start
        predicted = pipeline.predict(rows[test])
        classes, probabilities = np.array([]), None
        if table.task == "classification":
            classes = np.unique(y)
            probabilities = np.zeros((len(test), len(classes)))
            known = np.searchsorted(classes, pipeline.classes_)
            probabilities[:, known] = pipeline.predict_proba(rows[test])
    prediction = Prediction(y[test], predicted, classes, probabilities)
    known = {each.name: each for each in TASKS[table.task].metrics}
    return Record(
        table.name,
        setting.key,
        fold,
        {name: known[name].score(prediction) for name in METRICS[table.task]},
        seconds,
        tuple(sorted({each.category.__name__ for each in caught})),
    )
