"""Methods that an object offers for some values of its parameters only."""

import functools
import types


class UnavailableError(AttributeError, NotImplementedError, ValueError):
    """A parameter's value rules the method out; `hasattr` says False meanwhile."""


def unavailable_when(refusal):
    """Decorator of a method; `refusal(self)` says why it is not offered, or None."""
    return functools.partial(_ConditionalMethod, refusal)


class _ConditionalMethod:
    """Descriptor: the method, or an UnavailableError with the refusal."""

    def __init__(self, refusal, method):
        self.refusal = refusal
        self.method = method

    def __get__(self, instance, owner=None):
        if instance is None:
            return self.method
        reason = self.refusal(instance)
        if reason is not None:
            raise UnavailableError(reason)
        return types.MethodType(self.method, instance)
