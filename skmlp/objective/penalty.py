"""Penalties: l1 and l2 strengths of the parameters, and their bounds."""

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

__all__ = ["Penalty", "divided", "strength_per_parameter"]

_LARGEST = float(np.finfo(np.float64).max) ** 0.5  # whose square is finite


@dataclass(frozen=True, eq=False)
class Penalty:
    """Elastic-net penalty of the parameters, with bounds.

    l1·‖θ‖₁ + ½·l2·‖θ‖² is added to the weighted sum of the losses. A strength, l1 or
    l2, is one number for all weights, without a penalty of the intercepts, or an array
    with one number per parameter. `bounds` are the lower and the upper bounds of the
    parameters, ±inf for none; or None.

    The parameters may also be a matrix (m, K) with one row per feature: then strengths
    have the shape (m,) and bounds (m, K), as `per_feature` returns them.
    """

    l1: float | Array = 0.0
    l2: float | Array = 0.0
    bounds: Bounds | None = None

    def per_parameter(
        self, network: Network, *, intercept_scaling: float | None = None
    ) -> Self:
        """Return the penalty with one strength for every parameter of a network.

        With an `intercept_scaling`, intercepts are penalised as in liblinear: as the
        weights of a feature that has this value in every row.
        """
        l1 = strength_per_parameter(self.l1, network)
        l2 = strength_per_parameter(self.l2, network)
        if intercept_scaling is not None:
            intercepts = slice(network.n_weights, None)
            # A strength of the weights that is beyond the limit is so for intercepts.
            factor = max(1.0, float(np.max([self.l1, self.l2])) / _LARGEST)
            l1[intercepts] = divided(self.l1 / factor, intercept_scaling) * factor
            l2[intercepts] = factor * divided(
                self.l2 / factor, intercept_scaling, intercept_scaling
            )
        return replace(self, l1=l1, l2=l2)

    def in_units(self, exponents: Array) -> Self:
        """Return the penalty as a function of the scaled parameters θ·2^exponents.

        Its value at θ·2^exponents is that of this penalty at θ, and the bounds are
        converted. Strengths have to be arrays, one number per parameter.
        """
        bounds = self.bounds
        if bounds is not None:
            with np.errstate(over="ignore"):  # a bound beyond all numbers is none
                lower, upper = bounds
                bounds = np.ldexp(lower, exponents), np.ldexp(upper, exponents)
        return replace(
            self,
            l1=_within_range(self.l1, -exponents),
            l2=_within_range(self.l2, -2 * exponents),
            bounds=bounds,
        )

    def times_power(self, exponent: int) -> Self:
        """Return the penalty with the strengths times 2^exponent, within limits."""
        return replace(
            self,
            l1=_within_range(self.l1, exponent),
            l2=_within_range(self.l2, exponent),
        )

    def per_feature(self, n_outputs: int, total_weight: float) -> Self:
        """Return the penalty of the mean loss, with one strength per feature.

        Strengths have to be arrays with one number per parameter, equal for all outputs
        of a feature. Without bounds, the result has infinite ones.
        """
        l1, l2 = (
            divided(np.asarray(strength, dtype=np.float64)[::n_outputs], total_weight)
            for strength in (self.l1, self.l2)
        )
        bounds = self.bounds
        if bounds is None:
            infinite = np.full(np.size(self.l1), np.inf)
            bounds = -infinite, infinite
        lower, upper = (np.reshape(bound, (-1, n_outputs)) for bound in bounds)
        return replace(self, l1=l1, l2=l2, bounds=(lower, upper))

    def of_features(self, rows: Any) -> Self:
        """Return the penalty of some features: rows of a matrix of parameters."""
        arrays: tuple[Any, ...] = self.l1, self.l2, self.lower, self.upper
        l1, l2, lower, upper = (each[rows] for each in arrays)
        part = replace(self, l1=l1, l2=l2, bounds=(lower, upper))
        if not self.bounded:
            vars(part)["bounded"] = False  # saves a search for finite bounds
        return part

    @property
    def lower(self) -> Any:
        """Lower bounds; None without bounds."""
        return self.bounds and self.bounds[0]

    @property
    def upper(self) -> Any:
        """Upper bounds; None without bounds."""
        return self.bounds and self.bounds[1]

    @cached_property
    def bounded(self) -> bool:
        """True if any parameter has a finite bound."""
        return any(bool(np.isfinite(bound).any()) for bound in self.bounds or ())

    def value(self, parameters: Array) -> float:
        """Return the value of the penalty at `parameters`.

        Strengths have to be arrays, one number per parameter or row.
        """
        cost = (self.l1 @ np.abs(parameters)).sum()
        if self._has_l2:
            # Weights of strength zero add nothing, even where their squares overflow.
            cost += 0.5 * ((self.l2 * parameters.T) * parameters.T).sum()
        return float(cost)

    @cached_property
    def _has_l2(self):
        """True if any l2 strength is not zero."""
        return bool(np.any(self.l2))

    def violations(self, parameters: Array, gradient: Array) -> Array:
        """Return the violation of the optimality conditions by each parameter (m, K).

        It is the slope of loss plus penalty in the direction, up or down, in which they
        fall faster; zero if they fall in neither. `gradient` is that of the loss.
        """
        return _kernels.violations(
            gradient, parameters, self.l1, self.l2, self.lower, self.upper
        )

    def penalised_value(
        self, parameters: Array, total: float, weight: float, *, n_weights: int
    ) -> float:
        """Return the penalised mean loss, as `penalise` does."""
        xp = array_namespace(parameters)
        weights = parameters[slice(0, None if np.ndim(self.l2) else n_weights)]
        total += 0.5 * float(xp.sum(self.l2 * weights * weights, dtype=xp.float64))
        if self.l1:
            sizes = xp.abs(parameters[:n_weights])
            total += float(self.l1 * xp.sum(sizes, dtype=xp.float64))
        return total / weight

    def penalise(
        self,
        parameters: Array,
        total: float,
        gradient: Array,
        weight: float,
        *,
        n_weights: int,
    ) -> tuple[float, Array]:
        """Return the penalised mean loss and its gradient (n_parameters,).

        `total`, `gradient` and `weight` are the sums over rows of the losses, of their
        gradients, and of the weights of the rows. l1 is a number for the first
        `n_weights` parameters; so is l2, or it has one number per parameter. `gradient`
        is changed in place. At w = 0 it is the shortest subgradient.
        """
        xp = array_namespace(parameters)
        penalised = slice(0, None if np.ndim(self.l2) else n_weights)
        weights = parameters[penalised]
        penalty_gradient = self.l2 * weights
        gradient[penalised] += penalty_gradient
        gradient /= weight
        penalty_gradient *= weights
        total += 0.5 * float(penalty_gradient.sum(dtype=xp.float64))
        if self.l1:
            weights, slopes = parameters[:n_weights], gradient[:n_weights]
            total += float(self.l1 * xp.sum(xp.abs(weights), dtype=xp.float64))
            slopes += l1_subgradient(weights, slopes, self.l1 / weight)
        return total / weight, gradient


def strength_per_parameter(strength: float | Array, network: Network) -> Array:
    """Return strengths (n_parameters,); a number is that of all weights."""
    if np.ndim(strength):
        return np.asarray(strength)
    strengths = np.zeros(network.n_parameters)
    strengths[: network.n_weights] = strength
    return strengths


def divided(strength, *divisors):
    """Return strength / divisors, limited to numbers with a finite square."""
    with np.errstate(over="ignore", under="ignore"):
        for divisor in divisors:
            strength = np.divide(strength, divisor)
    return np.minimum(strength, _LARGEST)


def _within_range(strengths, exponents):
    """Return strengths · 2^exponents, limited to numbers with a finite square."""
    with np.errstate(over="ignore"):
        return np.minimum(np.ldexp(strengths, exponents), _LARGEST)
