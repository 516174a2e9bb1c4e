"""Patience of a training: the best epoch so far, and the largest loss that is good."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, nan
from typing import Any, NamedTuple

import numpy as np

from skmlp.base.rows import ALL_ROWS
from skmlp.base.types import Array
from skmlp.objective import Objective

__all__ = ["Costs", "LossLimit", "Patience"]

# An epoch has diverged if its loss is more than this many times a reference, plus one.
_MAX_LOSS_RATIO = 100
# Number of rows that show the loss of a model without any knowledge.
_REFERENCE_ROWS = 4096


class Costs(NamedTuple):
    """Description of the costs of epochs: `by_score`, and the objective or None.

    `objective` compares by ==. None stands for the parts of a stream, whose losses are
    compared with all that came before, as in scikit-learn.
    """

    by_score: bool = False
    objective: Any = None

    def compare_with(self, earlier: Costs) -> bool:
        """Return True if earlier costs can be compared with these."""
        if self.by_score != earlier.by_score:
            return False
        return self.objective is None or self.objective == earlier.objective


@dataclass
class Patience:
    """Counter of epochs without progress, which keeps the best parameters.

    The cost of an epoch is its training loss, or minus its validation score. An epoch
    makes progress if it lowers the best cost by at least `tol`. Of epochs with equal
    costs, the last is the best: scores of few rows are often equal, and the network has
    learnt more since the first of them. `before_best` are the
    parameters with which the best epoch began: the loss of an epoch is that of its
    batches, each before its step, so the last steps can spoil the parameters unnoticed.
    None: this has been checked. `best_loss` is the loss of the best epoch; after the
    check, the objective at the best parameters.
    """

    tol: float
    best: float = inf
    best_parameters: Any = None
    best_loss: float = inf
    before_best: Any = None
    waited: int = 0

    def observe(
        self, cost: float, loss: float, parameters: Array, before: Array | None = None
    ) -> None:
        """Count an epoch with its cost, its training loss and its last parameters.

        `before` are the parameters with which it began.
        """
        # A cost that is not a number must not count as progress.
        self.waited = 0 if cost <= self.best - self.tol else self.waited + 1
        if cost < inf and cost <= self.best:
            self.best, self.best_loss = float(cost), float(loss)
            self.best_parameters, self.before_best = parameters.copy(), before

    def exhausted(self, n_iter_no_change: float) -> bool:
        """Return True after `n_iter_no_change` epochs in a row without progress."""
        return self.waited >= n_iter_no_change

    def checked_best(self, objective: Objective) -> Any:
        """Return the best parameters, after a check that their own loss is good.

        If the objective at the end of the best epoch is far above the loss of the
        epoch, its last steps have spoilt the parameters. Those with which it began
        replace them if they are better. `best_loss` is then the objective at the
        parameters returned.
        """
        if self.before_best is not None:
            before, self.before_best = self.before_best, None
            expected, value = self.best_loss, objective.value_at(self.best_parameters)
            if not value <= expected + abs(expected):
                earlier = objective.value_at(before)
                if not value <= earlier:
                    self.best_parameters, value = before, earlier
            self.best_loss = value
        return self.best_parameters

    def forget(self) -> None:
        """Forget the best cost, since costs of other objectives cannot be compared."""
        self.best = self.best_loss = inf
        self.best_parameters = self.before_best = None
        self.waited = 0


class LossLimit:
    """Largest loss that is not yet a divergence; it is computed when it is needed.

    The limit is 100 times a reference plus one. The references are the loss of scores
    of zero, then that of the parameters before training, both on some of the rows.

    Parameters
    ----------
    objective : Objective
        Objective on all training rows.
    starts : list of ndarray
        Parameters before training; on a stream, all that may be good. The reference is
        the lowest of their losses: weights whose last steps were bad do not count.
    usual : float, default=-inf
        Loss of an earlier call of the same stream: the first reference.
    """

    def __init__(self, objective, starts, usual=-inf):
        rows = ALL_ROWS
        if objective.n_rows > _REFERENCE_ROWS:
            rows = np.arange(0, objective.n_rows, objective.n_rows // _REFERENCE_ROWS)
        self.objective, self.starts, self.rows = objective, starts, rows
        self.limit = max(_limit_of(usual), 1.0)  # no reference sets a lower one
        # Bound methods would keep the objective, and X, until the garbage collection.
        self._references = [LossLimit._loss_of_zero_scores, LossLimit._loss_before]
        self._unknowing = None

    def exceeded_by(self, loss):
        """Return True if a loss is not a number, or above the limit."""
        while not loss <= self.limit and self._references:
            reference = self._references.pop(0)(self)
            if isfinite(reference):
                self.limit = max(self.limit, _limit_of(reference))
        return not loss <= self.limit

    def learnt_nothing(self, loss):
        """Return True if a loss is more than twice that of scores of zero."""
        return loss > 2 * self._loss_of_zero_scores() > 0

    def _loss_of_zero_scores(self):
        """Return the loss of scores of zero, computed once."""
        if self._unknowing is None:
            self._unknowing = self.objective.value_of_zero_scores(self.rows)
        return self._unknowing

    def _loss_before(self):
        """Return the lowest loss of the parameters before training, or NaN."""
        losses = [
            self.objective.value_and_gradient(start, self.rows)[0]
            for start in self.starts
        ]
        return min(filter(isfinite, losses), default=nan)


def _limit_of(reference):
    """Return the limit of losses that a reference loss sets."""
    return -inf if reference == -inf else _MAX_LOSS_RATIO * abs(reference) + 1
