"""What a solver may ask an objective for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from skmlp.base.rows import ALL_ROWS
from skmlp.base.types import Array, RowChoice
from skmlp.network.fused import FusedProblem

__all__ = ["Objective", "TwiceDifferentiable"]


class Objective(ABC):
    """A function of a flat parameter vector that is a mean over rows."""

    l1 = 0.0
    """Strength of an l1 penalty of the weights: what is divided by Σᵢ sᵢ."""

    noisy = False
    """Whether `value_and_gradient` takes a `noise_key`, so that training adds noise."""

    @property
    @abstractmethod
    def n_rows(self) -> int:
        """The number of rows there are."""

    @abstractmethod
    def value_and_gradient(
        self, parameters: Array, rows: RowChoice = ALL_ROWS
    ) -> tuple[float, Array]:
        """Return the mean over the rows asked for, and its gradient (flat).

        Penalties are part of both. `rows` are numbers of rows, or a slice; the default
        stands for all rows.
        """

    @property
    def weights(self) -> slice:
        """Which parameters a penalty, or a rule's decay, shrinks: a slice of them."""
        return slice(None)

    def weight_matrices(self, parameters: Array) -> list[Array]:
        """Views of the parameters: weights whose columns belong to a unit each."""
        return []

    def over(self, rows: Array) -> Objective:
        """Return the mean over these rows alone, as an objective."""
        everything = len(rows) == self.n_rows
        if everything and np.array_equal(np.sort(rows), np.arange(self.n_rows)):
            return self
        return _OverRows(self, rows)

    def fused(self) -> FusedProblem | None:
        """Itself as the kernels of whole runs take it, or None."""
        return None

    @property
    def precision(self) -> float:
        """The relative rounding error of one evaluation."""
        return float(np.finfo(np.float64).eps)

    def gradient_size(self, gradient: Array) -> float:
        """How far from stationary: the largest absolute entry of the gradient."""
        return float(np.max(np.abs(gradient), initial=0.0))

    def threads(self) -> AbstractContextManager[Any]:
        """For a solver's whole run: the threads that its products are worth."""
        return nullcontext()


class _OverRows(Objective):
    """An objective over some of the rows of another one."""

    def __init__(self, objective, rows):
        self.objective, self.rows, self.l1 = objective, rows, objective.l1

    @property
    def n_rows(self) -> int:
        """The number of these rows."""
        return len(self.rows)

    def value_and_gradient(self, parameters, rows=ALL_ROWS, **settings):
        """Return the mean over these rows, or some of them, and its gradient."""
        rows = self.rows if rows is ALL_ROWS else self.rows[rows]
        return self.objective.value_and_gradient(parameters, rows, **settings)


class TwiceDifferentiable(Objective):
    """What Newton's method asks for."""

    @abstractmethod
    def hessian(self, parameters: Array) -> Array:
        """Second derivative over all rows (n_parameters, n_parameters)."""

    def flat_groups(self) -> Array:
        """Parameters (m, size), in groups: no row feels a shift of all in a group.

        At the optimum, the sum over each group is zero. None by default.
        """
        return np.empty((0, 1), dtype=int)
