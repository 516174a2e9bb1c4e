"""Adam and its kin: running means of the gradient and of its square."""

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
    """m ← β₁·m + (1 − β₁)·g and v ← β₂·v + (1 − β₂)·g²; a step is of m and √v.

    Both start at zero. The factors that correct their bias, 1 / (1 − β₁ᵗ) and
    1 / (1 − β₂ᵗ), are folded into the size of a step (Kingma and Ba 2015, section 2,
    last remark); ε stands beside √v as it is.
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
        """No moments yet."""
        zeros_like = array_namespace(parameters).zeros_like
        return {
            "mean": zeros_like(parameters),
            "square": zeros_like(parameters),
            "steps": 0,
        }

    def _settings(self):
        """What the kernels call the hyperparameters."""
        return {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}

    def _corrections(self, step):
        """Both bias corrections as one factor of the step size."""
        return (1 - self.beta_2**step) ** 0.5 / (1 - self.beta_1**step)

    def _corrected(self, state, learning_rates):
        """Step sizes of a run of steps, which the state counts in."""
        first = state["steps"] + 1
        state["steps"] += len(learning_rates)
        numbers = np.arange(first, state["steps"] + 1, dtype=np.float64)
        return learning_rates * self._corrections(numbers)

    def _one_corrected(self, state, learning_rate):
        """The next step size."""
        return float(self._corrected(state, np.array([learning_rate]))[0])


@dataclass(eq=False, repr=False)
class Adam(Moments, name="adam"):
    """θ ← θ − rate · m̂ / (√v̂ + ε) (Kingma and Ba 2015).

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
        """One step along the corrected moments."""
        _kernels.adam_step(
            parameters,
            gradient,
            state["mean"],
            state["square"],
            step_size=self._one_corrected(state, learning_rate),
            **self._settings(),
        )

    def steps(self, state: dict[str, Any], learning_rates: Array) -> FusedSteps:
        """Arrays, step sizes and settings of a run of steps."""
        step_sizes = self._corrected(state, learning_rates)
        return (
            (state["mean"], state["square"]),
            step_sizes,
            [*self._settings().values()],
        )


@dataclass(eq=False, repr=False)
class AdamW(Moments, name="adamw"):
    """Adam, whose weights decay by themselves (Loshchilov and Hutter 2019).

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
        1 − rate·weight_decay. Unlike an l2 penalty this does not pass through the
        moments; the two add up, so set ``alpha=0`` to have it alone.
    """

    kernel: ClassVar[str] = "adam"

    weight_decay: float = 0.01

    step = Adam.step
    steps = Adam.steps


@dataclass(eq=False, repr=False)
class AMSGrad(Moments, name="amsgrad"):
    """θ ← θ − rate · m̂ / (√max v̂ + ε): steps never grow (Reddi et al. 2018).

    The moments are corrected as in Adam; the paper leaves that out.

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
        """No moments yet, and no largest one."""
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
        """One step, over the largest second moment so far."""
        _kernels.amsgrad_step(
            parameters,
            gradient,
            state["mean"],
            state["square"],
            state["largest"],
            step_size=self._one_corrected(state, learning_rate),
            **self._settings(),
        )

    def steps(self, state: dict[str, Any], learning_rates: Array) -> FusedSteps:
        """Arrays, step sizes and settings of a run of steps."""
        arrays = state["mean"], state["square"], state["largest"]
        step_sizes = self._corrected(state, learning_rates)
        return arrays, step_sizes, [*self._settings().values()]


@dataclass(eq=False, repr=False)
class NAdam(Moments, name="nadam"):
    """Adam with Nesterov's look ahead (Dozat 2016).

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
        """No moments yet; `product` is Π μ≤ₜ."""
        return super().init(parameters) | {"product": 1.0}

    def _momentum(self, step):
        """μₜ."""
        return self.beta_1 * (1 - 0.5 * 0.96 ** (step / 250))

    def _two_step_sizes(self, state, learning_rates):
        """Sizes of the steps along m and along the gradient (n_steps, 2)."""
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
        """One step along the mean to come and the gradient at hand."""
        (sizes,) = self._two_step_sizes(state, np.array([learning_rate]))
        _kernels.nadam_step(
            parameters,
            gradient,
            state["mean"],
            state["square"],
            step_size=float(sizes[0]),
            gradient_step_size=float(sizes[1]),
            **self._settings(),
        )

    def steps(self, state: dict[str, Any], learning_rates: Array) -> FusedSteps:
        """Arrays, pairs of step sizes and settings of a run of steps."""
        step_sizes = self._two_step_sizes(state, learning_rates)
        settings = [*self._settings().values()]
        return (state["mean"], state["square"]), step_sizes, settings
