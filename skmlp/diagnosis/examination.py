"""Diagnosis of a fit: which of the known illnesses it shows."""

from __future__ import annotations

from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skmlp.base.types import MatrixLike
from skmlp.diagnosis.data_findings import DATA_CHECKS
from skmlp.diagnosis.diagnosis import Diagnosis
from skmlp.diagnosis.evidence import Evidence
from skmlp.diagnosis.fit_findings import FIT_CHECKS
from skmlp.diagnosis.layer_findings import LAYER_CHECKS
from skmlp.diagnosis.training_findings import TRAINING_CHECKS
from skmlp.logistic_regression import LogisticRegression
from skmlp.multilayer_perceptron.predictions import NetworkPredictions
from skmlp.perceptron import Perceptron

__all__ = ["diagnose"]

_CHECKS = (*TRAINING_CHECKS, *LAYER_CHECKS, *DATA_CHECKS, *FIT_CHECKS)


def diagnose(
    estimator: BaseEstimator,
    X: MatrixLike,
    y: ArrayLike,
    X_val: MatrixLike | None = None,
    y_val: ArrayLike | None = None,
) -> Diagnosis:
    """Return what is wrong with a fit, worst first.

    Nothing is trained. The diagnosis reads the data, the parameters, the weights and
    the curve of the losses. It predicts the rows, and computes the activations and
    gradients of at most 2000 of them, at the fitted weights and at first weights.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor, LogisticRegression or Perceptron
        A fitted estimator. For the last two, what applies of the checks is done.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows of the training.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Their labels or numbers.
    X_val, y_val : array-like, default=None
        Rows that took no part in the training. Without them, overfitting and bad
        calibration cannot be found.

    Returns
    -------
    diagnosis : Diagnosis
        Findings, each with its evidence, cause and cure. Printing it prints all.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    TypeError
        If the estimator is of another kind.
    ValueError
        If the rows do not fit the estimator, or only one of X_val and y_val is given.

    Examples
    --------
    >>> import warnings
    >>> from sklearn.datasets import load_digits
    >>> from skmlp import MLPClassifier
    >>> from skmlp.diagnosis import diagnose
    >>> X, y = load_digits(return_X_y=True)
    >>> network = MLPClassifier(
    ...     (20,) * 7, activation="logistic", max_iter=20, random_state=0
    ... )
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     diagnosis = diagnose(network.fit(X / 16, y), X / 16, y)
    >>> diagnosis[0].name
    'vanishing gradients'
    """
    if not isinstance(estimator, NetworkPredictions | LogisticRegression | Perceptron):
        raise TypeError(
            f"estimator={type(estimator).__name__}: a diagnosis is for MLPClassifier, "
            "MLPRegressor, LogisticRegression and Perceptron; of a pipeline, pass the "
            "last step, and X as this step gets it."
        )
    check_is_fitted(estimator)
    if (X_val is None) != (y_val is None):
        raise ValueError("X_val and y_val: pass both, or none.")
    evidence = Evidence(estimator, X, y, X_val, y_val)
    found = [finding for check in _CHECKS if (finding := check(evidence)) is not None]
    found.sort(key=lambda finding: -finding.severity)
    return Diagnosis(type(estimator).__name__, tuple(found))
