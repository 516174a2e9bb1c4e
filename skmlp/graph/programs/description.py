"""Programs as text, to see what the kernels run for a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from skmlp._kernels import OPERATIONS, Program, n_operands
from skmlp.graph.number_text import number
from skmlp.graph.programs.builder import NoProgram
from skmlp.graph.programs.functions import function_program, loss_program

__all__ = ["describe_program"]


def describe_program(function: Callable[..., Any], n_scores: int | None = None) -> str:
    """Return the operations that compiled kernels run for a function, line by line.

    Networks run an activation or a loss of a user's function as such a program, if it
    has one, and otherwise in Python.

    Parameters
    ----------
    function : callable
        Activation, a function of z; or a loss, a function of y and scores that returns
        the loss of each row.
    n_scores : int, default=None
        Number of scores of a row, for a loss; None for an activation.

    Returns
    -------
    text : str
        One operation a line, first those of the value, then those of the derivative.
        Row sums and row maxima are over the scores of a row; `spread` repeats a number
        for each score.

    Raises
    ------
    ValueError
        If the function has no program. The message says why.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.graph import describe_program
    >>> print(describe_program(lambda z: z * np.tanh(z)))
    u1 = tanh(z)
    u2 = multiply(z, u1)
    value: u2
    u3 = multiply(u1, u1)
    u4 = subtract(1, u3)
    u5 = multiply(z, u4)
    u6 = add(u1, u5)
    derivative: u6
    """
    try:
        if n_scores is None:
            return _text(function_program(function), ["z"])
        return _text(loss_program(function, n_scores), ["y", "scores"])
    except NoProgram as error:
        name = getattr(function, "__name__", repr(function))
        raise ValueError(
            f"{name} has no program, and runs in Python: {error}."
        ) from None


def _text(program: Program, inputs: list[str]) -> str:
    """Return the lines of a program; registers that are used again get new names."""
    names = dict(enumerate(inputs))
    for register, constant in enumerate(program.constants, len(inputs)):
        if program.is_wide[register] and len(set(constant.tolist())) > 1:
            names[register] = f"[{', '.join(map(number, constant))}]"
        else:
            names[register] = number(constant[0])
    lines = []
    for step, (code, target, *operands) in enumerate(program.code.tolist(), 1):
        if step == program.n_value_operations + 1:
            lines.append(f"value: {names[program.outputs[0]]}")
        used = [names[each] for each in operands[: n_operands(OPERATIONS[code])]]
        names[target] = f"u{step}"
        lines.append(f"u{step} = {OPERATIONS[code]}({', '.join(used)})")
    if len(program.code) == program.n_value_operations:
        lines.append(f"value: {names[program.outputs[0]]}")
    return "\n".join([*lines, f"derivative: {names[program.outputs[1]]}"])
