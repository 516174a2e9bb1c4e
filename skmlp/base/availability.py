"""Methods that are available for some values of the parameters only."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

from skmlp.base.types import KeepsSignature


class UnavailableError(AttributeError, NotImplementedError, ValueError):
    """Error: a method is unavailable with the present values of the parameters.

    As it is an AttributeError, `hasattr` returns False for such a method.
    """


def unavailable_when(refusal: Callable[[Any], str | None]) -> KeepsSignature:
    """Return a decorator for a method that is unavailable if `refusal` gives a reason.

    Parameters
    ----------
    refusal : callable
        Takes the object. It returns a sentence that says why the method is not
        available, or None if it is available. The error message is scikit-learn's,
        followed by this sentence.
    """
    decorate: Any = functools.partial(_ConditionalMethod, refusal)
    return decorate


class _ConditionalMethod:
    """Descriptor that returns the method, or raises UnavailableError with a reason."""

    def __init__(self, refusal, method):
        functools.update_wrapper(self, method)
        self.refusal = refusal
        self.method = method

    def __get__(self, instance, owner=None):
        if instance is None:
            return self._unbound_method()
        self._raise_if_unavailable(instance)
        return types.MethodType(self.method, instance)

    def _unbound_method(self):
        """Return the method as a function that first checks its object."""

        @functools.wraps(self.method)
        def method(instance, *args, **kwargs):
            self._raise_if_unavailable(instance)
            return self.method(instance, *args, **kwargs)

        return method

    def _raise_if_unavailable(self, instance):
        """Raise UnavailableError if `refusal` returns a reason for this object."""
        reason = self.refusal(instance)
        if reason is not None:
            owner = type(instance).__name__
            raise UnavailableError(
                f"This {owner!r} has no attribute {self.method.__name__!r}: {reason}"
            )
