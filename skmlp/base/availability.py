"""Methods that are available for some values of the parameters only."""

from __future__ import annotations

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
        functools.update_wrapper(self, method)
        self.refusal = refusal
        self.method = method

    def __get__(self, instance, owner=None):
        if instance is None:
            return self._of_the_class()
        self._require(instance)
        return types.MethodType(self.method, instance)

    def _of_the_class(self):
        """Return a function that checks its first argument, the object."""

        @functools.wraps(self.method)
        def method(instance, *args, **kwargs):
            self._require(instance)
            return self.method(instance, *args, **kwargs)

        return method

    def _require(self, instance):
        """Raise where an object's parameters rule the method out."""
        reason = self.refusal(instance)
        if reason is not None:
            owner = type(instance).__name__
            raise UnavailableError(
                f"This {owner!r} has no attribute {self.method.__name__!r}: {reason}"
            )
