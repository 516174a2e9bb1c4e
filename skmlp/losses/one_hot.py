"""A loss of one-hot targets as a loss of class labels."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skmlp.losses.base import Loss
from skmlp.losses.function_pair import CHECKED_ROWS

__all__ = ["OneHotTargets"]


@dataclass(eq=False, repr=False)
class OneHotTargets(Loss):
    """A loss of numbers, given a one in the column of each row's class and zeros.

    Parameters
    ----------
    loss : Loss
        What sees y as (n, K) instead of the index of the class (n,).
    """

    takes_labels: ClassVar[bool] = True

    loss: Loss

    @property
    def inverse_link(self):
        """What turns scores into means."""
        return self.loss.inverse_link

    def value_and_gradient(self, y, scores):
        """Those of the loss."""
        columns = np.eye(scores.shape[1], dtype=scores.dtype)[y]
        return self.loss.value_and_gradient(columns, scores)

    def mean(self, scores):
        """Expected y given the scores."""
        return self.loss.mean(scores)

    def check_targets(self, y):
        """Let the loss see some of them, in columns."""
        self.loss.check_targets(np.eye(1 + max(1, y.max()))[y[:CHECKED_ROWS]])
