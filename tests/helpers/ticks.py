"""A signal whose handler raises in the midst of one call from Python."""

import signal
from contextlib import contextmanager

import pytest

needs_timers = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="the system has no interval timers"
)


@contextmanager
def ticks(on_tick):
    """Send the process a signal every few milliseconds, for the handler `on_tick`."""
    before = signal.signal(signal.SIGALRM, on_tick)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def handler_in_a_call(handle, *, runs=3):
    """Call `handle` when a handler has run several times during one call.

    The handler runs every few milliseconds. It has run during one call if it finds
    the same frame at the same instruction again. A call that does not look for signals
    lets it run once, after its end.
    """
    seen = []

    def on_tick(number, frame):
        place = frame, frame.f_lasti
        if seen and seen[-1] != place:
            seen.clear()
        seen.append(place)
        if len(seen) > runs:
            seen.clear()
            handle()

    with ticks(on_tick):
        yield


@contextmanager
def handler_below(function, handle, *, runs=5):
    """Call `handle` when a handler has run several times while `function` ran.

    Python ignores an exception that a handler raises during the callback of a weak
    reference. If `function` still runs much later, `handle` is called again.
    """
    seen = []

    def on_tick(number, frame):
        while frame is not None and frame.f_code is not function.__code__:
            frame = frame.f_back
        if frame is not None:
            seen.append(number)
            if len(seen) % 400 == runs:
                handle()

    with ticks(on_tick):
        yield


class Raised(BaseException):
    """Exception that no other code raises or catches."""


@contextmanager
def raised_in_a_call(error=Raised):
    """Raise in the midst of a call; the block has to let the exception pass."""

    def handle():
        signal.setitimer(signal.ITIMER_REAL, 0)
        raise error

    with pytest.raises(error), handler_in_a_call(handle):
        yield
