"""Schedules that begin with a rising rate."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import numpy as np

from skmlp.base.compat import Interval
from skmlp.base.types import Array
from skmlp.solvers.schedules.base import Progress, Schedule, ScheduleChoice
from skmlp.solvers.schedules.decay import POSITIVE, SHARE, checked_period, half_cosine

__all__ = ["OneCycle", "WarmUp"]


@dataclass(eq=False, repr=False)
class OneCycle(Schedule, name="one_cycle"):
    """Learning rate that rises to the initial rate, then falls: the 1cycle policy.

    It rises from start·initial to initial and falls to final·initial, both along half a
    cosine; `learning_rate_init` is thus the highest rate. The momentum, which Smith
    (2018) lowers while the rate rises, is not changed.

    Parameters
    ----------
    period : float, default=None
        Number of epochs in a cycle, after which another begins; None: `max_iter`.
    rising : float, default=0.3
        Share of the cycle in which the rate rises, in (0, 1).
    start : float, default=0.04
        First rate, as a share of the highest, in [0, 1].
    final : float, default=4e-6
        Last rate, as a share of the highest, in [0, 1].
    """

    _parameter_constraints: ClassVar[dict] = {
        "period": [POSITIVE, None],
        "rising": [Interval(Real, 0, 1, closed="neither")],
        "start": [SHARE],
        "final": [SHARE],
    }

    period: float | None = None
    rising: float = 0.3
    start: float = 0.04
    final: float = 4e-6

    def rate(self, initial: float, progress: Progress) -> float | Array:
        """Return the learning rate of every step (n_steps,)."""
        period = checked_period(self.period, progress, "OneCycle")
        share = progress.epochs % period / period
        up = half_cosine(self.start, 1.0, share / self.rising)
        down = half_cosine(1.0, self.final, (share - self.rising) / (1 - self.rising))
        return initial * np.where(share < self.rising, up, down)


@dataclass(eq=False, repr=False)
class WarmUp(Schedule):
    """Learning rate that rises linearly, before another schedule begins.

    The k-th of K steps of the warm-up has k / K of that schedule's first rate (Goyal et
    al. 2017). The schedule counts epochs from the end of the warm-up.

    Parameters
    ----------
    then : str, Schedule or callable, default='constant'
        Schedule after the warm-up.
    epochs : float, default=5
        Length of the warm-up, in epochs.
    """

    _parameter_constraints: ClassVar[dict] = {"epochs": [POSITIVE]}

    then: ScheduleChoice = "constant"
    epochs: float = 5

    @property
    def patience_factor(self) -> float | None:
        """Factor of the rate on a plateau, that of the schedule `then`."""
        return Schedule.resolve(self.then).patience_factor

    @property
    def lowest(self) -> float:
        """Rate at which training stops on a plateau, that of the schedule `then`."""
        return Schedule.resolve(self.then).lowest

    def rate(self, initial: float, progress: Progress) -> float | Array:
        """Return the learning rate of every step: a growing share of that of `then`."""
        share = (progress.epochs + 1 / len(progress.steps)) / self.epochs
        rates = Schedule.resolve(self.then).rate(initial, progress.after(self.epochs))
        return np.minimum(share, 1.0) * rates
