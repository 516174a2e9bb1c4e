"""Masks of the elements of a node on which the output depends.

An element that `np.where` does not select has the gradient zero. A mask tells this zero
from others: it stays zero where the derivative of an earlier operation is infinite.
"""

import numpy as np

from skmlp.graph.broadcasting import shape_of, sum_to

__all__ = ["Mask", "either", "mask_of"]


class Mask:
    """Mask of the elements of a node that count, computed when it is needed."""

    __slots__ = ("_compute", "_value", "depth")

    def __init__(self, compute, *parents):
        self._compute, self._value = compute, None
        self.depth = 1 + max((parent.depth for parent in parents), default=0)
        if self.depth % 50 == 0:  # otherwise long graphs would need deep recursion
            self()

    def __call__(self):
        """Return the mask: a Boolean array of the shape of the node."""
        if self._value is None:
            self._value = self._compute()
        return self._value


def mask_of(node, operand, pulled, mask):
    """Return the mask of an operand of a node, or None if every element counts.

    Parameters
    ----------
    node, operand : Node
        Result of an operation, and one of its operands.
    pulled : callable
        The pullback of this operand: `pulled(gradient)`.
    mask : Mask or None
        Mask of the node.
    """
    primitive = node.primitive
    if not primitive.selects and mask is None:
        return None
    linear = primitive.selects or primitive.moves
    if not linear and not primitive.elementwise:
        return None  # every element of the operand counts

    def operand_mask():
        counted = np.ones(shape_of(node.value))
        if mask is not None:
            counted = np.where(mask(), counted, 0)
        # Coefficients of a selection are not negative: nothing cancels.
        return sum_to(pulled(counted) if linear else counted, operand.value) != 0

    return Mask(operand_mask, *(() if mask is None else (mask,)))


def either(mask, other):
    """Return the mask of the elements that one mask or the other counts."""
    if mask is None or other is None:
        return None
    return Mask(lambda: np.logical_or(mask(), other()), mask, other)
