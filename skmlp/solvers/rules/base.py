"""Update rules: a gradient and a learning rate -> the next parameters."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, TypeAlias

from skmlp.base.component import Component
from skmlp.base.types import Array

__all__ = ["UpdateRule"]

FusedSteps: TypeAlias = tuple[tuple[Array, ...], Array, Sequence[float]]
"""Arrays, step sizes and settings of a run of steps, as a kernel takes them."""


class UpdateRule(Component):
    """(θ, gradient, state) -> θ and state after one step.

    Hyperparameters are attributes; what evolves is in `state`, a dict of arrays and
    numbers that can be saved and resumed. `step` works in place on both.
    """

    kind = "solver"
    table: ClassVar[dict] = {}

    whole_batch: ClassVar[bool] = False
    """Whether every step takes all rows."""

    weight_decay = 0.0
    """Before a step, whoever knows which parameters are weights has them decay."""

    @abstractmethod
    def init(self, parameters: Array) -> dict[str, Any]:
        """The state before the first step."""

    @abstractmethod
    def step(
        self,
        parameters: Array,
        gradient: Array,
        state: dict[str, Any],
        learning_rate: float,
    ) -> None:
        """Move the parameters and the state by one step, in place."""

    def shrink(self, weights: Array, learning_rate: float) -> None:
        """W ← (1 − rate·weight_decay)·W, in place (Loshchilov and Hutter 2019)."""
        if self.weight_decay:
            weights *= 1 - learning_rate * self.weight_decay
