"""A network's fit by epochs of mini-batches."""

from dataclasses import replace

import numpy as np

from skmlp.multilayer_perceptron.held_out_rows import held_out_rows
from skmlp.multilayer_perceptron.parameters import with_batches_of
from skmlp.solvers.training import TrainingProblem
from skmlp.solvers.training_loop import train

__all__ = ["fit_epochs"]


def fit_epochs(problem, training, plan, observer, *, records_all, warm_start):
    """Train a network by epochs.

    Parameters
    ----------
    problem : NetworkProblem
    training : Training
        Changed in place.
    plan : TrainingPlan
        Its batch size may be 'auto'.
    observer : Observer
    records_all : bool
        Whether all training rows are looked at once more after every epoch.
    warm_start : bool
        Whether costs compare with those of the last fit, if its rows were the same.

    Returns
    -------
    outcome : Outcome
    """
    objective, state = problem.objective, training.state
    training.prepare(plan.rule, objective.X.dtype)
    held_out = None
    if problem.validates:
        held_out = held_out_rows(problem, state)
    else:
        state.visit_only(problem.row_numbers)
    plan = with_batches_of(plan, len(state.order))
    whole = None
    if records_all or plan.on_divergence == "backoff":
        whole = _of_training_rows(objective, state.validation_rows)
    compared = [objective] if warm_start and not plan.stream else []
    if plan.early_stopping and held_out is not None:
        compared.append(held_out.risk)
    if compared:
        training.compare_costs_of(list(map(_fingerprint, compared)))
    outcome = train(
        TrainingProblem(objective, held_out, whole), training, plan, observer
    )
    if not (plan.stream or outcome.converged or outcome.stopped or outcome.message):
        outcome = replace(
            outcome,
            message=f"Stochastic Optimizer: Maximum iterations ({plan.max_epochs}) "
            "reached and the optimization hasn't converged yet. Increase max_iter or "
            "learning_rate_init, or raise tol.",
        )
    return outcome


def _of_training_rows(objective, validation_rows):
    """Return the objective without the rows that were set aside."""
    if len(validation_rows) == 0:
        return objective
    weight = objective.sample_weight
    weight = np.ones(objective.n_rows) if weight is None else weight.copy()
    weight[validation_rows] = 0
    return replace(objective, sample_weight=weight)


def _fingerprint(objective):
    """Return a few numbers that tell one data set from another."""
    X, y = objective.X, objective.y
    return X.shape, float(X.sum()), float(y.sum()), float(X[0].sum())
