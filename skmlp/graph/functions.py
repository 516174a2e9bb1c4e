"""Functions of networks, each one node of a graph, and primitives of the user."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from skmlp.base.types import Array
from skmlp.graph.elementwise import divided
from skmlp.graph.engine import Primitive, TracedArray
from skmlp.graph.reductions import spread
from skmlp.graph.table import HANDLERS

__all__ = ["as_array", "cross_entropy", "log_softmax", "logistic", "logsumexp"]
__all__ += ["primitive", "softmax", "squared_norm", "unit_step"]

assert HANDLERS  # the pullbacks call functions of the table


def primitive(
    name: str, forward: Callable[..., Any], pullback: Callable[..., Any]
) -> Callable[..., Any]:
    """Return a function with a derivative of its own, which is one node of a graph.

    Parameters
    ----------
    name : str
        Name of the operation.
    forward : callable
        `forward(*operands, **settings)` returns the value of plain arrays. It may use
        any library.
    pullback : callable
        `pullback(g, u, *operands, **settings)` returns the gradient with respect to
        each operand, as a tuple, from the gradient g with respect to the value u; for
        one operand, the gradient itself. None stands for a gradient that is zero. It
        has to use NumPy's functions if derivatives of higher order are wanted.

    Returns
    -------
    function : callable
        `function(*operands, **settings)` for plain and traced arrays.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.graph import grad
    >>> cube = primitive("cube", lambda x: x**3, lambda g, u, x: g * 3 * x**2)
    >>> grad(cube)(2.0)
    np.float64(12.0)
    """
    if not isinstance(name, str) or not name:
        raise TypeError(f"name={name!r} has to be a string that is not empty.")
    for key, value in {"forward": forward, "pullback": pullback}.items():
        if not callable(value):
            raise TypeError(f"{key}={value!r} has to be a function.")

    def of_operand(position):
        return functools.partial(_part, name, pullback, position)

    def array(*operands, **settings):
        return np.asarray(forward(*operands, **settings))[()]

    return Primitive(name, array, of_operand)


def _part(name, pullback, position, g, u, *operands, **settings):
    """Return the gradient of one operand from a user's pullback."""
    parts = pullback(g, u, *operands, **settings)
    if not isinstance(parts, tuple):
        parts = (parts,)
    if len(parts) != len(operands):
        raise ValueError(
            f"the pullback of {name!r} returned {len(parts)} gradients; it has to "
            f"return a tuple with one for each of the {len(operands)} operands."
        )
    return parts[position]


def _logsumexp(a, *b, axis=None, keepdims=False):
    """Return log Σ b·exp(a); for one operand in less time than SciPy's function."""
    if b:
        return special.logsumexp(a, axis=axis, b=b[0], keepdims=keepdims)
    a = _floats(a)
    largest = np.max(a, axis=axis, keepdims=True, initial=-np.inf)
    is_largest = a == largest
    shifted = np.full(a.shape, -np.inf, dtype=a.dtype)
    shift = np.where(largest == -np.inf, 0, largest)
    np.subtract(a, shift, out=shifted, where=~is_largest)
    rest = np.sum(np.exp(shifted), axis=axis, keepdims=True)
    number = np.maximum(np.sum(is_largest, axis=axis, keepdims=True, dtype=a.dtype), 1)
    # log1p keeps the digits of a sum that is slightly larger than its largest term.
    total = np.log1p(rest / number) + np.log(number) + largest
    return total if keepdims else np.squeeze(total, axis)[()]


def _floats(x):
    """Return integers as float64, and floats as they are."""
    x = np.asarray(x)
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def _softmax(x, axis=None):
    x = _floats(x)
    powers = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return powers / np.sum(powers, axis=axis, keepdims=True)


def _log_softmax(x, axis=None):
    x = _floats(x)
    x = x - np.max(x, axis=axis, keepdims=True)
    return x - np.log(np.sum(np.exp(x), axis=axis, keepdims=True))


def _logsumexp_by_values(g, u, a, *b, axis=None, keepdims=False):
    shares = _shares(u, a, axis, keepdims) * (b[0] if b else 1)
    return spread(g, a, axis, keepdims) * shares


def _logsumexp_by_weights(g, u, a, b, axis=None, keepdims=False):
    return spread(g, a, axis, keepdims) * _shares(u, a, axis, keepdims)


def _shares(u, a, axis, keepdims):
    """Return exp(a − u), and 0 where u is −∞."""
    u = spread(u, a, axis, keepdims)
    return np.exp(a - np.where(u == -np.inf, 0, u))


def _softmax_back(g, u, x, axis=None):
    return u * (g - np.sum(g * u, axis=axis, keepdims=True))


def _log_softmax_back(g, u, x, axis=None):
    return g - np.exp(u) * np.sum(g, axis=axis, keepdims=True)


def _entropy(y, p, axis=None):
    terms = special.xlogy(y, p)
    if axis is None:
        terms = terms + special.xlog1py(1 - y, -p)
    return -np.sum(terms)


def _entropy_by_labels(g, u, y, p, axis=None):
    if axis is not None:
        return -g * np.log(p)
    return g * (np.log1p(-p) - np.log(p))


def _entropy_by_probabilities(g, u, y, p, axis=None):
    part = -divided(y, p)
    return g * (part if axis is not None else part + divided(1 - y, 1 - p))


LOGISTIC = Primitive(
    "logistic", special.expit, (lambda g, u, z: g * (u * (1 - u)),), elementwise=True
)
UNIT_STEP = Primitive(
    "unit_step",
    lambda z: np.asarray(z >= 0).astype(_floats(z).dtype)[()],
    (None,),
)
SQUARED_NORM = Primitive(
    "squared_norm", lambda W: np.sum(np.square(W)), (lambda g, u, W: 2 * g * W,)
)
CROSS_ENTROPY = Primitive(
    "cross_entropy", _entropy, (_entropy_by_labels, _entropy_by_probabilities)
)
LOGSUMEXP = Primitive(
    "logsumexp",
    _logsumexp,
    (_logsumexp_by_values, _logsumexp_by_weights),
)
SOFTMAX = Primitive("softmax", _softmax, (_softmax_back,))
LOG_SOFTMAX = Primitive("log_softmax", _log_softmax, (_log_softmax_back,))


def as_array(value):
    """Return a traced array as it is, and anything else as a plain array."""
    return value if isinstance(value, TracedArray) else np.asarray(value)


def logistic(z: Any) -> Array:
    """Return σ(z) = 1 / (1 + exp(−z)), element by element.

    Parameters
    ----------
    z : array-like or traced value
        Scores.

    Returns
    -------
    a : ndarray
        Numbers between 0 and 1. The derivative is σ(z)·(1 − σ(z)).
    """
    return LOGISTIC(as_array(z))


def unit_step(z: Any) -> Array:
    """Return 1 for z ≥ 0 and 0 otherwise, element by element.

    Parameters
    ----------
    z : array-like or traced value
        Scores.

    Returns
    -------
    a : ndarray
        Zeros and ones, with the precision of z. The derivative is 0 everywhere.
    """
    return UNIT_STEP(as_array(z))


def squared_norm(W: Any) -> Array:
    """Return ‖W‖², the sum of the squares of all elements.

    Parameters
    ----------
    W : array-like or traced value
        Weights, of any shape.

    Returns
    -------
    norm : float
        The sum. The derivative is 2·W.
    """
    return SQUARED_NORM(as_array(W))


def cross_entropy(y: Any, p: Any, *, axis: int | None = None) -> Array:
    """Return the cross-entropy of labels y and probabilities p, summed over all rows.

    Parameters
    ----------
    y : array-like or traced value
        Labels: 0 or 1, or probabilities.
    p : array-like or traced value
        Probabilities of the model, of the shape of y.
    axis : int, default=None
        None if each element of p is the probability of a label of its own: the sum of
        −y·log p − (1 − y)·log(1 − p). Otherwise the axis of the classes, along which p
        adds to one, as for softmax: the sum of −y·log p.

    Returns
    -------
    loss : float
        The sum over all elements. A term with y = 0 is 0 for any p, also in the
        derivative.

    Raises
    ------
    ValueError
        If y and p have different shapes.

    Examples
    --------
    >>> round(float(cross_entropy([1.0, 0.0], [0.5, 0.5])), 4)
    1.3863
    """
    y, p = as_array(y), as_array(p)
    if y.shape != p.shape:
        raise ValueError(
            f"y has shape {y.shape} and p has shape {p.shape}; they have to be equal."
        )
    return CROSS_ENTROPY(y, p) if axis is None else CROSS_ENTROPY(y, p, axis=axis)


def logsumexp(
    a: Any,
    axis: int | tuple[int, ...] | None = None,
    b: Any = None,
    keepdims: bool = False,
) -> Array:
    """Return log Σ b·exp(a) without overflow, as `scipy.special.logsumexp`.

    Parameters
    ----------
    a : array-like or traced value
        Exponents.
    axis : int or tuple of int, default=None
        Axes of the sum; None for all.
    b : array-like or traced value, default=None
        Factors of the terms, of the shape of a or broadcast to it; None for ones.
    keepdims : bool, default=False
        Keep the axes of the sum, with length 1.

    Returns
    -------
    logarithm : ndarray or float
        The logarithm of the sum.
    """
    settings: dict[str, Any] = {} if axis is None else {"axis": axis}
    if keepdims:
        settings["keepdims"] = True
    if b is None:
        return LOGSUMEXP(as_array(a), **settings)
    a, b = np.broadcast_arrays(as_array(a), as_array(b))
    return LOGSUMEXP(a, b, **settings)


def softmax(x: Any, axis: int | tuple[int, ...] | None = None) -> Array:
    """Return exp(x) / Σ exp(x), as `scipy.special.softmax`.

    Parameters
    ----------
    x : array-like or traced value
        Scores.
    axis : int or tuple of int, default=None
        Axes along which the values add to one; None for all. For rows of scores, -1.

    Returns
    -------
    p : ndarray
        Probabilities, of the shape of x.
    """
    return SOFTMAX(as_array(x)) if axis is None else SOFTMAX(as_array(x), axis=axis)


def log_softmax(x: Any, axis: int | tuple[int, ...] | None = None) -> Array:
    """Return x − log Σ exp(x), as `scipy.special.log_softmax`.

    Parameters
    ----------
    x : array-like or traced value
        Scores.
    axis : int or tuple of int, default=None
        Axes along which the probabilities add to one; None for all.

    Returns
    -------
    logarithms : ndarray
        Logarithms of the probabilities, of the shape of x.
    """
    x = as_array(x)
    return LOG_SOFTMAX(x) if axis is None else LOG_SOFTMAX(x, axis=axis)
