"""Nodes of computational graphs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from skmlp.base.types import Array

__all__ = ["Node", "without_subscripts"]

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


@dataclass(eq=False)
class Node:
    """Variable of a computational graph.

    It is an input, a parameter, a constant, or the result of an operation.

    Attributes
    ----------
    kind : {'input', 'parameter', 'constant', 'operation'}
        The origin of the value.
    operation : str
        Name of the operation, such as 'multiply', 'matmul' or 'sum'; '' for the other
        kinds.
    operands : tuple of Node
        Operands, in the order of the arguments of the operation. A node may occur
        twice, as in x·x.
    settings : dict
        Keyword arguments of the operation, such as axis.
    name : str
        Name of the variable, such as 'x' or 'ŷ'; '' if it is called u₁, u₂, ...
    number : int
        The number k of a node that is called uₖ, from 1 in the order of the
        computation; 0 for named nodes, inputs, parameters and constants.
    value : ndarray or float
        Value of the node.
    derivative : ndarray, float or None
        Derivative of the output with respect to this node, after a backward pass.
    is_output : bool
        True for the output of the graph.
    primitive : object
        Primitive that computes the node and its derivatives; None for the other kinds.
    """

    kind: Literal["input", "parameter", "constant", "operation"]
    operation: str = ""
    operands: tuple[Node, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    number: int = 0
    value: Any = field(default=None, repr=False)
    derivative: Array | float | None = field(default=None, repr=False)
    is_output: bool = False
    primitive: Any = field(default=None, repr=False)

    @property
    def symbol(self) -> str:
        """Symbol of the variable on paper: its name, uₖ, or the value of a constant.

        Digits at the end of a name become a subscript: 'W1' is written W₁. A constant
        array is written c.
        """
        if self.name:
            return re.sub(
                r"(?<=[^\W\d_])_?(\d+)$",
                lambda found: found[1].translate(_SUBSCRIPTS),
                self.name,
            )
        if self.kind != "constant":
            return f"u{self.number}".translate(_SUBSCRIPTS)
        return f"{self.value:.4g}".replace("-", "−") if self.shape == () else "c"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value; () for numbers."""
        return np.shape(self.value)

    def __repr__(self):
        """Return the symbol, the kind or the operation, and the shape."""
        what = self.operation or self.kind
        operands = ", ".join(operand.symbol for operand in self.operands)
        call = f"{what}({operands})" if self.operands else what
        return f"<Node {self.symbol} = {call}, shape {self.shape}>"


def without_subscripts(symbol):
    """Return a symbol with plain digits, so that 'u₁₂' and 'u12' are equal."""
    return symbol.translate(_DIGITS)
