"""The multi-layer perceptron that predicts classes."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from skmlp.base.availability import unavailable_when
from skmlp.base.callbacks import with_callbacks
from skmlp.base.compat import StrOptions, check_partial_fit_first_call
from skmlp.base.component import NamesIn
from skmlp.base.fit_context import fit_context
from skmlp.base.fitted_attributes import check_classes
from skmlp.base.types import (
    Array,
    ArrayOrList,
    ClassWeight,
    MatrixLike,
    PairOfFunctions,
    RandomState,
    Scoring,
)
from skmlp.losses import ClassifierLoss, Loss
from skmlp.multilayer_perceptron.base import MultilayerPerceptron
from skmlp.multilayer_perceptron.docstrings import documented
from skmlp.multilayer_perceptron.parameters import (
    ActivationChoice,
    InitializerChoice,
    assign,
    predicts_probabilities,
    refuse_partial_fit_by_lbfgs,
)
from skmlp.multilayer_perceptron.problem import TargetEncoding, ValidationArguments
from skmlp.solvers import UpdateRule
from skmlp.solvers.schedules.base import ScheduleChoice

__all__ = ["MLPClassifier"]

_LINKS_WITH_LOGARITHMS = ("logistic", "softmax", "softmax per column")


def refuse_probabilities(estimator):
    """Return why there is no predict_proba, or None where there is."""
    if predicts_probabilities(estimator.loss):
        return None
    return (
        f"with loss={estimator.loss!r} scores tell no probabilities. Use "
        "loss='log_loss', or wrap the classifier in "
        "sklearn.calibration.CalibratedClassifierCV."
    )


def refuse_decision_function(estimator):
    """Return why there is no decision_function, or None where there is."""
    if not predicts_probabilities(estimator.loss):
        return None
    return f"with loss={estimator.loss!r} scores tell probabilities; use predict_proba."


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
    loss : {'log_loss', 'focal_loss', 'hinge'}, ClassifierLoss, Loss or pair of \
callables, default='log_loss'
        What takes the place of −log P(yᵢ | xᵢ). Objects out of :mod:`skmlp.losses` have
        parameters: ``LogLoss(label_smoothing=0.1)``, ``FocalLoss(gamma=2)``. With
        'hinge' there are no probabilities, hence no `predict_proba`, but a
        `decision_function`. A pair of functions (value, gradient) of (y, scores) is a
        loss of your own: see :class:`skmlp.losses.FunctionPair`; its gradient is
        compared with differences before every fit. It, like an object of a subclass of
        :class:`skmlp.losses.Loss`, sees one score a row with two classes, and y of 0
        and 1; with more, one score a class, and y of 0 and 1 for each.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,) or list of ndarray
        The class labels, sorted; of a multilabel target, the column numbers; with
        several labels a row, those of each in a list.
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
        "loss": [
            NamesIn(ClassifierLoss.table),
            ClassifierLoss,
            Loss,
            tuple,
        ],
    }

    classes_: ArrayOrList
    class_weight: ClassWeight
    loss: str | ClassifierLoss | Loss | PairOfFunctions

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
        early_stopping: bool = False,
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
        loss: str | ClassifierLoss | Loss | PairOfFunctions = "log_loss",
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
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels; an indicator matrix of labels; or several labels a row, each
            one of several classes.
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
        """Go through these rows once, from where the last call ended.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be learnt from.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels; an indicator matrix of labels; or several labels a row, each
            one of several classes.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weight of each row; None: all ones.
        classes : array-like of shape (n_classes,), default=None
            All classes that will ever come. Needed in the first call only. With several
            labels a row, a list of the classes of each.
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
        if _is_nested(classes):
            self._set_classes_of_columns(classes)
        else:
            check_partial_fit_first_call(self, classes)
        validation = ValidationArguments(X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, validation, stream=True)

    def predict(self, X: MatrixLike) -> Array:
        """Most probable class of every row, or every label more probable than not.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be classified.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_labels)
            Class labels, an indicator matrix of labels, or several labels a row.
        """
        encoding = self._fitted_encoding()
        if encoding.kind == "multilabel":  # may be sparse, and is then in one piece
            return encoding.decode(self._raw_scores(X))
        return self._raw_scores(X, encoding.decode)

    @unavailable_when(refuse_probabilities)
    def predict_proba(self, X: MatrixLike) -> ArrayOrList:
        """Probability of every class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be classified.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes) or list of ndarray
            Columns follow ``classes_``. Rows sum to one, but for multilabel targets,
            where each column is a probability by itself. With several labels a row, one
            such array for each.
        """
        encoding = self._fitted_encoding()
        return encoding.probabilities(self._targets.loss.mean(self._raw_scores(X)))

    @unavailable_when(refuse_probabilities)
    def predict_log_proba(self, X: MatrixLike) -> ArrayOrList:
        """Log-probability of every class, finite however improbable it is.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be classified.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes) or list of ndarray
            Columns follow ``classes_``; a list as in `predict_proba`.
        """
        encoding = self._fitted_encoding()
        if self._targets.loss.inverse_link in _LINKS_WITH_LOGARITHMS:
            return encoding.log_probabilities(self._raw_scores(X))
        probabilities = self.predict_proba(X)
        if encoding.kind == "multioutput":
            return list(map(np.log, probabilities))
        return np.log(probabilities)

    def score(
        self, X: MatrixLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Accuracy: the share of rows whose label, or all of whose labels, are right.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be classified.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Their true labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        score : float
            Larger is better.
        """
        if self._fitted_encoding().kind != "multioutput":
            return super().score(X, y, sample_weight)
        weights: Any = sample_weight
        right = (self.predict(X) == np.asarray(y)).all(axis=1)
        return float(np.average(right, weights=weights))

    @unavailable_when(refuse_decision_function)
    def decision_function(self, X: MatrixLike) -> Array:
        """Raw scores, where the loss tells no probabilities.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows to be scored.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            With two classes, one score a row: positive means ``classes_[1]``.
        """
        encoding = self._fitted_encoding()
        scores = self._raw_scores(X)
        return scores[:, 0] if encoding.kind == "binary" else scores

    def _learn_targets(self, y, previous, *, stream):
        """Return how the labels are encoded, and how they are weighed in the loss."""
        wanted = {"loss": self.loss, "class_weight": self.class_weight}
        if previous is not None:
            self._check_classes()
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
        """Take the classes of several columns of labels, as known from here on."""
        encoding = TargetEncoding.from_classes(classes).encoding
        if not hasattr(self, "classes_"):
            self.classes_ = encoding.classes
        elif not encoding.same_as(TargetEncoding.from_classes(self.classes_).encoding):
            raise ValueError(
                f"classes={classes} is not the same as on the last call to partial_fit,"
                f" which was {self.classes_}."
            )

    def _fitted_encoding(self):
        """Return the encoding of the labels, once fitted."""
        check_is_fitted(self, "coefs_")
        self._check_classes()
        return self._targets.encoding

    def _check_classes(self):
        """Refuse labels in `classes_` that are not as many as were learnt."""
        encoding, found = self._targets.encoding, self.classes_
        learnt = encoding.classes
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
        """Several labels a row are possible."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        return tags


def _is_nested(classes):
    """Whether classes are given for each of several columns of labels."""
    return isinstance(classes, list | tuple) and bool(classes) and np.ndim(classes[0])
