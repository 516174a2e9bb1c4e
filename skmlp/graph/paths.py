"""Paths from the output of a graph to a variable, and their parts of the derivative."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from skmlp.base.types import Array, DataFrame
from skmlp.graph.any_graph import AnyGraph
from skmlp.graph.chain_rule import derivatives_of, nodes_between, received, resolved
from skmlp.graph.node import Node
from skmlp.graph.notation import derivative_symbol
from skmlp.graph.number_text import number, quantity, shape_text
from skmlp.graph.trace_table import TraceTable

__all__ = ["GraphPath", "GraphPaths", "paths_between"]


@dataclass(frozen=True, eq=False)
class GraphPath:
    """Path from the output to a variable: one summand of the derivative.

    Attributes
    ----------
    nodes : tuple of Node
        Nodes of the path, from the output ℓ to the variable.
    factors : tuple of float or tuple of int
        ∂uⱼ/∂uₖ for each step of the path: a number if both are numbers, otherwise the
        shape of this array of derivatives: the shape of uⱼ, then that of uₖ.
    contribution : ndarray or float
        Product of the factors, of the shape of the variable.
    """

    nodes: tuple[Node, ...]
    factors: tuple[float | tuple[int, ...], ...]
    contribution: Any

    @property
    def symbols(self) -> str:
        """The factors as symbols, such as '∂ℓ/∂u₄·∂u₄/∂w'."""
        return "·".join(
            derivative_symbol(user.symbol, node.symbol)
            for user, node in pairwise(self.nodes)
        )

    @property
    def numbers(self) -> str:
        """The factors as numbers, such as '0.25·(−2)'; shapes for arrays."""
        return "·".join(map(_factor_text, self.factors))

    def __str__(self) -> str:
        value = quantity(self.contribution)
        if not self.factors:
            return value
        return f"{self.symbols} = {self.numbers} = {value}"


@dataclass(frozen=True, eq=False)
class GraphPaths(Sequence[GraphPath]):
    """Paths from the output of a graph to a variable, which add up to its derivative.

    Attributes
    ----------
    of, wrt : Node
        The output ℓ, and the variable.
    paths : list of GraphPath
        The paths.
    """

    of: Node
    wrt: Node
    paths: list[GraphPath]

    @property
    def derivative(self) -> Array | float:
        """Sum of the contributions of all paths: ∂ℓ/∂w."""
        parts = [path.contribution for path in self.paths]
        return np.sum(parts, axis=0)[()] if parts else np.zeros(self.wrt.shape)[()]

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: Any) -> Any:
        return self.paths[index]

    def __iter__(self) -> Iterator[GraphPath]:
        return iter(self.paths)

    def table(self) -> TraceTable:
        """Return a table: the factors of each path in symbols and numbers."""
        rows = [
            (path.symbols or "1", path.numbers or "1", quantity(path.contribution))
            for path in self.paths
        ]
        symbol = derivative_symbol(self.of.symbol, self.wrt.symbol)
        paths = "path" if len(rows) == 1 else "paths"
        title = (
            f"{symbol} = {quantity(self.derivative)}: the sum of {len(rows)} {paths}"
        )
        return TraceTable(title, ("path", "factors", "product"), rows)

    def __str__(self) -> str:
        return str(self.table())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the table as HTML, for notebooks."""
        return self.table()._repr_html_()

    def to_frame(self) -> DataFrame:
        """Return the table as a pandas data frame of text."""
        return self.table().to_frame()


def paths_between(
    graph: AnyGraph,
    of: Node | str | None,
    wrt: Node | str,
    max_paths: int = 10_000,
) -> GraphPaths:
    """Return every path from the output to a variable, with its factors as numbers.

    Parameters
    ----------
    graph : Graph
        The graph.
    of : Node or str or None
        Node ℓ at which the paths begin, or its symbol; None for the output.
    wrt : Node or str
        Node at which they end, or its symbol.
    max_paths : int, default=10_000
        The most paths to list.

    Raises
    ------
    ValueError
        If there is no such node, if there are more than `max_paths` paths, or if `of`
        is an array and there was no backward pass with a seed.
    """
    top, end = resolved(graph, of, "of"), resolved(graph, wrt, "wrt")
    between = nodes_between(graph, top, end)
    n_paths = _count(graph, top, end, between)
    if n_paths > max_paths:
        raise ValueError(
            f"there are {n_paths:,} paths from {top.symbol} to {end.symbol}, more than "
            f"max_paths={max_paths:,}; choose nodes that are closer to each other, or "
            "a larger max_paths."
        )
    seed = np.ones(()) if top.shape == () else derivatives_of(graph, top)[top]
    found = []
    # By a stack, as a path may be longer than Python's recursion limit.
    stack: list[tuple[tuple[Node, ...], tuple[Any, ...], Any]] = []
    if top in between:
        stack.append(((top,), (), seed))
    while stack:
        nodes, factors, derivative = stack.pop()
        node = nodes[-1]
        if node is end:
            found.append(GraphPath(nodes, factors, np.asarray(derivative)[()]))
            continue
        for operand in reversed(_operands(node, between)):
            part = received(graph, node, operand, derivative)
            factor = _factor(graph, node, operand)
            stack.append(((*nodes, operand), (*factors, factor), part))
    return GraphPaths(top, end, found)


def _operands(node, between):
    """Return the operands of a node that are between the ends, each once."""
    return [
        each
        for each in dict.fromkeys(node.operands)
        if each in between and each.kind != "constant"
    ]


def _count(graph, top, end, between):
    """Return the number of paths, without a list of them."""
    counts = {end: 1}
    for node in graph.nodes:
        if node in between and node is not end:
            counts[node] = sum(counts.get(each, 0) for each in _operands(node, between))
    return counts.get(top, 0)


def _factor(graph, node, operand):
    """Return ∂uⱼ/∂uₖ as a number, or its shape if one of both is an array."""
    if node.shape == () and operand.shape == ():
        return float(received(graph, node, operand, np.ones(())))
    return node.shape + operand.shape


def _factor_text(factor):
    """Return a factor as text: negative numbers in brackets, shapes as they are."""
    if isinstance(factor, tuple):
        return shape_text(factor)
    text = number(factor)
    return f"({text})" if text.startswith("−") or "·" in text else text
