"""Functions that are one node of a graph, with the derivative of their formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from skmlp.base.types import Array
from skmlp.graph.differentiate import vjp
from skmlp.graph.functions import as_array, primitive

__all__ = ["absolute_norm", "composite", "name_of", "sum_of", "sum_of_squares"]
__all__ += ["transposed_product"]


def composite(name: str, formula: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that is one node of a graph and computes a formula.

    Parameters
    ----------
    name : str
        Name of the operation.
    formula : callable
        Function of NumPy. Its derivative is that of its own graph.
    """

    def pullback(g, u, *operands):
        return vjp(formula, *operands)[1](g)

    return primitive(name, formula, pullback)


def name_of(part: Any) -> str:
    """Return the name of an activation or of a loss; that of its class without one."""
    return getattr(part, "name", None) or type(part).__name__


_transposed_product = composite("transposed_product", lambda W, x: np.transpose(W) @ x)
sum_of = composite("sum_of", lambda *terms: sum(terms[1:], terms[0]))
sum_of_squares = composite("sum_of_squares", lambda *terms: sum(t * t for t in terms))
absolute_norm = composite("absolute_norm", lambda W: np.sum(np.abs(W)))


def transposed_product(W: Any, x: Any) -> Array:
    """Return Wᵀx as one node: the weighted sums of a layer, or of one unit.

    Parameters
    ----------
    W : ndarray or traced value, of shape (n_inputs, n_units) or (n_inputs,)
        Weights; a vector for one unit.
    x : ndarray or traced value, of shape (n_inputs,)
        Inputs.

    Returns
    -------
    sums : ndarray of shape (n_units,), or float for one unit
        The weighted sums.

    Examples
    --------
    >>> from skmlp.graph import trace, transposed_product
    >>> trace(transposed_product, W=[[1.0, 2.0], [3.0, 4.0]], x=[1.0, 1.0]).output.value
    array([4., 6.])
    """
    return _transposed_product(*map(as_array, (W, x)))
