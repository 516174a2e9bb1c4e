"""Programs of losses that are given by functions of y and scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from skmlp._kernels import Program
from skmlp.base.types import Array

__all__ = ["program_of_loss", "results_of_program"]

# Types of the kernels, and by how much their results may differ from those of NumPy.
_DTYPES = {np.dtype(np.float32): 1e-4, np.dtype(np.float64): 1e-10}
_CHECKED_ROWS = 8


def program_of_loss(
    loss: Any,
    n_scores: int,
    value: Callable[[Any, Any], Any],
    by_numpy: Callable[[Array, Array], tuple[Array, Array]],
    gradient: Callable[[Any, Any], Any] | None = None,
) -> Program | None:
    """Return the program of a loss, if it computes what NumPy computes.

    Parameters
    ----------
    loss : Loss
        The object that has the program; it is found once for each number of scores.
    n_scores : int
    value : callable
        Function of y and scores (n, n_scores) that returns the loss of each row (n,).
    by_numpy : callable
        Function of y and scores that returns the losses and their gradient.
    gradient : callable, default=None
        Function that returns the gradient (n, n_scores); None: reverse mode finds it.
    """
    from skmlp.graph import programs

    def find():
        program = programs.loss_program(value, n_scores, gradient)
        shape = (_CHECKED_ROWS, n_scores)
        numbers = np.sin(np.sqrt(3) * np.arange(1, 1 + shape[0] * n_scores))
        one_hot = np.eye(n_scores)[np.arange(_CHECKED_ROWS) % n_scores]
        for dtype, tolerance in _DTYPES.items():
            for y in (one_hot, np.abs(numbers).reshape(shape)):
                scores = (2 * numbers[::-1]).reshape(shape).astype(dtype)
                y = y.astype(dtype)
                losses, slopes = programs.run_on(program, y, scores)
                expected = by_numpy(y, scores)
                programs.require_agreement((losses[:, 0], slopes), expected, tolerance)
        return program

    return programs.known_program(loss, n_scores, find)


def results_of_program(
    loss: Any, y: Array, scores: Array
) -> tuple[Array, Array] | None:
    """Return the loss of each row and its gradient by a program; None without one."""
    from skmlp.graph import programs

    if scores.dtype not in _DTYPES or y.shape != scores.shape:
        return None
    program = loss.program(scores.shape[1])
    if program is None:
        return None
    losses, gradient = programs.run_on(
        program, np.ascontiguousarray(y), np.ascontiguousarray(scores)
    )
    return losses[:, 0], gradient
