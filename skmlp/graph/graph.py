"""Computational graphs of plain functions of NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from skmlp.base.types import Array
from skmlp.graph.broadcasting import shape_of, zeros_like
from skmlp.graph.engine import Trace, TracedArray, contributions, pull_back
from skmlp.graph.errors import unlike_arrays
from skmlp.graph.node import Node, without_subscripts
from skmlp.graph.table import HANDLERS
from skmlp.graph.views import GraphViews

__all__ = ["Graph", "named", "trace"]

_MOST_NAMED = 6  # inputs in the `repr` of a graph

assert HANDLERS  # the table is filled when this file is imported


class Graph(GraphViews):
    """Computational graph: variables, and the operations that compute them.

    `skmlp.graph.trace` makes it from a function.

    Parameters
    ----------
    nodes : sequence of Node
        All nodes, each after its operands.
    output : Node
        The node whose value the graph computes.

    Attributes
    ----------
    nodes : tuple of Node
        Nodes on which the output depends, and all inputs, each after its operands.
    output : Node
        Node of the output.
    inputs : dict of str to Node
        Inputs and parameters by name.
    """

    def __init__(self, nodes: Sequence[Node], output: Node) -> None:
        self.nodes = tuple(nodes)
        self.output = output
        self.inputs = {
            node.name: node for node in nodes if node.kind in ("input", "parameter")
        }

    def node(self, symbol: str) -> Node:
        """Return the node of a symbol: a name, or 'u₃', which may be written 'u3'."""
        wanted = without_subscripts(symbol)
        for node in self.nodes:
            known = {node.name, without_subscripts(node.symbol)}
            if node.kind != "constant" and wanted in known:
                return node
        symbols = [node.symbol for node in self.nodes if node.kind != "constant"]
        raise ValueError(
            f"symbol={symbol!r} is not in the graph; use one of {', '.join(symbols)}."
        )

    def with_parameters(self, *names: str) -> Graph:
        """Return a copy of the graph in which the inputs of these names are parameters.

        Raises
        ------
        ValueError
            If a name is not the name of an input.
        """
        for name in names:
            if name not in self.inputs:
                raise ValueError(
                    f"{name!r} is not the name of an input; use one of "
                    f"{', '.join(map(repr, self.inputs))}."
                )
        copies: dict[Node, Node] = {}
        for node in self.nodes:
            kind = "parameter" if node.name and node.name in names else node.kind
            operands = tuple(copies[operand] for operand in node.operands)
            copies[node] = replace(node, kind=kind, operands=operands)
        return Graph(list(copies.values()), copies[self.output])

    def forward(self, **inputs: Any) -> Any:
        """Evaluate the graph for new values of some inputs, and return the output.

        The derivatives of all nodes are removed.

        Parameters
        ----------
        **inputs : ndarray or float
            New values, of the shapes for which the function was traced; the other
            inputs keep their values.

        Raises
        ------
        ValueError
            If an input has another name or another shape.
        """
        for name, value in inputs.items():
            if name not in self.inputs:
                raise ValueError(
                    f"{name!r} is not the name of an input; use one of "
                    f"{', '.join(map(repr, self.inputs))}."
                )
            if np.shape(value) != self.inputs[name].shape:
                raise ValueError(
                    f"{name} has shape {np.shape(value)}, and the graph was traced for "
                    f"shape {self.inputs[name].shape}; trace the function again."
                )
        checked = {name: _own_input(name, value) for name, value in inputs.items()}
        for name, value in checked.items():
            self.inputs[name].value = value
        for node in self.nodes:
            node.derivative = None
            if node.kind == "operation":
                values = [operand.value for operand in node.operands]
                node.value = node.primitive.value(values, node.settings)
        return own_array(self.output.value)

    def backward(self, seed: Any = None) -> dict[str, Array]:
        """Compute the derivative of the output with respect to every node.

        Parameters
        ----------
        seed : ndarray or float, default=None
            Weights of the elements of the output, of its shape; the derivatives are
            those of the weighted sum. None for an output that is one number.

        Returns
        -------
        derivatives : dict of str to ndarray
            Derivatives with respect to the inputs and parameters, by name.

        Raises
        ------
        ValueError
            If the output is an array and there is no seed, or the seed has another
            shape.
        """
        seed = checked_seed(self.output.value, seed)
        for node in self.nodes:
            if node.kind != "constant":
                node.derivative = zeros_like(node.value)
        for node, derivative in pull_back(self.nodes, self.output, seed):
            if node.kind != "constant":
                node.derivative = np.array(derivative)[()]
        found: dict[str, Any] = {
            name: own_array(node.derivative) for name, node in self.inputs.items()
        }
        return found

    def contributions(
        self, node: Node, derivative: Any = None
    ) -> list[tuple[int, Array]]:
        """Return what each operand of a node receives in the backward pass.

        The operand uₖ of uⱼ receives ∂ℓ/∂uⱼ · ∂uⱼ/∂uₖ. Its derivative is the sum over
        all nodes that use it.

        Parameters
        ----------
        node : Node
            Result of an operation.
        derivative : ndarray or float, default=None
            ∂ℓ/∂uⱼ; None for that of the last backward pass.

        Returns
        -------
        contributions : list of (int, ndarray)
            Position among the operands, and the contribution, of the operand's shape.
            It is zero if the operation has steps. Constants receive nothing.
        """
        if derivative is None:
            derivative = node.derivative
        if derivative is None:
            raise ValueError(
                f"{node.symbol} has no derivative; call backward() of the graph first."
            )
        found = {
            position: np.array(part)[()]
            for position, part, _ in contributions(node, np.asarray(derivative))
        }
        return [
            (position, found.get(position, zeros_like(operand.value)))
            for position, operand in enumerate(node.operands)
            if operand.kind != "constant"
        ]

    def __repr__(self):
        """Return the names of the inputs and the number of operations."""
        n = sum(node.kind == "operation" for node in self.nodes)
        symbols = [node.symbol for node in self.inputs.values()]
        if len(symbols) > _MOST_NAMED:
            n_more = len(symbols) - _MOST_NAMED
            symbols[_MOST_NAMED:] = [f"{n_more} more input{'s' * (n_more > 1)}"]
        inputs = ", ".join(symbols)
        return f"<Graph of {inputs}: {n} operations, output {self.output.symbol}>"


def trace(f: Callable[..., Any], /, **inputs: Any) -> Graph:
    """Evaluate a function and return its computational graph.

    Parameters
    ----------
    f : callable
        Function of the inputs, by NumPy's functions and operators. It returns one array
        or number.
    **inputs : ndarray or float
        Values of its keyword arguments; their names are the names of the input nodes.

    Returns
    -------
    graph : Graph
        The graph, with the values of all nodes.

    Raises
    ------
    TracingError
        If the function uses something that cannot be traced.

    Examples
    --------
    >>> graph = trace(lambda x, y: x * y + x, x=2.0, y=3.0)
    >>> [f"{node.symbol} = {node.value}" for node in graph.nodes]
    ['x = 2.0', 'y = 3.0', 'u₁ = 6.0', 'u₂ = 8.0']
    >>> graph.backward()
    {'x': np.float64(4.0), 'y': np.float64(2.0)}
    """
    record = Trace()
    traced = {
        name: record.input(_own_input(name, value), name)
        for name, value in inputs.items()
    }
    result = record.evaluate(f, (), traced)
    if isinstance(result, TracedArray) and result._trace is record:
        output = result._node
    else:
        output = Node("constant", value=own_array(checked_output(result)))
    output.is_output = True
    return Graph(_needed(record.nodes, output), output)


def named(value: Any, name: str) -> Any:
    """Give the node of a traced value a name, and return the value.

    Parameters
    ----------
    value : traced value or ndarray
        Result of an operation. A plain array is returned unchanged.
    name : str
        Name of the variable, such as 'ŷ'. Nodes without a name are called u₁, u₂, ...

    Returns
    -------
    value : traced value or ndarray
        The first argument.

    Raises
    ------
    ValueError
        If the value has another name already, as inputs have.
    """
    if not isinstance(name, str) or not name:
        raise TypeError(f"name={name!r} has to be a string that is not empty.")
    if isinstance(value, TracedArray):
        node = value._node
        if node.name and node.name != name:
            raise ValueError(
                f"the value has the name {node.name!r} already and cannot be called "
                f"{name!r}."
            )
        node.name = name
    return value


def checked_input(name, value):
    """Return a number or an array of real numbers; raise TypeError for others."""
    if isinstance(value, TracedArray | float | int):
        return value
    cure = unlike_arrays(value)
    if cure:
        raise TypeError(
            f"{name} is of type {type(value).__name__}, which cannot be traced. {cure}"
        )
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(
            f"{name} has dtype {array.dtype}; only real numbers can be traced. Convert "
            "it by np.asarray(..., dtype=float)."
        )
    return array if array.ndim else array[()]


def _own_input(name, value):
    """Return a checked input, as a copy that the user cannot change."""
    return own_array(checked_input(name, value))


def own_array(value):
    """Return a copy of an array, and anything else as it is."""
    return value.copy() if isinstance(value, np.ndarray) else value


def checked_output(result):
    """Return the result of a function; raise TypeError unless it is one real array."""
    if isinstance(result, TracedArray):
        return result
    if isinstance(result, np.ndarray | np.generic | float | int):
        array = np.asarray(result)
        if array.dtype.kind in "fiub":
            return array[()]
    raise TypeError(
        f"the function returned {type(result).__name__}; it has to return one array or "
        "number, which is real."
    )


def checked_seed(value, seed):
    """Return the gradient with respect to an output, as an array of its shape."""
    shape = shape_of(value)
    dtype = getattr(value, "dtype", np.dtype(float))
    if seed is None:
        if shape != ():
            raise ValueError(
                f"the output has shape {shape}; return one number, by np.sum for "
                "example, or pass a seed: an array of this shape."
            )
        return np.ones((), dtype if dtype.kind == "f" else float)
    if shape_of(seed) != shape:
        raise ValueError(
            f"seed has shape {shape_of(seed)}, and the output has shape {shape}."
        )
    return seed if isinstance(seed, TracedArray) else np.asarray(seed)


def _needed(nodes, output):
    """Return the inputs and the nodes that the output needs, each after its operands.

    Nodes without a name receive their numbers. ValueError if a name occurs twice.
    """
    needed, waiting = set(), [output]
    while waiting:
        node = waiting.pop()
        if node not in needed:
            needed.add(node)
            waiting.extend(node.operands)
    ordered: dict[Node, None] = {}  # a set that keeps its order
    names = set()
    number = 0
    for node in [*nodes, output]:
        if node in ordered or (node.kind != "input" and node not in needed):
            continue
        for operand in node.operands:
            ordered.setdefault(operand)
        ordered[node] = None
        if node.kind == "operation" and not node.name:
            number += 1
            node.number = number
        if node.name and node.name in names:
            raise ValueError(
                f"two nodes have the name {node.name!r}; give each another name."
            )
        names.add(node.name)
    return list(ordered)
