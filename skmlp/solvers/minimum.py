"""Where a solver that sees all rows at once ended."""

from __future__ import annotations

from dataclasses import dataclass

from skmlp.base.types import Array

__all__ = ["Minimum"]


@dataclass(frozen=True)
class Minimum:
    """The parameters reached, and how far they can be trusted.

    `gradient_norm` is the largest absolute entry of the gradient; `values` holds the
    objective after every iteration; `duality_gap` bounds how much lower the objective
    can be, where the solver knows.
    """

    parameters: Array
    value: float
    gradient_norm: float
    n_iter: int
    converged: bool
    message: str
    values: list[float]
    duality_gap: float | None = None

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
        """Return the point reached when the iterations ran out."""
        return cls(
            parameters=parameters,
            value=float(value),
            gradient_norm=gradient_norm,
            n_iter=n_iter,
            converged=gradient_norm <= tol,
            message="the iterations ran out",
            values=values,
        )
