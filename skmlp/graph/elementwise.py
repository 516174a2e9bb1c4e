"""Derivatives of element-wise functions, one a row.

In a row, u is the value of the operation, g the derivative of the output with respect to
u, and x and y the operands.
"""

import numpy as np

from skmlp.graph.engine import Primitive

__all__ = ["ELEMENTWISE"]

ELEMENTWISE = {}


def _row(ufunc, *pullbacks, name=None, **more):
    """Add a ufunc and the pullback of each of its operands to the table."""
    name = name or ufunc.__name__
    ELEMENTWISE[ufunc] = Primitive(name, ufunc, pullbacks, elementwise=True, **more)


_row(np.add, lambda g, u, x, y: g, lambda g, u, x, y: g)
_row(np.subtract, lambda g, u, x, y: g, lambda g, u, x, y: -g)
_row(np.multiply, lambda g, u, x, y: g * y, lambda g, u, x, y: g * x)
_row(np.divide, lambda g, u, x, y: g / y, lambda g, u, x, y: -g * u / y)
_row(np.negative, lambda g, u, x: -g)
_row(np.exp, lambda g, u, x: g * u)
_row(np.tanh, lambda g, u, x: g * (1 - u * u))
