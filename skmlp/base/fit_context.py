"""Decorator of `fit`: it checks parameters, and warns if the slow kernels run."""

from __future__ import annotations

import functools
import os
import threading
from pathlib import Path

from skmlp import _kernels
from skmlp.base.compat import fit_context as sklearn_fit_context
from skmlp.base.types import KeepsSignature
from skmlp.base.warn import warn

__all__ = ["ReferenceKernelsWarning", "fit_context", "warn_of_reference_kernels"]

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


def fit_context(*, prefer_skip_nested_validation: bool) -> KeepsSignature:
    """Decorate a method that fits, as scikit-learn's `_fit_context` does.

    If the compiled kernels are missing, the first call in a process warns after the
    parameters have been checked. Otherwise this is scikit-learn's decorator itself.
    Methods that use no kernels take the decorator from `skmlp.base.compat` instead.

    Parameters
    ----------
    prefer_skip_nested_validation : bool
        True if the parameters of nested estimators need not be checked.
    """
    decorate = sklearn_fit_context(
        prefer_skip_nested_validation=prefer_skip_nested_validation
    )

    if not _kernels.FELL_BACK:
        return decorate

    def decorator(fit):
        @functools.wraps(fit)
        def fit_with_warning(estimator, *args, **kwargs):
            warn_of_reference_kernels()
            return fit(estimator, *args, **kwargs)

        return decorate(fit_with_warning)

    return decorator


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
