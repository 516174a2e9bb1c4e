"""What holds a step of gradient descent back: bounds of the gradient and of weights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from skmlp._kernels.arrays import array_namespace
from skmlp.base.types import Array

__all__ = ["StepBounds"]


@dataclass(frozen=True)
class StepBounds:
    """Bounds that every step keeps to; those that are infinite do nothing.

    `clip_value` bounds every entry of a batch's gradient, penalties included, and then
    `clip_norm` its Euclidean length (Pascanu, Mikolov and Bengio 2013); `max_norm`
    bounds the length of every unit's weights after a step (Srebro, Rennie and Jaakkola
    2005).
    """

    clip_value: float = inf
    clip_norm: float = inf
    max_norm: float = inf

    def clip(self, gradient: Array) -> None:
        """Bring a gradient within its bounds, in place."""
        xp = array_namespace(gradient)
        if self.clip_value < inf:
            gradient[...] = xp.clip(gradient, -self.clip_value, self.clip_value)
        if self.clip_norm < inf:
            entries = xp.astype(gradient, xp.float64, copy=False)
            norm = float(xp.sum(entries * entries)) ** 0.5
            if norm > self.clip_norm:
                gradient *= self.clip_norm / norm

    def shorten(self, matrices: Iterable[Array]) -> None:
        """Bring every column of weight matrices within its bound, in place."""
        if self.max_norm == inf:
            return
        for weights in matrices:
            xp = array_namespace(weights)
            squares = xp.sum(weights * weights, axis=0)
            long = squares > self.max_norm * self.max_norm
            lengths = xp.sqrt(xp.where(long, squares, xp.ones_like(squares)))
            weights *= xp.where(long, self.max_norm / lengths, xp.ones_like(squares))
