"""Predictions from linear scores, to which an offset may be added."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.validation import check_is_fitted

from skmlp.base.availability import unavailable_when
from skmlp.base.fitted_attributes import fitted_linear
from skmlp.base.linear_classifier import (
    labels_of,
    log_probabilities_of,
    probabilities_of,
    scores_of,
)
from skmlp.base.types import Array, MatrixLike
from skmlp.logistic_regression.penalty import penalty_of_fit
from skmlp.logistic_regression.problem import check_offset, loss_of
from skmlp.losses.choice import why_no_probabilities
from skmlp.network import FittedNetwork
from skmlp.network.linear import linear_network

__all__ = ["OffsetProbabilities"]


def refuse_probabilities(estimator):
    """Return why `predict_proba` is not available, or None if it is."""
    return why_no_probabilities(getattr(estimator, "loss", "log_loss"))


class OffsetProbabilities(ClassifierMixin):
    """Mixin that predicts from linear scores, plus an optional offset of every row."""

    classes_: Array
    coef_: Array
    intercept_: Array
    n_features_in_: int
    feature_names_in_: Array
    n_iter_: Array
    converged_: bool
    gradient_norm_: float
    duality_gap_: float | None
    loss_curve_: list[float]

    def decision_function(
        self, X: MatrixLike, offset: ArrayLike | None = None
    ) -> Array:
        """Return the raw scores of every row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to score.
        offset : array-like of shape (n_samples,) or (n_samples, n_classes), \
default=None
            Added to the scores; with two classes, one number per row.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            With two classes, one score per row: if positive, ``classes_[1]`` is
            predicted.
        """
        scores = scores_of(self, X)
        if offset is None:
            return scores
        n_outputs = 1 if scores.ndim == 1 else scores.shape[1]
        shift = check_offset(offset, len(scores), n_outputs, scores.dtype)
        return scores + shift.reshape(scores.shape)

    def predict(self, X: MatrixLike, offset: ArrayLike | None = None) -> Array:
        """Return the most probable class of every row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.
        offset : array-like of shape (n_samples,) or (n_samples, n_classes), \
default=None
            Added to the scores.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Labels from ``classes_``.
        """
        return labels_of(self.decision_function(X, offset), self.classes_)

    @unavailable_when(refuse_probabilities)
    def predict_proba(self, X: MatrixLike, offset: ArrayLike | None = None) -> Array:
        """Return the probability of every class for every row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.
        offset : array-like of shape (n_samples,) or (n_samples, n_classes), \
default=None
            Added to the scores.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Each row sums to one; columns are in the order of ``classes_``.
        """
        return probabilities_of(self.decision_function(X, offset))

    @unavailable_when(refuse_probabilities)
    def predict_log_proba(
        self, X: MatrixLike, offset: ArrayLike | None = None
    ) -> Array:
        """Return the log-probability of every class for every row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.
        offset : array-like of shape (n_samples,) or (n_samples, n_classes), \
default=None
            Added to the scores.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Columns are in the order of ``classes_``. The values are finite even where a
            probability is rounded to zero.
        """
        return log_probabilities_of(self.decision_function(X, offset))

    def score(
        self,
        X: MatrixLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        offset: ArrayLike | None = None,
    ) -> float:
        """Return the accuracy: share of the rows whose class is predicted.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.
        y : array-like of shape (n_samples,)
            True labels of the rows.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.
        offset : array-like of shape (n_samples,) or (n_samples, n_classes), \
default=None
            Added to the scores.

        Returns
        -------
        score : float
            Accuracy, between 0 and 1.
        """
        return accuracy_score(y, self.predict(X, offset), sample_weight=sample_weight)

    def fitted_network(self: Any) -> FittedNetwork:
        """Return the model as a FittedNetwork, a network without hidden layers.

        Returns
        -------
        network : FittedNetwork
            It predicts from copies of `coef_` and `intercept_` (zero with
            ``fit_intercept=False``), with the loss of the fit. It has no `classes_` and
            takes no offset.
        """
        check_is_fitted(self)
        penalty = penalty_of_fit(self)
        coef, intercept = fitted_linear(self, self.n_features_in_)
        loss = loss_of(self, coef.shape[0])
        return linear_network(coef, intercept, loss, l1=penalty.l1, l2=penalty.l2)
