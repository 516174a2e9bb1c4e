"""Predictions from the attributes `coef_` and `intercept_`."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import scipy.sparse
from sklearn.base import ClassifierMixin
from sklearn.utils.extmath import safe_sparse_dot
from sklearn.utils.validation import check_is_fitted

from skmlp import _kernels
from skmlp.base.fitted_attributes import fitted_linear
from skmlp.base.label_encoding import not_zero
from skmlp.base.rows import dense
from skmlp.base.types import Array, MatrixLike
from skmlp.base.validation import validate_data

__all__ = ["LinearProbabilities", "LinearScores", "SparsifiableCoefficients"]
__all__ += ["labels_of", "log_probabilities_of", "probabilities_of", "scores_of"]


def scores_of(estimator, X):
    """Return the raw scores X·coef_ᵀ + intercept_ of an estimator (n,) or (n, K)."""
    check_is_fitted(estimator)
    X = validate_data(
        estimator, X, accept_sparse="csr", dtype=[np.float64, np.float32], reset=False
    )
    coef, intercept = fitted_linear(estimator, X.shape[1])
    scores = safe_sparse_dot(X, coef.T, dense_output=True)
    scores = scores + intercept
    return scores[:, 0] if scores.shape[1:] == (1,) else scores


def labels_of(scores, classes):
    """Return the class with the highest score of every row (n,)."""
    if scores.ndim == 1:
        return classes[(scores > 0).astype(int)]
    return classes[np.argmax(scores, axis=1)]


def probabilities_of(scores):
    """Return the softmax of scores, or the sigmoid of one score a row (n, K)."""
    if scores.ndim == 1:
        return not_zero(_kernels.logistic(np.stack([-scores, scores], axis=1)))
    return not_zero(_kernels.softmax(scores))


def log_probabilities_of(scores):
    """Return the logarithms of these probabilities (n, K), finite at any distance."""
    if scores.ndim == 1:
        return _kernels.log_logistic(np.stack([-scores, scores], axis=1))
    return _kernels.log_softmax(scores)


class LinearScores(ClassifierMixin):
    """scores = X·coef_ᵀ + intercept_, and the class with the highest score."""

    classes_: Array
    coef_: Array
    intercept_: Array
    n_features_in_: int
    feature_names_in_: Array

    def decision_function(self, X: MatrixLike) -> Array:
        """Raw scores of every row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be scored.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            With two classes, one score a row: positive means ``classes_[1]``.
        """
        return scores_of(self, X)

    def predict(self, X: MatrixLike) -> Array:
        """Most probable class of every row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be classified.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Values out of ``classes_``.
        """
        return labels_of(self.decision_function(X), self.classes_)


class LinearProbabilities(LinearScores):
    """Probabilities: the softmax of the scores, or the sigmoid of a single one."""

    def predict_proba(self, X: MatrixLike) -> Array:
        """Probability of every class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be classified.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Each row sums to one; columns follow ``classes_``.
        """
        return probabilities_of(self.decision_function(X))

    def predict_log_proba(self, X: MatrixLike) -> Array:
        """Log-probability of every class, finite at any distance.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be classified.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Columns follow ``classes_``.
        """
        return log_probabilities_of(self.decision_function(X))


class SparsifiableCoefficients:
    """Conversion of ``coef_`` between a dense array and a sparse matrix."""

    coef_: Any

    def sparsify(self) -> Self:
        """Make ``coef_`` a CSR matrix: smaller where most coefficients are zero.

        Returns
        -------
        self : object
            The estimator; predictions are unchanged.
        """
        check_is_fitted(self, msg="Estimator, %(name)s, must be fitted first.")
        self.coef_ = scipy.sparse.csr_matrix(self.coef_)
        return self

    def densify(self) -> Self:
        """Make ``coef_`` a dense array again, as fitting does.

        Returns
        -------
        self : object
            The estimator; predictions are unchanged.
        """
        check_is_fitted(self, msg="Estimator, %(name)s, must be fitted first.")
        self.coef_ = dense(self.coef_)
        return self
