"""Programs: functions of users as short lists of operations, run by NumPy.

A program has registers. The first hold its inputs, the next its constants; operations
write the others. A wide register has several numbers a row, a narrow one has one. A
function that is applied to every unit of a layer has programs of width 1.
"""

from typing import NamedTuple

import numpy as np
from scipy import special

__all__ = ["OPERATIONS", "Program", "constant_result", "n_operands", "run_program"]


class Program(NamedTuple):
    """Program of one function: its operations, and what their registers hold.

    The operations before `n_value_operations` compute the first output, the value; all
    operations compute the second, its derivative.
    """

    code: np.ndarray  # (n_operations, 5) of int32: (code, target, a, b, c)
    is_wide: np.ndarray  # (n_registers,) of int32: 1 for a wide register
    constants: np.ndarray  # (n_constants, width); narrow ones are in column 0
    outputs: np.ndarray  # (2,) of int32: the registers of value and derivative
    n_inputs: int
    n_value_operations: int


def _row_sum(x):
    """Return the sum of every row (n, 1), in the precision of x."""
    return np.sum(x, axis=1, keepdims=True, dtype=np.float64).astype(x.dtype)


def _softplus(x):
    return np.logaddexp(x, np.zeros_like(x))


# Name -> the function; in the order of the codes in c/programs.h.
_FUNCTIONS = {
    **{
        name: getattr(np, name)
        for name in ("positive", "negative", "absolute", "sign", "square", "sqrt")
    },
    **{
        name: getattr(np, name)
        for name in ("reciprocal", "exp", "expm1", "log", "log1p", "tanh")
    },
    "expit": special.expit,
    "softplus": _softplus,
    "erf": special.erf,
    "erfc": special.erfc,
    **{
        name: getattr(np, name)
        for name in (
            *("logical_not", "isnan", "isfinite", "add", "subtract", "multiply"),
            *("divide", "maximum", "minimum", "fmax", "fmin", "logaddexp", "greater"),
            *("greater_equal", "equal", "not_equal", "logical_and", "logical_or"),
            *("logical_xor", "where", "floor", "ceil", "trunc", "rint", "cbrt"),
            *("exp2", "log2", "log10", "sin", "cos", "tan", "arcsin", "arccos"),
            *("arctan", "sinh", "cosh", "arcsinh", "arccosh", "arctanh", "power"),
            *("arctan2", "hypot", "remainder"),
        )
    },
    "row_sum": _row_sum,
    "row_max": lambda x: np.max(x, axis=1, keepdims=True),
    "row_min": lambda x: np.min(x, axis=1, keepdims=True),
    "spread": None,  # repeats the numbers of one column: see `run_program`
}
OPERATIONS = tuple(_FUNCTIONS)


def n_operands(name):
    """Return the number of operands of an operation."""
    if name == "where":
        return 3
    return getattr(_FUNCTIONS[name], "nin", 1)


def run_program(program, first, second, value, derivative):
    """Write the value of a program and, if asked for, its derivative.

    Parameters
    ----------
    program : Program
    first : ndarray of shape (n, width)
        The first input.
    second : ndarray of shape (n, width) or None
        The second input; None if there is only one.
    value : ndarray of shape (n, width) or (n, 1)
        Gets the first output.
    derivative : ndarray of shape (n, width) or None
        Gets the second output; None: it is not computed.
    """
    dtype, width = first.dtype, program.constants.shape[1]
    registers = [first] if second is None else [first, second]
    if len(registers) != program.n_inputs:
        raise ValueError("The arguments of a kernel do not fit together: inputs.")
    for constant in program.constants:
        wide = program.is_wide[len(registers)]
        registers.append(constant[None, : width if wide else 1].astype(dtype))
    registers += [None] * (len(program.is_wide) - len(registers))
    code = program.code
    if derivative is None:
        code = code[: program.n_value_operations]
    with np.errstate(all="ignore"):
        for number, target, *operands in code.tolist():
            name = OPERATIONS[number]
            values = [registers[each] for each in operands[: n_operands(name)]]
            if name == "where":
                values[0] = values[0] != 0
            function = _FUNCTIONS[name]
            if function is None:
                result = np.repeat(values[0], width, axis=1)
            else:
                result = function(*values)
            registers[target] = result.astype(dtype, copy=False)
    value[...] = registers[program.outputs[0]]
    if derivative is not None:
        derivative[...] = registers[program.outputs[1]]


def constant_result(name, *operands):
    """Return the result of an operation on constants, in float64."""
    values = [np.asarray(each, dtype=np.float64) for each in operands]
    if name == "where":
        values[0] = values[0] != 0
    with np.errstate(all="ignore"):
        return np.asarray(_FUNCTIONS[name](*values), dtype=np.float64)
