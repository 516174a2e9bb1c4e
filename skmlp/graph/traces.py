"""Tables of the forward and of the backward pass through a graph."""

from __future__ import annotations

import numpy as np

from skmlp.graph.any_graph import AnyGraph
from skmlp.graph.chain_rule import (
    derivatives_of,
    nodes_between,
    nodes_that_use,
    received,
    resolved,
)
from skmlp.graph.node import Node
from skmlp.graph.notation import derivative_symbol, formula
from skmlp.graph.number_text import number, quantity
from skmlp.graph.trace_table import TraceTable

__all__ = ["backward_trace", "forward_trace"]


def forward_trace(graph: AnyGraph) -> TraceTable:
    """Return the table of the forward pass: uₖ = operation(operands), and the value.

    Values are written with four significant digits. Of arrays with more than six
    entries only the shape is written.
    """
    rows = []
    for node in graph.nodes:
        if node.kind == "constant" and not node.name and node is not graph.output:
            continue  # written in the formulas that use it
        if node.kind == "operation":
            step = f"{node.symbol} = {formula(node)}"
        else:
            step = f"{node.symbol} ({node.kind})"
        rows.append((step, quantity(node.value)))
    return TraceTable("Forward pass", ("step", "value"), rows)


def backward_trace(
    graph: AnyGraph, of: Node | str | None = None, wrt: Node | str | None = None
) -> TraceTable:
    """Return the table of the backward pass.

    Each row is the derivative of ℓ with respect to one node uₖ: the sum over all nodes
    uⱼ that use it of ∂ℓ/∂uⱼ · ∂uⱼ/∂uₖ. The last node comes first.

    Parameters
    ----------
    graph : Graph
        The graph.
    of : Node or str, default=None
        Node ℓ, or its symbol; None for the output.
    wrt : Node or str, default=None
        Node, or its symbol, to whose derivative the table leads: nodes that are not
        between it and `of` are left out. None for all nodes.

    Raises
    ------
    ValueError
        If there is no such node; if `of` does not depend on `wrt`; or if `of` is an
        array and there was no backward pass with a seed.
    """
    top = resolved(graph, of, "of")
    end = None if wrt is None else resolved(graph, wrt, "wrt")
    derivatives = derivatives_of(graph, top)
    between = nodes_between(graph, top, end)
    if end is not None and end not in between:
        raise ValueError(
            f"wrt={end.symbol!r}: {top.symbol} does not depend on it; "
            "its derivative is 0."
        )
    if end is None:
        between |= {node for node in graph.nodes if node.kind in ("input", "parameter")}
    users = nodes_that_use(graph)
    rows = []
    for node in reversed(graph.nodes):
        if node in between and node in derivatives:
            used_by = [each for each in users[node] if each in between]
            rows.append(_row(graph, top, node, used_by, derivatives))
    title = f"Backward pass: derivatives of {top.symbol}"
    return TraceTable(title, ("step", "numbers", "value"), rows)


def _row(graph, top, node, used_by, derivatives):
    """Return the cells of the derivative with respect to one node."""
    left = derivative_symbol(top.symbol, node.symbol)
    value = quantity(derivatives[node])
    if node is top or not used_by:
        return left, "", value
    terms = " + ".join(
        f"{derivative_symbol(top.symbol, user.symbol)}"
        f"·{derivative_symbol(user.symbol, node.symbol)}"
        for user in used_by
    )
    numbers = [_term(graph, user, node, derivatives[user]) for user in used_by]
    if len(used_by) == 1 and node.shape != ():
        numbers = []  # the value says it
    return f"{left} = {terms}", " + ".join(numbers), value


def _term(graph, user, node, derivative):
    """Return ∂ℓ/∂uⱼ · ∂uⱼ/∂uₖ as two numbers; for arrays the product, or its shape."""
    if user.shape == () and node.shape == ():
        local = received(graph, user, node, np.ones(()))
        return f"{_factor(derivative)}·{_factor(local)}"
    return quantity(received(graph, user, node, derivative), few=3)


def _factor(value):
    """Return a number as a factor: in brackets if it is negative."""
    text = number(value)
    return f"({text})" if text.startswith("−") or "·" in text else text
