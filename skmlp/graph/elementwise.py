"""Derivatives of element-wise functions, one a row.

In a row, u is the value of the operation, g the derivative of the output with respect
to u, and x and y are the operands.
"""

from math import log
from typing import Any

import numpy as np
from scipy.special import expit

from skmlp.graph.broadcasting import shape_of
from skmlp.graph.engine import Primitive, TracedArray

__all__ = ["ELEMENTWISE", "divided"]

ELEMENTWISE: dict[Any, Any] = {}


def _row(ufunc, *pullbacks, **more):
    """Add a ufunc and the pullback of each of its operands to the table."""
    ELEMENTWISE[ufunc] = Primitive(
        ufunc.__name__, ufunc, pullbacks, elementwise=True, **more
    )


def divided(x, y):
    """Return x / y, and 0 where x is 0, for any y."""
    return x / np.where(x == 0, 1, y)


def _power(x, y):
    """Return xʸ; the operator of arrays is faster for exponents such as 2."""
    return x**y if isinstance(x, np.ndarray) else np.power(x, y)


def _power_by_base(g, u, x, y):
    if shape_of(y) == () and not isinstance(y, TracedArray):
        # x may be an integer, which has no power −1, or zero.
        return g * y if y in (0, 1) else g * (y * np.power(x, y - 1))
    used = np.where(y == 0, 1, y)
    return g * (y * np.power(x, used - 1))


def _power_by_exponent(g, u, x, y):
    return g * (u * np.log(np.where(x == 0, 1, x)))


# Arithmetic.
_row(np.add, lambda g, u, x, y: g, lambda g, u, x, y: g, moves=True)
_row(np.subtract, lambda g, u, x, y: g, lambda g, u, x, y: -g, moves=True)
_row(np.multiply, lambda g, u, x, y: g * y, lambda g, u, x, y: g * x)
_row(np.divide, lambda g, u, x, y: g / y, lambda g, u, x, y: -g * u / y)
_row(np.remainder, lambda g, u, x, y: g, lambda g, u, x, y: -g * np.floor(x / y))
_row(np.negative, lambda g, u, x: -g, moves=True)
_row(np.positive, lambda g, u, x: g, moves=True)
_row(np.reciprocal, lambda g, u, x: -g * (u * u))
_row(np.square, lambda g, u, x: g * (2 * x))
_row(np.sqrt, lambda g, u, x: g / (2 * u))
_row(np.cbrt, lambda g, u, x: g / (3 * u * u))
_row(np.float_power, _power_by_base, _power_by_exponent)
ELEMENTWISE[np.power] = Primitive(
    "power", _power, (_power_by_base, _power_by_exponent), elementwise=True
)

# Exponentials and logarithms.
_row(np.exp, lambda g, u, x: g * u)
_row(np.exp2, lambda g, u, x: g * (u * log(2)))
_row(np.expm1, lambda g, u, x: g * (u + 1))
_row(np.log, lambda g, u, x: g / x)
_row(np.log2, lambda g, u, x: g / (x * log(2)))
_row(np.log10, lambda g, u, x: g / (x * log(10)))
_row(np.log1p, lambda g, u, x: g / (1 + x))
_row(
    np.logaddexp,
    lambda g, u, x, y: g * expit(x - y),
    lambda g, u, x, y: g * expit(y - x),
)
_row(
    np.logaddexp2,
    lambda g, u, x, y: g * expit((x - y) * log(2)),
    lambda g, u, x, y: g * expit((y - x) * log(2)),
)

# Angles and hyperbolic functions.
_row(np.sin, lambda g, u, x: g * np.cos(x))
_row(np.cos, lambda g, u, x: -g * np.sin(x))
_row(np.tan, lambda g, u, x: g * (1 + u * u))
_row(np.arcsin, lambda g, u, x: g / np.sqrt((1 - x) * (1 + x)))
_row(np.arccos, lambda g, u, x: -g / np.sqrt((1 - x) * (1 + x)))
_row(np.arctan, lambda g, u, x: g / (1 + x * x))
_row(
    np.arctan2,
    lambda g, u, x, y: g * divided(y, x * x + y * y),
    lambda g, u, x, y: -g * divided(x, x * x + y * y),
)
_row(
    np.hypot,
    lambda g, u, x, y: g * divided(x, u),
    lambda g, u, x, y: g * divided(y, u),
)
_row(np.sinh, lambda g, u, x: g * np.cosh(x))
_row(np.cosh, lambda g, u, x: g * np.sinh(x))
_row(np.tanh, lambda g, u, x: g * (1 - u * u))
_row(np.arcsinh, lambda g, u, x: g / np.hypot(1, x))
_row(np.arccosh, lambda g, u, x: g / np.sqrt((x - 1) * (x + 1)))
_row(np.arctanh, lambda g, u, x: g / ((1 - x) * (1 + x)))
_row(np.radians, lambda g, u, x: np.radians(g))
_row(np.deg2rad, lambda g, u, x: np.radians(g))
_row(np.degrees, lambda g, u, x: np.degrees(g))
_row(np.rad2deg, lambda g, u, x: np.degrees(g))

# Corners: the derivative of |x| at 0 is 0.
_row(np.absolute, lambda g, u, x: g * np.sign(x))
_row(np.fabs, lambda g, u, x: g * np.sign(x))

# Functions with steps: the derivative is zero.
_STEPS: tuple[Any, ...] = (
    *(np.sign, np.floor, np.ceil, np.trunc, np.rint, np.isnan, np.isfinite, np.isinf),
    *(np.signbit, np.logical_not, np.invert),
    *(np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal),
    *(np.logical_and, np.logical_or, np.logical_xor, np.heaviside, np.floor_divide),
    *(np.bitwise_and, np.bitwise_or, np.bitwise_xor),
)
for _steps in _STEPS:
    _row(_steps, *[None] * _steps.nin)


def _larger(ufunc, beats):
    """Return the function that traces maximum or minimum.

    If one operand is a constant, the derivative at a tie is zero, so that the
    derivative of np.maximum(z, 0) at 0 is 0. If both are variables, each receives one
    half.
    """
    to_constant = Primitive(
        ufunc.__name__,
        ufunc,
        (
            lambda g, u, x, y: np.where(beats(x, y), g, 0),
            lambda g, u, x, y: np.where(beats(y, x), g, 0),
        ),
        elementwise=True,
        selects=True,
        public=ufunc,
    )

    def share(g, x, y):
        return np.where(beats(x, y), g, np.where(x == y, g / 2, 0))

    shared = Primitive(
        ufunc.__name__,
        ufunc,
        (lambda g, u, x, y: share(g, x, y), lambda g, u, x, y: share(g, y, x)),
        elementwise=True,
        selects=True,
        public=ufunc,
    )

    def traced(x, y):
        both = isinstance(x, TracedArray) and isinstance(y, TracedArray)
        return (shared if both else to_constant)(x, y)

    return traced


def _greater(x, y):
    return np.greater(x, y)


def _less(x, y):
    return np.less(x, y)


def _not_less(x, y):
    """Return x > y; also True for NaN, which np.maximum returns."""
    return np.logical_not(np.less_equal(x, y))


def _not_greater(x, y):
    """Return x < y; also True for NaN, which np.minimum returns."""
    return np.logical_not(np.greater_equal(x, y))


def _first_is_number(beats):
    """Return a comparison in which a number beats NaN, for fmax and fmin."""

    def compared(x, y):
        return np.logical_or(beats(x, y), np.logical_and(x == x, y != y))

    return compared


for _ufunc, _beats in (
    (np.maximum, _not_less),
    (np.minimum, _not_greater),
    (np.fmax, _first_is_number(_greater)),
    (np.fmin, _first_is_number(_less)),
):
    ELEMENTWISE[_ufunc] = _larger(_ufunc, _beats)
