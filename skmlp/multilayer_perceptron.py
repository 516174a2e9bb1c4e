"""Multi-layer perceptrons: units in parallel and in series, fitted by gradients."""

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skmlp._callbacks import with_callbacks
from skmlp._classification import LabelEncoding, class_weights
from skmlp._compat import StrOptions, check_partial_fit_first_call, fit_context
from skmlp._multilayer_base import MultilayerPerceptron
from skmlp._multilayer_docs import documented
from skmlp._multilayer_settings import assign, has_epochs
from skmlp._multilayer_validation import GivenRows
from skmlp.losses import (
    BinaryLogLoss,
    Loss,
    MultinomialLogLoss,
    PoissonDeviance,
    SquaredError,
)

__all__ = ["MLPClassifier", "MLPRegressor"]


@documented(score="the accuracy")
class MLPClassifier(ClassifierMixin, MultilayerPerceptron):
    """P(y = k | x) = softmax(network(x))ₖ: a multi-layer perceptron that classifies.

    With two classes, and for each label of a multilabel target, the softmax is the
    sigmoid of one score. Minimised is the log loss plus an l2 penalty of the weights,

        (Σᵢ sᵢ·(−log P(yᵢ | xᵢ)) + ½·alpha·‖weights‖²) / Σᵢ sᵢ,

    with sample weights sᵢ, over all rows ('lbfgs') or over one batch after another. The
    class takes the place of :class:`sklearn.neural_network.MLPClassifier`.

    Parameters
    ----------
    {parameters}
    class_weight : dict, 'balanced' or None, default=None
        Weight of every class, by which the weights of its rows are multiplied;
        'balanced' gives all classes the same weight in total, in `partial_fit` by the
        rows seen so far. Losses weigh the classes, those of validation rows too;
        scores do not. Not for multilabel targets.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels, sorted; of a multilabel target, the column numbers.
    {attributes}

    See Also
    --------
    MLPRegressor : The same network for numbers.
    LogisticRegression : The same model without hidden layers.

    Notes
    -----
    {notes}

    References
    ----------
    {references}

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skmlp import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> network = MLPClassifier((16,), learning_rate_init=0.02, random_state=0)
    >>> classifier = make_pipeline(StandardScaler(), network).fit(X, y)
    >>> classifier.predict(X[:3])
    array([0, 0, 0])
    >>> classifier.score(X, y) > 0.95
    True
    """

    _parameter_constraints: dict = {
        **MultilayerPerceptron._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
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
        class_weight=None,
        scoring=None,
        restore_best=True,
        record="auto",
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
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels, or an indicator matrix of labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row; None: all ones.
        X_val : {array-like, sparse matrix} of shape (n_validation, n_features), \
default=None
            Rows to validate on after every epoch. They go through a pipeline with
            ``Pipeline(..., transform_input=["X_val"])``.
        y_val : array-like, default=None
            Their labels, as y has them.
        sample_weight_val : array-like of shape (n_validation,), default=None
            Non-negative weight of each of them; None: all ones.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        given = GivenRows(X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, given, incremental=False)

    @available_if(has_epochs)
    @with_callbacks
    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X,
        y,
        sample_weight=None,
        classes=None,
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
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels, or an indicator matrix of labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row; None: all ones.
        classes : array-like of shape (n_classes,), default=None
            All classes that will ever come. Needed in the first call only.
        X_val : {array-like, sparse matrix} of shape (n_validation, n_features), \
default=None
            Rows to validate on after every epoch. They go through a pipeline with
            ``Pipeline(..., transform_input=["X_val"])``.
        y_val : array-like, default=None
            Their labels, as y has them.
        sample_weight_val : array-like of shape (n_validation,), default=None
            Non-negative weight of each of them; None: all ones.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        if check_partial_fit_first_call(self, classes):
            self._encoding = LabelEncoding.from_classes(self.classes_)
        given = GivenRows(X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, given, incremental=True)

    def predict(self, X):
        """Most probable class of every row, or every label more probable than not.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be classified.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_labels)
            Class labels, or an indicator matrix of labels.
        """
        encoding = self._encoding_fitted()
        if encoding.kind == "multilabel":  # may be sparse, and is then in one piece
            return encoding.decode(self._raw_scores(X))
        return self._raw_scores(X, encoding.decode)

    def predict_proba(self, X):
        """Probability of every class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be classified.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Columns follow ``classes_``. Rows sum to one, but for multilabel targets,
            where each column is a probability by itself.
        """
        encoding = self._encoding_fitted()
        return encoding.probabilities(self._loss().mean(self._raw_scores(X)))

    def predict_log_proba(self, X):
        """Log-probability of every class, finite however improbable it is.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be classified.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Columns follow ``classes_``.
        """
        return self._encoding_fitted().log_probabilities(self._raw_scores(X))

    def _encoding_fitted(self):
        """The encoding of the labels, once fitted."""
        check_is_fitted(self, "coefs_")
        return self._encoding

    def _targets(self, y, dtype, *, fresh, incremental):
        """Labels -> targets, in the encoding of the first fit."""
        encoding = present = LabelEncoding.from_labels(y)
        if incremental and present.kind == "multilabel" and fresh:
            pass  # the columns are the classes
        elif incremental:
            encoding = self._encoding
            if len(encoding.unknown(present)):
                raise ValueError(
                    "`y` has classes not in `self.classes_`. `self.classes_` has "
                    f"{self.classes_}. 'y' has {present.classes}. Name all classes in "
                    "the first call of partial_fit."
                )
        elif not fresh:
            encoding = self._encoding
            if not np.array_equal(present.classes, encoding.classes):
                raise ValueError(
                    "warm_start can only be used where `y` has the same classes as in "
                    f"the previous call to fit. Previously got {self.classes_}, `y` "
                    f"has {present.classes}. Set warm_start=False."
                )
        self._encoding = encoding
        self.classes_ = encoding.classes
        self.n_outputs_ = encoding.n_outputs
        return encoding.encode(y, dtype)

    def _validation_targets(self, y, dtype):
        """Labels of rows to validate on -> targets, in the encoding of the others."""
        encoding, present = self._encoding, LabelEncoding.from_labels(y)
        several = "multilabel" in (encoding.kind, present.kind)
        known = not len(encoding.unknown(present))
        if not (
            np.array_equal(encoding.classes, present.classes) if several else known
        ):
            raise ValueError(
                f"y_val has the classes {present.classes}, y has {encoding.classes}; "
                "y_val must have no others."
            )
        return encoding.encode(y, dtype)

    def _learn_weights(self, targets, sample_weight, *, again):
        """The classes' weights; 'balanced' by the weight of all their rows so far."""
        if self.class_weight is None:
            return
        if self._encoding.kind == "multilabel":
            raise ValueError(
                "class_weight weighs the one class of a row, but y has several labels "
                "a row; pass sample_weight instead, for example from "
                "sklearn.utils.class_weight.compute_sample_weight."
            )
        counts = np.bincount(
            _indices(targets),
            sample_weight,
            minlength=len(self.classes_),
        )
        self._seen = counts + (getattr(self, "_seen", 0) if again else 0)
        self._class_weights = class_weights(
            self.class_weight, self.classes_, self._seen
        )

    def _weigh(self, targets, sample_weight):
        """Weights of rows: their own times that of their class."""
        if self.class_weight is None:
            return sample_weight
        labels = _indices(targets)
        weight = self._class_weights[labels]
        weight = weight if sample_weight is None else sample_weight * weight
        if not weight.any():
            raise ValueError(
                f"class_weight={self.class_weight} leaves no row a weight above zero."
            )
        return weight

    def _loss(self):
        """The log loss; its softmax form for one of many classes."""
        if self._encoding.kind == "multiclass":
            return MultinomialLogLoss()
        return BinaryLogLoss()

    def _labels_to_stratify(self, targets):
        """The classes; label sets are too many to stand on both sides."""
        return None if self._encoding.kind == "multilabel" else targets.ravel()

    def _score_of(self, scores, y, sample_weight):
        """Accuracy; of a multilabel target, the share of rows with all labels right."""
        # Not by scikit-learn's function, which checks its arguments for far longer.
        if self._encoding.kind == "multilabel":
            right = ((scores > 0) == y).all(axis=1)
        else:
            right = self._encoding.decode(scores) == self._encoding.classes[_indices(y)]
        return float(np.average(right, weights=sample_weight))

    def __sklearn_tags__(self):
        """Several labels a row are possible."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _indices(targets):
    """Targets of one label a row -> class indices (n,)."""
    return targets.ravel().astype(int)


@documented(score="R²")
class MLPRegressor(RegressorMixin, MultilayerPerceptron):
    """E[y | x] = network(x), or e^network(x): a multi-layer perceptron for numbers.

    Minimised is a loss plus an l2 penalty of the weights,

        (Σᵢ sᵢ·ℓ(yᵢ, network(xᵢ)) + ½·alpha·‖weights‖²) / Σᵢ sᵢ,

    with sample weights sᵢ, over all rows ('lbfgs') or over one batch after another. The
    class takes the place of :class:`sklearn.neural_network.MLPRegressor`.

    Parameters
    ----------
    loss : {'squared_error', 'poisson'} or Loss, default='squared_error'
        The loss ℓ of a row, summed over its targets. 'squared_error' is ½·(y − ŷ)²;
        'poisson' is half the Poisson deviance, for y ≥ 0, with predictions that are
        positive: e^network(x).
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
        "loss": [StrOptions({"squared_error", "poisson"}), Loss],
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

    @available_if(has_epochs)
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

    def predict(self, X):
        """Expected y of every row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be predicted.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_targets)
            The predictions.
        """
        predictions = self._loss().mean(self._raw_scores(X))
        return predictions[:, 0] if predictions.shape[1] == 1 else predictions

    def _validate(self, X, y, *, fresh):
        """Check X and y; y holds numbers."""
        return super()._validate(X, y, fresh=fresh, y_numeric=True)

    def _targets(self, y, dtype, *, fresh, incremental):
        """Numbers, one row a row of X."""
        targets = y.reshape(len(y), -1).astype(dtype, copy=False)
        self.n_outputs_ = targets.shape[1]
        return targets

    def _validation_targets(self, y, dtype):
        """Numbers, as many a row as in training."""
        targets = y.reshape(len(y), -1).astype(dtype, copy=False)
        if targets.shape[1] != self.n_outputs_:
            raise ValueError(
                f"y_val has {targets.shape[1]} targets a row, y has {self.n_outputs_}."
            )
        return targets

    def _loss(self):
        """The loss asked for."""
        named = {"squared_error": SquaredError, "poisson": PoissonDeviance}
        return named[self.loss]() if self.loss in named else self.loss

    def _score_of(self, scores, y, sample_weight):
        """R², the share of the variance that is explained."""
        from sklearn.metrics import r2_score

        return r2_score(y, self._loss().mean(scores), sample_weight=sample_weight)
