"""Losses given by one function of NumPy, whose gradient a graph finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from skmlp._kernels import Program
from skmlp.base.options import StrOptions
from skmlp.base.types import Array
from skmlp.graph.user_functions import (
    name_of,
    require_equal,
    require_finite,
    results_of,
)
from skmlp.losses.base import Loss
from skmlp.losses.curvature import curvature_by_graph, gradient_by_graph
from skmlp.losses.function_pair import (
    CHECKED_ROWS,
    INVERSE_LINKS,
    FunctionPair,
    InverseLink,
    checked_result,
    gradient_mismatch,
    points_of,
)
from skmlp.losses.programs import program_of_loss, results_of_program

__all__ = ["PlainFunction", "loss_of_functions"]

# Factors of the scores at which some gradient has to differ from zero.
_FACTORS = (1, -1, 10, -10, 1000, -1000)


@dataclass(eq=False, repr=False)
class PlainFunction(Loss):
    """Loss given by a function of NumPy, without its gradient.

        ℓ = function(y, scores)

    ``loss=function`` stands for an object of this class. A graph finds the gradient
    (:func:`skmlp.graph.vjp`). The function is checked before every fit, on some rows of
    y. The loss of a row may depend on this row alone. To be pickled, the function has
    to be importable.

    Parameters
    ----------
    function : callable
        It takes y and scores, both (n, K), and returns the loss of each row (n,). For
        one class of many, y has a one in the column of the class and zeros elsewhere.
    inverse_link : {'identity', 'logistic', 'softmax'}, default='identity'
        Name of the function from scores to means. ``loss=function`` of a classifier
        takes 'softmax' for one class of many, and otherwise 'logistic'.
    """

    _parameter_constraints: ClassVar[dict] = {
        "function": [callable],
        "inverse_link": [StrOptions(set(INVERSE_LINKS))],
    }

    kernel: ClassVar[str] = "loss_program"

    function: Callable[[Any, Any], Any]
    inverse_link: InverseLink = "identity"

    def program(self, n_scores: int) -> Program | None:
        """Return the program of the function and its gradient, or None."""
        return program_of_loss(self, n_scores, self.function, self._traced)

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Return the loss of each row (n,), and its gradient by the scores (n, K)."""
        by_program = results_of_program(self, y, scores)
        return self._traced(y, scores) if by_program is None else by_program

    def _traced(self, y, scores):
        """Return the losses and their gradient, both computed by NumPy's functions."""
        from skmlp.graph import vjp

        def both(y, scores):
            value, pullback = vjp(lambda s: self.function(y, s), scores)
            return value, pullback(np.ones_like(value))[0]

        # The function gets copies, which it may change; `vjp` copies the scores.
        value, gradient = results_of(self._label, both, y.copy(), scores)
        value = checked_result(value, scores, scores.shape[:1], self._label, "result")
        return value, gradient.astype(scores.dtype, copy=False)

    def _values(self, y, scores):
        """Return the losses of rows (n,), computed by NumPy's functions."""
        values = results_of(self._label, self.function, y.copy(), scores.copy())
        return checked_result(values, scores, scores.shape[:1], self._label, "result")

    def curvature(self, y: Array, scores: Array) -> Array:
        """Return the Hessians of all rows (n, K, K): a graph differentiates twice.

        Raises
        ------
        ValueError
            If the second derivatives cannot be traced.
        """
        gradient = gradient_by_graph(lambda scores: self.function(y, scores))
        return curvature_by_graph(gradient, scores, self._label)

    def formula(self, y: Array, scores: Array) -> Array:
        """Return function(y, scores), of arrays or of traced scores."""
        return self.function(y, scores)

    def mean(self, scores: Array) -> Array:
        """Return the mean of y given the scores (n, K), by the inverse link."""
        return INVERSE_LINKS[self.inverse_link](scores)

    def check_targets(self, y: Array) -> None:
        """Raise ValueError if the function is no loss of these targets.

        It is none if it cannot be traced, is not finite, returns another shape, depends
        on other rows or changes from call to call, or if its gradient is zero
        everywhere or differs from finite differences.
        """
        rows, label = y[:CHECKED_ROWS].astype(np.float64), self._label
        scores = points_of(rows)
        value, gradient = self._traced(rows, scores)

        def row(index):
            return f"y = {rows[index].tolist()} and scores = {scores[index].tolist()}"

        note = "Scores are any real numbers, no probabilities. "
        require_finite(label, "value", value, row, note)
        require_finite(
            label, "gradient", gradient, lambda index: row(index // rows.shape[1]), note
        )
        again, _ = self._traced(rows, scores)
        require_equal(label, value, again, "changes from call to call")
        reversed_rows, _ = self._traced(rows[::-1], scores[::-1])
        single, _ = self._traced(rows[:1], scores[:1])
        why = "gives a row another loss if the other rows change"
        require_equal(label, value, reversed_rows[::-1], why)
        require_equal(label, value[:1], single, why)
        self._check_gradient(rows, scores)
        mismatch = gradient_mismatch(
            self._values,
            lambda y, s: self._traced(y, s)[1],
            rows,
            scores,
        )
        if mismatch is not None:
            index, k, found, expected = mismatch
            raise ValueError(
                f"{label}: at {row(index)} its graph has the derivative {found:.6g} by "
                f"score {k}, but the slope is {expected:.6g}. Pass a pair (value, "
                "gradient)."
            )

    def _check_gradient(self, rows, scores):
        """Raise ValueError if the gradient is zero everywhere, near y and far away."""
        if not any(self._traced(rows, f * scores)[1].any() for f in _FACTORS):
            note = ""
            if rows.shape[1] == 1:
                note = (
                    " Of one score, as for two classes, the softmax is always 1: use "
                    "the logistic function, scipy.special.expit."
                )
            raise ValueError(
                f"{self._label}: its gradient by the scores is zero everywhere, so "
                "that the network cannot learn. Use a loss that changes smoothly with "
                "the scores, in place of a count of errors, or pass a pair (value, "
                f"gradient).{note}"
            )

    @property
    def _label(self):
        """The parameter and the name of its function, for messages."""
        return f"loss={name_of(self.function)}"


def loss_of_functions(choice: Any, inverse_link: InverseLink) -> Loss:
    """Return the loss of a function, or of a pair of functions (value, gradient)."""
    if isinstance(choice, tuple):
        return FunctionPair.of(choice, inverse_link)
    return PlainFunction(choice, inverse_link)
