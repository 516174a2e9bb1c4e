"""Adam and its variants: running means of the gradient and of its square."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from skmlp import _kernels
from skmlp._kernels.arrays import array_namespace
from skmlp.base.compat import Interval
from skmlp.base.types import Array
from skmlp.solvers.rules.base import FusedSteps, UpdateRule

__all__ = ["AMSGrad", "Adam", "AdamW", "NAdam"]


@dataclass(eq=False, repr=False)
class Moments(UpdateRule):
    """Base class of rules with running means m of the gradient and v of its square.

    m ← β₁·m + (1 − β₁)·g and v ← β₂·v + (1 − β₂)·g², both from zero. The factors that
    correct their bias, 1 / (1 − β₁ᵗ) and 1 / (1 − β₂ᵗ), are part of the step size
    (Kingma and Ba 2015, section 2, last remark); ε is added to √v without correction.
    """

    _parameter_constraints: ClassVar[dict] = {
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
    }

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    def init(self, parameters: Array) -> dict[str, Any]:
        """Return the initial state of the rule, a dict: moments of zero."""
        zeros_like = array_namespace(parameters).zeros_like
        return {
            "mean": zeros_like(parameters),
            "square": zeros_like(parameters),
            "steps": 0,
        }

    def _hyperparameters(self):
        """Return the hyperparameters, by their names in the kernels."""
        return {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}

    def _bias_correction(self, step):
        """Return both bias corrections at a step number, as one factor."""
        return (1 - self.beta_2**step) ** 0.5 / (1 - self.beta_1**step)

    def _step_sizes(self, state, learning_rates):
        """Return corrected step sizes of the next steps; count the steps in `state`."""
        first = state["steps"] + 1
        state["steps"] += len(learning_rates)
        numbers = np.arange(first, state["steps"] + 1, dtype=np.float64)
        return learning_rates * self._bias_correction(numbers)

    def _next_step_size(self, state, learning_rate):
        """Return the corrected size of the next step; count the step in `state`."""
        return float(self._step_sizes(state, np.array([learning_rate]))[0])


@dataclass(eq=False, repr=False)
class Adam(Moments, name="adam"):
    """Adam: steps along the mean gradient, divided by the root of its mean square.

    θ ← θ − rate · m̂ / (√v̂ + ε), with bias-corrected means (Kingma and Ba 2015).

    Parameters
    ----------
    beta_1 : float, default=0.9
        Decay of the running mean of the gradient, in [0, 1).
    beta_2 : float, default=0.999
        Decay of the running mean of its square, in [0, 1).
    epsilon : float, default=1e-8
        Added to the denominator.
    """

    kernel: ClassVar[str] = "adam"

    def step(
        self,
        parameters: Array,
        gradient: Array,
        state: dict[str, Any],
        learning_rate: float,
    ) -> None:
        """Make one step along the bias-corrected moments, in place."""
        _kernels.adam_step(
            parameters,
            gradient,
            state["mean"],
            state["square"],
            step_size=self._next_step_size(state, learning_rate),
            **self._hyperparameters(),
        )

    def steps(self, state: dict[str, Any], learning_rates: Array) -> FusedSteps:
        """Return state arrays, step sizes and hyperparameters for the kernel."""
        step_sizes = self._step_sizes(state, learning_rates)
        return (
            (state["mean"], state["square"]),
            step_sizes,
            [*self._hyperparameters().values()],
        )


@dataclass(eq=False, repr=False)
class AdamW(Moments, name="adamw"):
    """Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019).

    Parameters
    ----------
    beta_1 : float, default=0.9
        Decay of the running mean of the gradient, in [0, 1).
    beta_2 : float, default=0.999
        Decay of the running mean of its square, in [0, 1).
    epsilon : float, default=1e-8
        Added to the denominator.
    weight_decay : float, default=0.01
        Before each step the weights, not the intercepts, are multiplied by
        1 − rate·weight_decay. Unlike an l2 penalty, this does not enter the moments.
        Both can be used together; set ``alpha=0`` to use weight decay alone.
    """

    kernel: ClassVar[str] = "adam"

    weight_decay: float = 0.01

    step = Adam.step
    steps = Adam.steps


@dataclass(eq=False, repr=False)
class AMSGrad(Moments, name="amsgrad"):
    """AMSGrad: Adam with the largest second moment so far in the denominator.

    θ ← θ − rate · m̂ / (√max v̂ + ε), so that the denominator never shrinks (Reddi et
    al. 2018). The moments are bias-corrected as in Adam, which the paper does not do.

    Parameters
    ----------
    beta_1 : float, default=0.9
        Decay of the running mean of the gradient, in [0, 1).
    beta_2 : float, default=0.999
        Decay of the running mean of its square, in [0, 1).
    epsilon : float, default=1e-8
        Added to the denominator.
    """

    kernel: ClassVar[str] = "amsgrad"

    def init(self, parameters: Array) -> dict[str, Any]:
        """Return the initial state, a dict: moments of zero, and a maximum of zero."""
        return super().init(parameters) | {
            "largest": array_namespace(parameters).zeros_like(parameters)
        }

    def step(
        self,
        parameters: Array,
        gradient: Array,
        state: dict[str, Any],
        learning_rate: float,
    ) -> None:
        """Make one step, divided by the root of the largest second moment, in place."""
        _kernels.amsgrad_step(
            parameters,
            gradient,
            state["mean"],
            state["square"],
            state["largest"],
            step_size=self._next_step_size(state, learning_rate),
            **self._hyperparameters(),
        )

    def steps(self, state: dict[str, Any], learning_rates: Array) -> FusedSteps:
        """Return state arrays, step sizes and hyperparameters for the kernel."""
        arrays = state["mean"], state["square"], state["largest"]
        step_sizes = self._step_sizes(state, learning_rates)
        return arrays, step_sizes, [*self._hyperparameters().values()]


@dataclass(eq=False, repr=False)
class NAdam(Moments, name="nadam"):
    """Nadam: Adam with Nesterov's momentum (Dozat 2016).

    θ ← θ − rate · (μₜ₊₁·m / (1 − Π μ≤ₜ₊₁) + (1 − μₜ)·g / (1 − Π μ≤ₜ)) / (√v̂ + ε), with
    the paper's schedule μₜ = β₁·(1 − ½·0.96^(t / 250)).

    Parameters
    ----------
    beta_1 : float, default=0.9
        Decay of the running mean of the gradient, in [0, 1).
    beta_2 : float, default=0.999
        Decay of the running mean of its square, in [0, 1).
    epsilon : float, default=1e-8
        Added to the denominator.
    """

    kernel: ClassVar[str] = "nadam"

    def init(self, parameters: Array) -> dict[str, Any]:
        """Return the initial state of the rule, a dict; `product` is Π μ≤ₜ."""
        return super().init(parameters) | {"product": 1.0}

    def _momentum(self, step):
        """Return the momentum μₜ of step t."""
        return self.beta_1 * (1 - 0.5 * 0.96 ** (step / 250))

    def _two_step_sizes(self, state, learning_rates):
        """Return the step sizes along m and along the gradient (n_steps, 2)."""
        numbers = state["steps"] + 1 + np.arange(len(learning_rates), dtype=np.float64)
        now, later = self._momentum(numbers), self._momentum(numbers + 1)
        products = np.cumprod(np.append(state["product"], now))[1:]
        state["steps"] += len(learning_rates)
        state["product"] = float(products[-1])
        scale = learning_rates * (1 - self.beta_2**numbers) ** 0.5
        along_mean = scale * later / (1 - products * later)
        along_gradient = scale * (1 - now) / (1 - products)
        return np.stack([along_mean, along_gradient], axis=1)

    def step(
        self,
        parameters: Array,
        gradient: Array,
        state: dict[str, Any],
        learning_rate: float,
    ) -> None:
        """Make one step along the next mean and the current gradient, in place."""
        (sizes,) = self._two_step_sizes(state, np.array([learning_rate]))
        _kernels.nadam_step(
            parameters,
            gradient,
            state["mean"],
            state["square"],
            step_size=float(sizes[0]),
            gradient_step_size=float(sizes[1]),
            **self._hyperparameters(),
        )

    def steps(self, state: dict[str, Any], learning_rates: Array) -> FusedSteps:
        """Return state arrays, step sizes (n_steps, 2) and hyperparameters."""
        step_sizes = self._two_step_sizes(state, learning_rates)
        settings = [*self._hyperparameters().values()]
        return (state["mean"], state["square"]), step_sizes, settings
