"""Errors on operations that cannot be traced, with the user's line and a cure."""

import linecache
import sys

import numpy as np
import scipy.sparse

__all__ = ["TracingError", "calling_line", "evaluated", "refusal", "unlike_arrays"]

# Code of these packages is not code of the user.
_LIBRARIES = frozenset(("skmlp", "numpy", "scipy", "sklearn", "pandas"))


class TracingError(TypeError):
    """Error: an operation on a traced value cannot be traced.

    The message names the operation, the line of code that called it, and what to use
    instead.
    """


def refusal(operation, cure):
    """Return a TracingError that names an operation, the user's line and the cure."""
    place, source, _ = calling_line()
    line = f" ({place}: `{source}`)" if source else f" ({place})"
    return TracingError(f"{operation} cannot be traced{line}. {cure}")


def evaluated(f, /, *arguments, **keywords):
    """Return f(...), or raise the TracingError behind an error of NumPy.

    NumPy replaces the error of float(x) in a[i] = x, and keeps it as the cause.
    """
    try:
        return f(*arguments, **keywords)
    except ValueError as error:
        if isinstance(error.__cause__, TracingError):
            raise error.__cause__ from None
        raise


def unlike_arrays(value):
    """Return what to use instead of a value whose operations are not those of arrays.

    Masks, and products of matrices by *, would be lost. Return '' for other values.
    """
    if scipy.sparse.issparse(value):
        return (
            "Use a dense matrix, X.toarray(), or give a derivative by "
            "skmlp.graph.primitive."
        )
    if isinstance(value, np.ma.MaskedArray):
        return "Use np.where(mask, replacement, x.data), with a plain array x.data."
    if isinstance(value, np.matrix):
        return "Use a plain array, np.asarray(x), and the operator @ for products."
    return ""


def calling_line():
    """Return (file:line, source text, library function called there or '')."""
    frame, called = sys._getframe(1), ""
    is_inside = True  # of the function of the user
    while frame.f_back is not None and _package(frame) in _LIBRARIES:
        is_inside = is_inside and frame.f_code is not evaluated.__code__
        name = frame.f_code.co_qualname
        if is_inside and _package(frame) != "skmlp" and "<locals>" not in name:
            called = f"{_package(frame)}.{name}"
        frame = frame.f_back
    file, number = frame.f_code.co_filename, frame.f_lineno
    source = linecache.getline(file, number, frame.f_globals).strip()
    return f"{file}:{number}", source, called


def _package(frame):
    """Return the name of the top-level package whose code runs in a frame."""
    name = frame.f_globals.get("__name__")
    return name.partition(".")[0] if isinstance(name, str) else ""
