"""Schedules of a falling rate: in steps, exponential, along a cosine."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import numpy as np

from skmlp.base.compat import Interval
from skmlp.base.types import Array
from skmlp.solvers.schedules.base import Progress, Schedule

__all__ = ["Cosine", "Exponential", "StepDecay"]

POSITIVE = Interval(Real, 0, None, closed="neither")
SHARE = Interval(Real, 0, 1, closed="both")


@dataclass(eq=False, repr=False)
class StepDecay(Schedule, name="step"):
    """Learning rate that is multiplied by a factor at regular intervals.

    rate = initial · factor^⌊epoch / every⌋.

    Parameters
    ----------
    every : float, default=30
        Number of epochs between two changes of the rate.
    factor : float, default=0.1
        Factor of the rate at each change, in (0, 1].
    """

    _parameter_constraints: ClassVar[dict] = {
        "every": [POSITIVE],
        "factor": [Interval(Real, 0, 1, closed="right")],
    }

    every: float = 30
    factor: float = 0.1

    def rate(self, initial: float, progress: Progress) -> float | Array:
        """Return the learning rate of every step (n_steps,)."""
        return initial * self.factor ** np.floor(progress.epochs / self.every)


@dataclass(eq=False, repr=False)
class Exponential(Schedule, name="exponential"):
    """Learning rate that falls exponentially, with every step.

    rate = initial · factor^epoch, where `epoch` has fractions within an epoch.

    Parameters
    ----------
    factor : float, default=0.97
        Factor of the rate per epoch, in (0, 1].
    """

    _parameter_constraints: ClassVar[dict] = {
        "factor": [Interval(Real, 0, 1, closed="right")]
    }

    factor: float = 0.97

    def rate(self, initial: float, progress: Progress) -> float | Array:
        """Return the learning rate of every step (n_steps,), a geometric sequence."""
        return initial * self.factor**progress.epochs


@dataclass(eq=False, repr=False)
class Cosine(Schedule, name="cosine"):
    """Learning rate that falls along half a cosine, with warm restarts.

    rate = initial · (final + ½·(1 − final)·(1 + cos(π·t / T))), where t is the number
    of epochs since the last restart and T the length of the period (Loshchilov and
    Hutter 2017).

    Parameters
    ----------
    period : float, default=None
        Number of epochs in the first period; None: `max_iter`, so that a fit has one
        period.
    growth : float, default=1.0
        Ratio of the lengths of a period and the one before it, 1 or more.
    final : float, default=0.0
        Rate at the end of a period, as a share of the initial rate, in [0, 1].
    """

    _parameter_constraints: ClassVar[dict] = {
        "period": [POSITIVE, None],
        "growth": [Interval(Real, 1, None, closed="left")],
        "final": [SHARE],
    }

    period: float | None = None
    growth: float = 1.0
    final: float = 0.0

    def rate(self, initial: float, progress: Progress) -> float | Array:
        """Return the learning rate of every step (n_steps,)."""
        periods = progress.epochs / checked_period(self.period, progress, "Cosine")
        more = self.growth - 1.0
        # The n-th period begins after 1 + g + … + gⁿ⁻¹ = (gⁿ − 1) / (g − 1) times the
        # first one. Rounding must not count a period that has just begun as the last.
        number = periods if more == 0 else np.log1p(periods * more) / np.log1p(more)
        number = np.floor(number + 1e-9 * (1 + number))
        factor = self.growth**number
        start = number if more == 0 else (factor - 1) / more
        share = np.clip((periods - start) / factor, 0.0, 1.0)
        return initial * half_cosine(1.0, self.final, share)


def checked_period(period, progress, name):
    """Return the length of a period in epochs; None stands for the whole training."""
    if period is None and progress.n_epochs is None:
        raise ValueError(f"{name}(period=None) needs to know the number of epochs.")
    # Without any epoch (max_iter=0) the period has no effect, but must not be zero.
    return float(max(progress.n_epochs, 1) if period is None else period)


def half_cosine(first, last, share):
    """Interpolate from `first` to `last` on half a cosine; `share` is from 0 to 1."""
    return last + 0.5 * (first - last) * (1 + np.cos(np.pi * share))
