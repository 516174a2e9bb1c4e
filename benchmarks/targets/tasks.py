"""The data of the targets, and the accuracies to be reached on their test rows."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MaxAbsScaler, StandardScaler

from benchmarks import datasets

_TEST_SHARE = 0.25


class Split(NamedTuple):
    """Rows to train on, and rows of which the accuracy is measured."""

    train: datasets.Data
    test: datasets.Data


@dataclass(frozen=True, eq=False)
class Task:
    """Data with the accuracy that training has to reach on their test rows.

    With `below_best` the accuracy is that much below the best one of a long training;
    see `settings.LONG_TRAINING`.
    """

    name: str
    split: Callable  # (quick, seed) -> Split
    accuracy: float | None = None
    below_best: float | None = None
    quick_accuracy: float = 0.7
    budget: float = 10.0  # seconds of training for each setting and seed
    n_seeds: int = 3
    random_split: bool = False  # the split depends on the seed
    missing: Callable = lambda: ""  # a text if the data are not installed


def _fashion(quick, seed):
    n_train, n_test = (3000, 1000) if quick else (60_000, 10_000)
    return Split(datasets.fashion(n_train), datasets.fashion(n_test, part="t10k"))


def _fashion_is_missing():
    if datasets.fashion_is_real():
        return ""
    return "Debian's package dataset-fashion-mnist is not installed"


def _scaled(load, scaler, quick, seed):
    """Return a stratified Split of a data set of scikit-learn, in float32.

    `scaler` learns the scales of the columns from the rows to train on.
    """
    X, y = load(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=_TEST_SHARE, stratify=y, random_state=seed
    )
    scaler = clone(scaler).fit(X_train)
    return Split(
        datasets.Data(scaler.transform(X_train).astype(np.float32), y_train),
        datasets.Data(scaler.transform(X_test).astype(np.float32), y_test),
    )


def _table(quick, seed):
    n_train, n_test = (4000, 2000) if quick else (100_000, 50_000)
    data = datasets.taught(n_train + n_test, 20, 5)
    return Split(
        datasets.Data(data.X[:n_train], data.y[:n_train]),
        datasets.Data(data.X[n_train:], data.y[n_train:]),
    )


TASKS = (
    Task(
        "Fashion-MNIST, accuracy 0.88",
        _fashion,
        accuracy=0.88,
        budget=25,
        missing=_fashion_is_missing,
    ),
    Task(
        "digits, accuracy 0.98",
        partial(_scaled, load_digits, MaxAbsScaler()),
        accuracy=0.98,
        budget=2,
        n_seeds=7,
        random_split=True,
    ),
    Task(
        "breast cancer, accuracy 0.97",
        partial(_scaled, load_breast_cancer, StandardScaler()),
        accuracy=0.97,
        quick_accuracy=0.9,
        budget=1,
        n_seeds=7,
        random_split=True,
    ),
    Task(
        "table 100,000 × 20, 0.002 below the best accuracy",
        _table,
        below_best=0.002,
        quick_accuracy=0.3,
    ),
)
