"""Base class of update rules: gradient and learning rate -> next parameters."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, TypeAlias

from skmlp.base.component import Component
from skmlp.base.types import Array

__all__ = ["UpdateRule"]

FusedSteps: TypeAlias = tuple[tuple[Array, ...], Array, Sequence[float]]
"""State arrays, step sizes and hyperparameters of several steps, for a kernel."""


class UpdateRule(Component):
    """Base class of rules that update parameters by a gradient.

    Hyperparameters are attributes. All that changes from step to step is in `state`, a
    dict of arrays and numbers, so that training can be saved and resumed. A step is
    (θ, gradient, state) -> (θ, state), in place.
    """

    kind = "solver"
    table: ClassVar[dict] = {}

    whole_batch: ClassVar[bool] = False
    """True if every step uses the gradient over all rows."""

    weight_decay = 0.0
    """Decay of the weights by `shrink`, which the training loop calls before a step."""

    @abstractmethod
    def init(self, parameters: Array) -> dict[str, Any]:
        """Return the initial state of the rule, a dict."""

    @abstractmethod
    def step(
        self,
        parameters: Array,
        gradient: Array,
        state: dict[str, Any],
        learning_rate: float,
    ) -> None:
        """Update the parameters and the state by one step, in place."""

    def shrink(self, weights: Array, learning_rate: float) -> None:
        """Decay the weights in place: W ← (1 − rate·weight_decay)·W.

        The method is that of Loshchilov and Hutter (2019).
        """
        if self.weight_decay:
            weights *= 1 - learning_rate * self.weight_decay
