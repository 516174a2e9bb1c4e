"""Reverse-mode differentiation: record operations, then pull derivatives back.

A `TracedArray` stands for an array. NumPy hands every function of it to `HANDLERS`,
whose entries compute the value and add a node to the trace. Values in a trace may be
traced arrays of an outer trace, so that derivatives can be differentiated again.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from skmlp.graph.array_methods import ArrayMethods
from skmlp.graph.broadcasting import sum_to
from skmlp.graph.errors import evaluated, refusal, unlike_arrays
from skmlp.graph.handlers import HANDLERS
from skmlp.graph.masks import either, mask_of
from skmlp.graph.node import Node
from skmlp.graph.refusals import Refusals, refuse_function, refuse_ufunc

__all__ = ["Primitive", "Trace", "TracedArray", "contributions", "pull_back"]


class Trace:
    """Record of the inputs and operations of one evaluation, in their order."""

    _count = itertools.count()

    def __init__(self):
        self.number = next(Trace._count)  # an inner trace begins later
        self.nodes = []
        self.constants = {}
        self.closed = False

    def evaluate(self, f, arguments, keywords):
        """Return f(...); afterwards nothing more can be recorded."""
        try:
            return evaluated(f, *arguments, **keywords)
        finally:
            self.closed = True

    def input(self, value, name=""):
        """Return a traced array for an input of the function."""
        return self.add(Node("input", name=name, value=value))

    def add(self, node):
        """Record a node and return a traced array for its value."""
        self.nodes.append(node)
        return TracedArray(node, self)

    def constant(self, value):
        """Return a node for a constant; one for all uses of an array.

        It has a copy of the array, which the function may fill with other numbers.
        """
        if not isinstance(value, np.ndarray):
            return Node("constant", value=value)
        known = self.constants.get(id(value))
        if known is None or not _are_equal(known.value, value):
            known = Node("constant", value=value.copy())
            self.constants[id(value)] = known
        return known


class TracedArray(ArrayMethods, Refusals, NDArrayOperatorsMixin):
    """Stand-in for an array; every operation on it is recorded in a trace."""

    __slots__ = ("_node", "_trace")
    __hash__ = object.__hash__

    def __init__(self, node, trace):
        self._node = node
        self._trace = trace

    def __array_ufunc__(self, ufunc, method, *operands, **settings):
        handler = HANDLERS.get(ufunc) or HANDLERS.get(ufunc.__name__)
        if handler is None or method != "__call__" or settings:
            return refuse_ufunc(ufunc, method, operands, settings)
        return handler(*operands)

    def __array_function__(self, function, types, operands, settings):
        handler = HANDLERS.get(function)
        if handler is None:
            return refuse_function(function)
        return handler(*operands, **settings)


@dataclass(frozen=True, eq=False)
class Primitive:
    """Operation with its value and its derivatives: a row of the table.

    Calling it computes the value of plain arrays, and traces traced ones.

    Parameters
    ----------
    name : str
        Name of the operation.
    forward : callable
        `forward(*operands, **settings)` returns the value of plain arrays.
    pullbacks : tuple of callable or None, or a function
        For each operand, `pullback(g, u, *operands, **settings)` turns the gradient g
        with respect to the value u into the gradient with respect to this operand. None
        for operands on which the value depends in steps: the derivative is zero. A
        function of the position returns the pullback if the number of operands varies.
    elementwise : bool, default=False
        True if each element of the value depends on one element of each operand.
    moves : bool, default=False
        True if the value has the elements of the operands, their negatives or their
        sums, in any order.
    selects : bool, default=False
        True if the value has some elements of the operands and omits others.
    public : callable, default=None
        Function of traced arrays to use instead of this primitive in an outer trace.
    """

    name: str
    forward: Callable[..., Any]
    pullbacks: Any
    elementwise: bool = False
    moves: bool = False
    selects: bool = False
    public: Callable[..., Any] | None = None

    def __call__(self, *operands: Any, **settings: Any) -> Any:
        """Return the value; a traced array if an operand is traced."""
        traces = [each._trace for each in operands if isinstance(each, TracedArray)]
        if not traces:
            return self.forward(*operands, **settings)
        trace = max(traces, key=lambda each: each.number)
        if trace.closed:
            raise refusal(
                f"{self.name} of a value whose traced function has returned",
                "Return the value, or compute with it inside the function.",
            )
        nodes = tuple([_node_of(each, trace) for each in operands])
        value = self.value([node.value for node in nodes], settings)
        return trace.add(
            Node("operation", self.name, nodes, settings, value=value, primitive=self)
        )

    def value(self, values, settings):
        """Return the value of operands that may belong to an outer trace."""
        if any(isinstance(each, TracedArray) for each in values):
            return (self.public or self)(*values, **settings)
        value = self.forward(*values, **settings)
        return value if value.ndim else value[()]  # a number instead of 0 axes

    def pullback(self, position):
        """Return the pullback of an operand; None if its derivative is zero."""
        if callable(self.pullbacks):
            return self.pullbacks(position)
        return self.pullbacks[position]


def _node_of(operand, trace):
    """Return the node of an operand; a new constant if the trace does not have it."""
    if isinstance(operand, TracedArray):
        if operand._trace is trace:
            return operand._node
    elif type(operand) not in (np.ndarray, float, int):
        operand = _plain(operand)
    kind = operand.dtype.kind if hasattr(operand, "dtype") else "f"
    if kind not in "fiub":
        raise refusal(
            f"An operand of dtype {operand.dtype}",
            "Only arrays of real numbers can be traced, no complex numbers.",
        )
    return trace.constant(operand)


def _plain(operand):
    """Return an operand as a plain array, if this does not change its meaning."""
    problem = unlike_arrays(operand)
    if problem:
        raise refusal(f"An operand of the type {type(operand).__name__}", problem)
    return operand if isinstance(operand, np.generic) else np.asarray(operand)


def _are_equal(first, second):
    """Return True if two arrays are equal in data type, shape and numbers."""
    if first.dtype != second.dtype or first.shape != second.shape:
        return False
    return np.array_equal(first, second, equal_nan=first.dtype.kind == "f")


def pull_back(nodes, output, seed):
    """Yield (node, derivative) for every node on which the output depends smoothly.

    Parameters
    ----------
    nodes : list of Node
        Each node stands after its operands.
    output : Node
        Node whose derivatives are computed.
    seed : ndarray
        Gradient with respect to the output, of its shape.
    """
    gradients, masks = {output: seed}, {}
    for node in reversed(nodes):
        if node not in gradients:
            continue
        gradient, mask = gradients.pop(node), masks.pop(node, None)
        yield node, gradient
        for position, part, part_mask in contributions(node, gradient, mask):
            operand = node.operands[position]
            if operand in gradients:
                gradients[operand] = gradients[operand] + part
                masks[operand] = either(masks[operand], part_mask)
            else:
                gradients[operand], masks[operand] = part, part_mask


def contributions(node, gradient, mask=None):
    """Yield (position, gradient, mask) that each operand of a node receives.

    A mask is False for elements that were not selected, by `np.where` for example.
    Their gradient is zero, and stays zero where a derivative is infinite or NaN. None
    stands for a mask without False.
    """
    primitive, settings = node.primitive, node.settings
    values = [operand.value for operand in node.operands]
    if primitive and primitive.elementwise:
        values = [_real(value) for value in values]
    for position, operand in enumerate(node.operands):
        pullback = primitive and primitive.pullback(position)
        if operand.kind == "constant" or pullback is None:
            continue
        pulled = functools.partial(_pulled, pullback, node.value, values, settings)
        if mask is not None and primitive.elementwise and not primitive.moves:
            with np.errstate(all="ignore"):
                part = np.where(mask(), pulled(gradient), 0)
        else:
            part = pulled(gradient)
        if part is None:  # a primitive of the user without this derivative
            continue
        part = sum_to(part, operand.value)
        yield position, part, mask_of(node, operand, pulled, mask)


def _real(value):
    """Return integers as floats: derivatives such as 2·x overflow in small integers."""
    kind = value.dtype.kind if hasattr(value, "dtype") else "f"
    return value.astype(np.float64) if kind in "iu" else value


def _pulled(pullback, value, values, settings, gradient):
    """Return the gradient that a pullback makes of a gradient."""
    return pullback(gradient, value, *values, **settings)
