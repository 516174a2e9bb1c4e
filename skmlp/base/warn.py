"""Warnings that point at the line of the user."""

import sys
import warnings

__all__ = ["warn"]

# Frames of these packages are no code of the user. joblib stands between scikit-learn
# and an estimator that it fits.
_NOT_THE_USER = frozenset(("skmlp", "sklearn", "joblib"))


def warn(message, category=UserWarning):
    """Warn at the first frame outside skmlp and scikit-learn.

    Where there is none, as in a worker process, the outermost frame is taken.

    Parameters
    ----------
    message : str
        What happened, and what to do about it.
    category : type, default=UserWarning
        Subclass of Warning.
    """
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and _package(frame) in _NOT_THE_USER:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def _package(frame):
    """Return the name of the package whose code a frame runs."""
    name = frame.f_globals.get("__name__")
    return name.partition(".")[0] if isinstance(name, str) else ""
