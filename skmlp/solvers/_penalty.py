"""What parameters cost, l1 and l2, and the bounds that they keep."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

__all__ = ["Penalty"]


@dataclass(frozen=True, eq=False)
class Penalty:
    """Σⱼ l1ⱼ·|θⱼ| + ½·l2ⱼ·θⱼ² of parameters (m, K) within bounds."""

    l1: np.ndarray  # (m,)
    l2: np.ndarray  # (m,)
    lower: np.ndarray  # (m, K)
    upper: np.ndarray  # (m, K)

    @cached_property
    def bounded(self):
        """Whether any parameter has a finite bound."""
        return any(np.isfinite(bound).any() for bound in (self.lower, self.upper))

    def of(self, rows):
        """That of some rows of the parameters."""
        part = Penalty(self.l1[rows], self.l2[rows], self.lower[rows], self.upper[rows])
        if not self.bounded:
            vars(part)["bounded"] = False  # there is nothing to look for
        return part

    def value(self, theta):
        """What these parameters cost."""
        cost = self.l1 @ np.abs(theta)
        if self._curved:
            cost += 0.5 * self.l2 @ (theta * theta)
        return float(cost.sum())

    def violations(self, theta, gradient):
        """How fast the objective falls along each coordinate, up or down (m, K)."""
        l1, smooth = self.l1[:, None], gradient
        if self._curved:
            smooth = gradient + self.l2[:, None] * theta
        if not self.bounded:
            at_zero = np.maximum(np.abs(smooth) - l1, 0)
            return np.where(theta == 0, at_zero, np.abs(smooth + l1 * np.sign(theta)))
        up = smooth + np.where(theta >= 0, l1, -l1)
        down = smooth + np.where(theta > 0, l1, -l1)
        falls = np.maximum(
            np.where(theta < self.upper, -up, 0), np.where(theta > self.lower, down, 0)
        )
        return np.maximum(falls, 0)

    @cached_property
    def _curved(self):
        return bool(self.l2.any())
