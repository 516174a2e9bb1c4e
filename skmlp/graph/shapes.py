"""Derivatives of functions that move elements: reshape, transpose, stack and others."""

import numpy as np

from skmlp.graph.engine import Primitive, shape_of
from skmlp.graph.signatures import function_row

__all__ = ["SHAPES"]


def _inverse(axes):
    """Return the axes that undo a transposition."""
    return None if axes is None else tuple(np.argsort(axes))


TRANSPOSE = Primitive(
    "transpose",
    lambda x, axes=None: np.transpose(x, axes),
    (lambda g, u, x, axes=None: np.transpose(g, _inverse(axes)),),
    moves=True,
)

SHAPES = {np.transpose: function_row(TRANSPOSE, np.transpose, ("axes",))}

# The axes of length 1 that these add or remove.
SHAPES |= {
    function: function_row(
        Primitive(
            function.__name__,
            function,
            (lambda g, u, x, *_, **settings: np.reshape(g, shape_of(x)),),
            moves=True,
        ),
        function,
        settings,
    )
    for function, settings in (
        (np.reshape, ("shape", "newshape", "order")),
        (np.squeeze, ("axis",)),
        (np.expand_dims, ("axis",)),
        (np.ravel, ("order",)),
    )
}
SHAPES[np.broadcast_to] = function_row(
    Primitive("broadcast_to", np.broadcast_to, (lambda g, u, x, shape: g,), moves=True),
    np.broadcast_to,
    ("shape",),
)
