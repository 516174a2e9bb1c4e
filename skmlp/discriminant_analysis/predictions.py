"""Predictions of Gaussian classes: at other priors, and at any distance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.utils.extmath import safe_sparse_dot
from sklearn.utils.validation import check_is_fitted

from skmlp.base.fitted_attributes import fitted_linear
from skmlp.base.linear_classifier import (
    labels_of,
    log_probabilities_of,
    probabilities_of,
)
from skmlp.base.rows import cache_blocks, dense
from skmlp.base.types import Array, MatrixLike
from skmlp.base.validation import validate_data
from skmlp.discriminant_analysis.class_statistics import ClassStatistics
from skmlp.discriminant_analysis.parameters import resolve_priors

__all__ = ["GaussianPredictions"]


class GaussianPredictions(ClassifierMixin):
    """Scores, probabilities and distances; `priors` replace those of the fit."""

    classes_: Array
    coef_: Array
    intercept_: Array
    n_features_in_: int
    feature_names_in_: Array
    covariance_: Array
    statistics_: ClassStatistics | None
    loo_score_: float
    explained_variance_ratio_: Array
    means_: Array
    priors_: Array
    scalings_: Array
    xbar_: Array

    def decision_function(
        self, X: MatrixLike, *, priors: ArrayLike | None = None
    ) -> Array:
        """Raw scores of every row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be scored.
        priors : array-like of shape (n_classes,), default=None
            Prior probabilities of the classes where the rows come from, in the order of
            ``classes_``; None takes those of the fit.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            With two classes, one score a row: positive means ``classes_[1]``.
        """
        check_is_fitted(self)
        X = self._rows_to_predict(X)
        coef, intercept = fitted_linear(self, X.shape[1])
        if priors is not None:
            gaussians = self._gaussians
            gaussians = replace(
                gaussians, priors=resolve_priors(priors, gaussians.weights)
            )
            unit = gaussians.linear_scores(coef.dtype, centred=self.solver == "svd")
            coef, intercept = (array.astype(coef.dtype) for array in unit)
        with np.errstate(over="ignore", invalid="ignore"):
            scores = safe_sparse_dot(X, coef.T, dense_output=True)
            scores = _bounded_scores(X, coef, scores)
        scores = scores + intercept
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def predict(self, X: MatrixLike, *, priors: ArrayLike | None = None) -> Array:
        """Most probable class of every row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be classified.
        priors : array-like of shape (n_classes,), default=None
            Prior probabilities in place of those of the fit.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Values out of ``classes_``.
        """
        return labels_of(self.decision_function(X, priors=priors), self.classes_)

    def predict_proba(self, X: MatrixLike, *, priors: ArrayLike | None = None) -> Array:
        """Probability of every class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be classified.
        priors : array-like of shape (n_classes,), default=None
            Prior probabilities in place of those of the fit.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Each row sums to one; columns follow ``classes_``.
        """
        return probabilities_of(self.decision_function(X, priors=priors))

    def predict_log_proba(
        self, X: MatrixLike, *, priors: ArrayLike | None = None
    ) -> Array:
        """Log-probability of every class, finite at any distance.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be classified.
        priors : array-like of shape (n_classes,), default=None
            Prior probabilities in place of those of the fit. Only a prior of zero makes
            a logarithm infinite.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Columns follow ``classes_``.
        """
        return log_probabilities_of(self.decision_function(X, priors=priors))

    def mahalanobis(self, X: MatrixLike) -> Array:
        """How many standard deviations every row is from the mean of every class.

        A row far from all classes gets a confident probability all the same; this tells
        it as an outlier. In Gaussian classes the square of the distance to the own mean
        has the chi-squared distribution with as many degrees of freedom as there are
        directions that vary within classes, by default the columns.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        distances : ndarray of shape (n_samples, n_classes)
            √((x − mₖ)ᵀΣ⁻¹(x − mₖ)); infinite for a class without rows.
        """
        check_is_fitted(self)
        X = self._rows_to_predict(X)
        distances = np.empty((X.shape[0], len(self.classes_)), X.dtype)
        for block in cache_blocks(*X.shape):
            distances[block] = self._gaussians.distances(X[block])
        return distances

    def _rows_to_predict(self, X):
        """X, validated."""
        # The check sums all values first, which may overflow where none of them does.
        with np.errstate(invalid="ignore"):
            return validate_data(
                self,
                X,
                accept_sparse="csr",
                dtype=[np.float64, np.float32],
                reset=False,
            )


def _bounded_scores(X, coef, scores):
    """Scores (n, K), so bounded in rows that are very far that differences are finite.

    Of such a row the highest score is 0, or the one of two classes is at the bound.
    """
    bound = np.finfo(scores.dtype).max / 8
    inside = np.abs(scores) <= bound  # not a number is outside
    if inside.all():
        return scores
    for i in np.flatnonzero(~inside.all(axis=1)):
        row = dense(X[[i]])[0]
        size = np.max(np.abs(row))
        scaled = coef @ (row / size)
        if len(scaled) > 1:
            scaled -= scaled.max()
        scores[i] = np.clip(scaled * size, -bound, bound)
    return scores
