"""Methods that are available for some values of the parameters only."""

import functools
import types
from collections.abc import Callable
from typing import Any

from skmlp.base.types import KeepsSignature


class UnavailableError(AttributeError, NotImplementedError, ValueError):
    """A parameter's value rules the method out; `hasattr` says False meanwhile."""


def unavailable_when(refusal: Callable[[Any], str | None]) -> KeepsSignature:
    """Decorate a method that is withheld where `refusal` returns a reason.

    Parameters
    ----------
    refusal : callable
        Takes the object and returns why the method is not available, or None where it
        is. The message of the error is scikit-learn's, then this reason.
    """
    decorate: Any = functools.partial(_ConditionalMethod, refusal)
    return decorate


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
            owner = type(instance).__name__
            raise UnavailableError(
                f"This {owner!r} has no attribute {self.method.__name__!r}: {reason}"
            )
        return types.MethodType(self.method, instance)
