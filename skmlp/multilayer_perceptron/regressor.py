"""The multi-layer perceptron that predicts numbers."""

from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_is_fitted

from skmlp.base.availability import unavailable_when
from skmlp.base.callbacks import with_callbacks
from skmlp.base.compat import StrOptions
from skmlp.base.fit_context import fit_context
from skmlp.losses import REGRESSION_LOSSES, Loss, regressor_loss
from skmlp.multilayer_perceptron.base import MultilayerPerceptron
from skmlp.multilayer_perceptron.docstrings import documented
from skmlp.multilayer_perceptron.held_out_rows import GivenRows
from skmlp.multilayer_perceptron.parameters import assign, refuse_partial_fit

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
        "loss": [StrOptions(set(REGRESSION_LOSSES)), Loss, tuple],
    }

    def __init__(
        self,
        loss="squared_error",
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.001,
        power_t=0.5,
        max_iter=200,
        shuffle=True,
        random_state=None,
        tol=1e-4,
        verbose=False,
        warm_start=False,
        momentum=0.9,
        nesterovs_momentum=True,
        early_stopping=False,
        validation_fraction=0.1,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=10,
        max_fun=15000,
        on_divergence="warn",
        scoring=None,
        restore_best=True,
        record="auto",
        weight_init="glorot_uniform",
        n_layers=None,
        width=None,
        n_init=1,
        l1_ratio=0.0,
        dropout=0.0,
        input_dropout=0.0,
        input_noise=0.0,
        clip_value=None,
        clip_norm=None,
        max_norm=None,
    ):
        assign(self, locals())

    @with_callbacks
    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X,
        y,
        sample_weight=None,
        *,
        X_val=None,
        y_val=None,
        sample_weight_val=None,
    ):
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
        given = GivenRows(X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, given, incremental=False)

    @unavailable_when(refuse_partial_fit)
    @with_callbacks
    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X,
        y,
        sample_weight=None,
        *,
        X_val=None,
        y_val=None,
        sample_weight_val=None,
    ):
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
        given = GivenRows(X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, given, incremental=True)

    def predict(self, X, return_std=False):
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
        loss = self._minimised
        if return_std and not loss.predicts_deviation:
            loss.deviation(None)  # raises
        scores = self._raw_scores(X)
        predictions = _one_target(loss.predictions(scores))
        if not return_std:
            return predictions
        return predictions, _one_target(loss.deviation(scores))

    def score(self, X, y, sample_weight=None):
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
        return self._score_of(self._raw_scores(X), y, sample_weight)

    def _validate(self, X, y, *, fresh):
        """Check X and y; y holds numbers."""
        return super()._validate(X, y, fresh=fresh, y_numeric=True)

    def _targets(self, y, dtype, *, fresh, incremental):
        """Numbers, one row a row of X."""
        targets = y.reshape(len(y), -1).astype(dtype, copy=False)
        self.n_outputs_ = targets.shape[1] * self._loss().scores_per_target
        return targets

    def _validation_targets(self, y, dtype):
        """Numbers, as many a row as in training."""
        targets = y.reshape(len(y), -1).astype(dtype, copy=False)
        n_targets = self.n_outputs_ // self._loss().scores_per_target
        if targets.shape[1] != n_targets:
            raise ValueError(
                f"y_val has {targets.shape[1]} targets a row, y has {n_targets}."
            )
        return targets

    def _loss(self):
        """The loss asked for."""
        return regressor_loss(self.loss)

    def _score_of(self, scores, y, sample_weight):
        """R², the share of the variance that is explained."""
        from sklearn.metrics import r2_score

        return r2_score(y, self._minimised.mean(scores), sample_weight=sample_weight)

    def __sklearn_tags__(self):
        """Some losses take only numbers above zero."""
        tags = super().__sklearn_tags__()
        named = isinstance(self.loss, str)
        loss = Loss.table.get(self.loss) if named else self.loss
        needs = getattr(loss, "needs_positive_targets", False)
        tags.target_tags.positive_only = needs
        return tags


def _one_target(predictions):
    """(n, 1, ...) -> (n, ...)."""
    return predictions[:, 0] if predictions.shape[1] == 1 else predictions
