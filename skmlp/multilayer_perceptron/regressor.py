"""Multi-layer perceptron for regression."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, Self, overload

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin

from skmlp.base.availability import unavailable_when
from skmlp.base.callbacks import with_callbacks
from skmlp.base.fit_context import fit_context
from skmlp.base.options import StrOptions
from skmlp.base.types import Array, FunctionOrPair, MatrixLike, RandomState, Scoring
from skmlp.losses import Loss
from skmlp.losses.choice import regressor_loss
from skmlp.multilayer_perceptron.assigned_attributes import assigned_network
from skmlp.multilayer_perceptron.base import MultilayerPerceptron
from skmlp.multilayer_perceptron.docstrings import documented
from skmlp.multilayer_perceptron.numeric_targets import NumericTargets
from skmlp.multilayer_perceptron.parameters import (
    ActivationChoice,
    InitializerChoice,
    assign,
    refuse_partial_fit_by_lbfgs,
)
from skmlp.multilayer_perceptron.problem import ValidationArguments
from skmlp.multilayer_perceptron.target_scale import rescale_last_layer
from skmlp.solvers import UpdateRule
from skmlp.solvers.schedules.base import ScheduleChoice

__all__ = ["MLPRegressor"]


@documented(score="R²")
class MLPRegressor(RegressorMixin, MultilayerPerceptron):
    """Multi-layer perceptron regressor.

    A feedforward network predicts the expected value of y, E[y | x] = network(x), or
    e^network(x) for losses of positive targets; some losses give quantiles of y
    instead. The fit minimises a loss plus an l2 penalty of the weights,

        (Σᵢ sᵢ·ℓ(yᵢ, network(xᵢ)) + ½·alpha·‖weights‖²) / Σᵢ sᵢ,

    where sᵢ are the sample weights, on all rows at once ('lbfgs' and 'gd') or on one
    batch of rows after another. The class is a drop-in replacement for
    :class:`sklearn.neural_network.MLPRegressor`.

    Parameters
    ----------
    loss : {'squared_error', 'absolute_error', 'huber', 'quantile', 'poisson', \
'gamma', 'gaussian_nll'}, Loss, callable or pair of callables, \
default='squared_error'
        Loss ℓ of one row, summed over its targets.

        - 'squared_error' is ½·(y − ŷ)².
        - 'absolute_error' is |y − ŷ|.
        - 'huber' is squared for small errors and linear for large ones.
        - 'quantile' predicts a quantile of y, or several; the median by default.
        - 'poisson' and 'gamma' are half the Poisson and gamma deviances, for y ≥ 0 and
          y > 0, with positive predictions e^network(x).
        - 'gaussian_nll' is the negative log-density of a normal distribution; the
          network also predicts its standard deviation.

        Objects of :mod:`skmlp.losses` have parameters: ``Huber(delta=0.5)``,
        ``Quantile([0.05, 0.5, 0.95])``. A function of (y, scores) that returns the loss
        of each row is a loss of your own, whose gradient a graph finds: see
        :class:`skmlp.losses.PlainFunction`. So is a pair of functions (value,
        gradient): see :class:`skmlp.losses.FunctionPair`; its gradient is compared with
        finite differences before every fit.
    {parameters}
    scale_target : bool or 'auto', default=False
        Whether to standardise y: the network learns (y − mean) / deviation of each
        target, with the weighted mean and standard deviation of the y of `fit`,
        validation rows that are held out included. A target that is constant is
        divided by its absolute value, or by 1 if it is zero. 'auto' standardises all
        targets if the deviation of one is outside 0.1 to 10, or its mean outside −10 to
        10. What was done stands in `target_scale_`. On 14 tables with standardised
        columns (``python -m benchmarks.tabular``), the median of R² is 0.661 with True
        and with 'auto', and −0.514 with False.

        Predictions, quantiles, standard deviations and losses are in the units of y:
        see `target_scale_`. But `alpha`, `tol`, `learning_rate_init`, ``Huber(delta)``
        and the y and scores of your own loss belong to the standardised target. So do
        `coefs_` and `intercepts_`.

        The losses 'poisson' and 'gamma', and others whose predictions are positive,
        refuse True, and 'auto' leaves their y as it is.

        `partial_fit` keeps the scale of the first call. `fit` with `warm_start`
        computes a new one; if it differs, the last layer is converted first, so that
        the fit starts from the predictions of the last one.

    Attributes
    ----------
    target_scale_ : ndarray of shape (2, n_targets) or None
        Mean and deviation of each target, by which y was standardised; None if y was
        not. Predictions are mean + deviation · (those of `coefs_` and `intercepts_`).
        The losses `loss_`, `loss_curve_`, `best_loss_`, those of ``history_``, and with
        ``scoring="loss"`` the validation scores, are those of the standardised target,
        penalty included, converted to the units of y: they are multiplied by the
        deviation for 'absolute_error' and 'quantile', by its square for 'squared_error'
        and 'huber', and its logarithm is added for 'gaussian_nll'. They can therefore
        be compared with those of a fit without `scale_target`, except for the penalty.
        A loss that overflows in the units of y is the largest float.
        For several targets, the factor is the mean of the factors of all targets, and
        the logarithms are added. A loss of your own is reported as it is, unless its
        class has `loss_units`: see :class:`skmlp.losses.Loss`.
    {attributes}

    See Also
    --------
    MLPClassifier : Multi-layer perceptron for classification.

    Notes
    -----
    {notes}

    With several targets, the loss of a row is the sum of the losses of its targets.
    scikit-learn follows the gradient of this sum too, but reports the squared error
    divided by the number of targets.

    References
    ----------
    {references}

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skmlp import MLPRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> network = MLPRegressor(
    ...     hidden_layer_sizes=(4,), solver="lbfgs", max_iter=2000, random_state=0
    ... )
    >>> regressor = make_pipeline(StandardScaler(), network).fit(X, y)
    >>> regressor.predict(X[:2]).shape
    (2,)
    >>> regressor.score(X, y) > 0.5
    True
    """

    _parameter_constraints: dict = {
        **MultilayerPerceptron._parameter_constraints,
        "loss": [StrOptions(Loss.regression_table), Loss, tuple, callable],
        "scale_target": ["boolean", StrOptions({"auto"})],
    }

    loss: str | Loss | FunctionOrPair
    scale_target: bool | Literal["auto"]
    target_scale_: Array | None

    def __init__(
        self,
        loss: str | Loss | FunctionOrPair = "squared_error",
        hidden_layer_sizes: int | str | ArrayLike = (100,),
        activation: ActivationChoice = "relu",
        *,
        solver: str | UpdateRule = "adam",
        alpha: float = 0.0001,
        batch_size: int | Literal["auto"] = "auto",
        learning_rate: ScheduleChoice = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: RandomState = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool | Literal["loss"] = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        on_divergence: Literal["warn", "raise", "backoff"] = "warn",
        scoring: Scoring = None,
        restore_best: bool = True,
        record: Literal["auto", "batches", "epoch"] = "auto",
        weight_init: InitializerChoice = "glorot_uniform",
        n_layers: int | None = None,
        width: int | None = None,
        n_init: int = 1,
        l1_ratio: float = 0.0,
        dropout: float | ArrayLike = 0.0,
        input_dropout: float = 0.0,
        input_noise: float = 0.0,
        clip_value: float | None = None,
        clip_norm: float | None = None,
        max_norm: float | None = None,
        scale_target: bool | Literal["auto"] = False,
    ) -> None:
        assign(self, locals())

    @with_callbacks
    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: MatrixLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: MatrixLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Fit the network to X and y.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Target values.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row; None: all ones.
        X_val : {array-like, sparse matrix} of shape (n_validation, n_features), \
default=None
            Rows on which the network is evaluated after every epoch. In a pipeline
            they are transformed with ``Pipeline(..., transform_input=["X_val"])``.
        y_val : array-like of shape (n_validation,) or (n_validation, n_targets), \
default=None
            Target values of the rows of `X_val`. Must be passed together with `X_val`.
        sample_weight_val : array-like of shape (n_validation,), default=None
            Non-negative weight of each row of `X_val`; None: all ones.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        validation = ValidationArguments(X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, validation, stream=False)

    @unavailable_when(refuse_partial_fit_by_lbfgs)
    @with_callbacks
    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: MatrixLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: MatrixLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Train for one epoch on these rows, from the weights of the last call.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Target values.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row; None: all ones.
        X_val : {array-like, sparse matrix} of shape (n_validation, n_features), \
default=None
            Rows on which the network is evaluated after every epoch. In a pipeline
            they are transformed with ``Pipeline(..., transform_input=["X_val"])``.
        y_val : array-like of shape (n_validation,) or (n_validation, n_targets), \
default=None
            Target values of the rows of `X_val`. Must be passed together with `X_val`.
        sample_weight_val : array-like of shape (n_validation,), default=None
            Non-negative weight of each row of `X_val`; None: all ones.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        validation = ValidationArguments(X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, validation, stream=True)

    @overload
    def predict(self, X: MatrixLike, return_std: Literal[False] = False) -> Array: ...

    @overload
    def predict(
        self, X: MatrixLike, return_std: Literal[True]
    ) -> tuple[Array, Array]: ...

    @overload
    def predict(
        self, X: MatrixLike, return_std: bool
    ) -> Array | tuple[Array, Array]: ...

    def predict(
        self, X: MatrixLike, return_std: bool = False
    ) -> Array | tuple[Array, Array]:
        """Predict the expected value of y for each row, or its quantiles.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to predict.
        return_std : bool, default=False
            Whether to return the standard deviation of y as well. Requires a loss that
            predicts it, such as ``loss="gaussian_nll"``.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_targets)
            Predicted values. For a loss of several quantiles, the last axis holds the
            quantiles in ascending order: (n_samples, n_quantiles) or
            (n_samples, n_targets, n_quantiles).
        y_std : ndarray of shape (n_samples,) or (n_samples, n_targets)
            Standard deviation of y given x, in the units of y. Returned only with
            ``return_std=True``.

        Raises
        ------
        ValueError
            If `return_std` is true and the loss does not predict the standard
            deviation.
        """
        rows, fitted, _ = self._check_rows(X)
        loss = fitted.loss
        if return_std and not loss.predicts_deviation:
            loss.deviation(None)  # raises
        scores = fitted.scores(rows)
        predictions = _without_single_target_axis(loss.predictions(scores))
        if not return_std:
            return predictions
        return predictions, _without_single_target_axis(loss.deviation(scores))

    def score(
        self, X: MatrixLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return R² of the predictions.

        For a loss of several quantiles, R² of the quantile nearest to one half.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to predict.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            True target values of the rows of X.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row; None: all ones.

        Returns
        -------
        score : float
            Fraction of the variance of y that is explained: 1 is best, and bad
            predictions give negative values.
        """
        rows, fitted, targets = self._check_rows(X)
        targets = replace(targets, loss=fitted.loss)
        return targets.score(fitted.scores(rows), y, sample_weight)

    def _validate(self, X, y, *, reset):
        """Return X and y, checked; y must be numeric."""
        _require_numbers(y)
        X, y = super()._validate(X, y, reset=reset, y_numeric=True)
        _require_numbers(y)  # those of a list, a series or a data frame
        return X, y

    def _learn_targets(self, y, previous, *, sample_weight, stream):
        """Return the NumericTargets of y, with the loss and the scale."""
        asked = self.scale_target
        wanted = {
            "loss": self.loss,
            "scale_target": asked if isinstance(asked, str) else bool(asked),
            "sample_weight": sample_weight,
        }
        if previous is not None and stream:
            return previous.for_partial_fit(y, **wanted)
        return NumericTargets.learn(y, **wanted)

    def _known_targets(self):
        """Return the NumericTargets, with the scale that `target_scale_` tells."""
        targets = super()._known_targets()
        return targets.with_scale(getattr(self, "target_scale_", None))

    def _layers_for(self, targets, network):
        """Return (weights, intercepts) with which a fit of `targets` continues.

        If the scale of y has changed, predictions are still those of the last fit.
        """
        layers = super()._layers_for(targets, network)
        return rescale_last_layer(*layers, self._known_targets(), targets)

    def _assigned_targets(self):
        """Return the NumericTargets of the outputs of assigned weights."""
        loss = regressor_loss(self.loss)
        n_outputs = assigned_network(self).layer_sizes[-1]
        return NumericTargets(n_outputs // loss.scores_per_target, loss)

    def __sklearn_tags__(self):
        """Return the tags: `positive_only` if the loss requires positive targets."""
        tags = super().__sklearn_tags__()
        named = isinstance(self.loss, str)
        loss = Loss.table.get(self.loss) if named else self.loss
        needs = getattr(loss, "needs_positive_targets", False)
        tags.target_tags.positive_only = needs
        return tags


def _without_single_target_axis(predictions):
    """Return the predictions (n, 1, ...) as (n, ...); others unchanged."""
    return predictions[:, 0] if predictions.shape[1] == 1 else predictions


def _require_numbers(y):
    """Raise TypeError or ValueError, which name y, unless y is of real numbers."""
    if scipy.sparse.issparse(y):
        raise TypeError(
            "Sparse data was passed for y, but dense data is required; pass "
            "y.toarray()."
        )
    kind = y.dtype.kind if isinstance(y, np.ndarray) else "f"
    if kind in "mM":
        raise ValueError(
            f"y is of type {y.dtype}, not of numbers; choose a unit of time, for "
            "example days: (y - y.min()) / np.timedelta64(1, 'D')."
        )
    if kind in "USV":
        raise ValueError(
            f"y is of type {y.dtype}, not of numbers; pass y.astype(float), or "
            "use MLPClassifier for class labels."
        )
    if kind == "O":
        try:
            y.astype(float)
        except OverflowError:  # an integer, of which scikit-learn's check tells
            return
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"y holds objects that are not numbers ({error}); convert them, or use "
                "MLPClassifier for class labels."
            ) from error
