"""Mixins that predict from the attributes `coef_` and `intercept_`."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import scipy.sparse
from sklearn.base import ClassifierMixin
from sklearn.utils.extmath import safe_sparse_dot
from sklearn.utils.validation import check_is_fitted

from skmlp import _kernels
from skmlp.base.fitted_attributes import fitted_linear
from skmlp.base.label_encoding import clip_above_zero
from skmlp.base.rows import blocks_of_scores, dense
from skmlp.base.types import Array, MatrixLike
from skmlp.base.validation import validate_data

__all__ = ["LinearProbabilities", "LinearScores", "SparsifiableCoefficients"]
__all__ += ["labels_of", "linear_scores", "log_probabilities_of", "probabilities_of"]
__all__ += ["scores_of"]


def scores_of(estimator, X):
    """Return the raw scores of rows, X·coef_ᵀ + intercept_: (n,) or (n, K)."""
    check_is_fitted(estimator)
    X = validate_data(
        estimator, X, accept_sparse="csr", dtype=[np.float64, np.float32], reset=False
    )
    scores = linear_scores(X, *fitted_linear(estimator, X.shape[1]))
    return scores[:, 0] if scores.shape[1:] == (1,) else scores


def linear_scores(X, coef, intercept):
    """Return X·coefᵀ + intercept (n, K).

    Products beyond an eighth of the largest number are limited, so that differences of
    scores are finite: `_limited` tells how.

    With sparse X the product needs the weights in another order. They are copied block
    by block, so that predictions do not need memory for all of them again.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        parts = [slice(None)]
        if scipy.sparse.issparse(X) and not scipy.sparse.issparse(coef):
            parts = blocks_of_scores(coef)
        if len(parts) == 1:
            products = safe_sparse_dot(X, coef.T, dense_output=True)
            return _limited(products, X, coef) + intercept
        dtype = np.result_type(X.dtype, coef.dtype, np.asarray(intercept).dtype)
        scores = np.empty((X.shape[0], len(coef)), dtype=dtype)
        for part in parts:
            scores[:, part] = X @ coef[part].T
        scores = _limited(scores, X, coef)
        scores += intercept
    return scores


def _limited(products, X, coef):
    """Return X·coefᵀ (n, K), at most an eighth of the largest number in absolute value.

    A row with larger values is divided by a positive number, so that its signs and its
    order are those of the true products, even if parts of their sums overflow.
    """
    largest = float(np.finfo(products.dtype).max)
    limit = largest / 8
    if not products.size or (products.min() >= -limit and products.max() <= limit):
        return products
    weights = np.asarray(dense(coef), dtype=np.float64)
    scale = float(np.max(np.abs(weights)))
    weights = weights / (scale or 1.0)
    for i in np.flatnonzero(~(np.abs(products) <= limit).all(axis=1)):
        row = np.asarray(dense(X[[i]]), dtype=np.float64)[0]
        size = float(np.max(np.abs(row)))
        scaled = weights @ (row / (size or 1.0))
        highest = float(np.max(np.abs(scaled)))
        factor = limit / highest if highest > 0.125 else largest
        products[i] = scaled * min(factor, size * scale)
    return products


def labels_of(scores, classes):
    """Return the label with the highest score of each row (n,)."""
    if scores.ndim == 1:
        return classes[(scores > 0).astype(int)]
    return classes[np.argmax(scores, axis=1)]


def probabilities_of(scores):
    """Return class probabilities (n, K): softmax of scores, or sigmoid of one score."""
    if scores.ndim == 1:
        return clip_above_zero(_kernels.logistic(np.stack([-scores, scores], axis=1)))
    return clip_above_zero(_kernels.softmax(scores), scores)


def log_probabilities_of(scores):
    """Return log-probabilities (n, K) of classes, finite for all finite scores."""
    if scores.ndim == 1:
        return _kernels.log_logistic(np.stack([-scores, scores], axis=1))
    return _kernels.log_softmax(scores)


class LinearScores(ClassifierMixin):
    """Mixin that predicts the class with the highest linear score.

    scores = X·coef_ᵀ + intercept_
    """

    classes_: Array
    coef_: Array
    intercept_: Array
    n_features_in_: int
    feature_names_in_: Array

    def decision_function(self, X: MatrixLike) -> Array:
        """Return the linear scores of each row, X·coef_ᵀ + intercept_.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to score.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            With two classes there is one score per row; it is positive where
            ``classes_[1]`` is predicted.
        """
        return scores_of(self, X)

    def predict(self, X: MatrixLike) -> Array:
        """Return the class label with the highest score for each row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            One of ``classes_`` for each row.
        """
        return labels_of(self.decision_function(X), self.classes_)


class LinearProbabilities(LinearScores):
    """Mixin that predicts probabilities: softmax of scores, or sigmoid of one score."""

    def predict_proba(self, X: MatrixLike) -> Array:
        """Return the probability of each class for each row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Each row sums to one; columns follow ``classes_``.
        """
        return probabilities_of(self.decision_function(X))

    def predict_log_proba(self, X: MatrixLike) -> Array:
        """Return each row's log-probabilities of the classes, finite for finite scores.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Columns follow ``classes_``.
        """
        return log_probabilities_of(self.decision_function(X))


class SparsifiableCoefficients:
    """Mixin that converts ``coef_`` to a sparse matrix and back to a dense array."""

    coef_: Any

    def sparsify(self) -> Self:
        """Convert ``coef_`` to a CSR matrix, which is smaller if most entries are zero.

        Returns
        -------
        self : object
            The estimator. Its predictions do not change.
        """
        check_is_fitted(self, msg="Estimator, %(name)s, must be fitted first.")
        self.coef_ = scipy.sparse.csr_matrix(self.coef_)
        return self

    def densify(self) -> Self:
        """Convert ``coef_`` back to a dense array, as `fit` sets it.

        Returns
        -------
        self : object
            The estimator. Its predictions do not change.
        """
        check_is_fitted(self, msg="Estimator, %(name)s, must be fitted first.")
        self.coef_ = dense(self.coef_)
        return self
