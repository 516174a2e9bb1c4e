"""Adapter that applies a loss of one-hot targets to class indices."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from skmlp.losses.base import Loss
from skmlp.losses.function_pair import CHECKED_ROWS

__all__ = ["OneHotTargets"]


@dataclass(eq=False, repr=False)
class OneHotTargets(Loss):
    """Loss of class indices (n,) that calls a loss of one-hot targets (n, K).

    Parameters
    ----------
    loss : Loss
        The loss of targets (n, K) with a one in the column of each row's class and
        zeros elsewhere.
    """

    takes_labels: ClassVar[bool] = True
    kernel: ClassVar[str] = "loss_program"

    loss: Loss

    def program(self, n_scores):
        """Return the program of the loss, which takes one-hot targets, or None."""
        if vars(type(self.loss)).get("kernel") != self.kernel:
            return None
        return self.loss.program(n_scores)

    @property
    def inverse_link(self):
        """Name of the function from scores to means."""
        return self.loss.inverse_link

    def unsmoothed(self):
        """Return the loss of class indices without label smoothing."""
        return replace(self, loss=self.loss.unsmoothed())

    def formula(self, y, scores):
        """Return the loss of each row (n,), computed by NumPy's functions."""
        return self.loss.formula(np.eye(scores.shape[1])[y], scores)

    @property
    def shift_invariant(self):
        """True if adding one number to all scores of a row leaves its loss."""
        return self.loss.shift_invariant

    def curvature(self, y, scores):
        """Return the Hessians of the loss of one-hot targets (n, K, K)."""
        return self.loss.curvature(
            np.eye(scores.shape[1], dtype=scores.dtype)[y], scores
        )

    def value_and_gradient(self, y, scores):
        """Return each row's loss (n,), and the derivatives ∂loss/∂scores (n, K)."""
        columns = np.eye(scores.shape[1], dtype=scores.dtype)[y]
        return self.loss.value_and_gradient(columns, scores)

    def mean(self, scores):
        """Return the mean of the one-hot targets given the scores (n, K)."""
        return self.loss.mean(scores)

    def check_targets(self, y):
        """Call `check_targets` of the loss with some rows of y, one-hot encoded."""
        self.loss.check_targets(np.eye(1 + max(1, y.max()))[y[:CHECKED_ROWS]])
