"""What every loss is, one that Newton's method takes, and a choice for labels."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar, Literal, TypeAlias

from skmlp._kernels.arrays import array_namespace
from skmlp.base.component import Component
from skmlp.base.types import Array

__all__ = ["REGRESSION_LOSSES", "ClassifierLoss", "CurvedLoss", "Loss", "diagonal"]

LabelKind: TypeAlias = Literal["binary", "multiclass", "multilabel"]
"""The kind of the labels."""


class Loss(Component):
    """ℓ(y, scores), summed over the outputs of a row.

    Scores are (n, K). A new loss is one class with an `inverse_link` and the first two
    of these methods; ``name="..."`` among its class keywords lets a string name it, and
    ``regression=True`` lets this string be the `loss` of a regressor. y holds numbers
    (n, T); of one class of many, a one in the column of the class and zeros elsewhere,
    or with `takes_labels` the index of each row's class (n,).
    """

    kind = "loss"
    table: ClassVar[dict] = {}
    regression_table: ClassVar[dict[str, type[Loss]]] = {}
    """The part of the table that a regressor's `loss` may name."""

    inverse_link: str
    """What turns scores into means: identity, logistic, softmax or exp."""

    takes_labels: ClassVar[bool] = False
    """Whether y is the index of one class of many."""

    scores_per_target: ClassVar[int] = 1
    """K / T. The scores of one target stand side by side."""

    target_sizes: ClassVar[tuple[int, ...]] = ()
    """The number of scores of each target, where targets differ in it."""

    predicts_deviation: ClassVar[bool] = False
    """Whether `deviation` gives the standard deviation of y."""

    needs_positive_targets: ClassVar[bool] = False
    """Whether y has to be above zero."""

    settings: ClassVar[tuple] = ()
    """The numbers that its kernel takes."""

    def __init_subclass__(cls, regression=False, **keywords):
        super().__init_subclass__(**keywords)
        if regression:
            cls.regression_table[cls.name] = cls

    @abstractmethod
    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Loss of every row (n,), and its gradient by the scores (n, K)."""

    @abstractmethod
    def mean(self, scores: Array) -> Array:
        """Expected y given the scores (n, T): the inverse link."""

    def check_targets(self, y: Array) -> None:
        """Raise ValueError where y is outside the likelihood's range."""

    def predictions(self, scores: Array) -> Array:
        """What is predicted of every target: its mean (n, T), or more (n, T, m)."""
        return self.mean(scores)

    def deviation(self, scores: Array) -> Array:
        """The standard deviation of y given the scores (n, T)."""
        raise ValueError(
            f"return_std=True: {type(self).__name__} tells no standard deviation of y; "
            "use loss='gaussian_nll', or return_std=False."
        )


REGRESSION_LOSSES: dict[str, type[Loss]] = Loss.regression_table
"""Losses that a regressor's `loss` may name."""


class CurvedLoss(Loss):
    """A loss with a second derivative, for Newton's method."""

    shift_invariant: ClassVar[bool] = False
    """Whether adding one number to all scores of a row changes nothing."""

    @abstractmethod
    def curvature(self, y: Array, scores: Array) -> Array:
        """Second derivative of every row's loss by its scores (n, K, K)."""

    def curvature_product(self, y: Array, scores: Array) -> Callable[[Array], Array]:
        """Steps of the scores (n, K) -> curvature · steps (n, K)."""
        curvature = self.curvature(y, scores)
        return lambda steps: (curvature @ steps[:, :, None])[:, :, 0]


class ClassifierLoss(Component):
    """A loss of labels, which takes one form for each kind of them.

    With two classes there is one score a row, with more one a class; of several labels
    a row, each has a score of its own.
    """

    kind = "loss"
    table: ClassVar[dict] = {}

    @abstractmethod
    def of_kind(self, kind: LabelKind) -> Loss:
        """Its form on raw scores; labels are 'binary', 'multiclass' or 'multilabel'.

        Probabilities are the means of the form's scores; a form whose `inverse_link` is
        'identity' tells none.
        """


def diagonal(values):
    """(n, K) -> (n, K, K) with the values on the diagonals."""
    xp = array_namespace(values)
    return values[:, :, None] * xp.eye(values.shape[1], dtype=values.dtype)[None]
