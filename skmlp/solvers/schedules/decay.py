"""Schedules that let the rate fall: in steps, exponentially, along cosines."""

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
    """rate = initial · factor^⌊epoch / every⌋.

    Parameters
    ----------
    every : float, default=30
        Epochs between two falls.
    factor : float, default=0.1
        What the rate is multiplied by in each, in (0, 1].
    """

    _parameter_constraints: ClassVar[dict] = {
        "every": [POSITIVE],
        "factor": [Interval(Real, 0, 1, closed="right")],
    }

    every: float = 30
    factor: float = 0.1

    def rate(self, initial: float, progress: Progress) -> float | Array:
        """A staircase."""
        return initial * self.factor ** np.floor(progress.epochs / self.every)


@dataclass(eq=False, repr=False)
class Exponential(Schedule, name="exponential"):
    """rate = initial · factor^epoch, falling within an epoch too.

    Parameters
    ----------
    factor : float, default=0.97
        What the rate is multiplied by in an epoch, in (0, 1].
    """

    _parameter_constraints: ClassVar[dict] = {
        "factor": [Interval(Real, 0, 1, closed="right")]
    }

    factor: float = 0.97

    def rate(self, initial: float, progress: Progress) -> float | Array:
        """A geometric sequence."""
        return initial * self.factor**progress.epochs


@dataclass(eq=False, repr=False)
class Cosine(Schedule, name="cosine"):
    """Half a cosine down from the initial rate, then a warm restart.

    rate = initial · (final + ½·(1 − final)·(1 + cos(π·t / T))), t epochs into a period
    of T (Loshchilov and Hutter 2017).

    Parameters
    ----------
    period : float, default=None
        Epochs of the first period; None: `max_iter`, so that a fit has one period.
    growth : float, default=1.0
        How many times as long every period is as the last, 1 or more.
    final : float, default=0.0
        Where a period ends, as a share of the initial rate.
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
        """Falls from the initial rate to the final one in every period."""
        starts = [0.0]
        length = checked_period(self.period, progress, "Cosine")
        while starts[-1] + length <= progress.epochs[-1]:
            starts.append(starts[-1] + length)
            length *= self.growth
        lengths = np.append(np.diff(starts), length)
        number = np.searchsorted(starts, progress.epochs, side="right") - 1
        share = (progress.epochs - np.array(starts)[number]) / lengths[number]
        return initial * half_cosine(1.0, self.final, share)


def checked_period(period, progress, name):
    """Epochs of a period."""
    if period is None and progress.n_epochs is None:
        raise ValueError(f"{name}(period=None) needs to know the number of epochs.")
    return float(progress.n_epochs if period is None else period)


def half_cosine(first, last, share):
    """From first to last, level at both ends."""
    return last + 0.5 * (first - last) * (1 + np.cos(np.pi * share))
