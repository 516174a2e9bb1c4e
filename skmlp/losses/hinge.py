"""How far a margin falls short of one: hinge loss."""

from __future__ import annotations

from typing import ClassVar

from skmlp._kernels.arrays import array_namespace
from skmlp.base.types import Array
from skmlp.losses.base import ClassifierLoss, LabelKind, Loss

__all__ = ["BinaryHinge", "Hinge", "MulticlassHinge"]


class BinaryHinge(Loss, name="binary_hinge"):
    """max(0, 1 − score), or max(0, 1 + score) where y = 0; one per output."""

    kernel: ClassVar[str] = "binary_hinge"
    inverse_link = "identity"

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """−1 or 1 where the margin is below one; at one it is 0."""
        xp = array_namespace(scores)
        side = xp.where(y > 0.5, xp.ones_like(scores), -xp.ones_like(scores))
        short = xp.maximum(1 - side * scores, xp.zeros_like(scores))
        return xp.sum(short, axis=1), -side * (short > 0)

    def mean(self, scores: Array) -> Array:
        """The score itself: it tells no probability."""
        return scores


class MulticlassHinge(Loss, name="multiclass_hinge"):
    """max(0, 1 + the largest other score − score_y); y is the class index (n,)."""

    kernel: ClassVar[str] = "multiclass_hinge"
    inverse_link = "identity"
    takes_labels: ClassVar[bool] = True

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """1 for the best other class, −1 for y; the first one where others tie."""
        xp = array_namespace(scores)
        classes = xp.arange(scores.shape[1])[None, :]
        own = classes == y[:, None]
        others = xp.where(own, xp.full_like(scores, -xp.inf), scores)
        best = classes == xp.argmax(others, axis=1)[:, None]
        own_score = xp.sum(xp.where(own, scores, xp.zeros_like(scores)), axis=1)
        margin = own_score - xp.max(others, axis=1)
        short = xp.maximum(1 - margin, xp.zeros_like(margin))
        zero, one = xp.zeros_like(scores), xp.ones_like(scores)
        gradient = xp.where(best, one, xp.where(own, -one, zero))
        return short, gradient * (short > 0)[:, None]

    def mean(self, scores: Array) -> Array:
        """The scores themselves: they tell no probability."""
        return scores


class Hinge(ClassifierLoss, name="hinge"):
    """How far the label's score falls short of the best other one plus one.

    For one of many classes it is that of Crammer and Singer, which needs one score to
    stand out, and not every pair; with two classes, and for each label of a multilabel
    target, max(0, 1 − score), or max(0, 1 + score) where the label is not there. The
    scores tell no probabilities.

    References
    ----------
    Crammer, K. and Singer, Y. (2001). On the algorithmic implementation of multiclass
    kernel-based vector machines. JMLR, 2, 265-292.
    """

    def of_kind(self, kind: LabelKind) -> Loss:
        """All scores together for one of many classes, else each by itself."""
        return MulticlassHinge() if kind == "multiclass" else BinaryHinge()
