"""Derivatives of where, clip and of conversions of the data type."""

from typing import Any

import numpy as np

from skmlp.graph.engine import Primitive
from skmlp.graph.errors import refusal

__all__ = ["SELECTIONS", "WHERE"]

WHERE = Primitive(
    "where",
    np.where,
    (
        None,
        lambda g, u, c, x, y: np.where(c, g, 0),
        lambda g, u, c, x, y: np.where(c, 0, g),
    ),
    elementwise=True,
    selects=True,
)

# At a bound the derivative belongs to the bound.
CLIP = Primitive(
    "clip",
    np.clip,
    (
        lambda g, u, x, low, high: np.where((low < x) & (x < high), g, 0),
        lambda g, u, x, low, high: np.where((x <= low) & (low < high), g, 0),
        lambda g, u, x, low, high: np.where((x >= high) | (low >= high), g, 0),
    ),
    elementwise=True,
    selects=True,
)

CAST = Primitive(
    "astype",
    lambda x, dtype: np.asarray(x).astype(dtype)[()],
    (lambda g, u, x, dtype: g,),
    elementwise=True,
    moves=True,
)
STEPS = Primitive("astype", CAST.forward, (None,))


def _where(condition, *branches):
    if len(branches) != 2:
        raise refusal("np.where with one argument", "Use np.where(condition, a, b).")
    return WHERE(condition, *branches)


def _clip(a, a_min=None, a_max=None, out=None, *, min=None, max=None):
    if out is not None:
        raise refusal("np.clip with out=", "Leave the argument away.")
    low, high = (
        second if first is None or first is np._NoValue else first
        for first, second in ((a_min, min), (a_max, max))
    )
    if low is None and high is None:
        return a
    if low is None:
        return np.minimum(a, high)
    return np.maximum(a, low) if high is None else CLIP(a, low, high)


def _cast(x, dtype, *_, **__):
    """Return x with another data type; integers and booleans have no derivative."""
    dtype = np.dtype(dtype)
    if dtype.kind not in "fiub":
        raise refusal(f"astype({dtype})", "Only real numbers can be traced.")
    return (CAST if dtype.kind == "f" else STEPS)(x, dtype=dtype)


SELECTIONS: dict[Any, Any] = {
    np.where: _where,
    np.clip: _clip,
    np.ndarray.astype: _cast,
}
