"""A loss that a user gives as a pair of functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from skmlp import _kernels
from skmlp.base.derivative_check import disagreement, is_pair
from skmlp.base.options import StrOptions
from skmlp.base.types import Array
from skmlp.losses.base import Loss

__all__ = ["FunctionPair"]

_INVERSE_LINKS = {
    "identity": lambda scores: scores,
    "logistic": _kernels.logistic,
    "softmax": _kernels.softmax,
}
InverseLink: TypeAlias = Literal["identity", "logistic", "softmax"]
# Rows of y on which the gradient is compared with differences.
CHECKED_ROWS = 32


@dataclass(eq=False, repr=False)
class FunctionPair(Loss):
    """ℓ = value(y, scores), with the gradient gradient(y, scores).

    ``loss=(value, gradient)`` means this. To be pickled, the functions have to be
    importable.

    Parameters
    ----------
    value : callable
        (y, scores), both (n, K) -> the loss of every row (n,). Of one class of many, y
        has a one in the column of the class and zeros elsewhere.
    gradient : callable
        (y, scores) -> the derivative of each row's loss by its scores (n, K).
    inverse_link : {'identity', 'logistic', 'softmax'}, default='identity'
        What turns scores into means.
    """

    _parameter_constraints: ClassVar[dict] = {
        "value": [callable],
        "gradient": [callable],
        "inverse_link": [StrOptions(set(_INVERSE_LINKS))],
    }

    value: Callable[[Array, Array], ArrayLike]
    gradient: Callable[[Array, Array], ArrayLike]
    inverse_link: InverseLink = "identity"

    @classmethod
    def of(cls, choice: tuple[Any, ...], inverse_link: InverseLink) -> Self:
        """The loss that a tuple means."""
        if not is_pair(choice):
            raise ValueError(
                f"loss={choice!r} is unknown; a pair has to be two functions, (value, "
                "gradient), each of y and scores."
            )
        return cls(*choice, inverse_link)

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Those of the functions."""
        return self._value(y, scores), self._gradient(y, scores)

    def mean(self, scores: Array) -> Array:
        """Expected y given the scores."""
        return _INVERSE_LINKS[self.inverse_link](scores)

    def check_targets(self, y: Array) -> None:
        """On some rows of y, compare the gradient with differences."""
        rows = y[:CHECKED_ROWS].astype(np.float64)
        # Of an irrational step, so that corners are met by the rarest chance only.
        scores = np.sin(np.sqrt(2) * np.arange(1, rows.size + 1)).reshape(rows.shape)
        scores = 3 * scores + rows * (np.arange(len(rows)) % 2)[:, None]
        for k in range(rows.shape[1]):
            place = disagreement(
                lambda s, k=k: self._value(rows, _with_column(scores, k, s)),
                lambda s, k=k: self._gradient(rows, _with_column(scores, k, s))[:, k],
                scores[:, k],
            )
            if place is not None:
                score, ours, theirs = place
                row = int(np.flatnonzero(scores[:, k] == score)[0])
                raise ValueError(
                    f"loss=(value, gradient): at y = {rows[row].tolist()} and scores = "
                    f"{scores[row].tolist()} the gradient by score {k} is given as "
                    f"{ours:.6g}, but the slope of the value is {theirs:.6g}. Correct "
                    "the gradient, or pass an object of a subclass of "
                    "skmlp.losses.Loss."
                )

    def _value(self, y, scores):
        """One number a row."""
        return _shaped(self.value(y, scores), scores, scores.shape[:1], "value")

    def _gradient(self, y, scores):
        """One number a score."""
        return _shaped(self.gradient(y, scores), scores, scores.shape, "gradient")


def _with_column(matrix, k, column):
    """A copy with another column k."""
    changed = matrix.copy()
    changed[:, k] = column
    return changed


def _shaped(result, scores, shape, name):
    """What a user's function returned, of the dtype of the scores."""
    result = np.asarray(result)
    if result.shape != shape or result.dtype.kind not in "biuf":
        raise ValueError(
            f"loss=(value, gradient): for scores of shape {scores.shape} the {name} is "
            f"{result.dtype} of shape {result.shape}; return numbers of shape {shape}."
        )
    return result.astype(scores.dtype, copy=False)
