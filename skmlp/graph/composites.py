"""Functions that are one node of a graph, with the derivative of their formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from skmlp.graph.differentiate import vjp
from skmlp.graph.functions import primitive

__all__ = ["absolute_norm", "composite", "sum_of", "sum_of_squares"]
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


transposed_product = composite("transposed_product", lambda W, x: np.transpose(W) @ x)
sum_of = composite("sum_of", lambda *terms: sum(terms[1:], terms[0]))
sum_of_squares = composite("sum_of_squares", lambda *terms: sum(t * t for t in terms))
absolute_norm = composite("absolute_norm", lambda W: np.sum(np.abs(W)))
