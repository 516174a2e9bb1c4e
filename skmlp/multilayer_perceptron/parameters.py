"""The parameters of both estimators: what they may be, and what they ask for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from math import inf
from numbers import Integral, Real
from typing import Any, TypeAlias

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike
from sklearn.metrics import get_scorer_names

from skmlp.activations import Activation
from skmlp.base.compat import Interval, Options, StrOptions
from skmlp.base.component import NamesIn
from skmlp.base.derivative_check import is_pair
from skmlp.base.types import PairOfFunctions
from skmlp.base.warn import warn
from skmlp.initializers import Initializer
from skmlp.losses import ClassifierLoss, FunctionPair, Loss
from skmlp.losses.base import LabelKind
from skmlp.losses.function_pair import InverseLink
from skmlp.losses.one_hot import OneHotTargets
from skmlp.network import Network, Noise
from skmlp.solvers import InverseScaling, Schedule, StepBounds, UpdateRule
from skmlp.solvers.training import TrainingPlan

__all__ = [
    "CONSTRAINTS",
    "ActivationChoice",
    "InitializerChoice",
    "LbfgsPlan",
    "activations_of",
    "assign",
    "classifier_loss",
    "hidden_sizes",
    "lbfgs_plan_of",
    "network_of",
    "penalties_of",
    "predicts_probabilities",
    "refuse_partial_fit_by_lbfgs",
    "regressor_loss",
    "training_plan_of",
    "with_batch_size",
]

_DEFAULT_SIZES = (100,)

# What a rule that a string names takes from the estimator, by its own names.
_BETAS = {"beta_1": "beta_1", "beta_2": "beta_2", "epsilon": "epsilon"}
_RULE_PARAMETERS = {
    "sgd": {"momentum": "momentum", "nesterov": "nesterovs_momentum"},
    **dict.fromkeys(("adam", "adamw", "amsgrad", "nadam"), _BETAS),
}

_BOUNDS = ("clip_value", "clip_norm", "max_norm")
_NOISE = ("dropout", "input_dropout", "input_noise")
_AUTO_BATCH = 200

OneActivation: TypeAlias = str | Activation | PairOfFunctions
ActivationChoice: TypeAlias = OneActivation | Sequence[OneActivation]
"""A parameter `activation`: one for all hidden layers, or a list with one for each."""

InitializerChoice: TypeAlias = str | Initializer | Callable[..., ArrayLike]
"""A parameter `weight_init`: a name, an object, or a function that draws weights."""


def refuse_partial_fit_by_lbfgs(estimator):
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
"""Constraints of the parameters that both estimators have."""


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


def regressor_loss(choice: str | Loss | tuple[Any, ...]) -> Loss:
    """Return the loss of numbers that a name, a loss or a pair of functions means."""
    if isinstance(choice, tuple):
        return FunctionPair.of(choice, inverse_link="identity")
    loss = Loss.resolve(choice)
    if loss.takes_labels:
        raise ValueError(
            f"loss={choice!r} is a loss of classes, not of numbers; use one of "
            f"{', '.join(map(repr, sorted(Loss.regression_table)))}, or MLPClassifier."
        )
    return loss


def classifier_loss(
    choice: str | ClassifierLoss | Loss | tuple[Any, ...], kind: LabelKind
) -> Loss:
    """Return the loss on raw scores of labels of a kind.

    `choice` is a name, a family, a loss, or a pair (value, gradient); kinds are
    'binary', 'multiclass' and 'multilabel'.
    """
    several = kind == "multiclass"
    if isinstance(choice, tuple):
        link: InverseLink = "softmax" if several else "logistic"
        loss = FunctionPair.of(choice, inverse_link=link)
    elif isinstance(choice, Loss):
        loss = Loss.resolve(choice)
    else:
        loss = ClassifierLoss.resolve(choice).of_kind(kind)
    if loss.scores_per_target != 1 or (loss.takes_labels and not several):
        raise ValueError(
            f"loss={choice!r} does not suit {kind} labels, which have one score each; "
            f"use one of {', '.join(map(repr, sorted(ClassifierLoss.table)))}."
        )
    return OneHotTargets(loss) if several and not loss.takes_labels else loss


def predicts_probabilities(choice: object) -> bool:
    """Whether a classifier's scores say how probable each class is, given its loss."""
    if isinstance(choice, str) and choice in ClassifierLoss.table:
        choice = ClassifierLoss.table[choice]()
    if isinstance(choice, ClassifierLoss):
        choice = choice.of_kind("binary")
    return not isinstance(choice, Loss) or choice.inverse_link != "identity"


def network_of(estimator, X, n_outputs):
    """Return the network that the parameters ask for; refuse what cannot be trained."""
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
    """Return the Noise of the network in training, or None."""
    if estimator.input_noise > 0 and scipy.sparse.issparse(X):
        raise ValueError(
            f"input_noise={estimator.input_noise} would leave no zero in a sparse X; "
            "pass X.toarray(), or use input_dropout."
        )
    hidden = estimator.dropout
    if isinstance(hidden, Real):
        hidden = (hidden,) * n_hidden_layers
    if len(hidden) != n_hidden_layers:
        raise ValueError(
            f"dropout has {len(hidden)} entries for {n_hidden_layers} hidden "
            "layers; give one a hidden layer, or a single one for all."
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
    """Refuse what L-BFGS cannot do, and name the solvers that can."""
    refused = [name for name in _BOUNDS if getattr(estimator, name) is not None]
    if network.noise is not None:
        named = [name for name in _NOISE if np.any(getattr(estimator, name))]
        refused = named + refused
    if estimator.alpha and estimator.l1_ratio:
        refused = ["l1_ratio", *refused]
    if refused:
        raise ValueError(
            f"solver='lbfgs' does not take {', '.join(refused)}: it needs a smooth "
            "objective that stays the same, and finds its steps by itself. Use one "
            f"of {', '.join(repr(name) for name in sorted(UpdateRule.table))}, or "
            "an update rule."
        )


def penalties_of(estimator):
    """Return the l2 and the l1 strength, as the objective takes them."""
    return {
        "l2": estimator.alpha * (1 - estimator.l1_ratio),
        "l1": estimator.alpha * estimator.l1_ratio,
    }


@dataclass(frozen=True)
class LbfgsPlan:
    """Plan of a fit by L-BFGS: limits of its work, and what ends it."""

    max_iter: int
    max_fun: int
    tol: float
    n_iter_no_change: float
    early_stopping: bool
    restore_best: bool
    on_divergence: str


def lbfgs_plan_of(estimator):
    """Return the plan of a fit by L-BFGS."""
    names = (each.name for each in fields(LbfgsPlan))
    return LbfgsPlan(**{name: getattr(estimator, name) for name in names})


def training_plan_of(estimator, *, stream):
    """Return the plan of a fit by epochs, or of one call of partial_fit (`stream`).

    Its `batch_size` is the estimator's, until the number of rows is known.
    """
    rule = _update_rule(estimator)
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
        n_iter_no_change=estimator.n_iter_no_change,
        early_stopping=estimator.early_stopping,
        restore_best=estimator.restore_best,
        on_divergence=estimator.on_divergence,
        stream=stream,
        keeps_interrupted=True,
    )


def _update_rule(estimator):
    """Return the update rule; one that a string names takes the parameters."""
    solver = estimator.solver
    if isinstance(solver, str):
        own = _RULE_PARAMETERS.get(solver, {})
        values = {name: getattr(estimator, theirs) for name, theirs in own.items()}
        return UpdateRule.table[solver](**values)
    return UpdateRule.resolve(solver)


def _schedule(estimator):
    """Return the schedule; 'invscaling' takes power_t."""
    if estimator.learning_rate == "invscaling":
        return InverseScaling(estimator.power_t)
    return Schedule.resolve(estimator.learning_rate)


def with_batch_size(plan, n_rows):
    """Return the plan with a batch size that is a number, at most `n_rows`."""
    batch_size = plan.batch_size
    if batch_size == "auto":
        return replace(plan, batch_size=min(_AUTO_BATCH, n_rows))
    if batch_size > n_rows:
        warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going "
            f"to be clipped to {n_rows}.",
        )
    return replace(plan, batch_size=min(batch_size, n_rows))
