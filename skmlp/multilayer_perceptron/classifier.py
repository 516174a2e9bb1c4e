"""Multi-layer perceptron for classification."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from skmlp.base.availability import unavailable_when
from skmlp.base.callbacks import with_callbacks
from skmlp.base.compat import check_partial_fit_first_call
from skmlp.base.fit_context import fit_context
from skmlp.base.fitted_attributes import check_classes
from skmlp.base.label_encoding import scores_in_range
from skmlp.base.options import StrOptions
from skmlp.base.types import (
    Array,
    ArrayOrList,
    ClassWeight,
    FunctionOrPair,
    MatrixLike,
    RandomState,
    Scoring,
)
from skmlp.losses import ClassifierLoss, Loss
from skmlp.losses.choice import predicts_probabilities, why_no_probabilities
from skmlp.multilayer_perceptron.assigned_attributes import (
    assigned_encoding,
    decode_outputs,
    outputs_of_classes,
)
from skmlp.multilayer_perceptron.base import MultilayerPerceptron
from skmlp.multilayer_perceptron.docstrings import documented
from skmlp.multilayer_perceptron.parameters import (
    ActivationChoice,
    InitializerChoice,
    assign,
    refuse_partial_fit_by_lbfgs,
)
from skmlp.multilayer_perceptron.problem import TargetEncoding, ValidationArguments
from skmlp.solvers import UpdateRule
from skmlp.solvers.schedules.base import ScheduleChoice

__all__ = ["MLPClassifier"]

_SOFTMAX = ("softmax", "softmax per column")


def refuse_probabilities(estimator):
    """Return why `predict_proba` is not available, or None if it is."""
    return why_no_probabilities(estimator.loss)


def refuse_decision_function(estimator):
    """Return why `decision_function` is not available, or None if it is."""
    if not predicts_probabilities(estimator.loss):
        return None
    return (
        f"with loss={estimator.loss!r} the scores give probabilities; use "
        "predict_proba."
    )


@documented(score="the accuracy")
class MLPClassifier(ClassifierMixin, MultilayerPerceptron):
    """Multi-layer perceptron classifier.

    A feedforward network predicts the probability of each class,

        P(y = k | x) = softmax(network(x))ₖ.

    With two classes, and for each label of a multilabel target, the sigmoid of one
    score replaces the softmax. The fit minimises the log loss plus an l2 penalty of
    the weights,

        (Σᵢ sᵢ·(−log P(yᵢ | xᵢ)) + ½·alpha·‖weights‖²) / Σᵢ sᵢ,

    where sᵢ are the sample weights, on all rows at once ('lbfgs' and 'gd') or on one
    batch of rows after another. The class is a drop-in replacement for
    :class:`sklearn.neural_network.MLPClassifier`.

    Parameters
    ----------
    {parameters}
    class_weight : dict, 'balanced' or None, default=None
        Weight of each class, which multiplies the sample weights of its rows. None: all
        ones. 'balanced': weights that make the total weight of every class equal, in
        `partial_fit` computed from all rows seen so far. Class weights apply to the
        training loss and the validation loss, but not to scores. Not available for
        multilabel targets, nor for several labels per row.
    loss : {'log_loss', 'focal_loss', 'hinge'}, ClassifierLoss, Loss, callable or \
pair of callables, default='log_loss'
        Loss of one row; 'log_loss' is −log P(yᵢ | xᵢ). Objects of :mod:`skmlp.losses`
        have parameters: ``LogLoss(label_smoothing=0.1)``, ``FocalLoss(gamma=2)``.
        'hinge' gives no probabilities: the classifier then has `decision_function`
        instead of `predict_proba`. A function of (y, scores) that returns the loss of
        each row is a loss of your own, whose gradient a graph finds: see
        :class:`skmlp.losses.PlainFunction`. So is a pair of functions (value,
        gradient): see :class:`skmlp.losses.FunctionPair`; its gradient is compared with
        finite differences before every fit. Functions, and an object of your own
        subclass of :class:`skmlp.losses.Loss`, are called with y of 0 and 1: for two
        classes one score and one value of y per row, for more classes one per row and
        class.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,) or list of ndarray
        Class labels in ascending order. For a multilabel target, the numbers of its
        columns; for several labels per row, a list with the classes of each column.
    {attributes}

    See Also
    --------
    MLPRegressor : Multi-layer perceptron for numeric targets.
    LogisticRegression : Linear model for the log-odds, without hidden layers.

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
        "loss": [
            StrOptions(ClassifierLoss.table),
            ClassifierLoss,
            Loss,
            tuple,
            callable,
        ],
    }

    classes_: ArrayOrList
    class_weight: ClassWeight
    loss: str | ClassifierLoss | Loss | FunctionOrPair

    def __init__(
        self,
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
        class_weight: ClassWeight = None,
        scoring: Scoring = None,
        restore_best: bool = True,
        record: Literal["auto", "batches", "epoch"] = "auto",
        loss: str
        | ClassifierLoss
        | Loss
        | Callable[..., Any]
        | FunctionOrPair = "log_loss",
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
        """Fit the network to X and y.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels: one per row; an indicator matrix of 0 and 1 (multilabel); or
            several columns of class labels (multioutput).
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row; None: all ones.
        X_val : {array-like, sparse matrix} of shape (n_validation, n_features), \
default=None
            Rows on which the network is evaluated after every epoch. In a pipeline
            they are transformed with ``Pipeline(..., transform_input=["X_val"])``.
        y_val : array-like of shape (n_validation,) or (n_validation, n_labels), \
default=None
            Class labels of the rows of `X_val`, in the form of `y`. Must be passed
            together with `X_val`.
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
        classes: ArrayLike | None = None,
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
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels: one per row; an indicator matrix of 0 and 1 (multilabel); or
            several columns of class labels (multioutput).
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row; None: all ones.
        classes : array-like of shape (n_classes,), default=None
            All classes that occur in any call. Required in the first call only. For
            several columns of class labels, a list with the classes of each column.
        X_val : {array-like, sparse matrix} of shape (n_validation, n_features), \
default=None
            Rows on which the network is evaluated after every epoch. In a pipeline
            they are transformed with ``Pipeline(..., transform_input=["X_val"])``.
        y_val : array-like of shape (n_validation,) or (n_validation, n_labels), \
default=None
            Class labels of the rows of `X_val`, in the form of `y`. Must be passed
            together with `X_val`.
        sample_weight_val : array-like of shape (n_validation,), default=None
            Non-negative weight of each row of `X_val`; None: all ones.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        if _is_nested(classes):
            self._set_classes_of_columns(classes)
        else:
            check_partial_fit_first_call(self, classes)
        validation = ValidationArguments(X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, validation, stream=True)

    def predict(self, X: MatrixLike) -> Array:
        """Predict the most probable class of each row, or its labels.

        For multilabel targets, every label whose raw score is positive, which means a
        probability above one half.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_labels)
            Class labels, in the form of the y of `fit`: an indicator matrix for
            multilabel targets, several columns for several labels per row.
        """
        rows, fitted, targets = self._check_rows(X)
        encoding = targets.encoding

        def decode(scores):
            scores = scores_in_range(scores)
            if fitted.loss is targets.loss:
                return encoding.decode(scores)
            return decode_outputs(encoding, fitted.loss, scores)

        if encoding.kind == "multilabel":  # a sparse result is not joined from blocks
            return decode(fitted.scores(rows))
        return fitted.scores(rows, decode)

    @unavailable_when(refuse_probabilities)
    def predict_proba(self, X: MatrixLike) -> ArrayOrList:
        """Predict the probability of each class.

        Available only if the loss gives probabilities.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes) or list of ndarray
            Columns in the order of ``classes_``. Rows sum to one, except for multilabel
            targets, where each column is the probability of one label. For several
            labels per row, a list with one such array for each column of y.
        """
        rows, fitted, targets = self._check_rows(X)
        scores = scores_in_range(fitted.scores(rows), halved=True)
        encoding, loss = targets.encoding, fitted.loss
        if loss is not targets.loss:
            return outputs_of_classes(encoding, loss.mean(scores))
        if loss.inverse_link in _SOFTMAX:
            return encoding.probabilities(loss.mean(scores), scores)
        if encoding.kind == "binary" and loss.inverse_link == "logistic":
            # 1 − p would be zero where p is nearly one.
            return encoding.probabilities(loss.mean(np.hstack([-scores, scores])))
        return encoding.probabilities(loss.mean(scores))

    @unavailable_when(refuse_probabilities)
    def predict_log_proba(self, X: MatrixLike) -> ArrayOrList:
        """Predict the logarithm of the probability of each class.

        It is finite even where the probability underflows to zero. Available only if
        the loss gives probabilities.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes) or list of ndarray
            Columns in the order of ``classes_``; a list where `predict_proba` returns
            one.
        """
        rows, fitted, targets = self._check_rows(X)
        encoding = targets.encoding
        usual = fitted.loss is targets.loss
        if usual and fitted.loss.inverse_link in ("logistic", *_SOFTMAX):
            scores = scores_in_range(fitted.scores(rows), halved=True)
            return encoding.log_probabilities(scores)
        probabilities = self.predict_proba(X)
        if encoding.kind == "multioutput":
            return list(map(np.log, probabilities))
        return np.log(probabilities)

    def score(
        self, X: MatrixLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return the accuracy: the fraction of rows that are classified correctly.

        A row with several labels is correct if all of its labels are.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to classify.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            True labels of the rows of X.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row; None: all ones.

        Returns
        -------
        score : float
            Accuracy, between 0 and 1.
        """
        if self._fitted_model()[1].encoding.kind != "multioutput":
            return super().score(X, y, sample_weight)
        weights: Any = sample_weight
        right = (self.predict(X) == np.asarray(y)).all(axis=1)
        return float(np.average(right, weights=weights))

    @unavailable_when(refuse_decision_function)
    def decision_function(self, X: MatrixLike) -> Array:
        """Return the raw scores of the output layer.

        Available only if the loss gives no probabilities, such as 'hinge'.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to compute the scores of.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            For two classes, one score per row, which is positive if ``classes_[1]`` is
            predicted; for more classes, one column per class, in the order of
            ``classes_``.
        """
        rows, fitted, targets = self._check_rows(X)
        scores = fitted.scores(rows)
        return scores[:, 0] if targets.encoding.kind == "binary" else scores

    def _learn_targets(self, y, previous, *, sample_weight, stream):
        """Return the TargetEncoding of the labels, with loss and class weights."""
        wanted = {"loss": self.loss, "class_weight": self.class_weight}
        if previous is not None:
            if hasattr(self, "_targets"):
                self._check_classes(previous.encoding)
            return (
                previous.for_partial_fit(y, **wanted)
                if stream
                else previous.for_warm_start(y, **wanted)
            )
        if stream:
            return TargetEncoding.from_classes(self.classes_).for_partial_fit(
                y, **wanted
            )
        return TargetEncoding.learn(y, **wanted)

    def _set_classes_of_columns(self, classes):
        """Set classes_ from a list of classes per column, or check it against them."""
        encoding = TargetEncoding.from_classes(classes).encoding
        if not hasattr(self, "classes_"):
            self.classes_ = encoding.classes
        elif not encoding.same_as(TargetEncoding.from_classes(self.classes_).encoding):
            raise ValueError(
                f"classes={classes} is not the same as on the last call to partial_fit,"
                f" which was {self.classes_}."
            )

    def _check_rows(self, X):
        """Return X, checked, the FittedNetwork, and the encoding of y."""
        check_is_fitted(self, "coefs_")
        if hasattr(self, "_targets"):
            self._check_classes(self._targets.encoding)
        return super()._check_rows(X)

    def _assigned_targets(self):
        """Return the TargetEncoding of assigned weights and labels; None if no labels.

        The labels have to be sorted, as encodings of y search for them.
        """
        encoding = assigned_encoding(self)
        if encoding is None:
            return None
        form = TargetEncoding(encoding)
        return form.with_loss_and_class_weight(self.loss, self.class_weight)

    def _check_classes(self, encoding):
        """Raise ValueError unless `classes_` has the shape of those of the encoding."""
        found, learnt = self.classes_, encoding.classes
        if encoding.kind != "multioutput":
            check_classes(found, len(learnt))
        elif not isinstance(found, list) or list(map(np.shape, found)) != list(
            map(np.shape, learnt)
        ):
            raise ValueError(
                f"classes_ is not a list of {len(learnt)} arrays with the class labels "
                "of each column of y; assign such a list, or fit again."
            )

    def __sklearn_tags__(self):
        """Return the tags: multilabel and multioutput targets are accepted."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        return tags


def _is_nested(classes):
    """Return True if `classes` is a list of the classes of several columns."""
    return isinstance(classes, list | tuple) and bool(classes) and np.ndim(classes[0])
