"""Time that a comparison takes: its budget, and the time that is left."""

from __future__ import annotations

import contextlib
import math
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np

__all__ = ["BudgetOver", "RunningTime", "require_seconds", "seconds_left"]

# Seconds after which the signal is sent again, if some code has swallowed the first.
_SIGNAL_AGAIN = 1.0


def require_seconds(name: str, seconds: float | None) -> None:
    """Raise ValueError unless `seconds` is None or a positive number."""
    if seconds is None:
        return
    is_number = isinstance(seconds, (int, float, np.number))
    if isinstance(seconds, bool) or not is_number or not 0 < seconds < np.inf:
        raise ValueError(f"{name}={seconds!r}; give a number of seconds above zero.")


class BudgetOver(BaseException):
    """The budget of a comparison is used up.

    Like KeyboardInterrupt, it is not caught by ``except Exception``.
    """


def seconds_left(
    means: Mapping[str, float], remaining: Mapping[str, int], rest: float = math.inf
) -> float | None:
    """Return the seconds that the remaining fits take, or `rest` if that is less.

    Parameters
    ----------
    means : dict of str to float
        Mean seconds of a fit, for each candidate that has been fitted.
    remaining : dict of str to int
        Number of fits that remain, for each candidate.
    rest : float, default=infinity
        Rest of the budget in seconds.

    Returns
    -------
    seconds : float or None
        None if a candidate that remains was never fitted, and there is no budget.
    """
    left = {name: count for name, count in remaining.items() if count}
    is_known = left.keys() <= means.keys()
    fits = sum(means[n] * left[n] for n in left) if is_known else math.inf
    least = min(fits, max(rest, 0.0))
    return least if math.isfinite(least) else None


class RunningTime:
    """Running time of a comparison, from the moment at which this object is made.

    Parameters
    ----------
    budget : float, optional
        Seconds that the comparison may take. None stands for no limit.
    ends_fits : bool, default=False
        Whether a fit in progress is ended when the budget is over. That needs signals
        (SIGALRM) and the main thread; elsewhere the time is looked at between fits.
    clock : callable, default=time.monotonic
        Function that returns the time in seconds.
    """

    def __init__(
        self,
        budget: float | None = None,
        *,
        ends_fits: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.budget = budget
        self.ends_fits = ends_fits
        self.end = math.inf if budget is None else clock() + budget
        self._clock = clock
        self._remaining: Counter[str] = Counter()
        self._n_done: Counter[str] = Counter()
        self._seconds: Counter[str] = Counter()

    @classmethod
    def of(cls, budget: float | RunningTime | None) -> RunningTime:
        """Return `budget` if it is a RunningTime, else one that begins now.

        Raises
        ------
        ValueError
            If `budget` is not a number above zero.
        """
        if isinstance(budget, RunningTime):
            return budget
        require_seconds("budget", budget)
        return cls(budget)

    def rest(self) -> float:
        """Return the seconds of the budget that are left; negative if it is over."""
        return self.end - self._clock()

    def plan(self, names: Iterable[str]) -> None:
        """Set the fits that remain: one name of a candidate for each fit."""
        self._remaining = Counter(names)

    def record(self, name: str, seconds: float) -> None:
        """Record that one of the planned fits took some seconds."""
        self._remaining[name] -= 1
        self._n_done[name] += 1
        self._seconds[name] += seconds  # type: ignore[assignment]

    def means(self) -> dict[str, float]:
        """Return the mean seconds of a fit, for each candidate that was fitted."""
        return {name: self._seconds[name] / n for name, n in self._n_done.items()}

    def left(self) -> float | None:
        """Return the seconds that are left, or None if they cannot be estimated."""
        return seconds_left(self.means(), self._remaining, self.rest())

    def suffices_for(self, names: Iterable[str]) -> bool:
        """Return True if fits of these candidates would end within the budget.

        Candidates that were never fitted are taken to need no time.
        """
        means = self.means()
        needed = sum(means.get(name, 0.0) for name in names)
        return self.rest() > 0 and needed <= self.rest()

    @contextlib.contextmanager
    def alarm(self) -> Iterator[None]:
        """Raise BudgetOver in the block when the budget is over, if signals allow it.

        The handler and the timer that were there before are restored.
        """
        is_possible = (
            hasattr(signal, "SIGALRM")
            and threading.current_thread() is threading.main_thread()
            # A handler of other code than Python's could not be restored.
            and signal.getsignal(signal.SIGALRM) is not None
        )
        if not (self.ends_fits and is_possible and math.isfinite(self.end)):
            yield
            return
        is_armed = True

        def end_the_fit(number, frame):
            if is_armed:
                raise BudgetOver

        before = signal.signal(signal.SIGALRM, end_the_fit)
        start = time.monotonic()
        timer = signal.setitimer(
            signal.ITIMER_REAL, max(self.rest(), 1e-6), _SIGNAL_AGAIN
        )
        try:
            yield
        finally:
            is_armed = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
            delay, interval = timer
            if delay:
                passed = time.monotonic() - start
                signal.setitimer(
                    signal.ITIMER_REAL, max(delay - passed, 1e-6), interval
                )
