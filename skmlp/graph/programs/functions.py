"""Programs of activations and of losses, traced from functions of NumPy."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from skmlp._kernels import Program, run_program
from skmlp.graph.differentiate import vjp
from skmlp.graph.errors import TracingError
from skmlp.graph.programs.builder import NoProgram, are_close
from skmlp.graph.programs.lowering import Shapes, lowered
from skmlp.graph.programs.registers import assembled

__all__ = ["function_program", "known_program", "loss_program"]
__all__ += ["require_agreement", "run_on"]

# Where a function is traced: a shape, a precision. One that draws random numbers, or
# reads the shape or the precision, has other operations or constants there.
_SHAPES = (((5, 3), np.float64), ((5, 3), np.float64), ((2, 7), np.float32))
_ROWS = ((13, np.float64), (13, np.float64), (7, np.float32))
_TOLERANCE = 1e-5  # of constants that are equal in both precisions
_MOST_COLUMNS = 4096
# Programs that were found, of each object that has one: they are no part of its state.
_known: weakref.WeakKeyDictionary[Any, dict[Any, Program | None]]
_known = weakref.WeakKeyDictionary()


def function_program(
    function: Callable[[Any], Any], derivative: Callable[[Any], Any] | None = None
) -> Program:
    """Return the program of an element-wise function and of its derivative.

    Parameters
    ----------
    function : callable
        It takes an array and returns an array of its shape.
    derivative : callable, default=None
        The derivative, which takes and returns such arrays; None: reverse mode finds
        it.

    Raises
    ------
    NoProgram
        If the function is not element-wise, does not give the same operations at two
        shapes and in two precisions, or has operations that programs do not have.
    """

    def both(z):
        if derivative is not None:
            return function(z), derivative(z)
        value, pullback = vjp(function, z)
        return value, pullback(np.ones(z.shape))[0]

    def at(shape, dtype):
        shapes = Shapes(wide=(shape,), narrow=(), width=1)
        return lowered(both, [_points(shape, dtype)], shapes)

    values, outputs = _agreed(at, _SHAPES)
    return assembled(values, outputs, 1, 1, value_is_wide=True)


def loss_program(
    function: Callable[[Any, Any], Any],
    n_scores: int,
    gradient: Callable[[Any, Any], Any] | None = None,
) -> Program:
    """Return the program of a loss of rows, and of its gradient by the scores.

    Parameters
    ----------
    function : callable
        It takes y and scores (n, n_scores) and returns the loss of each row (n,).
    n_scores : int
    gradient : callable, default=None
        The gradient, which takes y and scores and returns an array of their shape;
        None: reverse mode finds it.

    Raises
    ------
    NoProgram
        If the loss of a row depends on other rows, if the operations are not the same
        for two numbers of rows and in two precisions, or if programs do not have them.
    """
    if n_scores > _MOST_COLUMNS:
        raise NoProgram(f"there are more than {_MOST_COLUMNS} scores")

    def both(y, scores):
        if gradient is not None:
            return function(y, scores), gradient(y, scores)
        value, pullback = vjp(lambda scores: function(y, scores), scores)
        return value, pullback(np.ones(value.shape))[0]

    def at(n_rows, dtype):
        if n_rows == n_scores:  # shapes tell rows from columns
            n_rows += 1
        wide, narrow = ((n_rows, n_scores),), ((n_rows,), (n_rows, 1))
        shapes = Shapes(wide, narrow, n_scores)
        if n_scores == 1:
            shapes = Shapes(wide + narrow, (), 1)
        points = _points((n_rows, n_scores), dtype)
        return lowered(both, [np.abs(np.cos(points)), points], shapes)

    values, outputs = _agreed(at, _ROWS)
    return assembled(values, outputs, 2, n_scores, value_is_wide=n_scores == 1)


def _points(shape, dtype):
    """Return different numbers of a shape, none of which is a round one."""
    count = np.arange(1, 1 + np.prod(shape, dtype=int))
    return (2 * np.sin(np.sqrt(2) * count).reshape(shape)).astype(dtype)


def _agreed(trace, places):
    """Return what `lowered` returns at the first place; all have to be one program.

    `places` has the arguments of every trace. The last is in float32, in which NumPy
    rounds constants; they are compared up to rounding.
    """
    results = []
    for place in places:
        try:
            with np.errstate(all="ignore"):
                results.append(trace(*place))
        except NoProgram:
            raise
        except (
            TracingError,
            ArithmeticError,
            LookupError,
            TypeError,
            ValueError,
        ) as error:
            raise NoProgram(f"it cannot be traced: {error}") from error
    first, again, other = results
    same = repr(first()) == repr(again())
    if not same or not _are_one_program(first(_TOLERANCE), other(_TOLERANCE)):
        raise NoProgram(
            "its operations change with the shape or the precision of the array, or "
            "from call to call"
        )
    return first()


def _are_one_program(first, other):
    """Return True if two programs are equal, constants up to rounding."""
    (values, outputs), (other_values, other_outputs) = first, other
    if outputs != other_outputs or len(values) != len(other_values):
        return False
    return all(
        each == its or are_close(each, its, _TOLERANCE)
        for each, its in zip(values, other_values, strict=True)
    )


def known_program(owner: Any, key: Any, find: Callable[[], Program]) -> Program | None:
    """Return the program of an object that `find` found first; None if it has none.

    Parameters
    ----------
    owner : object
        Activation or loss, which holds the function.
    key : object
        Tells programs of one object apart: its number of scores, for example.
    find : callable
        It returns the program, or raises NoProgram.
    """
    programs = _known.setdefault(owner, {})
    if key not in programs:
        try:
            programs[key] = find()
        except NoProgram:
            programs[key] = None
    return programs[key]


def require_agreement(found: Any, expected: Any, tolerance: float) -> None:
    """Raise NoProgram if results differ from those of NumPy by more than rounding."""
    for ours, theirs in zip(found, expected, strict=True):
        scale = np.maximum(1, np.abs(theirs))
        with np.errstate(all="ignore"):
            same = (np.abs(ours - theirs) <= tolerance * scale) | (ours == theirs)
        if not np.all(same | ((ours != ours) & (theirs != theirs))):
            raise NoProgram("in the precision of the kernels it has other results")


def run_on(program: Program, *inputs: Any, derivative: bool = True) -> tuple[Any, Any]:
    """Return the value of a program and its derivative, or None instead of it.

    Parameters
    ----------
    program : Program
    *inputs : ndarray of shape (n, width)
        float32 or float64; all have the dtype of the last one afterwards.
    derivative : bool, default=True

    Returns
    -------
    value : ndarray of shape (n, width) or (n, 1)
    derivative : ndarray of shape (n, width) or None
    """
    last = inputs[-1]
    first, second = (*inputs, None) if len(inputs) == 1 else inputs
    n_columns = last.shape[1] if program.is_wide[program.outputs[0]] else 1
    value = np.empty((len(last), n_columns), last.dtype)
    slope = np.empty(last.shape, last.dtype) if derivative else None
    run_program(program, first.astype(last.dtype, copy=False), second, value, slope)
    return value, slope
