"""Decorator of `fit`: it checks parameters, and restores attributes after an error."""

from __future__ import annotations

import functools
import os
import threading
from contextlib import contextmanager
from pathlib import Path

from skmlp import _kernels
from skmlp.base.compat import fit_context as sklearn_fit_context
from skmlp.base.types import KeepsSignature
from skmlp.base.warn import warn

__all__ = [
    "ReferenceKernelsWarning",
    "fit_context",
    "unless_it_raises",
    "warn_of_reference_kernels",
]

_MESSAGE = (
    "skmlp runs on its reference kernels, so fits take several times longer: there are "
    f"no compiled kernels in {Path(_kernels.__file__).parents[1]}. If this is a folder "
    "of sources, build them there with `pip install -e .`; if skmlp is installed as "
    "well, you can also run from another folder, so that Python finds the installed "
    "one. If it is the installed package, install a C compiler, and then skmlp again. "
    "To use the reference kernels without this warning, set the environment variable "
    "SKMLP_KERNELS=reference."
)

_has_warned = _is_warning = False
_lock = threading.RLock()


class ReferenceKernelsWarning(UserWarning):
    """Warning that the reference kernels run, which the user did not choose."""


def fit_context(
    *, prefer_skip_nested_validation: bool, uses_kernels: bool = True
) -> KeepsSignature:
    """Decorate a method that fits, as scikit-learn's `_fit_context` does.

    If the method raises, the estimator has the attributes of before the call. (Arrays
    that the method changes in place are not restored: a fit has to copy them.) If the
    compiled kernels are missing, the first call in a process warns after the parameters
    have been checked.

    Parameters
    ----------
    prefer_skip_nested_validation : bool
        True if the parameters of nested estimators need not be checked.
    uses_kernels : bool, default=True
        False for a method that needs no kernels, and so does not warn of missing ones.
    """
    decorate = sklearn_fit_context(
        prefer_skip_nested_validation=prefer_skip_nested_validation
    )

    def decorator(fit):
        checked = fit
        if uses_kernels and _kernels.FELL_BACK:

            @functools.wraps(fit)
            def checked(estimator, *args, **kwargs):
                warn_of_reference_kernels()
                return fit(estimator, *args, **kwargs)

        checked = decorate(checked)

        @functools.wraps(fit)
        def fit_or_restore(estimator, *args, **kwargs):
            before = vars(estimator).copy()
            try:
                return checked(estimator, *args, **kwargs)
            except BaseException:
                _restore(estimator, before)
                raise

        return fit_or_restore

    return decorator


def _restore(estimator, attributes):
    """Give the estimator exactly these attributes."""
    now = vars(estimator)
    for name in now.keys() - attributes.keys():
        del now[name]
    now.update(attributes)


@contextmanager
def unless_it_raises(generator):
    """Return a context that restores the state of a generator after an error."""
    state = generator.get_state(legacy=False)
    try:
        yield
    except BaseException:
        generator.set_state(state)
        raise


def warn_of_reference_kernels() -> None:
    """Warn once per process if the compiled kernels are missing.

    If a filter turns the warning into an error, the next call warns again, in every
    thread.
    """
    global _has_warned, _is_warning
    if not _kernels.FELL_BACK or _has_warned:
        return
    with _lock:
        if _has_warned or _is_warning:  # code that shows warnings may call fit
            return
        _is_warning = True
        try:
            warn(_MESSAGE, ReferenceKernelsWarning)
            _has_warned = True
        finally:
            _is_warning = False


def _renew_lock():
    """Give a forked process a new lock, as the old one's thread is not part of it."""
    global _lock, _is_warning
    _lock, _is_warning = threading.RLock(), False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)
