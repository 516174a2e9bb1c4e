"""Losses of the error score − y: squared, absolute, and between the two."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

from skmlp._kernels.arrays import array_namespace
from skmlp.base.compat import Interval
from skmlp.base.types import Array
from skmlp.losses.base import CurvedLoss, Loss, diagonal

__all__ = ["AbsoluteError", "Huber", "SquaredError"]


class SquaredError(CurvedLoss, name="squared_error", regression=True):
    """½·(y − score)², one per output."""

    kernel: ClassVar[str] = "squared_error"
    inverse_link = "identity"

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """½·(s − y)², and s − y."""
        error = scores - y
        return 0.5 * array_namespace(scores).sum(error * error, axis=1), error

    def mean(self, scores: Array) -> Array:
        """The score itself."""
        return scores

    def curvature(self, y: Array, scores: Array) -> Array:
        """The identity."""
        return diagonal(array_namespace(scores).ones_like(scores))


class AbsoluteError(Loss, name="absolute_error", regression=True):
    """|y − score|, one per output: the score goes for the median of y."""

    kernel: ClassVar[str] = "absolute_error"
    inverse_link = "identity"

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """|s − y|, and its sign."""
        xp = array_namespace(scores)
        error = scores - y
        return xp.sum(xp.abs(error), axis=1), xp.sign(error)

    def mean(self, scores: Array) -> Array:
        """The score itself."""
        return scores


@dataclass(eq=False, repr=False)
class Huber(Loss, name="huber", regression=True):
    """½·e² of an error e up to delta, delta·(|e| − ½·delta) beyond (Huber 1964).

    It goes for the mean, but no outlier pulls harder than an error of delta. Delta is
    in the units of y.

    Parameters
    ----------
    delta : float, default=1.0
        Where the square gives way to the absolute error, positive.

    References
    ----------
    Huber, P. J. (1964). Robust estimation of a location parameter. Annals of
    Mathematical Statistics, 35, 73-101.
    """

    kernel: ClassVar[str] = "huber"
    inverse_link = "identity"
    _parameter_constraints: ClassVar[dict] = {
        "delta": [Interval(Real, 0, None, closed="neither")]
    }

    delta: float = 1.0

    @property
    def settings(self) -> tuple[float, ...]:
        """The numbers that its kernel takes."""
        return (self.delta,)

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """c·(e − ½·c), and c: the error clipped to ± delta."""
        xp = array_namespace(scores)
        error = scores - y
        clipped = xp.clip(error, -self.delta, self.delta)
        return xp.sum(clipped * (error - 0.5 * clipped), axis=1), clipped

    def mean(self, scores: Array) -> Array:
        """The score itself."""
        return scores
