"""Update rules: a gradient and a learning rate -> the next parameters."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple, TypeAlias

import numpy as np

from skmlp import _kernels
from skmlp.base.component import Component
from skmlp.base.types import Array
from skmlp.network.fused import kernel_of

__all__ = ["UpdateRule", "fuse_update"]

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


class FusedUpdate(NamedTuple):
    """An update rule as the kernels of whole runs take it: arrays and numbers."""

    rule: int
    arrays: tuple
    step_sizes: np.ndarray
    settings: np.ndarray


def fuse_update(rule, state, learning_rates):
    """The next steps as the kernels take them, or None; the state counts them in."""
    code = kernel_of(rule, _kernels.UPDATE_RULES)
    if code is None:
        return None
    arrays, own_sizes, own_settings = rule.steps(state, learning_rates)
    # Two sizes of the rule's, and what is left of the weights.
    sizes = np.zeros((len(learning_rates), 3))
    sizes[:, : own_sizes.ndim] = own_sizes.reshape(len(sizes), -1)
    sizes[:, 2] = 1 - learning_rates * rule.weight_decay
    settings = np.zeros(3)
    settings[: len(own_settings)] = own_settings
    return FusedUpdate(code, arrays, sizes, settings)
