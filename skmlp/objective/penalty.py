"""The penalty of a loss: l1 and l2 strengths of the parameters, and their bounds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from skmlp import _kernels
from skmlp._kernels.arrays import array_namespace
from skmlp.base.types import Array, Bounds
from skmlp.network import Network
from skmlp.objective.l1 import l1_subgradient

__all__ = ["Penalty", "strength_per_parameter"]


@dataclass(frozen=True, eq=False)
class Penalty:
    """l1·‖θ‖₁ + ½·l2·‖θ‖², which is added to the weighted sum of the losses.

    A strength is one number for all weights, which leaves the intercepts free, or an
    array with one for every parameter. `bounds` are the lower and the upper bounds of
    every parameter, ±inf for none; or None.

    The parameters may also be a matrix (m, K), a row a feature: then the strengths are
    (m,) and the bounds (m, K), as `per_feature` makes them.
    """

    l1: float | Array = 0.0
    l2: float | Array = 0.0
    bounds: Bounds | None = None

    def per_parameter(
        self, network: Network, *, intercept_scaling: float | None = None
    ) -> Self:
        """Return the penalty with one strength for every parameter of a network.

        With an `intercept_scaling`, intercepts are penalised as liblinear does it: as
        the weights of a feature that has this value in every row.
        """
        l1 = strength_per_parameter(self.l1, network)
        l2 = strength_per_parameter(self.l2, network)
        if intercept_scaling is not None:
            l1[network.n_weights :] = self.l1 / intercept_scaling
            l2[network.n_weights :] = self.l2 / intercept_scaling**2
        return replace(self, l1=l1, l2=l2)

    def in_units(self, exponents: Array) -> Self:
        """Return the equal penalty of parameters in other units, θ·2^exponents.

        There has to be a strength for every parameter.
        """
        bounds = self.bounds
        if bounds is not None:
            bounds = np.ldexp(bounds[0], exponents), np.ldexp(bounds[1], exponents)
        return replace(
            self,
            l1=_within_range(self.l1, -exponents),
            l2=_within_range(self.l2, -2 * exponents),
            bounds=bounds,
        )

    def per_feature(self, n_outputs: int, total_weight: float) -> Self:
        """Return the penalty of the mean loss, with one strength for each feature.

        There has to be a strength for every parameter, the same for all outputs of a
        feature. Where there are no bounds, they are infinite.
        """
        l1, l2 = (
            np.asarray(strength, dtype=np.float64)[::n_outputs] / total_weight
            for strength in (self.l1, self.l2)
        )
        bounds = self.bounds
        if bounds is None:
            none = np.full(np.size(self.l1), np.inf)
            bounds = -none, none
        lower, upper = (np.reshape(bound, (-1, n_outputs)) for bound in bounds)
        return replace(self, l1=l1, l2=l2, bounds=(lower, upper))

    def of_features(self, rows: Any) -> Self:
        """Return the penalty of some rows of a matrix of parameters."""
        arrays: tuple[Any, ...] = self.l1, self.l2, self.lower, self.upper
        l1, l2, lower, upper = (each[rows] for each in arrays)
        part = replace(self, l1=l1, l2=l2, bounds=(lower, upper))
        if not self.bounded:
            vars(part)["bounded"] = False  # there is nothing to look for
        return part

    @property
    def lower(self) -> Any:
        """The lower bounds, None without bounds."""
        return self.bounds and self.bounds[0]

    @property
    def upper(self) -> Any:
        """The upper bounds, None without bounds."""
        return self.bounds and self.bounds[1]

    @cached_property
    def bounded(self) -> bool:
        """True if any parameter has a finite bound."""
        return any(bool(np.isfinite(bound).any()) for bound in self.bounds or ())

    def value(self, parameters: Array) -> float:
        """Return the value of the penalty; every parameter has a strength."""
        cost = self.l1 @ np.abs(parameters)
        if self._has_l2:
            cost += 0.5 * self.l2 @ (parameters * parameters)
        return float(cost.sum())

    @cached_property
    def _has_l2(self):
        return bool(np.any(self.l2))

    def violations(self, parameters: Array, gradient: Array) -> Array:
        """Return how fast loss and penalty fall along each entry of a matrix (m, K).

        `gradient` is that of the loss; up or down, whichever is faster.
        """
        return _kernels.violations(
            gradient, parameters, self.l1, self.l2, self.lower, self.upper
        )

    def penalise(
        self,
        parameters: Array,
        total: float,
        gradient: Array,
        weight: float,
        *,
        n_weights: int,
    ) -> tuple[float, Array]:
        """Return the penalised mean loss and its gradient, out of sums over rows.

        The strengths are numbers for the first `n_weights` parameters; l2 may also be
        one for every parameter. The gradient is changed in place. Where |w| has a kink,
        it is the shortest of the subgradients.
        """
        xp = array_namespace(parameters)
        penalised = slice(0, None if np.ndim(self.l2) else n_weights)
        weights = parameters[penalised]
        penalty_gradient = self.l2 * weights
        total += 0.5 * float(xp.sum(penalty_gradient * weights, dtype=xp.float64))
        gradient[penalised] += penalty_gradient
        gradient /= weight
        if self.l1:
            weights, slopes = parameters[:n_weights], gradient[:n_weights]
            total += float(self.l1 * xp.sum(xp.abs(weights), dtype=xp.float64))
            slopes += l1_subgradient(weights, slopes, self.l1 / weight)
        return total / weight, gradient


def strength_per_parameter(strength: float | Array, network: Network) -> Array:
    """Return one strength for every parameter; one number is that of the weights."""
    if np.ndim(strength):
        return np.asarray(strength)
    every = np.zeros(network.n_parameters)
    every[: network.n_weights] = strength
    return every


def _within_range(strengths, exponents):
    """Return strengths · 2^exponents, none so large that its square is infinite."""
    largest = np.finfo(np.float64).max ** 0.5
    with np.errstate(over="ignore"):
        return np.minimum(np.ldexp(strengths, exponents), largest)
