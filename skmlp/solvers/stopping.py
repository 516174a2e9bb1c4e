"""When training by epochs ends: patience, divergence, and restarts after it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["LOWEST_RATE", "Backoff", "Diverged", "Patience"]

# Below it no network learns anything; what diverges still will always do.
LOWEST_RATE = 1e-30
# An epoch whose loss is so many times that of good weights has left them behind.
_DIVERGED = 100


class Diverged(ValueError):
    """Training ran off to infinity, and there are no finite weights to keep."""


@dataclass
class Patience:
    """Counts epochs without progress, and keeps the best parameters seen.

    `cost` is what should fall: the training loss, or minus a validation score. An epoch
    makes progress if it lowers the best cost by more than `tol`.
    """

    tol: float
    best: float = np.inf
    best_parameters: Any = None
    best_loss: float = np.inf
    waited: int = 0

    def observe(self, cost, loss, parameters):
        """Take in one epoch: its cost, its training loss, the parameters after it."""
        # A cost that is not a number must not count as progress.
        self.waited = 0 if cost <= self.best - self.tol else self.waited + 1
        if cost < self.best:
            self.best, self.best_loss = float(cost), float(loss)
            self.best_parameters = parameters.copy()

    def exhausted(self, n_iter_no_change):
        """Whether that many epochs in a row brought no progress."""
        return self.waited >= n_iter_no_change

    def forget(self):
        """Start over on other data; what was best there means nothing here."""
        self.best = self.best_loss = np.inf
        self.best_parameters, self.waited = None, 0


@dataclass(frozen=True)
class Backoff:
    """What a good loss is, to see when weights have left the good ones behind."""

    loss: float
    stream: bool

    @classmethod
    def before(cls, objective, state, *, stream):
        """With the loss before training; on a stream, other rows' losses tell less."""
        loss, _ = objective.value_and_gradient(state.parameters)
        return cls(float(loss), stream)

    def exceeded_by(self, loss, patience):
        """Whether the loss after an epoch is far above that of good weights.

        The loss during an epoch tells of the weights before its last steps.
        """
        good = self.loss
        if patience.best_parameters is not None and not self.stream:
            good = patience.best_loss
        return not loss <= _DIVERGED * abs(good) + 1
