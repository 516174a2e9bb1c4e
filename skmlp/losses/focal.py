"""The log loss, weighted down where the label is probable already: focal loss."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

from skmlp import _kernels
from skmlp._kernels.arrays import array_namespace
from skmlp.base.compat import Interval
from skmlp.base.types import Array
from skmlp.losses.base import ClassifierLoss, LabelKind, Loss

__all__ = ["BinaryFocalLoss", "FocalLoss", "MultinomialFocalLoss"]

_NOT_NEGATIVE = [Interval(Real, 0, None, closed="left")]


@dataclass(eq=False, repr=False)
class BinaryFocalLoss(Loss, name="binary_focal"):
    """−(1 − p)^γ·log p with p = P(y | logistic(score)), one per output; y is 0 or 1.

    Parameters
    ----------
    gamma : float, default=2.0
        γ ≥ 0.
    """

    kernel: ClassVar[str] = "binary_focal"
    inverse_link = "logistic"
    _parameter_constraints: ClassVar[dict] = {"gamma": _NOT_NEGATIVE}

    gamma: float = 2.0

    @property
    def settings(self) -> tuple[float, ...]:
        """The numbers that its kernel takes."""
        return (self.gamma,)

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """In the margin: the score, or minus the score where y = 0."""
        xp = array_namespace(scores)
        side = xp.where(y > 0.5, xp.ones_like(scores), -xp.ones_like(scores))
        values, slope = _focal(side * scores, self.gamma)
        return xp.sum(values, axis=1), side * slope

    def mean(self, scores: Array) -> Array:
        """P(y = 1)."""
        return _kernels.logistic(scores)


@dataclass(eq=False, repr=False)
class MultinomialFocalLoss(Loss, name="multinomial_focal"):
    """−(1 − p)^γ·log p with p = softmax(scores)_y; y is the index of the class (n,).

    Parameters
    ----------
    gamma : float, default=2.0
        γ ≥ 0.
    """

    kernel: ClassVar[str] = "multinomial_focal"
    inverse_link = "softmax"
    takes_labels: ClassVar[bool] = True
    _parameter_constraints: ClassVar[dict] = {"gamma": _NOT_NEGATIVE}

    gamma: float = 2.0

    @property
    def settings(self) -> tuple[float, ...]:
        """The numbers that its kernel takes."""
        return (self.gamma,)

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """In the margin: the score of y minus log Σ e^score of the other classes."""
        xp = array_namespace(scores)
        own = xp.arange(scores.shape[1])[None, :] == y[:, None]
        others = xp.where(own, xp.full_like(scores, -xp.inf), scores)
        other = _kernels.log_sum_exp(others)
        margin = xp.sum(xp.where(own, scores, xp.zeros_like(scores)), axis=1)
        values, slope = _focal(margin - other[:, 0], self.gamma)
        share = xp.exp(others - other)
        return values, slope[:, None] * xp.where(own, xp.ones_like(share), -share)

    def mean(self, scores: Array) -> Array:
        """P(y = k) for each class k."""
        return _kernels.softmax(scores)


@dataclass(eq=False, repr=False)
class FocalLoss(ClassifierLoss, name="focal_loss"):
    """−(1 − p)^γ·log p, p being the probability of the label (Lin et al. 2017).

    What is told rightly and surely already counts for little. With γ = 0 it is the log
    loss. Its α, a weight of each class, is what sample weights are for.

    Parameters
    ----------
    gamma : float, default=2.0
        γ ≥ 0.

    References
    ----------
    Lin, T.-Y., Goyal, P., Girshick, R., He, K. and Dollár, P. (2017). Focal loss for
    dense object detection. ICCV.
    """

    _parameter_constraints: ClassVar[dict] = {"gamma": _NOT_NEGATIVE}

    gamma: float = 2.0

    def of_kind(self, kind: LabelKind) -> Loss:
        """Softmax for one of many classes, else the sigmoid of each score."""
        form = MultinomialFocalLoss if kind == "multiclass" else BinaryFocalLoss
        return form(self.gamma)


def _focal(margin, gamma):
    """−(1 − p)^γ·log p of p = logistic(margin), and its derivative by the margin."""
    xp = array_namespace(margin)
    p, rest = _kernels.logistic(margin), _kernels.logistic(-margin)
    cost = _kernels.softplus(-margin)
    weight = xp.exp(-gamma * _kernels.softplus(margin))
    return weight * cost, -weight * (gamma * p * cost + rest)
