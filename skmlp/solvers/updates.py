"""Update rules: a gradient and a learning rate -> the next parameters."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from skmlp import _kernels
from skmlp._compat import array_namespace
from skmlp._components import Component

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

    def step(self, parameters, gradient, state, learning_rate):
        """One step, the bias corrections folded into its size."""
        state["steps"] += 1
        corrections = (1 - self.beta_2 ** state["steps"]) ** 0.5 / (
            1 - self.beta_1 ** state["steps"]
        )
        _kernels.adam_step(
            parameters,
            gradient,
            state["mean"],
            state["square"],
            step_size=learning_rate * corrections,
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
        )
