"""Bundled and generated data sets, scaled and divided into training and validation."""

from dataclasses import dataclass

import numpy as np
from sklearn import datasets
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

CLASSIFICATION = (
    *("iris", "wine", "breast cancer", "digits", "blobs", "moons", "circles"),
    *("20 columns", "four classes", "overlapping"),
)
REGRESSION = ("diabetes", "friedman 1", "friedman 2", "linear", "sine")
ALL = (*CLASSIFICATION, *REGRESSION)


@dataclass(frozen=True)
class Split:
    """Rows of training and of validation."""

    name: str
    X: np.ndarray
    y: np.ndarray
    X_val: np.ndarray
    y_val: np.ndarray

    @property
    def is_classification(self):
        """True if y holds labels."""
        return self.y.dtype.kind in "iU"


def split(name, seed, *, rows=None):
    """Return the Split of a data set; the inputs are scaled, and numbers y, too."""
    X, y = _rows(name, seed)
    if rows is not None and rows < len(X):
        stratify = y if y.dtype.kind == "i" else None
        X, _, y, _ = train_test_split(
            X, y, train_size=rows, random_state=seed, stratify=stratify
        )
    stratify = y if y.dtype.kind == "i" else None
    X, X_val, y, y_val = train_test_split(
        X, y, test_size=0.3, random_state=seed, stratify=stratify
    )
    X, X_val = X[:, X.std(axis=0) > 1e-3], X_val[:, X.std(axis=0) > 1e-3]
    scaler = StandardScaler().fit(X)
    X, X_val = scaler.transform(X), np.clip(scaler.transform(X_val), -8, 8)
    X = np.clip(X, -8, 8)
    if y.dtype.kind == "f":
        mean, deviation = y.mean(), y.std()
        y, y_val = (y - mean) / deviation, (y_val - mean) / deviation
    return Split(name, X, y, X_val, y_val)


def _rows(name, seed):
    """Return X and y of a data set."""
    if name in ("iris", "wine", "diabetes"):
        return getattr(datasets, f"load_{name}")(return_X_y=True)
    if name == "breast cancer":
        return datasets.load_breast_cancer(return_X_y=True)
    if name == "digits":
        X, y = datasets.load_digits(return_X_y=True)
        return X[:900], y[:900]
    rng = np.random.default_rng(seed)
    if name == "sine":
        X = rng.uniform(-3, 3, size=(400, 2))
        return X, np.sin(2 * X[:, 0]) + 0.5 * X[:, 1] + 0.1 * rng.normal(size=400)
    make = {
        "blobs": lambda: datasets.make_blobs(400, 5, centers=4, random_state=seed),
        "moons": lambda: datasets.make_moons(500, noise=0.2, random_state=seed),
        "circles": lambda: datasets.make_circles(
            500, noise=0.08, factor=0.5, random_state=seed
        ),
        "20 columns": lambda: datasets.make_classification(
            600, 20, n_informative=8, class_sep=1.2, random_state=seed
        ),
        "four classes": lambda: datasets.make_classification(
            700, 10, n_informative=7, n_classes=4, class_sep=1.5, random_state=seed
        ),
        "overlapping": lambda: datasets.make_classification(
            600, 8, n_informative=5, class_sep=0.7, flip_y=0, random_state=seed
        ),
        "friedman 1": lambda: datasets.make_friedman1(
            500, noise=0.5, random_state=seed
        ),
        "friedman 2": lambda: datasets.make_friedman2(500, noise=20, random_state=seed),
        "linear": lambda: datasets.make_regression(
            400, 10, n_informative=6, noise=10, random_state=seed
        ),
    }
    return make[name]()
