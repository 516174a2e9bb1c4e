"""Hinge loss: by how much a margin is smaller than one."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from skmlp._kernels.arrays import array_namespace
from skmlp.base.types import Array
from skmlp.losses.base import ClassifierLoss, LabelKind, Loss

__all__ = ["BinaryHinge", "Hinge", "MulticlassHinge", "PerceptronLoss"]


class BinaryHinge(Loss, name="binary_hinge"):
    """Hinge loss of targets y of 0 and 1, with one score per target.

    ℓ = max(0, 1 − s) where y = 1, max(0, 1 + s) where y = 0
    """

    kernel: ClassVar[str] = "binary_hinge"
    inverse_link = "identity"

    def formula(self, y: Array, scores: Array) -> Array:
        """Return the loss of each row (n,), computed by NumPy's functions."""
        side = np.where(y > 0.5, 1.0, -1.0)
        return np.sum(np.maximum(1 - side * scores, 0), axis=1)

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Return the loss of each row, and its gradient with respect to the scores.

        The gradient is −1 where y = 1 and 1 where y = 0, if the margin is less than
        one; else 0.
        """
        xp = array_namespace(scores)
        side = xp.where(y > 0.5, xp.ones_like(scores), -xp.ones_like(scores))
        shortfall = xp.maximum(1 - side * scores, xp.zeros_like(scores))
        return xp.sum(shortfall, axis=1), -side * (shortfall > 0)

    def mean(self, scores: Array) -> Array:
        """Return the scores: this loss has no probabilities."""
        return scores


class PerceptronLoss(Loss):
    """Loss of Rosenblatt's perceptron, of targets y of 0 and 1 with one score each.

    ℓ = max(0, −s) where y = 1, max(0, s) where y = 0
    """

    inverse_link = "unit_step"

    def formula(self, y: Array, scores: Array) -> Array:
        """Return the loss of each row (n,), computed by NumPy's functions."""
        side = np.where(y > 0.5, 1.0, -1.0)
        return np.sum(np.maximum(-side * scores, 0), axis=1)

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Return the loss of each row, and its gradient with respect to the scores.

        The gradient is −1 where y = 1 and 1 where y = 0, if the score is on the wrong
        side of zero; else 0.
        """
        xp = array_namespace(scores)
        side = xp.where(y > 0.5, xp.ones_like(scores), -xp.ones_like(scores))
        wrong = side * scores < 0
        return xp.sum(-side * scores * wrong, axis=1), -side * wrong

    def mean(self, scores: Array) -> Array:
        """Return 1 where the score is at least zero, and 0 elsewhere (n, T)."""
        return array_namespace(scores).astype(scores >= 0, scores.dtype)


class MulticlassHinge(Loss, name="multiclass_hinge"):
    """Hinge loss of one class of many; y is the index of each row's class (n,).

    ℓ = max(0, 1 + max_{k ≠ y} score_k − score_y)
    """

    kernel: ClassVar[str] = "multiclass_hinge"
    inverse_link = "identity"
    takes_labels: ClassVar[bool] = True

    def formula(self, y: Array, scores: Array) -> Array:
        """Return the loss of each row (n,), computed by NumPy's functions."""
        own = np.arange(scores.shape[1]) == y[:, None]
        best_other = np.max(np.where(own, -np.inf, scores), axis=1)
        own_score = np.sum(np.where(own, scores, 0), axis=1)
        return np.maximum(1 + best_other - own_score, 0)

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Return the loss of each row, and its gradient with respect to the scores.

        If the loss is positive, the gradient is −1 for the class y and 1 for the other
        class with the highest score (the first of them in a tie).
        """
        xp = array_namespace(scores)
        classes = xp.arange(scores.shape[1])[None, :]
        own = classes == y[:, None]
        others = xp.where(own, xp.full_like(scores, -xp.inf), scores)
        best = classes == xp.argmax(others, axis=1)[:, None]
        own_score = xp.sum(xp.where(own, scores, xp.zeros_like(scores)), axis=1)
        margin = own_score - xp.max(others, axis=1)
        shortfall = xp.maximum(1 - margin, xp.zeros_like(margin))
        zero, one = xp.zeros_like(scores), xp.ones_like(scores)
        gradient = xp.where(best, one, xp.where(own, -one, zero))
        return shortfall, gradient * (shortfall > 0)[:, None]

    def mean(self, scores: Array) -> Array:
        """Return the scores: this loss has no probabilities."""
        return scores


class Hinge(ClassifierLoss, name="hinge"):
    """Hinge loss, the loss of support vector machines.

        ℓ = max(0, 1 + the highest score of the other classes − score of the label)

    This is the form of Crammer and Singer for one of many classes. With two classes,
    and for each label of a multilabel target, there is one score, and the loss is
    max(0, 1 − score) if the row has the label, else max(0, 1 + score). The loss has no
    probabilities.

    References
    ----------
    Crammer, K. and Singer, Y. (2001). On the algorithmic implementation of multiclass
    kernel-based vector machines. JMLR, 2, 265-292.
    """

    def of_kind(self, kind: LabelKind) -> Loss:
        """Return the multiclass loss for one of many classes, else the binary loss."""
        return MulticlassHinge() if kind == "multiclass" else BinaryHinge()
