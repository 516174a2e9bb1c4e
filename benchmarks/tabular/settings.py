"""The settings that are compared: estimators, on raw columns and on scaled ones."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from sklearn import ensemble, linear_model, neural_network
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import skmlp

__all__ = ["SETTINGS", "Setting", "model"]


@dataclass(frozen=True)
class Setting:
    """Name of a setting, its library, how to make its estimator, and its columns.

    `columns` is 'raw' or 'scaled': missing values are replaced and categories are
    one-hot encoded in both, and numbers are standardised in 'scaled'.
    """

    name: str
    library: str
    make: Callable[[], Any]
    columns: str
    task: str

    @property
    def key(self):
        """Text that tells this setting from all others."""
        return f"{self.library}: {self.name}, {self.columns}"


def _both(task, entries):
    """Return the Settings of (name, library, make) on raw and on scaled columns."""
    return [
        Setting(*entry, columns, task)
        for entry in entries
        for columns in ("raw", "scaled")
    ]


def _network(cls, **parameters):
    """Return a function that makes a network with a seed."""
    return partial(cls, random_state=0, **parameters)


_CLASSIFIERS = [
    ("MLP", "skmlp", _network(skmlp.MLPClassifier)),
    (
        "MLP, early_stopping=True",
        "skmlp",
        _network(skmlp.MLPClassifier, early_stopping=True),
    ),
    (
        'MLP, early_stopping="loss"',
        "skmlp",
        _network(skmlp.MLPClassifier, early_stopping="loss"),
    ),
    ("MLP", "scikit-learn", _network(neural_network.MLPClassifier)),
    (
        "MLP, early_stopping=True",
        "scikit-learn",
        _network(neural_network.MLPClassifier, early_stopping=True),
    ),
    (
        "LogisticRegression",
        "scikit-learn",
        lambda: linear_model.LogisticRegression(max_iter=1000),
    ),
]
_REGRESSORS = [
    ("MLP", "skmlp", _network(skmlp.MLPRegressor)),
    (
        "MLP, scale_target=True",
        "skmlp",
        _network(skmlp.MLPRegressor, scale_target=True),
    ),
    (
        'MLP, scale_target="auto"',
        "skmlp",
        _network(skmlp.MLPRegressor, scale_target="auto"),
    ),
    (
        'MLP, scale_target=True, early_stopping="loss"',
        "skmlp",
        _network(skmlp.MLPRegressor, scale_target=True, early_stopping="loss"),
    ),
    ("MLP", "scikit-learn", _network(neural_network.MLPRegressor)),
    (
        "MLP, early_stopping=True",
        "scikit-learn",
        _network(neural_network.MLPRegressor, early_stopping=True),
    ),
    ("Ridge", "scikit-learn", linear_model.Ridge),
]
_BOOSTING = [
    Setting(
        *("HistGradientBoosting", "scikit-learn", partial(cls, random_state=0)),
        columns="raw",
        task=task,
    )
    for cls, task in (
        (ensemble.HistGradientBoostingClassifier, "classification"),
        (ensemble.HistGradientBoostingRegressor, "regression"),
    )
]

SETTINGS = (
    *_both("classification", _CLASSIFIERS),
    *_both("regression", _REGRESSORS),
    *_BOOSTING,
)


def model(setting, X):
    """Return the unfitted pipeline of a setting for the columns of X."""
    numbers, categories = _kinds(X)
    number_steps = [SimpleImputer(strategy="median", keep_empty_features=True)]
    if setting.columns == "scaled":
        number_steps.append(StandardScaler())
    encode = make_pipeline(
        SimpleImputer(
            strategy="constant", fill_value="missing", keep_empty_features=True
        ),
        OneHotEncoder(
            max_categories=20,
            handle_unknown="infrequent_if_exist",
            sparse_output=False,
        ),
    )
    preparation = make_column_transformer(
        (make_pipeline(*number_steps), numbers), (encode, categories)
    )
    return make_pipeline(preparation, setting.make())


def _kinds(X):
    """Return the columns of numbers, and those of categories."""
    if isinstance(X, np.ndarray):
        return list(range(X.shape[1])), []
    kinds = {
        name: X[name].dtype.kind if hasattr(X[name].dtype, "kind") else "O"
        for name in X
    }
    numbers = [name for name, kind in kinds.items() if kind in "biuf"]
    return numbers, [name for name in X if name not in numbers]
