"""What parameters cost, l1 and l2, and the bounds that they keep."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from skmlp import _kernels

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
        return _kernels.violations(
            gradient, theta, self.l1, self.l2, self.lower, self.upper
        )

    @cached_property
    def _curved(self):
        return bool(self.l2.any())
