"""Base classes of losses: `Loss`, `CurvedLoss` (with a Hessian), `ClassifierLoss`."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal, TypeAlias

import numpy as np

from skmlp._kernels import Program
from skmlp._kernels.arrays import array_namespace
from skmlp.base.component import Component
from skmlp.base.types import Array
from skmlp.losses.curvature import curvature_by_graph, gradient_by_graph

__all__ = ["REGRESSION_LOSSES", "ClassifierLoss", "CurvedLoss", "Loss", "diagonal"]
__all__ += ["mean_power"]

LabelKind: TypeAlias = Literal["binary", "multiclass", "multilabel"]
"""Kind of labels: two classes, one of many classes, or several labels per row."""


class Loss(Component):
    """Base class of losses: functions of targets and raw scores, one value per row.

        ℓ(y, scores), summed over the outputs of the row

    Scores are an array (n, K), the outputs of the last layer. The targets y are numbers
    (n, T). For one class of many, y has a one in the column of the class and zeros
    elsewhere; with `takes_labels`, it is the index of each row's class (n,).

    A new loss is a class with an `inverse_link` and the methods `value_and_gradient`
    and `mean`. The class keyword ``name="..."`` makes it available by that name, and
    ``regression=True`` makes the name valid as the `loss` of a regressor.
    """

    kind = "loss"
    table: ClassVar[dict] = {}
    regression_table: ClassVar[dict[str, type[Loss]]] = {}
    """Losses of the table whose names are valid as `loss` of a regressor."""

    inverse_link: str
    """Name of the function from scores to means: identity, logistic, softmax or exp."""

    takes_labels: ClassVar[bool] = False
    """True if y is the index of each row's class (n,)."""

    scores_per_target: ClassVar[int] = 1
    """Number of scores per target, K / T; those of a target are adjacent columns."""

    target_sizes: ClassVar[tuple[int, ...]] = ()
    """Number of scores of each target, if targets differ in it; else empty."""

    predicts_deviation: ClassVar[bool] = False
    """True if `deviation` returns the standard deviation of y."""

    needs_positive_targets: ClassVar[bool] = False
    """True if y has to be positive."""

    shift_invariant: ClassVar[bool] = False
    """True if adding one number to all scores of a row leaves its loss unchanged."""

    @property
    def is_cross_entropy(self) -> bool:
        """True if the loss is the cross-entropy of y and of the mean."""
        return False

    settings: ClassVar[tuple] = ()
    """Values of the hyperparameters, passed to the compiled kernel of the loss."""

    def __init_subclass__(cls, regression=False, **keywords):
        super().__init_subclass__(**keywords)
        if regression:
            cls.regression_table[cls.name] = cls
        if "value_and_gradient" in vars(cls) and "formula" not in vars(cls):
            cls.formula = Loss.formula  # not that of a parent with other values

    @abstractmethod
    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Return each row's loss (n,), and the derivatives ∂loss/∂scores (n, K)."""

    def formula(self, y: Array, scores: Array) -> Array:
        """Return the loss of each row (n,) by functions that a graph can trace.

        Here it is one operation of a graph, whose derivative is the gradient of
        `value_and_gradient`. Subclasses replace it by functions of NumPy; then the
        graph finds the derivative by itself.

        Parameters
        ----------
        y : array
            Targets, an array of NumPy.
        scores : array of shape (n, K)
            Raw scores: an array of NumPy, or one that a graph traces.

        Returns
        -------
        losses : array of shape (n,)
            The loss of each row, of the kind of `scores`.
        """
        from skmlp.graph import primitive

        return primitive(
            getattr(self, "name", type(self).__name__),
            lambda scores: self.value_and_gradient(y, scores)[0],
            lambda gradient, losses, scores: (
                gradient[:, None] * self.value_and_gradient(y, scores)[1],
            ),
        )(scores)

    def curvature(self, y: Array, scores: Array) -> Array:
        """Return the Hessians ∂²loss/∂scores² of all rows (n, K, K).

        Newton's method needs them. Here a graph differentiates `formula` twice;
        a :class:`CurvedLoss` computes them by itself.

        Parameters
        ----------
        y : ndarray
            Targets.
        scores : ndarray of shape (n, K)
            Raw scores.

        Returns
        -------
        hessians : ndarray of shape (n, K, K)
            A symmetric matrix for each row.

        Raises
        ------
        ValueError
            If a graph cannot trace the second derivatives.
        """
        label = f"loss={type(self).__name__}"
        if type(self).formula is Loss.formula:
            raise ValueError(
                f"{label} has no second derivatives, which Newton's method needs; "
                "define its `formula` or its `curvature`, or use solver='lbfgs'."
            )
        gradient = gradient_by_graph(lambda scores: self.formula(y, scores))
        return curvature_by_graph(gradient, scores, label)

    def program(self, n_scores: int) -> Program | None:
        """Return the program of the compiled kernels for `n_scores` scores, or None.

        It belongs to losses whose `kernel` is 'loss_program'.
        """
        return None

    @abstractmethod
    def mean(self, scores: Array) -> Array:
        """Return the mean of y given the scores (n, T), by the inverse link."""

    def check_targets(self, y: Array) -> None:
        """Raise ValueError if y has values for which the loss is not defined."""

    def unsmoothed(self) -> Loss:
        """Return this loss without label smoothing, which measures quality.

        Label smoothing changes the targets of training. The loss of validation rows is
        that of their true labels.
        """
        return self

    def score_units(self, means: Array, deviations: Array) -> tuple[Array, Array]:
        """Return (factor, offset): scores of y are factor·scores + offset, each (K,).

        `scores` are those of the standardised target (y − mean) / deviation, and
        `means` and `deviations` are arrays (T,). A score of y is in the units of y,
        unless the loss says otherwise.
        """
        each = self.scores_per_target
        return np.repeat(deviations, each), np.repeat(means, each)

    def loss_units(self, deviations: Array) -> tuple[float, float]:
        """Return (factor, offset): the loss of y is factor·loss + offset.

        `loss` is that of the standardised target. Several targets have the mean of
        their factors. A loss that does not know its units is reported as it is.
        """
        return 1.0, 0.0

    def of_best_constant(
        self, y: Array, sample_weight: Array | None = None
    ) -> float | None:
        """Return the smallest mean loss of constant scores, or None without a formula.

        `y` and `sample_weight` are NumPy arrays; the result is in float64.
        """
        return None

    def predictions(self, scores: Array) -> Array:
        """Return the prediction of each target: its mean (n, T), or more (n, T, m)."""
        return self.mean(scores)

    def deviation(self, scores: Array) -> Array:
        """Return the standard deviation of y given the scores (n, T).

        Raises
        ------
        ValueError
            If the loss predicts none.
        """
        raise ValueError(
            f"return_std=True: {type(self).__name__} predicts no standard deviation; "
            "use loss='gaussian_nll', or return_std=False."
        )


REGRESSION_LOSSES: dict[str, type[Loss]] = Loss.regression_table
"""Losses whose names are valid as `loss` of a regressor: dict of name to class."""


class CurvedLoss(Loss):
    """Base class of losses that compute their second derivatives by themselves."""

    @abstractmethod
    def curvature(self, y: Array, scores: Array) -> Array:
        """Return the Hessians ∂²loss/∂scores² of all rows (n, K, K)."""


class ClassifierLoss(Component):
    """Base class of losses of classifiers, which depend on the kind of the labels.

    With two classes there is one score per row, with more classes one score per class,
    and with several labels per row one score per label.
    """

    kind = "loss"
    table: ClassVar[dict] = {}

    @abstractmethod
    def of_kind(self, kind: LabelKind) -> Loss:
        """Return the loss of raw scores for one kind of labels.

        Parameters
        ----------
        kind : {'binary', 'multiclass', 'multilabel'}
            Kind of the labels.

        Returns
        -------
        loss : Loss
            Its `mean` returns the probabilities, unless its `inverse_link` is
            'identity': then there are no probabilities.
        """


def mean_power(deviations: Array, power: int) -> float:
    """Return the mean of deviations to a power, within the range of float64."""
    limits = np.finfo(np.float64)
    with np.errstate(over="ignore", under="ignore"):
        mean = np.mean(np.asarray(deviations, dtype=np.float64) ** power)
    return float(np.clip(mean, limits.tiny, limits.max))


def diagonal(values):
    """Return diagonal matrices (n, K, K) with the values (n, K) on their diagonals."""
    xp = array_namespace(values)
    return values[:, :, None] * xp.eye(values.shape[1], dtype=values.dtype)[None]
