"""The association units of the Mark I: fixed random features before a perceptron."""

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

from skmlp.base.compat import Interval, align_api_if_sparse, fit_context
from skmlp.base.fitted_attributes import fitted_array, fitted_sparse
from skmlp.base.rows import blocks, dense
from skmlp.base.types import Array, Matrix, MatrixLike, RandomState, Sparse
from skmlp.base.validation import validate_data, validate_params

__all__ = ["AssociationUnits"]

# So many inputs of units at once.
_INPUTS = 2**21
# Rows enough for the thresholds.
_ROWS_FOR_THRESHOLDS = 10_000


class AssociationUnits(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator
):
    """aᵤ = 1 where Σⱼ cᵤⱼ·xⱼ ≥ θᵤ, else 0, with a few random cᵤⱼ of ±1 for each unit.

    Rosenblatt's Mark I perceptron had three layers: sensory units (the columns of X),
    each association unit wired at random to some of them, and response units, which
    learn. ``make_pipeline(AssociationUnits(), Perceptron())`` is that machine. A
    perceptron alone separates classes by a hyperplane; on the association units it
    separates them by any boundary that these describe.

    Parameters
    ----------
    n_units : int, default=1000
        Number of association units.
    n_connections : int, default=8
        Number of columns that each unit is wired to: different ones, and all of them
        where X has fewer.
    excitatory : float, default=0.5
        Share of a unit's connections that excite it (cᵤⱼ = 1), in [0, 1], rounded to a
        whole number of them. The others inhibit it (cᵤⱼ = −1).
    thresholds : float, array-like of shape (n_units,) or None, default=None
        θᵤ, of all units or of each, in units of X. None: each unit's own, such that it
        is active for at most the share `activity` of the rows in `fit`.
    activity : float, default=0.25
        The share of rows for which a unit is active, in (0, 1), where `thresholds` is
        None. Of more than 10,000 rows, so many are drawn to find the thresholds.
    sparse_output : bool, default=True
        Whether `transform` returns a CSR matrix, or else a dense array, as other output
        containers need it (`set_output`).
    random_state : int, RandomState instance or None, default=None
        Draws the connections.

    Attributes
    ----------
    connections_ : CSR matrix of shape (n_units, n_features)
        cᵤⱼ: 1, −1, or 0 where there is no connection.
    thresholds_ : ndarray of shape (n_units,)
        θᵤ.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.

    See Also
    --------
    Perceptron : The response units.
    sklearn.kernel_approximation.RBFSampler : Random features that approximate a kernel.

    Notes
    -----
    The units see nothing but X: their connections are never changed by learning, which
    is the difference between this machine and a multi-layer perceptron. Columns should
    be on one scale, as the pixels of an image are.

    In the Mark I all units had one threshold. Where it follows the data, as with
    ``thresholds=None``, no unit is idle or always active because of its place.

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

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: MatrixLike, y: Any = None) -> Self:
        """Wire the units, and find their thresholds.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows, one column a sensory unit.
        y : None
            Ignored; for pipelines.

        Returns
        -------
        self : object
            The fitted transformer.
        """
        X = self._validate(X, reset=True)
        generator = check_random_state(self.random_state)
        self.connections_ = self._wire(X.shape[1], generator)
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
        """Which units are active for every row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows, one column a sensory unit.

        Returns
        -------
        activities : CSR matrix or ndarray of shape (n_samples, n_units)
            1 where a unit is active, else 0; of the dtype of X. See `sparse_output`.
        """
        check_is_fitted(self)
        X = self._validate(X, reset=False)
        fitted_sparse("connections_", self.connections_, (None, X.shape[1]))
        fitted_array("thresholds_", self.thresholds_, self.connections_.shape[:1])
        parts = []
        for rows in blocks(X.shape[0], max(1, _INPUTS // len(self.thresholds_))):
            active = self._inputs(X[rows]) >= self.thresholds_
            active = active.astype(X.dtype)
            parts.append(
                scipy.sparse.csr_array(active) if self.sparse_output else active
            )
        stack = scipy.sparse.vstack if self.sparse_output else np.vstack
        return align_api_if_sparse(parts[0] if len(parts) == 1 else stack(parts))

    def _validate(self, X, *, reset):
        """Check X."""
        return validate_data(
            self, X, accept_sparse="csr", dtype=[np.float64, np.float32], reset=reset
        )

    def _wire(self, n_features, generator):
        """Connections of every unit, as a CSR matrix of 1 and −1."""
        n_connections = min(self.n_connections, n_features)
        places = [
            sample_without_replacement(
                n_features, n_connections, random_state=generator
            )
            for _ in range(self.n_units)
        ]
        signs = np.full(n_connections, -1.0)
        signs[: round(self.excitatory * n_connections)] = 1.0
        connections = scipy.sparse.csr_array(
            (
                np.tile(signs, self.n_units),
                np.concatenate(places),
                np.arange(self.n_units + 1) * n_connections,
            ),
            shape=(self.n_units, n_features),
        )
        connections.sort_indices()
        return align_api_if_sparse(connections)

    def _inputs(self, X):
        """Σⱼ cᵤⱼ·xⱼ of every row and unit, in one order of the sum for any rows."""
        X = dense(X) if X.shape[1] <= self.n_units else X
        products = self.connections_ @ X.T
        return np.ascontiguousarray(dense(products).T)

    def _find_thresholds(self, X):
        """The (1 − activity) quantiles of the inputs, halfway to the next input."""
        thresholds = np.empty(self.n_units)
        # Of some units at once: their inputs for all rows are needed.
        for units in blocks(self.n_units, max(1, _INPUTS // X.shape[0])):
            inputs = np.sort(dense(self.connections_[units] @ X.T), axis=1)
            n_rows = inputs.shape[1]
            last = max(0, int(np.ceil((1 - self.activity) * n_rows)) - 1)
            below = inputs[:, [last]]
            above = np.min(inputs, axis=1, where=inputs > below, initial=np.inf)
            below = below[:, 0].astype(np.float64)
            # Halfway, so that no rounding decides; above all of them, just above.
            thresholds[units] = np.where(
                np.isfinite(above),
                below / 2 + above / 2,
                np.nextafter(below, np.inf),
            )
        return thresholds

    def __sklearn_tags__(self):
        """Sparse input is taken as it is."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
