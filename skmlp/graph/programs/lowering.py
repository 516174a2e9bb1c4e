"""From the trace of a function to the values of its program."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from skmlp.graph.engine import Trace, TracedArray
from skmlp.graph.indexing import SCATTER
from skmlp.graph.programs.builder import Builder, NoProgram
from skmlp.graph.programs.operations import (
    ELEMENTWISE_ROWS,
    REDUCTION_ROWS,
    ROWS_WITH_NODES,
)

__all__ = ["Shapes", "lowered"]

# Data types in which NumPy computes what programs compute: small integers overflow.
_DTYPES = tuple(map(np.dtype, ("f4", "f8", "i4", "i8", "?")))


class Shapes(NamedTuple):
    """Shapes of the arrays of one trace: those of wide and of narrow values."""

    wide: tuple[tuple[int, ...], ...]
    narrow: tuple[tuple[int, ...], ...]
    width: int


def lowered(function, arguments, shapes):
    """Trace a function; return another one that returns its program.

    Parameters
    ----------
    function : callable
        It returns two arrays, which are traced or plain.
    arguments : sequence of ndarray
        Arrays of the first of the wide shapes.
    shapes : Shapes

    Returns
    -------
    program : callable
        `program(tolerance=0)` returns the values of the program (a list of Value), and
        the numbers of its two outputs. With a tolerance, constants of a smaller
        relative difference are one, to compare programs of two precisions.

    Raises
    ------
    NoProgram
        If the function does something that programs do not have; by `program`.
    """
    trace = Trace()
    traced = [trace.input(argument) for argument in arguments]
    results = trace.evaluate(function, traced, {})

    def program(tolerance=0):
        lowering = _Lowering(shapes, trace, tolerance)
        outputs = tuple([lowering.output(each) for each in results])
        return lowering.build.values, outputs

    return program


class _Lowering:
    """Walk through the nodes of a trace, each after its operands."""

    def __init__(self, shapes, trace, tolerance):
        self.shapes, self.build = shapes, Builder(shapes.width, tolerance)
        self.numbers = {}
        inputs = [node for node in trace.nodes if node.kind == "input"]
        for position, node in enumerate(inputs):
            self.numbers[node] = self.build.input(position)

    def output(self, result):
        """Return the number of a result, of an array that may be traced."""
        if not isinstance(result, TracedArray):
            return self.constant(np.asarray(result))
        for node in _in_order(result._node, self.numbers):
            if node.kind != "constant":  # the shape of an operation says how it repeats
                self.numbers[node] = self.value(node)
        return self.numbers[result._node]

    def value(self, node):
        """Return the number of the value of a node; its operands have numbers."""
        kind = self.kind(node.value.shape, node.operation)
        if node.value.dtype not in _DTYPES:
            raise NoProgram(
                f"its operation {node.operation!r} computes in {node.value.dtype}"
            )
        operands = [self.operand(each) for each in node.operands]
        forward = node.primitive.forward
        row = ELEMENTWISE_ROWS.get(forward)
        if row is not None:
            keywords = {"node": node} if row in ROWS_WITH_NODES else {}
            result = row(self.build, *operands, **keywords)
            # An array of equal numbers repeats the other operand along each row.
            return self.build.spread(result) if kind else result
        source = node.operands[0]
        row = REDUCTION_ROWS.get(forward)
        if row is not None and len(operands) == 1:
            within_row = (-1, source.value.ndim - 1)
            axis = node.settings.get("axis")
            axes = axis if isinstance(axis, tuple) else (axis,)
            if source.value.ndim == 2 and len(axes) == 1 and axes[0] in within_row:
                return row(self.build, *operands, width=source.value.shape[1])
        if node.primitive.moves and len(operands) == 1 and row is None:
            return self.moved(node, operands[0], kind)
        raise NoProgram(f"it uses {node.operation!r}, which programs do not have")

    def operand(self, node):
        """Return the number of an operand, also of a constant."""
        if node not in self.numbers:
            self.numbers[node] = self.constant(np.asarray(node.value))
        return self.numbers[node]

    def kind(self, shape, operation):
        """Return True for a wide shape, and False for a narrow one."""
        if shape in self.shapes.wide:
            return True
        if shape in self.shapes.narrow:
            return False
        raise NoProgram(
            f"its operation {operation!r} has a result of shape {shape}, which holds "
            "neither one number for each element nor one for each row"
        )

    def constant(self, array):
        """Return the number of a constant array: uniform, or one number a column."""
        if array.dtype.kind not in "fiub":
            raise NoProgram(f"it has a constant of dtype {array.dtype}")
        if array.ndim == 0:
            return self.build.constant(float(array))
        if array.size and _are_equal(array, array.ravel()[0]):
            return self.build.constant(float(array.ravel()[0]))
        width = self.shapes.width
        if width > 1 and array.ndim and array.shape[-1] == width:
            rows = array.reshape(-1, width)
            if _are_equal(rows, rows[:1]):
                return self.build.constant(rows[0])
        raise NoProgram("it has a constant array with numbers for single rows")

    def moved(self, node, operand, is_wide):
        """Return the value of a node that only moves elements.

        The same operation on the numbers of the elements tells where they go.
        """
        source = node.operands[0]
        if source.kind == "constant":
            raise NoProgram(f"it applies {node.operation!r} to constants alone")
        shape = source.value.shape
        numbers = np.arange(1.0, 1 + np.prod(shape, dtype=int)).reshape(shape)
        found = node.primitive.forward(numbers, **node.settings)
        if found.size == numbers.size and np.array_equal(
            found.ravel(), numbers.ravel()
        ):
            return operand
        width, build = self.shapes.width, self.build
        source_is_wide = shape in self.shapes.wide
        if width > 1 and is_wide and not source_is_wide:
            if np.array_equal(found, np.repeat(numbers.reshape(-1, 1), width, axis=1)):
                return build.spread(operand)
            if node.primitive is SCATTER:
                return self.placed(found, numbers, operand)
        if width > 1 and source_is_wide and not is_wide:
            for column in range(width):
                if np.array_equal(found.ravel(), numbers[:, column]):
                    chosen = build.apply(
                        "where", self.indicator(column), operand, build.constant(0.0)
                    )
                    return build.reduce("row_sum", chosen, width)
        raise NoProgram(f"it moves elements by {node.operation!r}")

    def placed(self, found, numbers, operand):
        """Return a wide value with a narrow one in one column, and zeros elsewhere."""
        for column in range(self.shapes.width):
            expected = np.zeros_like(found)
            expected[:, column] = numbers.ravel()
            if np.array_equal(found, expected):
                wide, zero = self.build.spread(operand), self.build.constant(0.0)
                return self.build.apply("where", self.indicator(column), wide, zero)
        raise NoProgram("it assigns to several columns")

    def indicator(self, column):
        """Return the constant that is 1 in one column, and 0 in the others."""
        return self.build.constant(np.eye(self.shapes.width)[column])


def _in_order(node, known):
    """Return the nodes that a node needs and that are not known, operands first."""
    order, stack, seen = [], [(node, False)], set()
    while stack:
        each, is_done = stack.pop()
        if is_done:
            order.append(each)
        elif each not in known and each not in seen:
            seen.add(each)
            stack.append((each, True))
            stack.extend((operand, False) for operand in each.operands)
    return order


def _are_equal(array, other):
    """Return True if an array equals another, NaN being equal to NaN."""
    return bool(np.all((array == other) | ((array != array) & (other != other))))
