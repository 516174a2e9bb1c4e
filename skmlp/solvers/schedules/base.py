"""Schedules: how far training has come -> the learning rate."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from numbers import Real
from typing import Any, ClassVar, NamedTuple, Self, TypeAlias

import numpy as np

from skmlp.base.compat import Interval
from skmlp.base.component import Component
from skmlp.base.types import Array

__all__ = ["Adaptive", "Constant", "FunctionOfStep", "InverseScaling", "Progress"]
__all__ += ["Schedule"]


class Progress(NamedTuple):
    """How far training had come before each step of an epoch.

    `steps` (n_steps,) are the updates made since the first fit, `epochs` (n_steps,) the
    epochs, in fractions within one; `samples` are the rows of all finished epochs. In
    `partial_fit` every call is an epoch. `n_epochs` is the most a fit takes, or None.
    """

    steps: np.ndarray
    epochs: np.ndarray
    samples: int
    n_rows: int
    n_epochs: float | None = None

    @classmethod
    def of_an_epoch(
        cls,
        n_steps: int,
        *,
        steps: int,
        epochs: int,
        samples: int,
        n_rows: int,
        n_epochs: float | None = None,
    ) -> Self:
        """The steps of the epoch that comes after so many steps, epochs and rows."""
        made = np.arange(n_steps)
        return cls(steps + made, epochs + made / n_steps, samples, n_rows, n_epochs)

    def after(self, epochs: float) -> Self:
        """As if training had begun so many epochs later; zero before that."""
        n_epochs = None if self.n_epochs is None else max(self.n_epochs - epochs, 1)
        steps = self.steps - round(epochs * len(self.steps))
        return self._replace(
            steps=np.maximum(steps, 0),
            epochs=np.maximum(self.epochs - epochs, 0.0),
            samples=max(0, self.samples - round(epochs * self.n_rows)),
            n_epochs=n_epochs,
        )


class Schedule(Component):
    """The learning rate as a function of how far training has come.

    A new one is one class with `rate`; ``name="..."`` among its class keywords lets a
    string name it.
    """

    kind = "learning_rate"
    table: ClassVar[dict] = {}

    patience_factor: ClassVar[float | None] = None
    """On a plateau the rate is multiplied by this and training goes on; None: stop."""

    lowest: ClassVar[float] = 1e-6
    """On a plateau at or below this rate, training stops all the same."""

    @abstractmethod
    def rate(self, initial: float, progress: Progress) -> float | Array:
        """Learning rate of every step of an epoch (n_steps,), or one for all of them.

        Parameters
        ----------
        initial : float
            The rate that `learning_rate_init` gives.
        progress : Progress
            How far training had come before each step.
        """

    @classmethod
    def of_functions(cls, choice: Any) -> Schedule | None:
        """Return the schedule of a function of the step."""
        return FunctionOfStep(choice) if callable(choice) else None


class Constant(Schedule, name="constant"):
    """rate = initial."""

    def rate(self, initial: float, progress: Progress) -> float | Array:
        """The initial rate."""
        return initial


@dataclass(eq=False, repr=False)
class InverseScaling(Schedule, name="invscaling"):
    """rate = initial / (samples + 1)^power_t, renewed after every epoch.

    Parameters
    ----------
    power_t : float, default=0.5
        The exponent.
    """

    _parameter_constraints: ClassVar[dict] = {
        "power_t": [Interval(Real, 0, None, closed="left")]
    }

    power_t: float = 0.5

    def rate(self, initial: float, progress: Progress) -> float | Array:
        """The initial rate over a power of the rows seen."""
        return initial / (progress.samples + 1) ** self.power_t


class Adaptive(Schedule, name="adaptive"):
    """rate = initial, divided by five on every plateau."""

    patience_factor: ClassVar[float] = 0.2

    def rate(self, initial: float, progress: Progress) -> float | Array:
        """The initial rate; the plateaus are counted by the caller."""
        return initial


@dataclass(eq=False, repr=False)
class FunctionOfStep(Schedule):
    """rate = initial · function(step); the first step is number 0.

    Parameters
    ----------
    function : callable
        Takes a whole number, gives a factor that is not negative.
    """

    function: Callable[[int], float]

    def rate(self, initial: float, progress: Progress) -> float | Array:
        """The function's value at every step, times the initial rate."""
        rates = np.empty(len(progress.steps))
        for place, step in enumerate(progress.steps.tolist()):
            factor = self.function(step)
            if not (isinstance(factor, Real) and isfinite(factor) and factor >= 0):
                raise ValueError(
                    f"learning_rate: the function gave {factor!r} at step {step}; it "
                    "has to give a finite factor of learning_rate_init, 0 or more."
                )
            rates[place] = initial * factor
        return rates


ScheduleChoice: TypeAlias = str | Schedule | Callable[[int], float]
"""A parameter `learning_rate`: a name, a schedule, or a function of the step."""
