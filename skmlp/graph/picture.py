"""Contents of a picture of a graph: its shapes, their text, and its arrows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from skmlp.graph.mathtext import math_derivative, math_number, math_symbol
from skmlp.graph.node import Node
from skmlp.graph.notation import operation_sign
from skmlp.graph.number_text import shape_text

__all__ = ["Picture", "Vertex", "picture_of"]

_FEW = 3  # entries of an array that are shown as numbers


@dataclass(frozen=True)
class Vertex:
    """Shape of a picture.

    Attributes
    ----------
    kind : {'input', 'parameter', 'constant', 'operation', 'output'}
        The kind of its node; 'output' is the variable that the last operation computes.
    node : Node
        The node that is drawn.
    sign : str
        Text inside the shape: plain, or mathtext between dollar signs.
    notes : tuple of (str, str)
        Lines of text beside the shape: what the line tells ('symbol', 'value', 'shape'
        or 'derivative'), and its text.
    """

    kind: str
    node: Node
    sign: str
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Picture:
    """Shapes of a picture, and arrows as pairs of their indices."""

    vertices: list[Vertex]
    arrows: list[tuple[int, int]]


def picture_of(
    nodes: Iterable[Node],
    output: Node,
    *,
    values: bool = False,
    derivatives: bool = False,
    shapes: bool = False,
    operations: Mapping[str, str] | None = None,
) -> Picture:
    """Return the shapes and arrows of a graph.

    A constant is drawn once for every operation that uses it, except a constant
    exponent, which is part of the sign of the power. After the last operation comes the
    output, a shape of its own.

    Parameters
    ----------
    nodes : iterable of Node
        Nodes, each after its operands.
    output : Node
        Output of the graph.
    values, derivatives, shapes : bool, default=False
        True to write these beside the shapes.
    operations : dict of str to str, default=None
        Signs of operations instead of the usual ones.
    """
    notes = _Notes(output.symbol, values, derivatives, shapes)
    vertices: list[Vertex] = []
    arrows: list[tuple[int, int]] = []
    index: dict[int, int] = {}
    for node in nodes:
        if node.kind == "constant" and not node.name and node is not output:
            continue
        operands = []
        for operand in _drawn_operands(node):
            if id(operand) not in index or _is_anonymous(operand):
                index[id(operand)] = len(vertices)
                vertices.append(_leaf(operand, notes))
            operands.append(index[id(operand)])
        index[id(node)] = len(vertices)
        if node.kind == "operation":
            sign = operation_sign(node, operations)
            beside = () if node is output else notes.of(node, "operation")
            vertices.append(Vertex("operation", node, sign, beside))
        else:
            vertices.append(_leaf(node, notes))
        arrows += [(operand, index[id(node)]) for operand in operands]
    if output.kind == "operation":
        arrows.append((index[id(output)], len(vertices)))
        sign = f"${math_symbol(output.symbol)}$"
        vertices.append(Vertex("output", output, sign, notes.of(output, "output")))
    return Picture(vertices, arrows)


def _is_anonymous(node):
    """Return True for a constant without a name."""
    return node.kind == "constant" and not node.name


def _drawn_operands(node):
    """Return the operands that get a shape: all but a constant exponent."""
    if node.operation in ("power", "float_power") and len(node.operands) == 2:
        exponent = node.operands[1]
        if _is_anonymous(exponent) and np.ndim(exponent.value) == 0:
            return node.operands[:1]
    return node.operands


def _leaf(node, notes):
    """Return the shape of an input, a parameter or a constant."""
    if _is_anonymous(node) and np.ndim(node.value) == 0:
        return Vertex("constant", node, f"${math_number(node.value)}$")
    sign = f"${math_symbol(node.symbol)}$"
    return Vertex(node.kind, node, sign, notes.of(node, node.kind))


@dataclass(frozen=True)
class _Notes:
    """Choice of the text beside the shapes."""

    output: str
    values: bool
    derivatives: bool
    shapes: bool

    def of(self, node, kind):
        """Return the lines beside the shape of a node."""
        symbol = math_symbol(node.symbol)
        value = np.asarray(node.value) if node.value is not None else None
        lines = []
        if self.values and value is not None and value.size <= _FEW:
            lines.append(("value", f"${symbol} = {_math_quantity(value)}$"))
        elif kind == "operation":
            lines.append(("symbol", f"${symbol}$"))
        is_array = value is not None and value.ndim > 0
        if is_array and (self.shapes or (self.values and value.size > _FEW)):
            lines.append(("shape", f"${_math_shape(value.shape)}$"))
        if self.derivatives and node.derivative is not None and kind != "constant":
            left = math_derivative(self.output, node.symbol)
            derivative = np.asarray(node.derivative)
            if derivative.size <= _FEW:
                text = f"${left} = {_math_quantity(derivative)}$"
            else:
                text = f"${left}:\\ {_math_shape(derivative.shape)}$"
            lines.append(("derivative", text))
        return tuple(lines)


def _math_shape(shape):
    """Return a shape as mathtext."""
    return shape_text(shape).replace(" ", r"\ ")


def _math_quantity(value):
    """Return a number, or the numbers of a small array, as mathtext."""
    if value.ndim == 0:
        return math_number(value[()])
    if value.ndim == 1:
        numbers = r",\ ".join(math_number(each) for each in value)
        return f"[{numbers}]"
    rows = r",\ ".join(_math_quantity(row) for row in value)
    return f"[{rows}]"
