"""Data sets of the benchmarks: real data where installed, else random data."""

import gzip
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.sparse
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.preprocessing import StandardScaler, normalize

# Folder in which Debian's package dataset-fashion-mnist installs its files.
FASHION_MNIST = Path(
    os.environ.get("FASHION_MNIST", "/usr/share/datasets/fashion-mnist")
)


class Data(NamedTuple):
    """Rows X (n, d), and labels or numbers y (n,)."""

    X: np.ndarray
    y: np.ndarray

    def head(self, n_rows):
        """Return a copy of the first `n_rows` rows."""
        return Data(self.X[:n_rows].copy(), self.y[:n_rows].copy())


def digits(dtype=np.float32, n_rows=None, scale=16):
    """Return the digits, 8 × 8 pixels; repeat rows if n_rows is larger than the set."""
    X, y = load_digits(return_X_y=True)
    if n_rows is not None:
        rows = np.arange(n_rows) % len(X)
        X, y = X[rows], y[rows]
    return Data((X / scale).astype(dtype), y)


def iris():
    """Return the iris data: with 150 rows, most of the time is fixed costs."""
    return Data(*load_iris(return_X_y=True))


def fashion(n_rows, part="train"):
    """Return Fashion-MNIST, 28 × 28 pixels in [0, 1] as float32; `part` may be 't10k'.

    If it is not installed, return random data with 784 features and 10 classes.
    """
    try:
        X = _read_idx(f"{part}-images-idx3-ubyte.gz", 16, n_rows * 784)
        y = _read_idx(f"{part}-labels-idx1-ubyte.gz", 8, n_rows)
    except OSError:
        return blobs(n_rows, 784, 10, dtype=np.float32)
    return Data(X.reshape(-1, 784).astype(np.float32) / 255, y.astype(np.int64))


def fashion_is_real():
    """Return True if the images of Fashion-MNIST are installed."""
    return FASHION_MNIST.is_dir()


def blobs(n_rows, n_features, n_classes, *, dtype=np.float64, spread=0.25):
    """Return overlapping Gaussian classes with correlated features."""
    generator = np.random.default_rng(0)
    y = generator.integers(n_classes, size=n_rows)
    y[:n_classes] = np.arange(n_classes)
    means = spread * generator.standard_normal((n_classes, n_features))
    X = generator.standard_normal((n_rows, n_features), dtype=np.float32)
    X += means[y].astype(np.float32)
    X[:, 1:] += np.float32(0.5) * X[:, :-1]
    return Data(X.astype(dtype, copy=False), y)


def standardised(load):
    """Return a data set of scikit-learn with standardised columns."""
    X, y = load(return_X_y=True)
    return Data(StandardScaler().fit_transform(X), y)


def digits_in_units():
    """Return the digits with standardised columns."""
    return standardised(load_digits)


def breast_cancer():
    """Return the breast cancer data with standardised columns."""
    return standardised(load_breast_cancer)


def text(n_rows, n_features):
    """Return two classes of sparse rows like those of documents.

    Entries are few and positive, and their columns have skewed frequencies.
    """
    generator = np.random.default_rng(0)
    frequency = 1 / np.arange(10, n_features + 10)
    frequency = frequency / frequency.sum()
    counts = scipy.sparse.lil_array((n_rows, n_features))
    for row in range(n_rows):
        words = generator.choice(n_features, size=80, p=frequency)
        counts[row, np.unique(words)] = 1.0 + generator.poisson(
            0.3, size=len(np.unique(words))
        )
    X = normalize(counts.tocsr())
    weights = np.where(generator.uniform(size=n_features) < 0.02, 8, 0)
    weights = weights * generator.standard_normal(n_features)
    noise = 0.3 * generator.standard_normal(n_rows)
    return Data(X, (X @ weights + noise > 0).astype(int))


def documents(n_rows, n_features, n_classes, *, n_words=100):
    """Return sparse rows with `n_words` different words each, drawn by Zipf's law."""
    generator = np.random.default_rng(0)
    places = np.empty((n_rows, n_words), dtype=np.int32)
    for row in range(n_rows):
        words = np.unique((n_features ** generator.random(4 * n_words)).astype(int))
        places[row] = np.sort(generator.choice(words, n_words, replace=False))
    values = generator.exponential(size=places.size)
    starts = np.arange(n_rows + 1, dtype=np.int32) * np.int32(n_words)
    X = scipy.sparse.csr_array((values, places.ravel(), starts), (n_rows, n_features))
    X = normalize(X)
    scores = X @ generator.standard_normal((n_features, n_classes))
    scores += 0.05 * generator.standard_normal(scores.shape)
    return Data(X, scores.argmax(axis=1))


def curve(n_rows, n_features):
    """Return a regression: a smooth function of the features, with noise."""
    generator = np.random.default_rng(0)
    X = generator.standard_normal((n_rows, n_features))
    y = np.sin(X[:, 0]) + X[:, 1] * X[:, 2] + 0.1 * generator.standard_normal(n_rows)
    return Data(X, y)


def taught(n_rows, n_features, n_classes):
    """Return float32 rows with the classes that a random network gives them.

    The network has one hidden layer of 10 tanh units. Its scores get noise, so that no
    classifier is always right.
    """
    generator = np.random.default_rng(0)
    X = generator.standard_normal((n_rows, n_features))
    hidden = np.tanh(X @ generator.standard_normal((n_features, 10)) / 2)
    scores = hidden @ generator.standard_normal((10, n_classes))
    scores += 0.3 * generator.standard_normal(scores.shape)
    return Data(X.astype(np.float32), scores.argmax(axis=1))


def _read_idx(name, header, size):
    """Return the first `size` bytes of an idx file after its header."""
    with gzip.open(FASHION_MNIST / name) as file:
        return np.frombuffer(file.read(header + size), dtype=np.uint8, offset=header)
