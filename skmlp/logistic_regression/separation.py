"""Whether a linear score separates the classes, so that no likelihood is largest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import ConvergenceWarning

from skmlp.base.label_encoding import encode_labels, require_two_classes
from skmlp.base.types import MatrixLike
from skmlp.base.validation import check_X_y
from skmlp.logistic_regression.minimise import minimize_risk
from skmlp.logistic_regression.separating_programs import (
    TOLERANCE,
    Margins,
    greatest_least,
    greatest_sum,
    smallest_weights,
)
from skmlp.losses import BinaryLogLoss, MultinomialLogLoss
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk, Penalty

__all__ = ["Separation", "SeparationWarning", "find_separation"]

# A fit does not wait for linear programs with more entries than this.
_MOST_ENTRIES = 2_000_000


class SeparationWarning(ConvergenceWarning):
    """The classes are separated: the likelihood has no maximum at finite weights."""


@dataclass(frozen=True)
class Separation:
    """What a linear score can tell apart without a mistake.

    Attributes
    ----------
    kind : {'none', 'quasi-complete', 'complete'}
        'complete': some score is on the right side for every row. 'quasi-complete':
        some score is on the wrong side of no row and on the right side of some, the
        others lying on the boundary. In both cases the likelihood grows without end
        along `direction`.
    direction : ndarray of shape (n_features + 1, n_outputs)
        Weights, and the intercept in the last row, of such a score for columns of X
        measured in units of their standard deviations about their means; zeros where
        there is none. One output for two classes, else one a class.
    features : ndarray of int
        The columns of X that the direction uses: few, where a linear program was
        affordable that looks for the direction with the least sum of absolute weights.
    """

    kind: Literal["none", "quasi-complete", "complete"]
    direction: np.ndarray
    features: np.ndarray

    def __bool__(self):
        """Whether the classes are separated, completely or not."""
        return self.kind != "none"


def find_separation(
    X: MatrixLike,
    y: ArrayLike,
    *,
    fit_intercept: bool = True,
    sample_weight: ArrayLike | None = None,
) -> Separation:
    """Look for a linear score that separates the classes, by linear programs.

    Parameters
    ----------
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The rows.
    y : array-like of shape (n_samples,)
        Their class labels, of at least two classes.
    fit_intercept : bool, default=True
        Whether scores have an intercept.
    sample_weight : array-like of shape (n_samples,), default=None
        Rows of weight zero are left out.

    Returns
    -------
    separation : Separation

    Notes
    -----
    The first program maximises the sum of all margins sᵢ = (score of the row's class
    less that of another), subject to sᵢ ≥ 0 and weights within ±1: it is zero if and
    only if the classes overlap (Konis 2007). The second maximises the smallest margin,
    which is positive if and only if the separation is complete (Albert and Anderson
    1984). The first takes a part of the rows, and those that it puts on the wrong side
    join it; the second is left out where a fit already separates the classes. A third
    one finds, of all directions with as large margins, the one whose weights have the
    least sum of absolute values, which uses few features.

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
    if margins.n_entries > _MOST_ENTRIES:  # most likely a fit tells sooner
        direction = _likely_direction(margins)
        if margins.of_weights(direction).min() > TOLERANCE:
            return _answer(margins, "complete", direction)
    return _by_linear_programs(margins)


def separation_at(X, labels, n_classes, fit_intercept, scores):
    """Return the separation of rows, whose scores (n, K) may separate them already.

    None where they do not, and the linear programs would take long.
    """
    margins = Margins.of(X, labels, n_classes, fit_intercept)
    if margins.of_scores(scores).min() > 0:
        return _answer(margins, "complete", _likely_direction(margins))
    if margins.n_entries > _MOST_ENTRIES:
        return None
    return _by_linear_programs(margins)


def _answer(margins, kind, weights):
    """Return the separation by these weights, or by simpler ones of the same kind."""
    if kind != "none" and margins.n_entries <= _MOST_ENTRIES:
        simple = _simple_direction(margins, complete=kind == "complete")
        weights = weights if simple is None else simple
    weights = np.asarray(weights).reshape(margins.n_outputs, -1).T
    spread = weights.max(axis=1) - weights.min(axis=1)
    used = np.abs(weights[:, 0]) if margins.n_outputs == 1 else spread
    features = np.flatnonzero(used[: margins.n_features] > TOLERANCE)
    return Separation(kind, weights, features)


def _simple_direction(margins, *, complete):
    """Return weights of few features that separate, or None where none are found."""
    touching = _smallest_direction(margins, least=0.0)
    if touching is None or not complete:
        return touching
    # Among the same features, margins may all be positive.
    used = np.abs(touching.reshape(margins.n_outputs, -1)).max(axis=0) > TOLERANCE
    used[margins.n_features :] = True
    few = replace(margins, matrix=margins.matrix[:, used])
    strict = greatest_least(few.of_rows(slice(None)))
    if strict is None:
        return _smallest_direction(margins, least=1.0)
    weights = np.zeros((margins.n_outputs, len(used)))
    weights[:, used] = strict.reshape(margins.n_outputs, -1)
    return weights.ravel()


def _smallest_direction(margins, *, least):
    """Return weights of least Σ|w| with margins ≥ `least` of mean one, or None."""
    order = np.random.RandomState(0).permutation(len(margins.labels))
    mean, costs = margins.mean_margin, margins.of_features
    chosen = order[: margins.n_first]
    while True:
        found = smallest_weights(margins.of_rows(chosen), mean, costs, least=least)
        if found is None:
            return None
        wrong = np.flatnonzero(
            (margins.of_weights(found) < least - TOLERANCE).any(axis=1)
        )
        if len(np.setdiff1d(wrong, chosen)) == 0:
            break
        chosen = np.union1d(chosen, wrong)
    found = found / np.abs(found).max()
    smallest, largest = margins.of_weights(found).min(), margins.of_weights(found).max()
    right = smallest > 0 if least else smallest > -TOLERANCE and largest > TOLERANCE
    return found if right else None


def _likely_direction(margins):
    """Return weights of a large likelihood, which separate if any do, but for luck."""
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
    """Solve Konis's program over as many rows as it needs, then that of all margins."""
    order = np.random.RandomState(0).permutation(len(margins.labels))
    chosen = order[: margins.n_first]
    if not margins.spanned_by(chosen):
        chosen = order
    nothing = np.zeros(margins.n_weights)
    while True:
        direction = greatest_sum(margins.of_rows(chosen))
        if direction is None:
            return _answer(margins, "none", nothing)
        wrong = np.flatnonzero((margins.of_weights(direction) < -TOLERANCE).any(axis=1))
        if len(wrong) == 0:
            break
        chosen = np.union1d(chosen, wrong)
    likely = _likely_direction(margins)
    if margins.of_weights(likely).min() > TOLERANCE:
        return _answer(margins, "complete", likely)
    strict = greatest_least(margins.of_rows(order))
    if strict is not None:
        return _answer(margins, "complete", strict)
    return _answer(margins, "quasi-complete", direction)
