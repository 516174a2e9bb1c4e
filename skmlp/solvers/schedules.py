"""Schedules: how far training has come -> the learning rate."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from skmlp._components import Component

__all__ = ["Adaptive", "Constant", "InverseScaling", "Schedule"]


class Schedule(Component):
    """The learning rate as a function of the steps and the samples seen so far."""

    kind = "learning_rate"
    table: ClassVar[dict] = {}

    patience_factor: ClassVar[float | None] = None
    """On a plateau the rate is multiplied by this and training goes on; None: stop."""

    lowest: ClassVar[float] = 1e-6
    """On a plateau at or below this rate, training stops all the same."""

    @abstractmethod
    def rate(self, initial, *, steps, samples):
        """Learning rate of the next step, or one for all of them.

        Parameters
        ----------
        initial : float
            The rate at the start.
        steps : int or ndarray
            Updates made so far; an array asks for several rates at once.
        samples : int
            Rows visited in all finished epochs.
        """


class Constant(Schedule, name="constant"):
    """rate = initial."""

    def rate(self, initial, *, steps, samples):
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

    power_t: float = 0.5

    def rate(self, initial, *, steps, samples):
        """The initial rate over a power of the rows seen."""
        return initial / (samples + 1) ** self.power_t


class Adaptive(Schedule, name="adaptive"):
    """rate = initial, divided by five on every plateau."""

    patience_factor: ClassVar[float] = 0.2

    def rate(self, initial, *, steps, samples):
        """The initial rate; the plateaus are counted by the caller."""
        return initial
