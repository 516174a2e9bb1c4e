"""Bounds of a step of gradient descent: gradient clipping and max-norm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from skmlp._kernels.arrays import array_namespace
from skmlp.base.types import Array

__all__ = ["StepBounds"]


@dataclass(frozen=True)
class StepBounds:
    """Bounds of gradients and weights, applied in every step of gradient descent.

    `clip_value` bounds the absolute value of every entry of a batch's gradient,
    penalties included; then `clip_norm` bounds its Euclidean norm (Pascanu, Mikolov and
    Bengio 2013). `max_norm` bounds the norm of every unit's weights after a step
    (Srebro, Rennie and Jaakkola 2005). An infinite bound does nothing.
    """

    clip_value: float = inf
    clip_norm: float = inf
    max_norm: float = inf

    def clip(self, gradient: Array) -> None:
        """Clip a gradient to `clip_value` and to `clip_norm`, in place."""
        xp = array_namespace(gradient)
        if self.clip_value < inf:
            gradient[...] = xp.clip(gradient, -self.clip_value, self.clip_value)
        if self.clip_norm < inf:
            entries = xp.astype(gradient, xp.float64, copy=False)
            norm = float(xp.sum(entries * entries)) ** 0.5
            if norm > self.clip_norm:
                gradient *= self.clip_norm / norm

    def shorten(self, matrices: Iterable[Array]) -> None:
        """Scale every column of the weight matrices to at most `max_norm`, in place."""
        if self.max_norm == inf:
            return
        for weights in matrices:
            xp = array_namespace(weights)
            squares = xp.sum(weights * weights, axis=0)
            too_long = squares > self.max_norm * self.max_norm
            lengths = xp.sqrt(xp.where(too_long, squares, xp.ones_like(squares)))
            weights *= xp.where(
                too_long, self.max_norm / lengths, xp.ones_like(squares)
            )
