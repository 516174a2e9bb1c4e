"""The settings of a multi-layer perceptron: what is allowed, and what names mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import get_scorer_names

from skmlp.activations import Activation
from skmlp.base.compat import Interval, Options, StrOptions
from skmlp.base.component import NamesIn
from skmlp.base.derivative_check import is_pair
from skmlp.base.types import PairOfFunctions, RandomState, Scoring
from skmlp.base.warn import warn
from skmlp.initializers import Initializer
from skmlp.solvers import InverseScaling, Schedule, UpdateRule
from skmlp.solvers.schedules.base import ScheduleChoice

__all__ = ["Settings", "activations_of", "assign", "refuse_partial_fit"]

_DEFAULT_SIZES = (100,)

# What a rule that a string names takes from the estimator, by its own names.
_BETAS = {"beta_1": "beta_1", "beta_2": "beta_2", "epsilon": "epsilon"}
_TAKEN = {
    "sgd": {"momentum": "momentum", "nesterov": "nesterovs_momentum"},
    **dict.fromkeys(("adam", "adamw", "amsgrad", "nadam"), _BETAS),
}

OneActivation: TypeAlias = str | Activation | PairOfFunctions
ActivationChoice: TypeAlias = OneActivation | Sequence[OneActivation]
"""A parameter `activation`: one for all hidden layers, or a list with one for each."""

InitializerChoice: TypeAlias = str | Initializer | Callable[..., ArrayLike]
"""A parameter `weight_init`: a name, an object, or a function that draws weights."""


def refuse_partial_fit(estimator):
    """Return why there is no partial_fit, or None where there is."""
    if estimator.solver == "lbfgs":
        return (
            "partial_fit is only available for stochastic optimizers; solver='lbfgs' "
            "is not stochastic. Use solver='adam' or solver='sgd'."
        )
    return None


def assign(estimator, arguments):
    """Store a constructor's arguments, its `locals()`, as they are."""
    for name, value in arguments.items():
        if name not in ("self", "__class__"):
            setattr(estimator, name, value)


class Settings:
    """What the constructor's parameters may be, and the objects that they name."""

    hidden_layer_sizes: int | str | ArrayLike
    activation: ActivationChoice
    solver: str | UpdateRule
    alpha: float
    batch_size: int | Literal["auto"]
    learning_rate: ScheduleChoice
    learning_rate_init: float
    power_t: float
    max_iter: int
    shuffle: bool
    random_state: RandomState
    tol: float
    verbose: bool | int
    warm_start: bool
    momentum: float
    nesterovs_momentum: bool
    early_stopping: bool
    validation_fraction: float
    beta_1: float
    beta_2: float
    epsilon: float
    n_iter_no_change: float
    max_fun: int
    on_divergence: Literal["warn", "raise", "backoff"]
    scoring: Scoring
    restore_best: bool
    record: Literal["auto", "batches", "epoch"]
    weight_init: InitializerChoice
    n_layers: int | None
    width: int | None
    n_init: int
    l1_ratio: float
    dropout: float | ArrayLike
    input_dropout: float
    input_noise: float
    clip_value: float | None
    clip_norm: float | None
    max_norm: float | None

    _parameter_constraints: dict = {
        "hidden_layer_sizes": [
            "array-like",
            str,
            Interval(Integral, 1, None, closed="left"),
        ],
        "activation": [NamesIn(Activation.table), Activation, list, tuple],
        "solver": [NamesIn(UpdateRule.table, "lbfgs"), UpdateRule],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "learning_rate": [NamesIn(Schedule.table), Schedule, callable],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [
            Interval(Integral, 1, None, closed="left"),
            Options(Real, {np.inf}),
        ],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "on_divergence": [StrOptions({"warn", "raise", "backoff"})],
        "scoring": [StrOptions({"loss", *get_scorer_names()}), callable, None],
        "restore_best": ["boolean"],
        "n_layers": [Interval(Integral, 0, None, closed="left"), None],
        "width": [Interval(Integral, 1, None, closed="left"), None],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "l1_ratio": [Interval(Real, 0, 1, closed="both")],
        "dropout": ["array-like", Interval(Real, 0, 1, closed="left")],
        "input_dropout": [Interval(Real, 0, 1, closed="left")],
        "input_noise": [Interval(Real, 0, None, closed="left")],
        "clip_value": [Interval(Real, 0, None, closed="neither"), None],
        "clip_norm": [Interval(Real, 0, None, closed="neither"), None],
        "max_norm": [Interval(Real, 0, None, closed="neither"), None],
        "record": [StrOptions({"auto", "batches", "epoch"})],
        "weight_init": [NamesIn(Initializer.table), Initializer, callable],
    }

    def _hidden_sizes(self):
        """Units in each hidden layer, by either way to tell them."""
        sizes = hidden_sizes(self.hidden_layer_sizes)
        if self.n_layers is None and self.width is None:
            return sizes
        if sizes != _DEFAULT_SIZES:
            raise ValueError(
                f"hidden_layer_sizes={self.hidden_layer_sizes!r} and n_layers="
                f"{self.n_layers}, width={self.width} both tell the hidden layers; "
                "leave hidden_layer_sizes at (100,), or n_layers and width at None."
            )
        width = _DEFAULT_SIZES[0] if self.width is None else self.width
        return (width,) * (1 if self.n_layers is None else self.n_layers)

    def _rule(self):
        """The update rule, scikit-learn's parameters put in where a string names it."""
        if isinstance(self.solver, str):
            own = _TAKEN.get(self.solver, {})
            values = {name: getattr(self, theirs) for name, theirs in own.items()}
            return UpdateRule.table[self.solver](**values)
        return UpdateRule.resolve(self.solver)

    def _schedule(self):
        """The schedule, power_t put in where a string names it."""
        if self.learning_rate == "invscaling":
            return InverseScaling(self.power_t)
        return Schedule.resolve(self.learning_rate)

    def _batch_size(self, n_rows):
        """Rows in a batch."""
        if self.batch_size == "auto":
            return min(200, n_rows)
        if self._rule().whole_batch:
            raise ValueError(
                f"solver={self.solver!r} takes all rows in every step, so batch_size="
                f"{self.batch_size} has no meaning; leave batch_size='auto', or use "
                "solver='sgd'."
            )
        if self.batch_size > n_rows:
            warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going "
                f"to be clipped to {n_rows}.",
            )
        return min(self.batch_size, n_rows)


def hidden_sizes(sizes):
    """A number, a sequence of them or "64-32" -> a tuple of positive integers."""
    if isinstance(sizes, str):
        if not re.fullmatch(r"\d+(-\d+)*", sizes):
            raise ValueError(
                f"hidden_layer_sizes={sizes!r} is no list of whole numbers; give one a "
                "hidden layer, joined by hyphens, such as '64-32'."
            )
        sizes = [int(size) for size in sizes.split("-")]
    sizes = tuple(np.atleast_1d(np.asarray(sizes)).tolist()) if np.size(sizes) else ()
    if any(not isinstance(size, Integral) or size <= 0 for size in sizes):
        raise ValueError(
            f"hidden_layer_sizes must be > 0, got {list(sizes)}; give one whole number "
            "a hidden layer, such as (100,) or (64, 32)."
        )
    return sizes


def activations_of(choice, n_hidden_layers):
    """One activation, or a sequence with one a hidden layer -> a tuple.

    A pair of functions, (σ, dσ/dz), is one activation.
    """
    if not isinstance(choice, list | tuple) or is_pair(choice):
        return (Activation.resolve(choice),) * n_hidden_layers
    if len(choice) != n_hidden_layers:
        raise ValueError(
            f"activation has {len(choice)} entries for {n_hidden_layers} hidden layers;"
            " give one a hidden layer, or a single one for all."
        )
    return tuple(map(Activation.resolve, choice))
