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
    """Up from start·initial to the initial rate, then down to final·initial.

    Both ways along half a cosine; `learning_rate_init` is thus the highest rate. The
    momentum, which Smith (2018) lowers meanwhile, stays as it is.

    Parameters
    ----------
    period : float, default=None
        Epochs of the cycle, after which another one begins; None: `max_iter`.
    rising : float, default=0.3
        The share of the cycle in which the rate goes up, in (0, 1).
    start : float, default=0.04
        The first rate, as a share of the highest.
    final : float, default=4e-6
        The last rate, as a share of the highest.
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
        """Warms up, then anneals."""
        period = checked_period(self.period, progress, "OneCycle")
        share = progress.epochs % period / period
        up = half_cosine(self.start, 1.0, share / self.rising)
        down = half_cosine(1.0, self.final, (share - self.rising) / (1 - self.rising))
        return initial * np.where(share < self.rising, up, down)


@dataclass(eq=False, repr=False)
class WarmUp(Schedule):
    """From a first small step up, in a straight line, to where another schedule begins.

    The k-th of K steps of the warm-up takes k / K of that schedule's first rate (Goyal
    et al. 2017); the schedule counts from the end of the warm-up.

    Parameters
    ----------
    then : str, Schedule or callable, default='constant'
        What comes after the warm-up.
    epochs : float, default=5
        How long it takes.
    """

    _parameter_constraints: ClassVar[dict] = {"epochs": [POSITIVE]}

    then: ScheduleChoice = "constant"
    epochs: float = 5

    @property
    def patience_factor(self) -> float | None:
        """What the other schedule does on a plateau."""
        return Schedule.resolve(self.then).patience_factor

    @property
    def lowest(self) -> float:
        """The other schedule's."""
        return Schedule.resolve(self.then).lowest

    def rate(self, initial: float, progress: Progress) -> float | Array:
        """A growing share of the other schedule's rate."""
        done = (progress.epochs + 1 / len(progress.steps)) / self.epochs
        rates = Schedule.resolve(self.then).rate(initial, progress.after(self.epochs))
        return np.minimum(done, 1.0) * rates
