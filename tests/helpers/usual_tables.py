"""Fifteen tables with classes and fifteen with numbers as y: bundled and made ones."""

import numpy as np
from sklearn import datasets
from sklearn.preprocessing import StandardScaler

_N_ROWS = 100


def _bundled(name, **settings):
    """Return a function: seed -> 100 rows of a bundled set, or 90 % of a short one."""
    load = getattr(datasets, f"load_{name}")

    def make(seed):
        X, y = load(return_X_y=True, **settings)
        n_rows = min(_N_ROWS, int(0.9 * len(y)))
        rows = np.random.RandomState(seed).permutation(len(y))[:n_rows]
        return X[rows], y[rows]

    return make


def _made(name, **settings):
    """Return a function: seed -> 100 rows of a made set."""
    make = getattr(datasets, f"make_{name}")
    return lambda seed: make(n_samples=_N_ROWS, random_state=seed, **settings)


def _column_of(make, target):
    """Return a function: seed -> a set whose y is one of its columns."""

    def make_regression(seed):
        X, _ = make(seed)
        return np.delete(X, target, axis=1), X[:, target]

    return make_regression


def _halves(make):
    """Return a function: seed -> a set with classes: is y above its median?."""

    def make_classes(seed):
        X, y = make(seed)
        return X, y > np.median(y)

    return make_classes


IRIS, WINE, CANCER = map(_bundled, ("iris", "wine", "breast_cancer"))
DIABETES = _bundled("diabetes", scaled=False)
FRIEDMAN = [
    _made(f"friedman{number}", noise=noise)
    for number, noise in ((1, 1), (2, 9), (3, 0.1))
]

TABLES_OF_CLASSES = {
    "iris": IRIS,
    "wine": WINE,
    "breast_cancer": CANCER,
    "digits": _bundled("digits"),
    "blobs": _made("blobs", n_features=5, centers=4, cluster_std=3.0),
    "moons": _made("moons", noise=0.2),
    "circles": _made("circles", noise=0.2, factor=0.5),
    "classification": _made("classification", n_features=12, n_informative=5),
    "five_classes": _made("classification", n_informative=8, n_classes=5),
    "gaussian_quantiles": _made("gaussian_quantiles", n_features=4),
    "hastie_10_2": lambda seed: datasets.make_hastie_10_2(_N_ROWS, random_state=seed),
    "diabetes_halves": _halves(DIABETES),
    "friedman1_halves": _halves(FRIEDMAN[0]),
    "friedman2_halves": _halves(FRIEDMAN[1]),
    "s_curve_halves": _halves(_made("s_curve", noise=0.1)),
}
TABLES_OF_NUMBERS = {
    "diabetes": DIABETES,
    "linnerud": _bundled("linnerud"),
    "iris_width": _column_of(IRIS, 3),
    "wine_alcohol": _column_of(WINE, 0),
    "wine_proline": _column_of(WINE, 12),
    "cancer_area": _column_of(CANCER, 3),
    "cancer_smoothness": _column_of(CANCER, 4),
    "friedman1": FRIEDMAN[0],
    "friedman2": FRIEDMAN[1],
    "friedman3": FRIEDMAN[2],
    "regression": _made("regression", n_features=10, noise=5),
    "two_targets": _made("regression", n_features=6, n_targets=2, noise=9),
    "sparse_uncorrelated": _made("sparse_uncorrelated"),
    "s_curve": _made("s_curve", noise=0.1),
    "swiss_roll": _made("swiss_roll", noise=0.1),
}


def standardised(values):
    """Return columns, or a single one (n,), with mean 0 and deviation 1."""
    columns = values.reshape(len(values), -1)
    return StandardScaler().fit_transform(columns).reshape(values.shape)


def in_other_units(columns, seed):
    """Return standardised columns, multiplied by 10^k with k of −3, −2, 2 or 3."""
    powers = np.random.RandomState(seed).choice([-3, -2, 2, 3], size=columns.shape[1:])
    return standardised(columns) * 10.0**powers
