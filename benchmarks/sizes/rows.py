"""The rows of "every size": which method is fitted to which data.

Both libraries get these settings, and scikit-learn's defaults for all others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn.datasets import load_iris, load_wine

from benchmarks import datasets

_QUICK_ROWS = 300


@dataclass(frozen=True, eq=False)
class Row:
    """Whole fits of an estimator, or predictions of the first `n_predicted` rows."""

    name: str
    estimator: str
    settings: dict
    table: str
    n_predicted: int | None = None

    @property
    def is_logistic_fit(self):
        """Return True for the fits of LogisticRegression."""
        return self.estimator == "LogisticRegression" and self.n_predicted is None

    def data(self, *, quick):
        """Return the Data of the row; `quick` shortens generated data."""
        return TABLES[self.table](quick)


def _real(make):
    """Return the maker of a real data set, which is never shortened."""
    return lambda quick: make()


def _generated(make, n_rows, *sizes, dtype=np.float64, **settings):
    """Return the maker of generated data: `make(n_rows, *sizes)`."""

    def generate(quick):
        n = min(n_rows, _QUICK_ROWS) if quick else n_rows
        data = make(n, *sizes, **settings)
        return data._replace(X=data.X.astype(dtype, copy=False))

    return generate


_blobs = partial(_generated, datasets.blobs)
_text = partial(_generated, datasets.documents, n_words=80)
_curve = partial(_generated, datasets.curve)
_F32 = {"dtype": np.float32}

# Generated tables: rows × columns, with two classes unless the name has their number.
# Text is in CSR, the others are dense. float64 unless the name says f32: float32.
TABLES: dict[str, Callable] = {
    "iris": _real(partial(datasets.standardised, load_iris)),
    "wine": _real(partial(datasets.standardised, load_wine)),
    "breast cancer": _real(datasets.breast_cancer),
    "digits": _real(datasets.digits_in_units),
    "digits, f32": _real(datasets.digits),
    "30 × 2": _blobs(30, 2, 2),
    "100 × 10": _blobs(100, 10, 2),
    "60 × 1,000": _blobs(60, 1000, 2),
    "200 × 900": _blobs(200, 900, 2),
    "200 × 900, f32": _blobs(200, 900, 2, **_F32),
    "200 × 900, 10 classes": _blobs(200, 900, 10),
    "2,000 × 20": _blobs(2000, 20, 2),
    "2,000 × 20, f32": _blobs(2000, 20, 2, **_F32),
    "2,000 × 20, 10 classes": _blobs(2000, 20, 10),
    "20k × 50, 10 classes": _blobs(20_000, 50, 10),
    "100k × 20": _blobs(100_000, 20, 2),
    "100k × 20, f32": _blobs(100_000, 20, 2, **_F32),
    "100k × 20, 10 classes, f32": _blobs(100_000, 20, 10, **_F32),
    "1M × 5": _blobs(1_000_000, 5, 2),
    "curve 500 × 10": _curve(500, 10),
    "curve 20k × 10, f32": _curve(20_000, 10, **_F32),
    "text 500 × 30k": _text(500, 30_000, 2),
    "text 5k × 30k": _text(5000, 30_000, 2),
    "text 5k × 30k, 5 classes": _text(5000, 30_000, 5),
    "text 5k × 30k, 5 classes, f32": _text(5000, 30_000, 5, **_F32),
    "text 10k × 2k, 10 classes, f32": _text(10_000, 2000, 10, **_F32),
}

# The rows of one method stand together: name, estimator, settings, tables.
_LOGISTIC = "LogisticRegression"
_CV = {
    "max_iter": 1000,
    "scoring": "accuracy",
    "l1_ratios": (0,),
    "use_legacy_attributes": False,
}
_SMALL = ("iris", "wine", "breast cancer")
_WIDE = ("60 × 1,000", "200 × 900")
_TEXT = ("text 5k × 30k", "text 5k × 30k, 5 classes")
_FITS = (
    (
        "LR lbfgs",
        _LOGISTIC,
        {"solver": "lbfgs", "max_iter": 1000},
        (
            *_SMALL,
            "digits",
            "30 × 2",
            "100 × 10",
            "2,000 × 20",
            "2,000 × 20, f32",
            "2,000 × 20, 10 classes",
            *_WIDE,
            "200 × 900, 10 classes",
            "20k × 50, 10 classes",
            "100k × 20, f32",
            "1M × 5",
            "text 500 × 30k",
            *_TEXT,
            "text 10k × 2k, 10 classes, f32",
        ),
    ),
    (
        "LR lbfgs, C=100",
        _LOGISTIC,
        {"solver": "lbfgs", "max_iter": 1000, "C": 100},
        ("breast cancer", *_TEXT),
    ),
    (
        "LR liblinear",
        _LOGISTIC,
        {"solver": "liblinear"},
        (
            "breast cancer",
            "30 × 2",
            "2,000 × 20",
            *_WIDE,
            "100k × 20",
            "text 5k × 30k",
        ),
    ),
    (
        "LR liblinear, C=100",
        _LOGISTIC,
        {"solver": "liblinear", "C": 100},
        ("text 5k × 30k",),
    ),
    (
        "LR newton-cg",
        _LOGISTIC,
        {"solver": "newton-cg"},
        ("iris", "breast cancer", "2,000 × 20", *_WIDE, *_TEXT),
    ),
    (
        "LR newton-cholesky",
        _LOGISTIC,
        {"solver": "newton-cholesky"},
        ("wine", "breast cancer", "2,000 × 20", *_WIDE, "100k × 20"),
    ),
    (
        "LR sag",
        _LOGISTIC,
        {"solver": "sag", "max_iter": 1000, "random_state": 0},
        ("breast cancer", "2,000 × 20", "text 5k × 30k, 5 classes"),
    ),
    (
        "LRCV",
        "LogisticRegressionCV",
        _CV,
        ("iris", "breast cancer"),
    ),
    (
        "LRCV, Cs=5, cv=3",
        "LogisticRegressionCV",
        {"Cs": 5, "cv": 3} | _CV,
        ("digits",),
    ),
    (
        "Perceptron",
        "Perceptron",
        {"random_state": 0},
        (
            *_SMALL,
            "2,000 × 20",
            *_WIDE,
            "100k × 20, 10 classes, f32",
            "1M × 5",
            *_TEXT,
        ),
    ),
    (
        "MLP lbfgs",
        "MLPClassifier",
        {"solver": "lbfgs", "random_state": 0},
        ("iris", "breast cancer", "2,000 × 20", *_WIDE),
    ),
    (
        "MLP adam",
        "MLPClassifier",
        {"random_state": 0},
        (
            *_SMALL,
            "digits, f32",
            "2,000 × 20",
            "60 × 1,000",
            "200 × 900, f32",
        ),
    ),
    (
        "MLP adam 2 epochs",
        "MLPClassifier",
        {"max_iter": 2, "random_state": 0},
        (
            "100k × 20, 10 classes, f32",
            "text 5k × 30k, 5 classes, f32",
        ),
    ),
    (
        "MLPRegressor lbfgs, max_iter=50",
        "MLPRegressor",
        {"solver": "lbfgs", "max_iter": 50, "random_state": 0},
        ("curve 500 × 10",),
    ),
    (
        "MLPRegressor adam 10 epochs",
        "MLPRegressor",
        {"max_iter": 10, "random_state": 0},
        ("curve 500 × 10", "curve 20k × 10, f32"),
    ),
    (
        "LDA svd",
        "LinearDiscriminantAnalysis",
        {"solver": "svd"},
        (*_SMALL, "2,000 × 20", *_WIDE, "1M × 5"),
    ),
    (
        "LDA lsqr",
        "LinearDiscriminantAnalysis",
        {"solver": "lsqr"},
        ("breast cancer", "2,000 × 20", "20k × 50, 10 classes"),
    ),
)
# The same for predictions, with the number of rows in the second place.
_PREDICTIONS = (
    ("LR", 1, _LOGISTIC, {}, ("breast cancer",)),
    ("LR", 100, _LOGISTIC, {}, _TEXT[1:]),
    ("LDA", 1, "LinearDiscriminantAnalysis", {}, ("2,000 × 20",)),
    ("Perceptron", 100, "Perceptron", {}, ("2,000 × 20, 10 classes",)),
    *(
        ("MLP", n, "MLPClassifier", {"max_iter": 5, "random_state": 0}, tables)
        for n, tables in (
            (1, ("iris", "2,000 × 20", "200 × 900, f32")),
            (100, ("breast cancer", "digits, f32")),
        )
    ),
)

ROWS = (
    *(
        Row(f"{method}, {table}", estimator, settings, table)
        for method, estimator, settings, tables in _FITS
        for table in tables
    ),
    *(
        Row(f"{method} predict {n}, {table}", estimator, settings, table, n)
        for method, n, estimator, settings, tables in _PREDICTIONS
        for table in tables
    ),
)
