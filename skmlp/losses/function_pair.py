"""Loss that a user defines by a pair of functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from skmlp import _kernels
from skmlp._kernels import Program
from skmlp.base.derivative_check import is_pair, worst_mismatch
from skmlp.base.options import StrOptions
from skmlp.base.types import Array
from skmlp.losses.base import Loss
from skmlp.losses.curvature import curvature_by_graph
from skmlp.losses.programs import program_of_loss

__all__ = ["CHECKED_ROWS", "INVERSE_LINKS", "FunctionPair", "InverseLink"]
__all__ += ["checked_result", "gradient_mismatch", "points_of"]

INVERSE_LINKS = {
    "identity": lambda scores: scores,
    "logistic": _kernels.logistic,
    "softmax": _kernels.softmax,
}
InverseLink: TypeAlias = Literal["identity", "logistic", "softmax"]
_PAIR = "loss=(value, gradient)"
# Number of rows of y for which the gradient is compared with finite differences.
CHECKED_ROWS = 32
# Number of scores that are changed in one call of the loss.
_COLUMNS_AT_ONCE = 32


@dataclass(eq=False, repr=False)
class FunctionPair(Loss):
    """Loss defined by two functions of the user, its value and its gradient.

        ℓ = value(y, scores), dℓ/dscores = gradient(y, scores)

    ``loss=(value, gradient)`` stands for an object of this class. To be pickled, the
    functions have to be importable.

    Parameters
    ----------
    value : callable
        It takes y and scores, both (n, K), and returns the loss of each row (n,). For
        one class of many, y has a one in the column of the class and zeros elsewhere.
    gradient : callable
        It takes y and scores, and returns the derivatives of each row's loss with
        respect to its scores (n, K).
    inverse_link : {'identity', 'logistic', 'softmax'}, default='identity'
        Name of the function from scores to means.
    """

    _parameter_constraints: ClassVar[dict] = {
        "value": [callable],
        "gradient": [callable],
        "inverse_link": [StrOptions(set(INVERSE_LINKS))],
    }

    kernel: ClassVar[str] = "loss_program"

    value: Callable[[Array, Array], ArrayLike]
    gradient: Callable[[Array, Array], ArrayLike]
    inverse_link: InverseLink = "identity"

    @classmethod
    def of(cls, choice: tuple[Any, ...], inverse_link: InverseLink) -> Self:
        """Return the loss for a tuple (value, gradient), or raise ValueError."""
        if not is_pair(choice):
            raise ValueError(
                f"loss={choice!r} is unknown; a pair has to be two functions, (value, "
                "gradient), each of y and scores."
            )
        return cls(*choice, inverse_link)

    def program(self, n_scores: int) -> Program | None:
        """Return the program of both functions, or None if they have none."""
        return program_of_loss(
            self, n_scores, self.value, self._by_numpy, self.gradient
        )

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Return the results of the two functions: (n,) and (n, K)."""
        return self._by_numpy(y, scores)

    def _by_numpy(self, y, scores):
        return self._value(y, scores), self._gradient(y, scores)

    def curvature(self, y: Array, scores: Array) -> Array:
        """Return the Hessians of all rows (n, K, K), derivatives of `gradient`.

        They are symmetric: the mean of ∂gradientₖ/∂scoreₘ and ∂gradientₘ/∂scoreₖ.

        Raises
        ------
        ValueError
            If `gradient` cannot be traced.
        """
        return curvature_by_graph(lambda s: self.gradient(y, s), scores, _PAIR)

    def mean(self, scores: Array) -> Array:
        """Return the mean of y given the scores (n, K), by the inverse link."""
        return INVERSE_LINKS[self.inverse_link](scores)

    def check_targets(self, y: Array) -> None:
        """Raise ValueError if the gradient differs from finite differences."""
        rows = y[:CHECKED_ROWS].astype(np.float64)
        scores = points_of(rows)
        mismatch = gradient_mismatch(self._value, self._gradient, rows, scores)
        if mismatch is not None:
            row, k, ours, theirs = mismatch
            raise ValueError(
                f"loss=(value, gradient): at y = {rows[row].tolist()} and scores = "
                f"{scores[row].tolist()} the gradient by score {k} is given as "
                f"{ours:.6g}, but the slope of the value is {theirs:.6g}. Correct the "
                "gradient, or pass an object of a subclass of skmlp.losses.Loss."
            )

    def _value(self, y, scores):
        """Return `value` of the user, checked: one number per row (n,).

        The functions get copies, which they may change.
        """
        values = self.value(y.copy(), scores.copy())
        return checked_result(values, scores, scores.shape[:1], _PAIR, "value")

    def _gradient(self, y, scores):
        """Return `gradient` of the user, checked: one number per score (n, K)."""
        slopes = self.gradient(y.copy(), scores.copy())
        return checked_result(slopes, scores, scores.shape, _PAIR, "gradient")


def points_of(rows):
    """Return scores at which a loss of targets (n, K) is checked.

    They are irrational numbers, as corners of losses usually are at round ones.
    """
    scores = np.sin(np.sqrt(2) * np.arange(1, rows.size + 1)).reshape(rows.shape)
    return 3 * scores + rows * (np.arange(len(rows)) % 2)[:, None]


def gradient_mismatch(value, gradient, rows, scores):
    """Compare the gradient of a loss with finite differences of its value.

    Parameters
    ----------
    value, gradient : callable
        Functions of y and scores, both (n, K), that return (n,) and (n, K).
    rows, scores : ndarray of shape (n, K)
        Where the two are compared.

    Returns
    -------
    mismatch : tuple or None
        (row, score, derivative, slope) with the largest error for the first score that
        has one above the tolerance; None if no score has.
    """
    n_rows, n_scores = rows.shape
    given = gradient(rows, scores)
    for first in range(0, n_scores, _COLUMNS_AT_ONCE):
        columns = np.arange(first, min(first + _COLUMNS_AT_ONCE, n_scores))
        # Each row is repeated, and each copy has another score that changes.
        all_rows = np.repeat(rows, len(columns), axis=0)
        all_scores = np.repeat(scores, len(columns), axis=0)
        place = (np.arange(len(all_rows)), np.tile(columns, n_rows))

        def values(changed, rows=all_rows, scores=all_scores, place=place):
            scores = scores.copy()
            scores[place] = changed
            return value(rows, scores)

        derivatives = given[:, columns].ravel()
        mismatch = worst_mismatch(
            values, lambda _, found=derivatives: found, all_scores[place]
        )
        if mismatch is not None:
            score, ours, theirs = mismatch
            row, k = divmod(
                int(np.flatnonzero(all_scores[place] == score)[0]), len(columns)
            )
            return row, int(columns[k]), ours, theirs
    return None


def checked_result(result, scores, shape, parameter, name):
    """Return a function's result in the dtype of scores; raise if its shape differs."""
    result = np.asarray(result)
    if result.shape != shape or result.dtype.kind not in "biuf":
        raise ValueError(
            f"{parameter}: for scores of shape {scores.shape} the {name} is "
            f"{result.dtype} of shape {result.shape}; return numbers of shape {shape}."
        )
    return result.astype(scores.dtype, copy=False)
