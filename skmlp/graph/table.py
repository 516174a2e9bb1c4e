"""Table of all functions of NumPy and SciPy that can be traced."""

from skmlp.graph.elementwise import ELEMENTWISE
from skmlp.graph.engine import HANDLERS
from skmlp.graph.linear_algebra import LINEAR_ALGEBRA
from skmlp.graph.reductions import REDUCTIONS
from skmlp.graph.shapes import SHAPES

__all__ = ["HANDLERS"]

HANDLERS.update(ELEMENTWISE | REDUCTIONS | LINEAR_ALGEBRA | SHAPES)
