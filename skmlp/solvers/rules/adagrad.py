"""Update rules scaled by the size of past gradients: RMSprop, Adagrad, Adadelta."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

from skmlp import _kernels
from skmlp._kernels.arrays import array_namespace
from skmlp.base.compat import Interval
from skmlp.base.types import Array
from skmlp.solvers.rules.base import FusedSteps, UpdateRule

__all__ = ["Adadelta", "Adagrad", "RMSprop"]

_POSITIVE = [Interval(Real, 0, None, closed="neither")]
_SHARE = [Interval(Real, 0, 1, closed="left")]


@dataclass(eq=False, repr=False)
class RMSprop(UpdateRule, name="rmsprop"):
    """RMSprop: the gradient divided by the root of the running mean of its square.

    v ← decay·v + (1 − decay)·g²; u ← momentum·u + g / (√v + ε); θ ← θ − rate·u
    (Tieleman and Hinton 2012, with the momentum of Graves 2013).

    Parameters
    ----------
    decay : float, default=0.9
        Decay of the running mean of the squared gradient, in [0, 1).
    momentum : float, default=0.0
        Share of the last direction that is added to the next one, in [0, 1).
    epsilon : float, default=1e-8
        Added to the denominator.
    """

    kernel: ClassVar[str] = "rmsprop"
    _parameter_constraints: ClassVar[dict] = {
        "decay": _SHARE,
        "momentum": _SHARE,
        "epsilon": _POSITIVE,
    }

    decay: float = 0.9
    momentum: float = 0.0
    epsilon: float = 1e-8

    def init(self, parameters: Array) -> dict[str, Any]:
        """Return the initial state of the rule, a dict of arrays of zeros."""
        zeros_like = array_namespace(parameters).zeros_like
        return {"square": zeros_like(parameters), "velocity": zeros_like(parameters)}

    def step(
        self,
        parameters: Array,
        gradient: Array,
        state: dict[str, Any],
        learning_rate: float,
    ) -> None:
        """Make one step along the scaled gradient, with momentum, in place."""
        _kernels.rmsprop_step(
            parameters,
            gradient,
            state["square"],
            state["velocity"],
            learning_rate=learning_rate,
            decay=self.decay,
            momentum=self.momentum,
            epsilon=self.epsilon,
        )

    def steps(self, state: dict[str, Any], learning_rates: Array) -> FusedSteps:
        """Return state arrays, step sizes and hyperparameters for the kernel."""
        settings = (self.decay, self.momentum, self.epsilon)
        return (state["square"], state["velocity"]), learning_rates, settings


@dataclass(eq=False, repr=False)
class Adagrad(UpdateRule, name="adagrad"):
    """Adagrad: the gradient divided by the root of the sum of all its squares.

    θ ← θ − rate·g / (√Σ g² + ε) (Duchi, Hazan and Singer 2011).

    Parameters
    ----------
    epsilon : float, default=1e-10
        Added to the denominator.
    """

    kernel: ClassVar[str] = "adagrad"
    _parameter_constraints: ClassVar[dict] = {"epsilon": _POSITIVE}

    epsilon: float = 1e-10

    def init(self, parameters: Array) -> dict[str, Any]:
        """Return the initial state of the rule, a dict of arrays of zeros."""
        return {"square": array_namespace(parameters).zeros_like(parameters)}

    def step(
        self,
        parameters: Array,
        gradient: Array,
        state: dict[str, Any],
        learning_rate: float,
    ) -> None:
        """Make one step along the scaled gradient, in place."""
        _kernels.adagrad_step(
            parameters,
            gradient,
            state["square"],
            learning_rate=learning_rate,
            epsilon=self.epsilon,
        )

    def steps(self, state: dict[str, Any], learning_rates: Array) -> FusedSteps:
        """Return state arrays, step sizes and hyperparameters for the kernel."""
        return (state["square"],), learning_rates, (self.epsilon,)


@dataclass(eq=False, repr=False)
class Adadelta(UpdateRule, name="adadelta"):
    """Adadelta: the gradient scaled by the sizes of past steps and past gradients.

    θ ← θ − rate·Δ with Δ = √(u + ε) / √(v + ε) · g (Zeiler 2012), where v and u are
    running means of g² and of Δ². Steps are in the units of θ. The method is defined
    with a learning rate of 1: set ``learning_rate_init=1``.

    Parameters
    ----------
    decay : float, default=0.95
        Decay of both running means, in [0, 1).
    epsilon : float, default=1e-6
        Added under both roots; it determines the length of the first steps.
    """

    kernel: ClassVar[str] = "adadelta"
    _parameter_constraints: ClassVar[dict] = {"decay": _SHARE, "epsilon": _POSITIVE}

    decay: float = 0.95
    epsilon: float = 1e-6

    def init(self, parameters: Array) -> dict[str, Any]:
        """Return the initial state of the rule, a dict of arrays of zeros."""
        zeros_like = array_namespace(parameters).zeros_like
        return {"square": zeros_like(parameters), "step_square": zeros_like(parameters)}

    def step(
        self,
        parameters: Array,
        gradient: Array,
        state: dict[str, Any],
        learning_rate: float,
    ) -> None:
        """Make one step along the scaled gradient, in place."""
        _kernels.adadelta_step(
            parameters,
            gradient,
            state["square"],
            state["step_square"],
            learning_rate=learning_rate,
            decay=self.decay,
            epsilon=self.epsilon,
        )

    def steps(self, state: dict[str, Any], learning_rates: Array) -> FusedSteps:
        """Return state arrays, step sizes and hyperparameters for the kernel."""
        arrays = state["square"], state["step_square"]
        return arrays, learning_rates, (self.decay, self.epsilon)
