"""Detection of separated classes, for which the likelihood has no maximum."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import ConvergenceWarning

from skmlp.base.label_encoding import encode_labels, require_two_classes
from skmlp.base.text import listed
from skmlp.base.types import MatrixLike
from skmlp.base.validation import check_X_y
from skmlp.logistic_regression.minimise import minimize_risk
from skmlp.logistic_regression.separating_programs import (
    TOLERANCE,
    Margins,
    maximise_margin_sum,
    maximise_smallest_margin,
    minimise_absolute_weights,
)
from skmlp.losses import BinaryLogLoss, MultinomialLogLoss
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk, Penalty

__all__ = ["Separation", "SeparationWarning", "find_separation"]

# Maximum number of constraint coefficients; above it, fits skip the linear programs.
_MAX_PROGRAM_ENTRIES = 2_000_000


class SeparationWarning(ConvergenceWarning):
    """Warning that the classes are separated, so the likelihood has no maximum."""


@dataclass(frozen=True, repr=False)
class Separation:
    """Separation of the classes by a linear score: its kind, direction and features.

    Attributes
    ----------
    kind : {'none', 'quasi-complete', 'complete'}
        'complete': some linear score classifies every row correctly. 'quasi-complete':
        some linear score classifies some rows correctly and no row wrongly; the other
        rows lie on the boundary. In both cases the likelihood increases without bound
        along `direction`.
    direction : ndarray of shape (n_features + 1, n_outputs)
        Weights of such a score, with the intercept in the last row, for columns of X
        in units of their standard deviations about their means; zeros if the classes
        are not separated. One output for two classes, else one per class.
    features : ndarray of int
        Indices of the columns of X with nonzero weights in `direction`. They are few if
        the data are small enough for a linear program that minimises the sum of the
        absolute weights.
    """

    kind: Literal["none", "quasi-complete", "complete"]
    direction: np.ndarray
    features: np.ndarray

    def __repr__(self):
        """Return the kind and the first features in one line."""
        if not self:
            return f"<{type(self).__name__}: none>"
        columns = listed(list(self.features))
        return f"<{type(self).__name__}: {self.kind}, by columns {columns}>"

    def __bool__(self):
        """Return True if the separation is complete or quasi-complete."""
        return self.kind != "none"


def find_separation(
    X: MatrixLike,
    y: ArrayLike,
    *,
    fit_intercept: bool = True,
    sample_weight: ArrayLike | None = None,
) -> Separation:
    """Find a linear score that separates the classes, by linear programs.

    Parameters
    ----------
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows of features.
    y : array-like of shape (n_samples,)
        Class labels of the rows, at least two classes.
    fit_intercept : bool, default=True
        Whether scores have an intercept.
    sample_weight : array-like of shape (n_samples,), default=None
        Rows of weight zero are left out.

    Returns
    -------
    separation : Separation
        Its `kind` is 'none' if no linear score separates the classes.

    Notes
    -----
    A margin is the score of the row's class minus the score of another class. The first
    program maximises the sum of all margins, subject to margins ≥ 0 and weights within
    ±1. The maximum is zero if and only if the classes overlap (Konis 2007). The second
    maximises the smallest margin, which is positive if and only if the separation is
    complete (Albert and Anderson 1984). The first starts with a part of the rows and
    adds the rows that its solution misclassifies; the second is skipped if a fit
    already separates the classes. A third program minimises the sum of the absolute
    weights of a separating direction, so that it uses few features.

    References
    ----------
    Albert, A. and Anderson, J. A. (1984). On the existence of maximum likelihood
    estimates in logistic regression models. Biometrika, 71, 1-10.

    Konis, K. (2007). Linear programming algorithms for detecting separated data in
    binary logistic regression models. DPhil thesis, University of Oxford.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmlp.logistic_regression import find_separation
    >>> X, y = load_iris(return_X_y=True)
    >>> find_separation(X, y == 0).kind
    'complete'
    >>> find_separation(X, y == 1).kind
    'none'
    """
    X, y = check_X_y(X, y, accept_sparse="csr", dtype=np.float64)
    if sample_weight is not None:
        kept = np.asarray(sample_weight) > 0
        X, y = X[kept], np.asarray(y)[kept]
    classes, labels = encode_labels(y)
    require_two_classes(classes)
    margins = Margins.of(X, labels, len(classes), fit_intercept)
    if margins.n_entries > _MAX_PROGRAM_ENTRIES:  # a fit may decide sooner
        direction = _direction_by_fit(margins)
        if margins.at_weights(direction).min() > TOLERANCE:
            return _separation_from(margins, "complete", direction)
    return _by_linear_programs(margins)


def separation_at(X, labels, n_classes, fit_intercept, scores):
    """Return the Separation of the rows, given the scores (n, n_outputs) of a fit.

    If the scores separate the classes, no linear program decides. Return None if they
    do not and the linear programs would be too large.
    """
    margins = Margins.of(X, labels, n_classes, fit_intercept)
    if margins.at_scores(scores).min() > 0:
        return _separation_from(margins, "complete", _direction_by_fit(margins))
    if margins.n_entries > _MAX_PROGRAM_ENTRIES:
        return None
    return _by_linear_programs(margins)


def _separation_from(margins, kind, weights):
    """Return the Separation by `weights`, or by weights of fewer features if found."""
    if kind != "none" and margins.n_entries <= _MAX_PROGRAM_ENTRIES:
        simple = _direction_of_few_features(margins, complete=kind == "complete")
        weights = weights if simple is None else simple
    weights = np.asarray(weights).reshape(margins.n_outputs, -1).T
    spread = weights.max(axis=1) - weights.min(axis=1)
    used = np.abs(weights[:, 0]) if margins.n_outputs == 1 else spread
    features = np.flatnonzero(used[: margins.n_features] > TOLERANCE)
    return Separation(kind, weights, features)


def _direction_of_few_features(margins, *, complete):
    """Return separating weights of few features, or None if none are found."""
    touching = _least_l1_direction(margins, least=0.0)
    if touching is None or not complete:
        return touching
    # The features of `touching` may suffice for margins that are all positive.
    used = np.abs(touching.reshape(margins.n_outputs, -1)).max(axis=0) > TOLERANCE
    used[margins.n_features :] = True
    few = replace(margins, matrix=margins.matrix[:, used])
    strict = maximise_smallest_margin(few.coefficients_of(slice(None)))
    if strict is None:
        return _least_l1_direction(margins, least=1.0)
    weights = np.zeros((margins.n_outputs, len(used)))
    weights[:, used] = strict.reshape(margins.n_outputs, -1)
    return weights.ravel()


def _least_l1_direction(margins, *, least):
    """Return weights of minimal Σ|w| with margins ≥ `least` of mean one, or None."""
    order = np.random.RandomState(0).permutation(len(margins.labels))
    mean, costs = margins.mean_margin_coefficients, margins.feature_indicator
    chosen = order[: margins.n_first_rows]
    while True:
        found = minimise_absolute_weights(
            margins.coefficients_of(chosen), mean, costs, least=least
        )
        if found is None:
            return None
        wrong = np.flatnonzero(
            (margins.at_weights(found) < least - TOLERANCE).any(axis=1)
        )
        if len(np.setdiff1d(wrong, chosen)) == 0:
            break
        chosen = np.union1d(chosen, wrong)
    found = found / np.abs(found).max()
    smallest, largest = margins.at_weights(found).min(), margins.at_weights(found).max()
    right = smallest > 0 if least else smallest > -TOLERANCE and largest > TOLERANCE
    return found if right else None


def _direction_by_fit(margins):
    """Return the weights of a fit with a tiny penalty.

    If the classes are separated, these weights most likely separate them.
    """
    n_columns, K = margins.matrix.shape[1], margins.n_outputs
    labels = margins.labels
    loss = EmpiricalRisk(
        network=Network((n_columns, K), has_intercepts=False),
        loss=BinaryLogLoss() if K == 1 else MultinomialLogLoss(),
        X=margins.matrix,
        y=labels.astype(np.float64)[:, np.newaxis] if K == 1 else labels,
    )
    penalty = Penalty(l2=1e-6 * len(labels)).per_parameter(loss.network)
    zeros = np.zeros(n_columns * K)
    minimum = minimize_risk("lbfgs", loss, zeros, penalty, tol=1e-6, max_iter=200)
    weights = minimum.parameters.reshape(n_columns, K).T.ravel()
    return weights / max(np.abs(weights).max(), np.finfo(np.float64).tiny)


def _by_linear_programs(margins):
    """Find the Separation by linear programs: Konis's first, then the smallest margin.

    Konis's program starts with a part of the rows and adds misclassified rows.
    """
    order = np.random.RandomState(0).permutation(len(margins.labels))
    chosen = order[: margins.n_first_rows]
    if not margins.is_spanned_by(chosen):
        chosen = order
    nothing = np.zeros(margins.n_weights)
    while True:
        direction = maximise_margin_sum(margins.coefficients_of(chosen))
        if direction is None:
            return _separation_from(margins, "none", nothing)
        wrong = np.flatnonzero((margins.at_weights(direction) < -TOLERANCE).any(axis=1))
        if len(wrong) == 0:
            break
        chosen = np.union1d(chosen, wrong)
    likely = _direction_by_fit(margins)
    if margins.at_weights(likely).min() > TOLERANCE:
        return _separation_from(margins, "complete", likely)
    strict = maximise_smallest_margin(margins.coefficients_of(order))
    if strict is not None:
        return _separation_from(margins, "complete", strict)
    return _separation_from(margins, "quasi-complete", direction)
