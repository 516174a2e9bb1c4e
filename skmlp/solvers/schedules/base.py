"""Base class of schedules, with the simplest ones: progress -> learning rate."""

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
    """Numbers of steps, epochs and rows before each step of one epoch.

    `steps` (n_steps,) counts the updates since the first fit, `epochs` (n_steps,) the
    epochs, with fractions within this epoch; `samples` is the number of rows of all
    finished epochs, `n_rows` that of one epoch. `n_epochs` is the maximum number of
    epochs of a fit, or None if it is unknown. In `partial_fit` every call is an epoch.
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
        """Return the progress in an epoch that begins after these counts."""
        made = np.arange(n_steps)
        return cls(steps + made, epochs + made / n_steps, samples, n_rows, n_epochs)

    def after(self, epochs: float) -> Self:
        """Return the progress counted from `epochs` epochs later; zero before that."""
        n_epochs = None if self.n_epochs is None else max(self.n_epochs - epochs, 1)
        steps = self.steps - round(epochs * len(self.steps))
        return self._replace(
            steps=np.maximum(steps, 0),
            epochs=np.maximum(self.epochs - epochs, 0.0),
            samples=max(0, self.samples - round(epochs * self.n_rows)),
            n_epochs=n_epochs,
        )


class Schedule(Component):
    """Base class of schedules, which change the learning rate during training.

    A subclass defines `rate`. With the class keyword ``name="..."``, a string can name
    it.
    """

    kind = "learning_rate"
    table: ClassVar[dict] = {}

    patience_factor: ClassVar[float | None] = None
    """Factor of the rate on a plateau, after which training continues; None: stop."""

    lowest: ClassVar[float] = 1e-6
    """Training stops on a plateau if the rate is at most this."""

    @abstractmethod
    def rate(self, initial: float, progress: Progress) -> float | Array:
        """Return the rates of the steps of an epoch (n_steps,), or one number for all.

        Parameters
        ----------
        initial : float
            The parameter `learning_rate_init`.
        progress : Progress
            Numbers of steps, epochs and rows before each step.
        """

    @classmethod
    def of_functions(cls, choice: Any) -> Schedule | None:
        """Return a FunctionOfStep if `choice` is a function, else None."""
        return FunctionOfStep(choice) if callable(choice) else None


class Constant(Schedule, name="constant"):
    """Constant learning rate, equal to `learning_rate_init`."""

    def rate(self, initial: float, progress: Progress) -> float | Array:
        """Return the initial rate."""
        return initial


@dataclass(eq=False, repr=False)
class InverseScaling(Schedule, name="invscaling"):
    """Learning rate that falls as a power of the number of rows seen.

    rate = initial / (samples + 1)^power_t, changed after every epoch.

    Parameters
    ----------
    power_t : float, default=0.5
        Exponent, 0 or more.
    """

    _parameter_constraints: ClassVar[dict] = {
        "power_t": [Interval(Real, 0, None, closed="left")]
    }

    power_t: float = 0.5

    def rate(self, initial: float, progress: Progress) -> float | Array:
        """Return the initial rate divided by a power of the number of rows seen."""
        try:
            return initial / (progress.samples + 1) ** self.power_t
        except OverflowError:
            return 0.0 * initial  # the divisor is beyond the largest float


class Adaptive(Schedule, name="adaptive"):
    """Learning rate that is divided by five on every plateau."""

    patience_factor: ClassVar[float] = 0.2

    def rate(self, initial: float, progress: Progress) -> float | Array:
        """Return the initial rate; the training loop divides it on plateaus."""
        return initial


@dataclass(eq=False, repr=False)
class FunctionOfStep(Schedule):
    """Learning rate by a function of the user.

    rate = initial · function(step), where the first step is number 0.

    Parameters
    ----------
    function : callable
        Takes the number of a step (int), and returns a finite factor, 0 or more.
    """

    function: Callable[[int], float]

    def rate(self, initial: float, progress: Progress) -> float | Array:
        """Return the initial rate times the function at every step (n_steps,)."""
        rates = np.empty(len(progress.steps))
        for index, step in enumerate(progress.steps.tolist()):
            factor = self.function(step)
            if not (isinstance(factor, Real) and isfinite(factor) and factor >= 0):
                raise ValueError(
                    f"learning_rate: the function gave {factor!r} at step {step}; it "
                    "has to give a finite factor of learning_rate_init, 0 or more."
                )
            rates[index] = initial * factor
        return rates


ScheduleChoice: TypeAlias = str | Schedule | Callable[[int], float]
"""Type of the parameter `learning_rate`: name, schedule, or function of the step."""
