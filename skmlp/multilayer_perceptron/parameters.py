"""The parameters of a multi-layer perceptron: what is allowed, and what shapes mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import get_scorer_names

from skmlp.activations import Activation
from skmlp.base.compat import Interval, Options, StrOptions
from skmlp.base.component import NamesIn
from skmlp.base.derivative_check import is_pair
from skmlp.base.types import PairOfFunctions
from skmlp.initializers import Initializer
from skmlp.solvers import Schedule, UpdateRule

__all__ = [
    "CONSTRAINTS",
    "ActivationChoice",
    "InitializerChoice",
    "activations_of",
    "assign",
    "hidden_sizes",
    "refuse_partial_fit",
]

_DEFAULT_SIZES = (100,)

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


CONSTRAINTS: dict = {
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
"""What the parameters that both estimators have may be."""


def hidden_sizes(sizes, n_layers=None, width=None):
    """Return the units of each hidden layer, from either way to give them.

    `sizes` is a number, a sequence of numbers or text such as "64-32"; the other way is
    a number of layers that all have one width.
    """
    units = _units(sizes)
    if n_layers is None and width is None:
        return units
    if units != _DEFAULT_SIZES:
        raise ValueError(
            f"hidden_layer_sizes={sizes!r} and n_layers={n_layers}, width={width} both "
            "tell the hidden layers; leave hidden_layer_sizes at (100,), or n_layers "
            "and width at None."
        )
    width = _DEFAULT_SIZES[0] if width is None else width
    return (width,) * (1 if n_layers is None else n_layers)


def _units(sizes):
    """Return a number, a sequence of them or "64-32" as a tuple of positive ones."""
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
