"""Warnings that name the user's line of code as their source."""

import sys
import warnings

__all__ = ["warn"]

# Code of these packages is not code of the user. scikit-learn calls `fit` of estimators
# through joblib.
_NOT_THE_USER = frozenset(("skmlp", "sklearn", "joblib"))


def warn(message, category=UserWarning):
    """Issue a warning at the innermost frame outside skmlp, scikit-learn and joblib.

    If there is no such frame, as in a worker process, the outermost frame is used.

    Parameters
    ----------
    message : str
        The text: what happened, and what to do about it.
    category : type, default=UserWarning
        Subclass of Warning.
    """
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and _package(frame) in _NOT_THE_USER:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def _package(frame):
    """Return the name of the top-level package whose code runs in a frame."""
    name = frame.f_globals.get("__name__")
    return name.partition(".")[0] if isinstance(name, str) else ""
