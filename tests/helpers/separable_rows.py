"""Samples of linearly separable classes."""

import numpy as np


def separable(seed, *, n_classes=2, n=80, d=4, margin=0.2):
    """Return X, y and weights W (K, d + 1) that separate the classes by a margin."""
    rng = np.random.default_rng(seed)
    y = []
    while len(np.unique(y)) < n_classes:
        W = rng.normal(size=(n_classes, d + 1))
        W /= np.linalg.norm(W, axis=1, keepdims=True)
        X = rng.normal(size=(40 * n, d))
        scores = np.sort(X @ W[:, :-1].T + W[:, -1], axis=1)
        X = X[scores[:, -1] - scores[:, -2] > margin][:n]
        y = np.argmax(X @ W[:, :-1].T + W[:, -1], axis=1)
    return X, y, W
