"""Focal loss: the log loss with less weight on rows whose label is already probable."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import numpy as np
from scipy.special import expit

from skmlp import _kernels
from skmlp._kernels.arrays import array_namespace
from skmlp.base.compat import Interval
from skmlp.base.types import Array
from skmlp.losses.base import ClassifierLoss, LabelKind, Loss

__all__ = ["BinaryFocalLoss", "FocalLoss", "MultinomialFocalLoss"]

_NOT_NEGATIVE = [Interval(Real, 0, None, closed="left")]


@dataclass(eq=False, repr=False)
class BinaryFocalLoss(Loss, name="binary_focal"):
    """Focal loss of targets y of 0 and 1, with one score per target.

        ℓ = −(1 − p)^γ·log p, with p = logistic(s) where y = 1, else 1 − logistic(s)

    Parameters
    ----------
    gamma : float, default=2.0
        The exponent γ; not negative.
    """

    kernel: ClassVar[str] = "binary_focal"
    inverse_link = "logistic"
    _parameter_constraints: ClassVar[dict] = {"gamma": _NOT_NEGATIVE}

    gamma: float = 2.0

    @property
    def settings(self) -> tuple[float, ...]:
        """Values of the hyperparameters, passed to the compiled kernel of the loss."""
        return (self.gamma,)

    def formula(self, y: Array, scores: Array) -> Array:
        """Return the loss of each row (n,), computed by NumPy's functions."""
        margin = np.where(y > 0.5, 1.0, -1.0) * scores
        losses = expit(-margin) ** self.gamma * np.logaddexp(0, -margin)
        return np.sum(losses, axis=1)

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Return the loss of each row, and its gradient with respect to the scores.

        Both are functions of the margin: s where y = 1, −s where y = 0.
        """
        xp = array_namespace(scores)
        side = xp.where(y > 0.5, xp.ones_like(scores), -xp.ones_like(scores))
        values, slope = _focal(side * scores, self.gamma)
        return xp.sum(values, axis=1), side * slope

    def mean(self, scores: Array) -> Array:
        """Return the probability of y = 1 for each target (n, T)."""
        return _kernels.logistic(scores)


@dataclass(eq=False, repr=False)
class MultinomialFocalLoss(Loss, name="multinomial_focal"):
    """Focal loss of one class of many; y is the index of each row's class (n,).

        ℓ = −(1 − p)^γ·log p, with p = softmax(scores)_y

    Parameters
    ----------
    gamma : float, default=2.0
        The exponent γ; not negative.
    """

    kernel: ClassVar[str] = "multinomial_focal"
    inverse_link = "softmax"
    takes_labels: ClassVar[bool] = True
    _parameter_constraints: ClassVar[dict] = {"gamma": _NOT_NEGATIVE}

    gamma: float = 2.0

    @property
    def settings(self) -> tuple[float, ...]:
        """Values of the hyperparameters, passed to the compiled kernel of the loss."""
        return (self.gamma,)

    def formula(self, y: Array, scores: Array) -> Array:
        """Return the loss of each row (n,), computed by NumPy's functions."""
        from skmlp.graph import logsumexp

        own = np.arange(scores.shape[1]) == y[:, None]
        others = logsumexp(np.where(own, -np.inf, scores), axis=1)
        margin = np.sum(np.where(own, scores, 0), axis=1) - others
        return expit(-margin) ** self.gamma * np.logaddexp(0, -margin)

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Return the loss of each row, and its gradient with respect to the scores.

        Both are functions of the margin: the score of the class y, minus the logarithm
        of Σ e^score over the other classes.
        """
        xp = array_namespace(scores)
        own = xp.arange(scores.shape[1])[None, :] == y[:, None]
        others = xp.where(own, xp.full_like(scores, -xp.inf), scores)
        other = _kernels.log_sum_exp(others)
        margin = xp.sum(xp.where(own, scores, xp.zeros_like(scores)), axis=1)
        values, slope = _focal(margin - other[:, 0], self.gamma)
        share = xp.exp(others - other)
        return values, slope[:, None] * xp.where(own, xp.ones_like(share), -share)

    def mean(self, scores: Array) -> Array:
        """Return the probability of each class (n, K)."""
        return _kernels.softmax(scores)


@dataclass(eq=False, repr=False)
class FocalLoss(ClassifierLoss, name="focal_loss"):
    """Focal loss, a log loss for classes of very different size (Lin et al. 2017).

        ℓ = −(1 − p)^γ·log p, where p is the predicted probability of the label

    Rows that are already classified with high probability have little weight. With
    γ = 0 it is the log loss. For α of the paper, a weight of each class, use sample
    weights or `class_weight`.

    Parameters
    ----------
    gamma : float, default=2.0
        The exponent γ; not negative.

    References
    ----------
    Lin, T.-Y., Goyal, P., Girshick, R., He, K. and Dollár, P. (2017). Focal loss for
    dense object detection. ICCV.
    """

    _parameter_constraints: ClassVar[dict] = {"gamma": _NOT_NEGATIVE}

    gamma: float = 2.0

    def of_kind(self, kind: LabelKind) -> Loss:
        """Return the multinomial loss for one of many classes, else the binary loss."""
        form = MultinomialFocalLoss if kind == "multiclass" else BinaryFocalLoss
        return form(self.gamma)


def _focal(margin, gamma):
    """Return −(1 − p)^γ·log p for p = logistic(margin), and its derivative."""
    xp = array_namespace(margin)
    p, rest = _kernels.logistic(margin), _kernels.logistic(-margin)
    cost = _kernels.softplus(-margin)
    weight = xp.exp(-gamma * _kernels.softplus(margin))
    return weight * cost, -weight * (gamma * p * cost + rest)
