"""Errors of traced arrays: conversions to numbers, branches, changes in place."""

import difflib
import re

import numpy as np

from skmlp.graph.errors import TracingError, calling_line, refusal
from skmlp.graph.handlers import HANDLERS

__all__ = ["Refusals", "refuse_function", "refuse_ufunc"]

_PLAIN = "A traced value has no plain array while its function is traced."


# Cures for functions that have no similar function in the table.
_CURES = {
    "copyto": "Use value * np.ones(shape) instead of np.full, and np.where to replace.",
    "linspace": "Use a + (b - a) * np.linspace(0, 1, n).",
    "quantile": "Use np.sort and an index.",
    "percentile": "Use np.sort and an index.",
    "cumprod": "Use np.exp(np.cumsum(np.log(x))) for positive numbers.",
    "nanmax": "Use np.max(np.where(np.isnan(x), -np.inf, x)).",
    "nanmin": "Use np.min(np.where(np.isnan(x), np.inf, x)).",
    "array_equal": "Compare values after the trace.",
    "allclose": "Compare values after the trace.",
    "isclose": "Use np.abs(x - y) <= tolerance.",
    "divmod": "Use x // y and x % y.",
    "modf": "Use x - np.trunc(x) and np.trunc(x).",
}


class _MissingAttributeError(TracingError, AttributeError):
    """Error: a traced value lacks an attribute; `hasattr` returns False for it."""


class Refusals:
    """Methods that a traced array cannot have; each says what to use instead."""

    __slots__ = ()

    def __array__(self, dtype=None, copy=None):
        """Raise TracingError: a traced value cannot become a plain array."""
        _, source, called = calling_line()
        raise refusal(*_array_refusal(source, called))

    def __bool__(self):
        """Raise TracingError: a branch would be recorded for one value only."""
        _, source, _ = calling_line()
        found = re.search(r"(?<![\w.])(max|min)\(", source)
        if found:
            name = found[1]
            raise refusal(
                f"Python's {name}(...)", f"Use np.{name}imum(a, b) for two values."
            )
        raise refusal(
            "The truth value of a traced value (if, while, and, or, not)",
            "Use np.where(condition, a, b), or np.logical_and, np.logical_or and "
            "np.logical_not.",
        )

    def __float__(self):
        """Raise TracingError: a number would lose its derivative."""
        raise _number_refusal("float")

    def __int__(self):
        """Raise TracingError: an integer has no derivative."""
        raise _number_refusal("int")

    def __index__(self):
        """Raise TracingError: an integer has no derivative."""
        raise refusal(
            "A traced value as an index, a number of repeats or a length",
            "Pass an integer that does not depend on the traced inputs.",
        )

    def __getattr__(self, name):
        """Raise an error for attributes of arrays that traced values do not have."""
        if name.startswith("_") or not hasattr(np.ndarray, name):
            raise AttributeError(f"'TracedArray' object has no attribute {name!r}")
        if name in ("item", "tolist", "tobytes", "tofile", "data", "flat"):
            cure = "A traced value is no plain number: use it as it is."
        else:
            cure = "Use a function of NumPy in its place."
        raise _MissingAttributeError(str(refusal(f"x.{name} of a traced value", cure)))

    def __complex__(self):
        """Raise TracingError: complex numbers have no derivative here."""
        raise _number_refusal("complex")

    def __reduce_ex__(self, protocol):
        """Raise TracingError: another process would not record operations."""
        raise refusal(
            "Pickling of a traced value",
            "Compute with it in the process that traces the function.",
        )

    def __setitem__(self, index, value):
        """Raise TracingError: values in a graph do not change."""
        raise refusal(
            "An assignment to elements, x[i] = ...,",
            "Use np.where(mask, new, x), or np.concatenate of the pieces.",
        )


def _array_refusal(source, called):
    """Return what cannot be traced, and the cure, for a call of np.asarray."""
    if "vectorize" in called or "vectorize" in source:
        return "np.vectorize", (
            "It calls the function with one number at a time. Write the function with "
            "operations of whole arrays; np.where replaces `if`."
        )
    if "full(" in source:
        return "np.full", "Use value * np.ones(shape)."
    if re.search(r"(?<!\w)(array|asarray)\(", source):
        return "np.array or np.asarray of a traced value", (
            "Use np.stack([a, b]) or np.concatenate to join traced values; a traced "
            "value itself needs no np.asarray."
        )
    if re.search(r"\]\s*=[^=]", source):
        return "An assignment of a traced value to elements of a plain array", (
            "Use np.stack([a, b]), np.concatenate or np.where."
        )
    if called.startswith("scipy._spbase."):
        return "A product with a sparse matrix", (
            "Use a dense matrix, X.toarray(), or give a derivative by "
            "skmlp.graph.primitive."
        )
    if called.startswith("pandas."):
        return "An operation of pandas", "Use a plain array, X.to_numpy()."
    if called.startswith("scipy."):
        return _as_written(called, source), (
            "It makes plain arrays of its arguments. skmlp.graph has logsumexp, "
            "softmax and log_softmax; SciPy's ufuncs, such as scipy.special.expit, can "
            "be traced as well. Otherwise give a derivative by skmlp.graph.primitive."
        )
    return called or "A conversion to a plain array", (
        f"{_PLAIN} Use NumPy's functions of the traced value (np.take instead of "
        "a[x] with a plain array a), or give a derivative by skmlp.graph.primitive."
    )


def _as_written(called, source):
    """Return the name of a function of a library as the user's line has it."""
    name = called.rpartition(".")[2]
    found = re.search(rf"([\w.]*\b{re.escape(name)})\(", source)
    return found[1] if found else "This function of SciPy"


def _number_refusal(kind):
    """Return the error for a conversion to a Python number."""
    _, source, _ = calling_line()
    if re.search(r"\]\s*=[^=]", source):
        return refusal(*_array_refusal(source, ""))
    found = re.search(r"(?<![\w.])math\.(\w+)\(", source)
    if found:
        theirs = {"pow": "power", "fabs": "abs", "asin": "arcsin", "acos": "arccos"}
        theirs |= {"atan": "arctan", "atan2": "arctan2", "fsum": "sum"}
        return refusal(
            f"math.{found[1]}", f"Use np.{theirs.get(found[1], found[1])} instead."
        )
    cures = {
        "int": "Use np.floor, np.trunc or np.round.",
        "float": "Leave the conversion away: the value is a number already.",
        "complex": "Only real numbers have derivatives here.",
    }
    return refusal(f"{kind}(...) of a traced value", cures[kind])


def refuse_ufunc(ufunc, method, operands, settings):
    """Trace a reduction such as np.add.reduce, or raise TracingError."""
    name = ufunc.__name__
    if settings.get("out") is not None:
        raise refusal(
            f"np.{name} with out=, as in x += y,",
            "A traced value does not change in place: write x = x + y, without out=.",
        )
    if method != "__call__":
        reductions = {"add": np.sum, "multiply": np.prod, "maximum": np.max}
        reductions |= {"minimum": np.min}
        if method == "reduce" and name in reductions:
            return reductions[name](*operands, **({"axis": 0} | settings))
        raise refusal(
            f"np.{name}.{method}", "Use NumPy's functions, such as np.cumsum."
        )
    if settings:
        raise refusal(
            f"np.{name} with {', '.join(settings)}=",
            "Leave the argument away; np.where and .astype do what it does.",
        )
    raise refusal(f"The ufunc {name}", _nearest(name))


def refuse_function(function):
    """Raise TracingError for a function of NumPy without a derivative."""
    module = getattr(function, "__module__", None) or "numpy"
    name = getattr(function, "__name__", str(function))
    raise refusal(f"{module}.{name}", _nearest(name))


def _nearest(name):
    """Return a sentence that names a similar function which can be traced."""
    if name in _CURES:
        return _CURES[name]
    names = sorted({getattr(each, "__name__", each) for each in HANDLERS})
    similar = difflib.get_close_matches(name, names, n=1, cutoff=0.7)
    hint = f" The nearest name in the table is {similar[0]!r}." if similar else ""
    return (
        "The table of skmlp.graph has no derivative of it: write it with other "
        f"functions of NumPy, or give its derivative by skmlp.graph.primitive.{hint}"
    )
