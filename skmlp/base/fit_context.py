"""What every fit begins with: checked parameters, and a warning of slow kernels."""

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

_told = _telling = False
_lock = threading.RLock()


class ReferenceKernelsWarning(UserWarning):
    """The reference kernels run, although the user did not ask for them."""


def fit_context(*, prefer_skip_nested_validation: bool) -> KeepsSignature:
    """Decorate a method that fits, as scikit-learn's `_fit_context` does.

    Where only the reference kernels are there, the first call of a process warns, once
    the parameters are checked; elsewhere this is scikit-learn's decorator itself.
    Methods that use no kernels take the decorator of `skmlp.base.compat` instead.

    Parameters
    ----------
    prefer_skip_nested_validation : bool
        Whether the parameters of estimators inside are not checked.
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
    """Warn, once a process, where only the reference kernels are there.

    A warning that a filter turns into an error does not count: the next call warns
    again, in each thread.
    """
    global _told, _telling
    if not _kernels.FELL_BACK or _told:
        return
    with _lock:
        if _told or _telling:  # what shows a warning may fit, too
            return
        _telling = True
        try:
            warn(_MESSAGE, ReferenceKernelsWarning)
            _told = True
        finally:
            _telling = False


def _renew_lock():
    """Give a forked process a free lock: the thread that held it stayed behind."""
    global _lock, _telling
    _lock, _telling = threading.RLock(), False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)
