"""From the parameters of an estimator to a network, and a plan to train it."""

from dataclasses import dataclass, fields, replace
from math import inf
from numbers import Real

import numpy as np
import scipy.sparse

from skmlp.base.warn import warn
from skmlp.multilayer_perceptron.parameters import activations_of, hidden_sizes
from skmlp.network import Network, Noise
from skmlp.solvers import InverseScaling, Schedule, StepBounds, UpdateRule
from skmlp.solvers.training import TrainingPlan

__all__ = ["LbfgsPlan", "lbfgs_plan_of", "network_of", "penalties_of", "plan_of"]
__all__ += ["with_batches_of"]

# What a rule that a string names takes from the estimator, by its own names.
_BETAS = {"beta_1": "beta_1", "beta_2": "beta_2", "epsilon": "epsilon"}
_TAKEN = {
    "sgd": {"momentum": "momentum", "nesterov": "nesterovs_momentum"},
    **dict.fromkeys(("adam", "adamw", "amsgrad", "nadam"), _BETAS),
}

_BOUNDS = ("clip_value", "clip_norm", "max_norm")
_NOISE = ("dropout", "input_dropout", "input_noise")
_AUTO_BATCH = 200


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
    """Return what disturbs the network in training, or None."""
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
    """What was asked for of L-BFGS: bounds of its work, and what ends it."""

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


def plan_of(estimator, *, stream):
    """Return the plan of a fit by epochs, or of one call of partial_fit (`stream`).

    Its `batch_size` is the estimator's, until the number of rows is known.
    """
    rule = _rule(estimator)
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


def _rule(estimator):
    """Return the update rule; one that a string names takes the parameters."""
    solver = estimator.solver
    if isinstance(solver, str):
        own = _TAKEN.get(solver, {})
        values = {name: getattr(estimator, theirs) for name, theirs in own.items()}
        return UpdateRule.table[solver](**values)
    return UpdateRule.resolve(solver)


def _schedule(estimator):
    """Return the schedule; 'invscaling' takes power_t."""
    if estimator.learning_rate == "invscaling":
        return InverseScaling(estimator.power_t)
    return Schedule.resolve(estimator.learning_rate)


def with_batches_of(plan, n_rows):
    """Return the plan with a number of rows in a batch, for that many rows."""
    batch_size = plan.batch_size
    if batch_size == "auto":
        return replace(plan, batch_size=min(_AUTO_BATCH, n_rows))
    if batch_size > n_rows:
        warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going "
            f"to be clipped to {n_rows}.",
        )
    return replace(plan, batch_size=min(batch_size, n_rows))
