"""Update rules: a gradient and a learning rate -> the next parameters."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from skmlp import _kernels
from skmlp._compat import array_namespace
from skmlp._components import Component
from skmlp._fused import kernel_of

__all__ = ["SGD", "Adam", "UpdateRule"]


class UpdateRule(Component):
    """(θ, gradient, state) -> θ and state after one step.

    Hyperparameters are attributes; what evolves is in `state`, a dict of arrays and
    numbers that can be saved and resumed. `step` works in place on both.
    """

    kind = "solver"
    table: ClassVar[dict] = {}

    @abstractmethod
    def init(self, parameters):
        """The state before the first step."""

    @abstractmethod
    def step(self, parameters, gradient, state, learning_rate):
        """Move the parameters and the state by one step, in place."""


class FusedUpdate(NamedTuple):
    """An update rule as the kernels of whole runs take it: arrays and numbers."""

    rule: int
    first: Any
    second: Any
    step_sizes: np.ndarray
    settings: np.ndarray


def fuse_update(rule, state, learning_rates):
    """The next steps as the kernels take them, or None; the state counts them in."""
    code = kernel_of(rule, _kernels.UPDATE_RULES)
    if code is None:
        return None
    return FusedUpdate(code, *rule.steps(state, learning_rates))


@dataclass(eq=False, repr=False)
class SGD(UpdateRule, name="sgd"):
    """v ← momentum·v − rate·gradient; θ ← θ + v, or with a look ahead (Nesterov).

    Parameters
    ----------
    momentum : float, default=0.9
        How much of the last step is kept, in [0, 1].
    nesterov : bool, default=True
        Look ahead along the velocity (Sutskever et al. 2013).
    """

    kernel: ClassVar[str] = "momentum"

    momentum: float = 0.9
    nesterov: bool = True

    def init(self, parameters):
        """At rest."""
        return {"velocity": array_namespace(parameters).zeros_like(parameters)}

    def step(self, parameters, gradient, state, learning_rate):
        """One step of gradient descent with momentum."""
        _kernels.momentum_step(
            parameters,
            gradient,
            state["velocity"],
            learning_rate=learning_rate,
            momentum=self.momentum,
            nesterov=self.nesterov,
        )

    def steps(self, state, learning_rates):
        """Arrays, step sizes and settings of a run of steps."""
        settings = np.array([self.momentum, self.nesterov], dtype=np.float64)
        return state["velocity"], None, learning_rates, settings


@dataclass(eq=False, repr=False)
class Adam(UpdateRule, name="adam"):
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

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    def init(self, parameters):
        """No moments yet."""
        zeros_like = array_namespace(parameters).zeros_like
        return {
            "mean": zeros_like(parameters),
            "square": zeros_like(parameters),
            "steps": 0,
        }

    def _corrections(self, step):
        """Both bias corrections as one factor of the step size."""
        return (1 - self.beta_2**step) ** 0.5 / (1 - self.beta_1**step)

    def step(self, parameters, gradient, state, learning_rate):
        """One step, the bias corrections folded into its size."""
        state["steps"] += 1
        _kernels.adam_step(
            parameters,
            gradient,
            state["mean"],
            state["square"],
            step_size=learning_rate * self._corrections(state["steps"]),
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
        )

    def steps(self, state, learning_rates):
        """Arrays, step sizes and settings of a run of steps."""
        first = state["steps"] + 1
        state["steps"] += len(learning_rates)
        numbers = np.arange(first, state["steps"] + 1, dtype=np.float64)
        step_sizes = learning_rates * self._corrections(numbers)
        settings = np.array([self.beta_1, self.beta_2, self.epsilon])
        return state["mean"], state["square"], step_sizes, settings
