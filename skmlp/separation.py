"""Whether a linear score separates the classes, so that no likelihood is largest."""

from dataclasses import dataclass

import numpy as np
import scipy.optimize
import scipy.sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_X_y

from skmlp._classification import encode_labels, require_two_classes
from skmlp._logistic_solvers import minimize_risk
from skmlp.losses import BinaryLogLoss, MultinomialLogLoss
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk

__all__ = ["Separation", "SeparationWarning", "find_separation"]

# Rows of the first linear program; rows that it leaves on the wrong side join it.
_FIRST_ROWS = 1000
# HiGHS meets its constraints to 1e-7; directions have entries up to one.
_TOLERANCE = 1e-6
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
        The columns of X that the direction uses.
    """

    kind: str
    direction: np.ndarray
    features: np.ndarray

    def __bool__(self):
        """Whether the classes are separated, completely or not."""
        return self.kind != "none"


def find_separation(X, y, *, fit_intercept=True, sample_weight=None):
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
    join it; the second is left out where a fit already separates the classes.

    References
    ----------
    Albert, A. and Anderson, J. A. (1984). On the existence of maximum likelihood
    estimates in logistic regression models. Biometrika, 71, 1-10.

    Konis, K. (2007). Linear programming algorithms for detecting separated data in
    binary logistic regression models. DPhil thesis, University of Oxford.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmlp.separation import find_separation
    >>> X, y = load_iris(return_X_y=True)
    >>> find_separation(X, y == 0).kind
    'complete'
    >>> find_separation(X, y == 1).kind
    'none'
    """
    X, y = check_X_y(X, y, accept_sparse="csr", dtype=np.float64)
    if sample_weight is not None:
        kept = np.asarray(sample_weight) > 0
        X, y = X[kept], y[kept]
    classes, labels = encode_labels(y)
    require_two_classes(classes)
    rows = _Margins.of(X, labels, len(classes), fit_intercept)
    if rows.n_entries > _MOST_ENTRIES:  # most likely a fit tells sooner
        direction = _likely_direction(rows)
        if rows.margins(direction).min() > _TOLERANCE:
            return rows.separation("complete", direction)
    return _by_linear_programs(rows)


def separation_at(X, labels, n_classes, fit_intercept, scores):
    """The same where scores (n, K) of good rows are known that may separate them.

    None where they do not, and the linear programs would take long.
    """
    rows = _Margins.of(X, labels, n_classes, fit_intercept)
    if rows.margins_of(scores).min() > 0:
        return rows.separation("complete", _likely_direction(rows))
    if rows.n_entries > _MOST_ENTRIES:
        return None
    return _by_linear_programs(rows)


def _likely_direction(rows):
    """Weights that make the likelihood large: they separate if any do, but for luck."""
    n_columns, K = rows.matrix.shape[1], rows.n_outputs
    labels = rows.labels
    objective = EmpiricalRisk(
        network=Network((n_columns, K), has_intercepts=False),
        loss=BinaryLogLoss() if K == 1 else MultinomialLogLoss(),
        X=rows.matrix,
        y=labels.astype(np.float64)[:, np.newaxis] if K == 1 else labels,
        alpha=1e-6 * len(labels),
    )
    zeros = np.zeros(n_columns * K)
    minimum = minimize_risk("lbfgs", objective, zeros, l1=zeros, tol=1e-6, max_iter=200)
    weights = minimum.parameters.reshape(n_columns, K).T.ravel()
    return weights / max(np.abs(weights).max(), np.finfo(np.float64).tiny)


def _by_linear_programs(rows):
    """Konis's program over as many rows as it needs, then the one of all margins."""
    order = np.random.RandomState(0).permutation(len(rows.labels))
    chosen = order[: rows.n_first]
    if not rows.spanned_by(chosen):
        chosen = order
    nothing = np.zeros(rows.n_weights)
    while True:
        direction = _program(rows.of_rows(chosen), smallest=False)
        if direction is None:
            return rows.separation("none", nothing)
        margins = rows.margins(direction)
        wrong = np.flatnonzero((margins < -_TOLERANCE).any(axis=1))
        if len(wrong) == 0:
            break
        chosen = np.union1d(chosen, wrong)
    likely = _likely_direction(rows)
    if rows.margins(likely).min() > _TOLERANCE:
        return rows.separation("complete", likely)
    strict = _program(rows.of_rows(order), smallest=True)
    if strict is not None:
        return rows.separation("complete", strict)
    return rows.separation("quasi-complete", direction)


@dataclass(frozen=True)
class _Margins:
    """sᵢₖ = scoreᵢ of the row's class less scoreᵢₖ, for every other class k."""

    matrix: object  # (n, m): standardised columns of X, and one of ones
    labels: np.ndarray
    n_classes: int
    n_features: int

    @classmethod
    def of(cls, X, labels, n_classes, fit_intercept):
        """Columns in units of their deviation, which changes no separation."""
        n_features = X.shape[1]
        if scipy.sparse.issparse(X):
            X = X.toarray()
        centre = X.mean(axis=0) if fit_intercept else np.zeros(X.shape[1])
        largest = np.max(np.abs(X - centre), axis=0, initial=0)
        # A column that is constant but for rounding cannot separate anything.
        noise = 64 * np.finfo(np.float64).eps * np.abs(centre)
        X = np.where(largest > noise, X - centre, 0)
        X = X / np.where(largest > noise, largest, 1)
        deviation = np.sqrt(np.mean(X * X, axis=0))
        X = X / np.where(deviation > 0, deviation, 1)
        if fit_intercept:
            X = np.hstack([X, np.ones((len(X), 1))])
        return cls(X, labels, n_classes, n_features)

    @property
    def n_outputs(self):
        """One for two classes."""
        return 1 if self.n_classes == 2 else self.n_classes

    @property
    def n_weights(self):
        """Weights of all outputs."""
        return self.matrix.shape[1] * self.n_outputs

    @property
    def n_first(self):
        """Rows of the first linear program."""
        return max(_FIRST_ROWS, 5 * self.matrix.shape[1])

    @property
    def n_entries(self):
        """Coefficients in the constraints of the first linear program."""
        n_rows = min(len(self.labels), self.n_first)
        return n_rows * (self.n_classes - 1) * self.n_weights

    def spanned_by(self, rows):
        """Whether these rows span as much as all do."""
        if len(rows) == len(self.labels):
            return True
        gram = self.matrix.T @ self.matrix
        part = self.matrix[rows].T @ self.matrix[rows]
        rank = np.linalg.matrix_rank
        return rank(part, hermitian=True) == rank(gram, hermitian=True)

    def of_rows(self, rows):
        """The margins of some rows, as the rows of a matrix times all weights."""
        X, labels = self.matrix[rows], self.labels[rows]
        if self.n_outputs == 1:
            return X * np.where(labels == 1, 1.0, -1.0)[:, None]
        blocks, K = [], self.n_classes
        for label in range(K):
            own = X[labels == label]
            for other in range(K):
                if other != label:
                    row = np.zeros((1, K))
                    row[0, label], row[0, other] = 1, -1
                    blocks.append(scipy.sparse.csr_array(scipy.sparse.kron(row, own)))
        return scipy.sparse.vstack(blocks, format="csr")

    def margins(self, weights):
        """All rows' margins (n, K − 1), or (n, 1) for two classes."""
        if self.n_outputs == 1:
            return self.margins_of((self.matrix @ weights)[:, None])
        return self.margins_of(self.matrix @ weights.reshape(self.n_classes, -1).T)

    def margins_of(self, scores):
        """The margins that scores (n, n_outputs) mean."""
        if self.n_outputs == 1:
            return scores * np.where(self.labels == 1, 1, -1)[:, None]
        own = scores[np.arange(len(scores)), self.labels]
        others = np.arange(self.n_classes) != self.labels[:, None]
        return own[:, None] - scores[others].reshape(len(scores), -1)

    def separation(self, kind, weights):
        """The answer, with the features that these weights use."""
        weights = np.asarray(weights).reshape(self.n_outputs, -1).T
        spread = weights.max(axis=1) - weights.min(axis=1)
        used = np.abs(weights[:, 0]) if self.n_outputs == 1 else spread
        features = np.flatnonzero(used[: self.n_features] > _TOLERANCE)
        return Separation(kind, weights, features)


def _program(margins, *, smallest):
    """Weights within ±1 that maximise the margins' sum or the least; None for zero."""
    n, m = margins.shape
    if smallest:
        ones = scipy.sparse.csr_array(np.ones((n, 1)))
        constraints = scipy.sparse.hstack([-scipy.sparse.csr_array(margins), ones])
        cost = np.append(np.zeros(m), -1.0)
        bounds = [(-1, 1)] * m + [(0, None)]
    else:
        constraints = -scipy.sparse.csr_array(margins)
        cost = -np.asarray(margins.sum(axis=0)).ravel() / n
        bounds = [(-1, 1)] * m
    result = scipy.optimize.linprog(
        cost, A_ub=constraints, b_ub=np.zeros(n), bounds=bounds, method="highs"
    )
    if result.x is None or -result.fun <= _TOLERANCE / (1 if smallest else n):
        return None
    return result.x[:m]
