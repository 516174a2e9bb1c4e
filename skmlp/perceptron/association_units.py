"""Association units of the Mark I perceptron: fixed random features of X."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, Self

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils import check_random_state
from sklearn.utils.random import sample_without_replacement
from sklearn.utils.validation import check_is_fitted

from skmlp.base.compat import Interval, align_api_if_sparse
from skmlp.base.fit_context import fit_context
from skmlp.base.fitted_attributes import fitted_array, fitted_sparse
from skmlp.base.rows import blocks, dense
from skmlp.base.types import Array, Matrix, MatrixLike, RandomState, Sparse
from skmlp.base.validation import validate_data, validate_params

__all__ = ["AssociationUnits"]

# Maximum number of unit inputs that are computed at once.
_BLOCK_INPUTS = 2**21
# Number of rows that is enough to estimate the thresholds.
_ROWS_FOR_THRESHOLDS = 10_000


class AssociationUnits(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator
):
    """Transform rows into activities of fixed random threshold units.

    The activity of unit u is aᵤ = 1 if Σⱼ cᵤⱼ·xⱼ ≥ θᵤ, and 0 otherwise; a few randomly
    chosen cᵤⱼ are 1 or −1, all others are 0.

    Rosenblatt's Mark I perceptron had three layers: sensory units (the columns of X),
    association units, each connected at random to some of the sensory units, and
    response units, which learn. ``make_pipeline(AssociationUnits(), Perceptron())`` is
    that machine. A perceptron alone separates classes by a hyperplane in X; after this
    transformer it separates them by a hyperplane in the activities, which is nonlinear
    in X.

    Parameters
    ----------
    n_units : int, default=1000
        Number of association units.
    n_connections : int, default=8
        Number of different columns of X that each unit is connected to; all columns if
        X has fewer. Units can then differ in their signs only: of 4 columns there are
        just 6 ways to choose 2 excitatory ones. Connect fewer columns if X has few.
    excitatory : float, default=0.5
        Share of a unit's connections that are excitatory (cᵤⱼ = 1), in [0, 1], rounded
        to a whole number of connections. The others are inhibitory (cᵤⱼ = −1).
    thresholds : float, array-like of shape (n_units,) or None, default=None
        Threshold θᵤ, one for all units or one for each unit, in units of X. If None,
        `fit` chooses a threshold for each unit, such that the unit is active for at
        most the share `activity` of the rows.
    activity : float, default=0.25
        Share of rows for which a unit is active, in (0, 1), if `thresholds` is None. If
        X has more than 10,000 rows, the thresholds come from a random sample of 10,000
        rows.
    sparse_output : bool, default=True
        If True, `transform` returns a CSR matrix, else a dense array. Other output
        containers (`set_output`) need False.
    random_state : int, RandomState instance or None, default=None
        Seed or generator that draws the connections, and the rows for the thresholds.

    Attributes
    ----------
    connections_ : CSR matrix of shape (n_units, n_features)
        Connections cᵤⱼ: 1, −1, or 0 for no connection.
    thresholds_ : ndarray of shape (n_units,)
        Thresholds θᵤ.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features; set only if X has names and all are strings.

    See Also
    --------
    Perceptron : The response units.
    sklearn.kernel_approximation.RBFSampler : Random features that approximate a kernel.

    Notes
    -----
    The connections do not depend on y and are not trained; this is the difference from
    a hidden layer of a multilayer perceptron. The columns of X should have one common
    scale, as the pixels of an image have.

    In the Mark I all units had one common threshold. With ``thresholds=None`` the
    thresholds are estimated from X, so that few units are always or never active.

    References
    ----------
    Rosenblatt, F. (1958). The perceptron: a probabilistic model for information storage
    and organization in the brain. Psychological Review, 65, 386-408.

    Rosenblatt, F. (1960). Perceptron simulation experiments. Proceedings of the IRE,
    48, 301-309.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.pipeline import make_pipeline
    >>> from skmlp import AssociationUnits, Perceptron
    >>> X, y = load_digits(return_X_y=True)
    >>> mark_1 = make_pipeline(AssociationUnits(random_state=0), Perceptron())
    >>> mark_1.fit(X[:1000], y[:1000]).score(X[1000:], y[1000:]) > 0.93
    True
    """

    _validate_params = validate_params
    _parameter_constraints: dict = {
        "n_units": [Interval(Integral, 1, None, closed="left")],
        "n_connections": [Interval(Integral, 1, None, closed="left")],
        "excitatory": [Interval(Real, 0, 1, closed="both")],
        "thresholds": [Real, "array-like", None],
        "activity": [Interval(Real, 0, 1, closed="neither")],
        "sparse_output": ["boolean"],
        "random_state": ["random_state"],
    }

    connections_: Sparse
    thresholds_: Array
    n_features_in_: int
    feature_names_in_: Array

    def __init__(
        self,
        n_units: int = 1000,
        *,
        n_connections: int = 8,
        excitatory: float = 0.5,
        thresholds: float | ArrayLike | None = None,
        activity: float = 0.25,
        sparse_output: bool = True,
        random_state: RandomState = None,
    ) -> None:
        self.n_units = n_units
        self.n_connections = n_connections
        self.excitatory = excitatory
        self.thresholds = thresholds
        self.activity = activity
        self.sparse_output = sparse_output
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True, uses_kernels=False)
    def fit(self, X: MatrixLike, y: Any = None) -> Self:
        """Draw the connections of the units and determine their thresholds.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows; each column is a sensory unit.
        y : None
            Ignored; exists for pipelines.

        Returns
        -------
        self : object
            The fitted transformer.
        """
        X = self._validate(X, reset=True)
        generator = check_random_state(self.random_state)
        self.connections_ = self._draw_connections(X.shape[1], generator)
        if self.thresholds is None:
            if X.shape[0] > _ROWS_FOR_THRESHOLDS:
                rows = sample_without_replacement(
                    X.shape[0], _ROWS_FOR_THRESHOLDS, random_state=generator
                )
                X = X[np.sort(rows)]
            self.thresholds_ = self._find_thresholds(X)
        else:
            try:
                thresholds = np.asarray(self.thresholds, dtype=np.float64)
            except (TypeError, ValueError):
                raise ValueError(
                    f"thresholds is {self.thresholds!r}; give a number, an array of "
                    "numbers, or None."
                ) from None
            if thresholds.ndim and thresholds.shape != (self.n_units,):
                raise ValueError(
                    f"thresholds has the shape {thresholds.shape}; give one number, or "
                    f"one for each of the n_units={self.n_units} units."
                )
            if np.isnan(thresholds).any():
                raise ValueError("thresholds has NaN; give numbers, or None.")
            self.thresholds_ = np.full(self.n_units, thresholds)
        self._n_features_out = self.n_units
        return self

    def transform(self, X: MatrixLike) -> Matrix:
        """Compute the activity of every unit for every row of X.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows; each column is a sensory unit.

        Returns
        -------
        activities : CSR matrix or ndarray of shape (n_samples, n_units)
            1 if the unit is active for the row, else 0; with the dtype of X. A CSR
            matrix if `sparse_output` is True.
        """
        check_is_fitted(self)
        X = self._validate(X, reset=False)
        fitted_sparse("connections_", self.connections_, (None, X.shape[1]))
        fitted_array("thresholds_", self.thresholds_, self.connections_.shape[:1])
        parts = []
        for rows in blocks(X.shape[0], max(1, _BLOCK_INPUTS // len(self.thresholds_))):
            active = self._inputs(X[rows]) >= self.thresholds_
            active = active.astype(X.dtype)
            parts.append(
                scipy.sparse.csr_array(active) if self.sparse_output else active
            )
        stack = scipy.sparse.vstack if self.sparse_output else np.vstack
        return align_api_if_sparse(parts[0] if len(parts) == 1 else stack(parts))

    def _validate(self, X, *, reset):
        """Return X as a validated float array or CSR matrix."""
        return validate_data(
            self, X, accept_sparse="csr", dtype=[np.float64, np.float32], reset=reset
        )

    def _draw_connections(self, n_features, generator):
        """Draw the connections: a CSR matrix of 1 and −1 (n_units, n_features)."""
        n_connections = min(self.n_connections, n_features)
        # scikit-learn draws nearly all columns in no random order, which would give
        # every unit the same signs.
        nearly_all = n_connections > 0.99 * n_features
        columns = [
            generator.permutation(n_features)[:n_connections]
            if nearly_all
            else sample_without_replacement(
                n_features, n_connections, random_state=generator
            )
            for _ in range(self.n_units)
        ]
        signs = np.full(n_connections, -1.0)
        signs[: round(self.excitatory * n_connections)] = 1.0
        connections = scipy.sparse.csr_array(
            (
                np.tile(signs, self.n_units),
                np.concatenate(columns),
                np.arange(self.n_units + 1) * n_connections,
            ),
            shape=(self.n_units, n_features),
        )
        connections.sort_indices()
        return align_api_if_sparse(connections)

    def _inputs(self, X):
        """Return Σⱼ cᵤⱼ·xⱼ for every row and unit (n_samples, n_units).

        The order of the sum is fixed: the input of a row does not depend on other rows.
        """
        X = dense(X) if X.shape[1] <= self.n_units else X
        products = self.connections_ @ X.T
        return np.ascontiguousarray(dense(products).T)

    def _find_thresholds(self, X):
        """Return a threshold for every unit: the (1 − activity) quantile of its inputs.

        The threshold is the midpoint between this quantile and the next larger input.
        """
        thresholds = np.empty(self.n_units)
        # Blocks of units, not of rows: a quantile needs a unit's inputs for all rows.
        for units in blocks(self.n_units, max(1, _BLOCK_INPUTS // X.shape[0])):
            inputs = np.sort(dense(self.connections_[units] @ X.T), axis=1)
            n_rows = inputs.shape[1]
            last = max(0, int(np.ceil((1 - self.activity) * n_rows)) - 1)
            below = inputs[:, [last]]
            above = np.min(inputs, axis=1, where=inputs > below, initial=np.inf)
            below = below[:, 0].astype(np.float64)
            # At the midpoint, rounding errors do not change the activities. Without a
            # larger input, the threshold is the next number above the largest input.
            thresholds[units] = np.where(
                np.isfinite(above),
                below / 2 + above / 2,
                np.nextafter(below, np.inf),
            )
        return thresholds

    def __sklearn_tags__(self):
        """Return the tags of the transformer: it accepts sparse X."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
