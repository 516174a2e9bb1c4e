"""Table of all functions of NumPy and SciPy that can be traced."""

from skmlp.graph.compositions import COMPOSITIONS
from skmlp.graph.einsum import EINSUM
from skmlp.graph.elementwise import ELEMENTWISE
from skmlp.graph.handlers import HANDLERS
from skmlp.graph.indexing import INDEXING
from skmlp.graph.linear_algebra import LINEAR_ALGEBRA
from skmlp.graph.reductions import REDUCTIONS
from skmlp.graph.selections import SELECTIONS
from skmlp.graph.shapes import SHAPES
from skmlp.graph.special import SPECIAL

__all__ = ["HANDLERS"]

HANDLERS.update(ELEMENTWISE | SPECIAL | SELECTIONS | REDUCTIONS)
HANDLERS.update(SHAPES | INDEXING | LINEAR_ALGEBRA | EINSUM | COMPOSITIONS)
