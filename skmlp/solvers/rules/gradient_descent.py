"""Gradient descent: along the gradient, or along its running sum."""

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
    """θ ← θ − rate·gradient, with the gradient over all rows."""

    whole_batch: ClassVar[bool] = True

    def init(self, parameters: Array) -> dict[str, Any]:
        """Nothing to remember."""
        return {}

    def step(
        self,
        parameters: Array,
        gradient: Array,
        state: dict[str, Any],
        learning_rate: float,
    ) -> None:
        """One step down the gradient."""
        _kernels.gradient_step(parameters, gradient, learning_rate=learning_rate)


@dataclass(eq=False, repr=False)
class SGD(UpdateRule, name="sgd"):
    """v ← momentum·v − rate·gradient; θ ← θ + v, or with a look ahead (Nesterov).

    Parameters
    ----------
    momentum : float, default=0.9
        How much of the last step is kept, in [0, 1].
    nesterov : bool, default=True
        Look ahead along the velocity (Sutskever et al. 2013).
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
        """At rest."""
        return {"velocity": array_namespace(parameters).zeros_like(parameters)}

    def step(
        self,
        parameters: Array,
        gradient: Array,
        state: dict[str, Any],
        learning_rate: float,
    ) -> None:
        """One step of gradient descent with momentum."""
        _kernels.momentum_step(
            parameters,
            gradient,
            state["velocity"],
            learning_rate=learning_rate,
            momentum=self.momentum,
            nesterov=self.nesterov,
        )

    def steps(self, state: dict[str, Any], learning_rates: Array) -> FusedSteps:
        """Arrays, step sizes and settings of a run of steps."""
        return (state["velocity"],), learning_rates, (self.momentum, self.nesterov)
