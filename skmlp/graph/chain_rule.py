"""Parts of the chain rule: which nodes use a node, and what each gives to it."""

from __future__ import annotations

from typing import Any

import numpy as np

from skmlp.base.types import Array
from skmlp.graph.any_graph import AnyGraph
from skmlp.graph.engine import pull_back
from skmlp.graph.node import Node

__all__ = ["derivatives_of", "nodes_between", "nodes_that_use", "received", "resolved"]


def resolved(graph: AnyGraph, node: Node | str | None, parameter: str) -> Node:
    """Return a node of the graph by its symbol; the output for None.

    Raises
    ------
    ValueError
        If there is no such node in the graph. The message names the parameter.
    """
    if node is None:
        return graph.output
    if isinstance(node, Node):
        if all(node is not each for each in graph.nodes):
            raise ValueError(f"{parameter} is a node of another graph.")
        return node
    if not isinstance(node, str):
        raise TypeError(
            f"{parameter} has to be a symbol, such as 'x' or 'u3', or a node; got "
            f"{type(node).__name__}."
        )
    try:
        return graph.node(node)
    except ValueError as error:
        raise ValueError(f"{parameter}: {error}") from None


def derivatives_of(graph: AnyGraph, of: Node) -> dict[Node, Any]:
    """Return the derivatives of one node with respect to all nodes before it.

    Those of the output are those of the last backward pass, if there was one.

    Raises
    ------
    ValueError
        If the node is an array, and its derivatives were not computed from a seed.
    """
    if of is graph.output and of.derivative is not None:
        return {
            node: node.derivative for node in graph.nodes if node.kind != "constant"
        }
    if of.shape != ():
        raise ValueError(
            f"{of.symbol} has shape {of.shape}, and only one number has derivatives of "
            "one number each. Choose a node `of` that is one number, or call "
            "graph.backward(seed) and leave out `of`."
        )
    found = {node: np.zeros(node.shape)[()] for node in graph.nodes}
    found.update(pull_back(graph.nodes, of, np.ones(())))
    return {node: value for node, value in found.items() if node.kind != "constant"}


def nodes_that_use(graph: AnyGraph) -> dict[Node, list[Node]]:
    """Return the nodes that have each node as an operand, the last one first."""
    users: dict[Node, list[Node]] = {node: [] for node in graph.nodes}
    for node in reversed(graph.nodes):
        for operand in dict.fromkeys(node.operands):
            users[operand].append(node)
    return users


def nodes_between(graph: AnyGraph, of: Node, wrt: Node | None) -> set[Node]:
    """Return the nodes on paths from `of` to `wrt`, or to any node for None."""
    before: set[Node] = set()
    waiting = [of]
    while waiting:
        node = waiting.pop()
        if node not in before:
            before.add(node)
            waiting.extend(node.operands)
    if wrt is None:
        return before
    after = {wrt}
    for node in graph.nodes:
        if any(operand in after for operand in node.operands):
            after.add(node)
    return before & after


def received(graph: AnyGraph, user: Node, operand: Node, derivative: Any) -> Array:
    """Return ∂ℓ/∂uⱼ · ∂uⱼ/∂uₖ, from ∂ℓ/∂uⱼ, for an operand uₖ of uⱼ.

    It is the sum over all places at which the node is an operand, as two in x·x.
    """
    parts = [
        part
        for position, part in graph.contributions(user, derivative)
        if user.operands[position] is operand
    ]
    return np.sum(parts, axis=0)[()]
