"""Constructor parameters of both estimators, and the objects made from them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from numbers import Integral, Real
from typing import Any, TypeAlias

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike
from sklearn.metrics import get_scorer_names

from skmlp.activations import Activation
from skmlp.base.compat import Interval, Options
from skmlp.base.derivative_check import is_pair
from skmlp.base.options import StrOptions, listed_options
from skmlp.base.types import FunctionOrPair
from skmlp.initializers import Initializer
from skmlp.network import Network, Noise
from skmlp.solvers import InverseScaling, Schedule, StepBounds, UpdateRule
from skmlp.solvers.training import TrainingPlan

__all__ = [
    "CONSTRAINTS",
    "ActivationChoice",
    "InitializerChoice",
    "activations_of",
    "assign",
    "early_stopping_of",
    "hidden_sizes",
    "network_of",
    "penalties_of",
    "refuse_partial_fit_by_lbfgs",
    "training_plan_of",
]

_DEFAULT_SIZES = (100,)

# For solvers named by a string: parameter of the update rule -> of the estimator.
_BETAS = {"beta_1": "beta_1", "beta_2": "beta_2", "epsilon": "epsilon"}
_RULE_PARAMETERS = {
    "sgd": {"momentum": "momentum", "nesterov": "nesterovs_momentum"},
    **dict.fromkeys(("adam", "adamw", "amsgrad", "nadam"), _BETAS),
}

_BOUNDS = ("clip_value", "clip_norm", "max_norm")
_NOISE = ("dropout", "input_dropout", "input_noise")

OneActivation: TypeAlias = str | Activation | FunctionOrPair
ActivationChoice: TypeAlias = OneActivation | Sequence[OneActivation]
"""Type of `activation`: one for all hidden layers, or a list with one for each."""

InitializerChoice: TypeAlias = str | Initializer | Callable[..., ArrayLike]
"""Type of `weight_init`: a name, an object, or a function that draws weights."""


def refuse_partial_fit_by_lbfgs(estimator):
    """Return why `partial_fit` is not available, or None if it is."""
    if estimator.solver == "lbfgs":
        return (
            "partial_fit is only available for stochastic optimizers; solver='lbfgs' "
            "is not stochastic. Use solver='adam' or solver='sgd'."
        )
    return None


def assign(estimator, arguments):
    """Set the constructor's arguments, its `locals()`, as attributes, unchanged."""
    for name, value in arguments.items():
        if name not in ("self", "__class__"):
            setattr(estimator, name, value)


CONSTRAINTS: dict = {
    "hidden_layer_sizes": [
        "array-like",
        str,
        Interval(Integral, 1, None, closed="left"),
    ],
    "activation": [StrOptions(Activation.table), Activation, list, tuple, callable],
    "solver": [StrOptions(UpdateRule.table, {"lbfgs"}), UpdateRule],
    "alpha": [Interval(Real, 0, None, closed="left")],
    "batch_size": [
        StrOptions({"auto"}),
        Interval(Integral, 1, None, closed="left"),
    ],
    "learning_rate": [StrOptions(Schedule.table), Schedule, callable],
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
    "early_stopping": ["boolean", StrOptions({"loss"})],
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
    "weight_init": [StrOptions(Initializer.table), Initializer, callable],
}
"""Allowed values of the parameters that both estimators have: {name: constraints}."""


def hidden_sizes(sizes, n_layers=None, width=None):
    """Return the number of units in each hidden layer, as a tuple.

    They are given by `sizes` (an int, a sequence of ints or a string such as "64-32"),
    or by `n_layers` hidden layers of `width` units each.
    """
    units = _units(sizes)
    if n_layers is None and width is None:
        return units
    if units != _DEFAULT_SIZES:
        raise ValueError(
            f"hidden_layer_sizes={sizes!r} and n_layers={n_layers}, width={width} both "
            "set the hidden layers; leave hidden_layer_sizes at (100,), or n_layers "
            "and width at None."
        )
    width = _DEFAULT_SIZES[0] if width is None else width
    return (width,) * (1 if n_layers is None else n_layers)


def _units(sizes):
    """Return an int, a sequence of ints or "64-32" as a tuple of positive ints."""
    if isinstance(sizes, str):
        if not re.fullmatch(r"\d+(-\d+)*", sizes):
            raise ValueError(
                f"hidden_layer_sizes={sizes!r} is not a list of whole numbers; give "
                "one per hidden layer, joined by hyphens, such as '64-32'."
            )
        sizes = [int(size) for size in sizes.split("-")]
    sizes = tuple(np.atleast_1d(np.asarray(sizes)).tolist()) if np.size(sizes) else ()
    if any(not isinstance(size, Integral) or size <= 0 for size in sizes):
        raise ValueError(
            f"hidden_layer_sizes must be > 0 and whole, got {list(sizes)}; give one "
            "whole number per hidden layer, such as (100,) or (64, 32)."
        )
    return sizes


def _entries_for(values, n_hidden_layers):
    """Return '2 entries for 1 hidden layer', for a message."""
    entries = "1 entry" if len(values) == 1 else f"{len(values)} entries"
    return f"{entries} for {n_hidden_layers} hidden layer{'s' * (n_hidden_layers != 1)}"


def activations_of(choice, n_hidden_layers):
    """Return a tuple of Activation objects, one for each hidden layer.

    `choice` is one activation for all layers, or a sequence with one for each. A pair
    of functions (σ, dσ/dz) is one activation.
    """
    if not isinstance(choice, list | tuple) or is_pair(choice):
        return (Activation.resolve(choice),) * n_hidden_layers
    if len(choice) != n_hidden_layers:
        raise ValueError(
            f"activation has {_entries_for(choice, n_hidden_layers)}; give one per "
            "hidden layer, or a single one for all."
        )
    return tuple(map(Activation.resolve, choice))


def network_of(estimator, X, n_outputs):
    """Return the Network of the estimator's parameters; raise if they are invalid."""
    sizes = hidden_sizes(
        estimator.hidden_layer_sizes, estimator.n_layers, estimator.width
    )
    network = Network(
        layer_sizes=(X.shape[1], *sizes, n_outputs),
        activations=activations_of(estimator.activation, len(sizes)),
        noise=_noise(estimator, len(sizes), X),
    )
    if estimator.solver == "lbfgs":
        _check_lbfgs(estimator, network)
    return network


def _noise(estimator, n_hidden_layers, X):
    """Return the Noise (dropout, input noise) used in training, or None."""
    if estimator.input_noise > 0 and scipy.sparse.issparse(X):
        raise ValueError(
            f"input_noise={estimator.input_noise} would leave no zeros in a sparse X; "
            "pass X.toarray(), or use input_dropout."
        )
    hidden = estimator.dropout
    if isinstance(hidden, Real):
        hidden = (hidden,) * n_hidden_layers
    if len(hidden) != n_hidden_layers:
        raise ValueError(
            f"dropout has {_entries_for(hidden, n_hidden_layers)}; give one per hidden "
            "layer, or a single one for all."
        )
    for p in hidden:
        if not (isinstance(p, Real) and 0 <= p < 1):
            raise ValueError(
                f"dropout={estimator.dropout!r} must hold probabilities in [0, 1), "
                "such as 0.2."
            )
    noise = Noise((estimator.input_dropout, *hidden), estimator.input_noise)
    return noise if noise.input_noise or any(noise.dropout) else None


def _check_lbfgs(estimator, network):
    """Raise ValueError for parameters that L-BFGS does not support."""
    refused = [name for name in _BOUNDS if getattr(estimator, name) is not None]
    if network.noise is not None:
        named = [name for name in _NOISE if np.any(getattr(estimator, name))]
        refused = named + refused
    if estimator.alpha and estimator.l1_ratio:
        refused = ["l1_ratio", *refused]
    if refused:
        raise ValueError(
            f"solver='lbfgs' does not take {', '.join(refused)}: it needs a smooth "
            "objective that does not change, and chooses its steps by itself. Use one "
            f"of {listed_options(sorted(UpdateRule.table))}, or an update rule."
        )


def penalties_of(estimator):
    """Return the strengths of the penalty, {'l2': …, 'l1': …}, for EmpiricalRisk."""
    return {
        "l2": estimator.alpha * (1 - estimator.l1_ratio),
        "l1": estimator.alpha * estimator.l1_ratio,
    }


# Default of the estimators -> value with early_stopping="loss".
_SETTINGS_BY_LOSS = {
    "scoring": (None, "loss"),
    "validation_fraction": (0.1, 0.2),
    "n_iter_no_change": (10, 30),
}


@dataclass(frozen=True)
class EarlyStopping:
    """Settings of early stopping of a fit.

    `asked` is True if the validation score decides when training stops. The others are
    the parameters of the estimator, or what ``early_stopping="loss"`` makes of them.
    """

    asked: bool
    scoring: Any
    validation_fraction: float
    n_iter_no_change: float


def early_stopping_of(estimator):
    """Return the EarlyStopping that the parameters of an estimator mean.

    With ``early_stopping="loss"``, parameters that have their default values are
    replaced by those of `_SETTINGS_BY_LOSS`; others stay as they are.
    """
    values = {name: getattr(estimator, name) for name in _SETTINGS_BY_LOSS}
    if estimator.early_stopping == "loss":
        for name, (default, by_loss) in _SETTINGS_BY_LOSS.items():
            if values[name] in (default,):
                values[name] = by_loss
    return EarlyStopping(bool(estimator.early_stopping), **values)


def training_plan_of(estimator, *, stream):
    """Return the TrainingPlan of a fit by epochs; `stream` means partial_fit.

    Its `batch_size` is the estimator's, which may be 'auto': see `fit_epochs`.
    """
    rule, stopping = _update_rule(estimator), early_stopping_of(estimator)
    if rule.whole_batch and estimator.batch_size != "auto":
        raise ValueError(
            f"solver={estimator.solver!r} takes all rows in every step, so batch_size="
            f"{estimator.batch_size} has no meaning; leave batch_size='auto', or use "
            "solver='sgd'."
        )
    bounds = {name: getattr(estimator, name) for name in _BOUNDS}
    return TrainingPlan(
        rule=rule,
        schedule=_schedule(estimator),
        learning_rate=estimator.learning_rate_init,
        batch_size=estimator.batch_size,
        shuffle=estimator.shuffle,
        step_bounds=StepBounds(
            **{name: inf if most is None else most for name, most in bounds.items()}
        ),
        max_epochs=estimator.max_iter,
        tol=estimator.tol,
        n_iter_no_change=stopping.n_iter_no_change,
        early_stopping=stopping.asked,
        restore_best=estimator.restore_best,
        on_divergence=estimator.on_divergence,
        stream=stream,
        keeps_interrupted=True,
    )


def _update_rule(estimator):
    """Return the UpdateRule of `solver`; a name takes the estimator's parameters."""
    solver = estimator.solver
    if isinstance(solver, str):
        own = _RULE_PARAMETERS.get(solver, {})
        values = {name: getattr(estimator, theirs) for name, theirs in own.items()}
        return UpdateRule.table[solver](**values)
    return UpdateRule.resolve(solver)


def _schedule(estimator):
    """Return the Schedule of `learning_rate`; 'invscaling' takes `power_t`."""
    if estimator.learning_rate == "invscaling":
        return InverseScaling(estimator.power_t)
    return Schedule.resolve(estimator.learning_rate)
