"""Prediction methods of discriminant analysis, with optional other priors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from skmlp.base.fitted_attributes import fitted_linear
from skmlp.base.linear_classifier import (
    labels_of,
    linear_scores,
    log_probabilities_of,
    probabilities_of,
)
from skmlp.base.rows import cache_blocks
from skmlp.base.types import Array, MatrixLike
from skmlp.base.validation import validate_data
from skmlp.discriminant_analysis.class_statistics import ClassStatistics
from skmlp.discriminant_analysis.parameters import resolve_priors
from skmlp.losses.log_loss import BinaryLogLoss, MultinomialLogLoss
from skmlp.network import FittedNetwork
from skmlp.network.linear import linear_network

__all__ = ["GaussianPredictions"]


class GaussianPredictions(ClassifierMixin):
    """Mixin with the prediction methods; `priors` replace the priors of the fit."""

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

    def fitted_network(self) -> FittedNetwork:
        """Return the linear scores as a FittedNetwork, a network without hidden layers.

        Returns
        -------
        network : FittedNetwork
            It predicts from copies of `coef_` and `intercept_`. Its inverse link gives
            the posterior probabilities, and its loss is the log loss, which the fit did
            not minimise.
        """
        check_is_fitted(self)
        coef, intercept = fitted_linear(self, self.n_features_in_)
        loss = MultinomialLogLoss() if coef.shape[0] > 1 else BinaryLogLoss()
        return linear_network(coef, intercept, loss)

    def decision_function(
        self, X: MatrixLike, *, priors: ArrayLike | None = None
    ) -> Array:
        """Return the raw scores of the classes for every row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to be scored.
        priors : array-like of shape (n_classes,), default=None
            Prior probabilities of the classes in the population of these rows, in the
            order of ``classes_``; None means the priors of the fit.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            With two classes, one score for each row: positive means ``classes_[1]``.
        """
        check_is_fitted(self)
        X = self._rows_to_predict(X)
        coef, intercept = fitted_linear(self, X.shape[1])
        if priors is not None:
            gaussians = self._gaussians
            gaussians = replace(
                gaussians, priors=resolve_priors(priors, gaussians.weights)
            )
            coef, intercept = gaussians.linear_scores(
                coef.dtype, centred=self.solver == "svd"
            )
        scores = linear_scores(X, coef, intercept)
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def predict(self, X: MatrixLike, *, priors: ArrayLike | None = None) -> Array:
        """Return the most probable class of every row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be classified.
        priors : array-like of shape (n_classes,), default=None
            Prior probabilities in place of those of the fit.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Predicted labels, values of ``classes_``.
        """
        return labels_of(self.decision_function(X, priors=priors), self.classes_)

    def predict_proba(self, X: MatrixLike, *, priors: ArrayLike | None = None) -> Array:
        """Return the probability of every class for every row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be classified.
        priors : array-like of shape (n_classes,), default=None
            Prior probabilities in place of those of the fit.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Each row sums to 1; columns are in the order of ``classes_``. A class whose
            prior is zero has the smallest positive (normal) number.
        """
        return probabilities_of(self.decision_function(X, priors=priors))

    def predict_log_proba(
        self, X: MatrixLike, *, priors: ArrayLike | None = None
    ) -> Array:
        """Return the log-probability of every class, finite also for extreme rows.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be classified.
        priors : array-like of shape (n_classes,), default=None
            Prior probabilities in place of those of the fit. A prior of zero gives
            about half of the lowest floating-point number, which is finite as well.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Columns are in the order of ``classes_``.
        """
        return log_probabilities_of(self.decision_function(X, priors=priors))

    def mahalanobis(self, X: MatrixLike) -> Array:
        """Return the Mahalanobis distance of every row from the mean of every class.

        The distance identifies outliers: a row far from all classes can still have a
        class probability near 1. In Gaussian classes, the squared distance of a row
        from the mean of its class has a chi-squared distribution, whose degrees of
        freedom are the number of directions that vary within classes: n_features, if
        all do.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        distances : ndarray of shape (n_samples, n_classes)
            √((x − mₖ)ᵀΣ⁻¹(x − mₖ)), in standard deviations; infinite for a class
            without rows.
        """
        check_is_fitted(self)
        X = self._rows_to_predict(X)
        distances = np.empty((X.shape[0], len(self.classes_)), X.dtype)
        for block in cache_blocks(*X.shape):
            distances[block] = self._gaussians.distances(X[block])
        return distances

    def _rows_to_predict(self, X):
        """Return the rows X to be predicted, validated."""
        return validate_data(
            self, X, accept_sparse="csr", dtype=[np.float64, np.float32], reset=False
        )
