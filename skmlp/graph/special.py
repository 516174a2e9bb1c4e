"""Derivatives of SciPy's special functions, one a row, by the name of the ufunc."""

from math import log, pi, sqrt
from typing import Any

import numpy as np
from scipy import special

from skmlp.graph.elementwise import divided
from skmlp.graph.engine import Primitive

__all__ = ["SPECIAL"]

SPECIAL: dict[Any, Any] = {}


def _row(name, *pullbacks):
    """Add a ufunc of scipy.special and the pullback of each operand to the table."""
    ufunc = getattr(special, name)
    SPECIAL[name] = Primitive(name, ufunc, pullbacks, elementwise=True)


# polygamma is a Python function that would make a plain array of a traced value.
POLYGAMMA: Primitive = Primitive(
    "polygamma",
    lambda x, n: special.polygamma(n, x),
    (lambda g, u, x, n: g * POLYGAMMA(x, n=n + 1),),
    elementwise=True,
)

_row("expit", lambda g, u, x: g * (u * (1 - u)))
_row("logit", lambda g, u, x: g / (x * (1 - x)))
_row("log_expit", lambda g, u, x: g * special.expit(-x))
_row("erf", lambda g, u, x: g * (np.exp(-x * x) * (2 / sqrt(pi))))
_row("erfc", lambda g, u, x: -g * (np.exp(-x * x) * (2 / sqrt(pi))))
_row("erfinv", lambda g, u, x: g * (np.exp(u * u) * (sqrt(pi) / 2)))
_row("ndtr", lambda g, u, x: g * (np.exp(-x * x / 2) / sqrt(2 * pi)))
_row("log_ndtr", lambda g, u, x: g * (np.exp(-x * x / 2 - u) / sqrt(2 * pi)))
_row("ndtri", lambda g, u, x: g * (np.exp(u * u / 2) * sqrt(2 * pi)))
_row("gammaln", lambda g, u, x: g * special.psi(x))
_row("gamma", lambda g, u, x: g * (u * special.psi(x)))
_row("psi", lambda g, u, x: g * POLYGAMMA(x, n=1))
_row("entr", lambda g, u, x: -g * (np.log(x) + 1))
_row("exp10", lambda g, u, x: g * (u * log(10)))
# At x = 0 the derivative with respect to y is 0, also for y = 0.
_row(
    "xlogy",
    lambda g, u, x, y: g * np.log(y),
    lambda g, u, x, y: g * divided(x, y),
)
_row(
    "xlog1py",
    lambda g, u, x, y: g * np.log1p(y),
    lambda g, u, x, y: g * divided(x, 1 + y),
)
_row(
    "rel_entr",
    lambda g, u, x, y: g * (np.log(x / y) + 1),
    lambda g, u, x, y: -g * divided(x, y),
)
