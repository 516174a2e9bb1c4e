"""Interfaces of objectives, as solvers use them."""

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
    """Base class of objectives: means over rows, as functions of flat parameters."""

    l1 = 0.0
    """Strength of the l1 penalty of the weights, before it is divided by Σᵢ sᵢ."""

    noisy = False
    """True if training adds noise: `value_and_gradient` then takes a `noise_key`."""

    @property
    @abstractmethod
    def n_rows(self) -> int:
        """Number of rows over which the objective is a mean."""

    @abstractmethod
    def value_and_gradient(
        self, parameters: Array, rows: RowChoice = ALL_ROWS
    ) -> tuple[float, Array]:
        """Return the objective, a mean over `rows`, and its gradient (n_parameters,).

        Both include the penalties. `rows` are row numbers or a slice; the default is
        all rows.
        """

    def value_at(self, parameters: Array) -> float:
        """Return the objective over all rows, without its gradient."""
        value, _ = self.value_and_gradient(parameters)
        return float(value)

    def value_of_zero_scores(self, rows: Array) -> float:
        """Return the mean over `rows` for a model that knows nothing; here zero."""
        return 0.0

    @property
    def weights(self) -> slice:
        """Slice of the parameters to which penalties and weight decay apply."""
        return slice(None)

    def weight_matrices(self, parameters: Array) -> list[Array]:
        """Return the weights as matrices, a column per unit: views of `parameters`."""
        return []

    def over(self, rows: Array) -> Objective:
        """Return the objective over these rows alone; `rows` are row numbers."""
        has_all_rows = len(rows) == self.n_rows
        if has_all_rows and np.array_equal(np.sort(rows), np.arange(self.n_rows)):
            return self
        return _RowSubset(self, rows)

    def fused(self) -> FusedProblem | None:
        """Return this objective prepared for the compiled kernels, or None."""
        return None

    @property
    def precision(self) -> float:
        """Relative rounding error of one evaluation."""
        return float(np.finfo(np.float64).eps)

    def gradient_size(self, gradient: Array) -> float:
        """Return the largest absolute value in `gradient`, for tests of convergence."""
        return float(np.max(np.abs(gradient), initial=0.0))

    def threads(self) -> AbstractContextManager[Any]:
        """Return a context manager that holds the threads during a run of a solver."""
        return nullcontext()


class _RowSubset(Objective):
    """Objective over some rows of another objective."""

    def __init__(self, objective, rows):
        self.objective, self.rows, self.l1 = objective, rows, objective.l1

    @property
    def n_rows(self) -> int:
        """Number of rows in this subset."""
        return len(self.rows)

    def value_and_gradient(self, parameters, rows=ALL_ROWS, **settings):
        """Return the objective over `rows` of this subset, and its gradient."""
        rows = self.rows if rows is ALL_ROWS else self.rows[rows]
        return self.objective.value_and_gradient(parameters, rows, **settings)


class TwiceDifferentiable(Objective):
    """Base class of objectives with a Hessian, for Newton's method."""

    @abstractmethod
    def hessian(self, parameters: Array) -> Array:
        """Return the Hessian over all rows (n_parameters, n_parameters)."""

    def flat_groups(self) -> Array:
        """Return groups of parameters (n_groups, size), as indices.

        If all parameters of a group are shifted by one constant, the loss of no row
        changes. At the optimum, the sum over each group is zero. By default there are
        no groups.
        """
        return np.empty((0, 1), dtype=int)
