"""Result of the solvers that take all rows at once."""

from __future__ import annotations

from dataclasses import dataclass

from skmlp.base.types import Array

__all__ = ["Minimum"]


@dataclass(frozen=True)
class Minimum:
    """Parameters that a solver found, and how close they are to the minimum.

    `value` is the objective at `parameters`; `gradient_norm` is the largest absolute
    entry of its gradient there; `values` holds the objective after every iteration;
    `duality_gap` bounds how far `value` can be above the minimum (None: the solver
    computes no gap). `interrupted` is True if the user ended the search by the
    keyboard.
    """

    parameters: Array
    value: float
    gradient_norm: float
    n_iter: int
    converged: bool
    message: str
    values: list[float]
    duality_gap: float | None = None
    interrupted: bool = False

    @classmethod
    def at(
        cls,
        parameters: Array,
        value: float,
        gradient_norm: float,
        *,
        tol: float,
        values: list[float],
        n_iter: int,
    ) -> Minimum:
        """Return the result of a solver that ended because its iterations ran out."""
        return cls(
            parameters=parameters,
            value=float(value),
            gradient_norm=gradient_norm,
            n_iter=n_iter,
            converged=gradient_norm <= tol,
            message="the iterations ran out",
            values=values,
        )
