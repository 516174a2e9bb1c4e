"""Gradient descent, with and without momentum."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

from skmlp import _kernels
from skmlp._kernels.arrays import array_namespace
from skmlp.base.compat import Interval
from skmlp.base.types import Array
from skmlp.solvers.rules.base import FusedSteps, UpdateRule

__all__ = ["GD", "SGD"]


@dataclass(eq=False, repr=False)
class GD(UpdateRule, name="gd"):
    """Gradient descent without momentum; every step uses all rows.

    θ ← θ − rate·gradient.
    """

    whole_batch: ClassVar[bool] = True

    def init(self, parameters: Array) -> dict[str, Any]:
        """Return an empty state: nothing is remembered between steps."""
        return {}

    def step(
        self,
        parameters: Array,
        gradient: Array,
        state: dict[str, Any],
        learning_rate: float,
    ) -> None:
        """Make one step along the negative gradient, in place."""
        _kernels.gradient_step(parameters, gradient, learning_rate=learning_rate)


@dataclass(eq=False, repr=False)
class SGD(UpdateRule, name="sgd"):
    """Stochastic gradient descent with momentum.

    v ← momentum·v − rate·gradient; θ ← θ + v, or with Nesterov's momentum
    θ ← θ + momentum·v − rate·gradient.

    Parameters
    ----------
    momentum : float, default=0.9
        Share of the last step that is added to the next one, in [0, 1].
    nesterov : bool, default=True
        If True, use Nesterov's momentum (Sutskever et al. 2013).
    weight_decay : float, default=0.0
        Before each step the weights, not the intercepts, are multiplied by
        1 − rate·weight_decay (Loshchilov and Hutter 2019).
    """

    kernel: ClassVar[str] = "momentum"
    _parameter_constraints: ClassVar[dict] = {
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterov": ["boolean"],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
    }

    momentum: float = 0.9
    nesterov: bool = True
    weight_decay: float = 0.0

    def init(self, parameters: Array) -> dict[str, Any]:
        """Return the initial state of the rule, a dict: a velocity of zero."""
        return {"velocity": array_namespace(parameters).zeros_like(parameters)}

    def step(
        self,
        parameters: Array,
        gradient: Array,
        state: dict[str, Any],
        learning_rate: float,
    ) -> None:
        """Make one step with momentum, in place."""
        _kernels.momentum_step(
            parameters,
            gradient,
            state["velocity"],
            learning_rate=learning_rate,
            momentum=self.momentum,
            nesterov=self.nesterov,
        )

    def steps(self, state: dict[str, Any], learning_rates: Array) -> FusedSteps:
        """Return state arrays, step sizes and hyperparameters for the kernel."""
        return (state["velocity"],), learning_rates, (self.momentum, self.nesterov)
