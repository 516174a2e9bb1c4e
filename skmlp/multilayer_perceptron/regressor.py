"""The multi-layer perceptron that predicts numbers."""

from __future__ import annotations

from typing import Literal, Self, overload

from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_is_fitted

from skmlp.base.availability import unavailable_when
from skmlp.base.callbacks import with_callbacks
from skmlp.base.component import NamesIn
from skmlp.base.fit_context import fit_context
from skmlp.base.types import Array, MatrixLike, PairOfFunctions, RandomState, Scoring
from skmlp.losses import Loss
from skmlp.multilayer_perceptron.base import MultilayerPerceptron
from skmlp.multilayer_perceptron.docstrings import documented
from skmlp.multilayer_perceptron.parameters import (
    ActivationChoice,
    InitializerChoice,
    assign,
    refuse_partial_fit_by_lbfgs,
)
from skmlp.multilayer_perceptron.problem import NumericTargets, ValidationArguments
from skmlp.solvers import UpdateRule
from skmlp.solvers.schedules.base import ScheduleChoice

__all__ = ["MLPRegressor"]


@documented(score="R²")
class MLPRegressor(RegressorMixin, MultilayerPerceptron):
    """E[y | x] = network(x), or e^network(x): a multi-layer perceptron for numbers.

    Minimised is a loss plus an l2 penalty of the weights,

        (Σᵢ sᵢ·ℓ(yᵢ, network(xᵢ)) + ½·alpha·‖weights‖²) / Σᵢ sᵢ,

    with sample weights sᵢ, over all rows ('lbfgs') or over one batch after another. The
    class takes the place of :class:`sklearn.neural_network.MLPRegressor`.

    Parameters
    ----------
    loss : {'squared_error', 'absolute_error', 'huber', 'quantile', 'poisson', \
'gamma', 'gaussian_nll'}, Loss or pair of callables, default='squared_error'
        The loss ℓ of a row, summed over its targets. 'squared_error' is ½·(y − ŷ)²,
        'absolute_error' |y − ŷ|; 'huber' is the one near ŷ and the other far from it,
        'quantile' goes for a quantile of y, or several. 'poisson' and 'gamma' are half
        those deviances, for y ≥ 0 or y > 0, with predictions that are positive:
        e^network(x). 'gaussian_nll' is −log of a normal density, whose standard
        deviation is learnt as well. Objects out of :mod:`skmlp.losses` have parameters:
        ``Huber(delta=0.5)``, ``Quantile([0.05, 0.5, 0.95])``. A pair of functions
        (value, gradient) of (y, scores) is a loss of your own: see
        :class:`skmlp.losses.FunctionPair`; its gradient is compared with differences
        before every fit.
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    MLPClassifier : The same network for classes.

    Notes
    -----
    {notes}

    With several targets the loss of a row is their sum, whose gradient scikit-learn
    follows as well; the figures that scikit-learn reports for the squared error are
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
        "loss": [NamesIn(Loss.regression_table), Loss, tuple],
    }

    loss: str | Loss | PairOfFunctions

    def __init__(
        self,
        loss: str | Loss | PairOfFunctions = "squared_error",
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
        early_stopping: bool = False,
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
        """Fit the network.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be learnt from.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            The numbers to be predicted.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row; None: all ones.
        X_val : {array-like, sparse matrix} of shape (n_validation, n_features), \
default=None
            Rows to validate on after every epoch. They go through a pipeline with
            ``Pipeline(..., transform_input=["X_val"])``.
        y_val : array-like, default=None
            Their numbers, as y has them.
        sample_weight_val : array-like of shape (n_validation,), default=None
            Non-negative weight of each of them; None: all ones.

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
        """Go through these rows once, from where the last call ended.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be learnt from.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            The numbers to be predicted.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row; None: all ones.
        X_val : {array-like, sparse matrix} of shape (n_validation, n_features), \
default=None
            Rows to validate on after every epoch. They go through a pipeline with
            ``Pipeline(..., transform_input=["X_val"])``.
        y_val : array-like, default=None
            Their numbers, as y has them.
        sample_weight_val : array-like of shape (n_validation,), default=None
            Non-negative weight of each of them; None: all ones.

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
        """Expected y of every row, or its quantiles.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be predicted.
        return_std : bool, default=False
            Whether to return the standard deviation of y as well, which needs
            ``loss="gaussian_nll"``.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_targets)
            The predictions. With a loss of several quantiles there is one more axis
            for these, in ascending order: (n_samples, n_quantiles) or
            (n_samples, n_targets, n_quantiles).
        y_std : ndarray of shape (n_samples,) or (n_samples, n_targets)
            Standard deviation of y around its expected value, with `return_std`.

        Raises
        ------
        ValueError
            With `return_std`, if the loss does not tell the standard deviation.
        """
        check_is_fitted(self, "coefs_")
        loss = self._targets.loss
        if return_std and not loss.predicts_deviation:
            loss.deviation(None)  # raises
        scores = self._raw_scores(X)
        predictions = _without_single_target_axis(loss.predictions(scores))
        if not return_std:
            return predictions
        return predictions, _without_single_target_axis(loss.deviation(scores))

    def score(
        self, X: MatrixLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """R² of the predictions; with several quantiles, of that nearest to one half.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be predicted.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Their true values.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row; None: all ones.

        Returns
        -------
        score : float
            At most one; the share of the variance of y that is explained.
        """
        check_is_fitted(self, "coefs_")
        return self._targets.score(self._raw_scores(X), y, sample_weight)

    def _validate(self, X, y, *, reset):
        """Check X and y; y holds numbers."""
        return super()._validate(X, y, reset=reset, y_numeric=True)

    def _learn_targets(self, y, previous, *, stream):
        """Return how the numbers become the targets of the loss."""
        return NumericTargets.learn(y, loss=self.loss)

    def __sklearn_tags__(self):
        """Some losses take only numbers above zero."""
        tags = super().__sklearn_tags__()
        named = isinstance(self.loss, str)
        loss = Loss.table.get(self.loss) if named else self.loss
        needs = getattr(loss, "needs_positive_targets", False)
        tags.target_tags.positive_only = needs
        return tags


def _without_single_target_axis(predictions):
    """(n, 1, ...) -> (n, ...)."""
    return predictions[:, 0] if predictions.shape[1] == 1 else predictions
