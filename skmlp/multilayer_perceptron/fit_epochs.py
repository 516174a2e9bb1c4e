"""Training of a network by epochs, and the costs by which epochs are compared."""

from dataclasses import replace

import numpy as np

from skmlp.base.rows import fingerprint
from skmlp.base.warn import warn
from skmlp.multilayer_perceptron.held_out_rows import held_out_rows
from skmlp.multilayer_perceptron.parameters import early_stopping_of
from skmlp.solvers.divergence import NON_FINITE, Diverged
from skmlp.solvers.patience import Costs
from skmlp.solvers.training import TrainingProblem
from skmlp.solvers.training_loop import train

__all__ = ["costs_of", "fit_epochs", "require_finite_scores"]

# Smaller weights cannot make the scores of finite rows overflow, in usual depths.
_LARGE_WEIGHT = 1e3

_AUTO_BATCH = 200  # maximum number of rows of batch_size='auto'


def costs_of(estimator, problem, *, stream):
    """Return the Costs of a fit: two fits with equal ones can be compared."""
    validates = problem.validation_data is not None
    if estimator.solver != "lbfgs":
        validates = validates or problem.validation_fraction is not None
    stopping = early_stopping_of(estimator)
    by_score = stopping.asked and validates
    if stream and not by_score:
        return Costs()
    objective = None if stream else problem.objective.comparable()
    held_out = None
    if by_score:
        rows = problem.validation_data
        arrays = () if rows is None else (rows.X, rows.targets, rows.sample_weight)
        parts = (problem.validation_fraction, stopping.scoring)
        held_out = (*parts, *map(fingerprint, arrays))
    return Costs(by_score, (objective, held_out))


def require_finite_scores(objective, parameters):
    """Raise Diverged if finite parameters give scores that are not finite."""
    if np.max(np.abs(parameters), initial=0.0) < _LARGE_WEIGHT:
        return
    with np.errstate(over="ignore", invalid="ignore"):
        finite = np.isfinite(objective.scores(parameters)).all()
    if not finite:
        raise Diverged(
            f"{NON_FINITE}, or weights so large that their scores are infinite. Scale "
            "X and y (sklearn.preprocessing.StandardScaler), or lower "
            "learning_rate_init by a factor of 10."
        )


def fit_epochs(problem, training, plan, observer, *, records_all):
    """Train a network by epochs; return an Outcome with the chosen parameters.

    Parameters
    ----------
    problem : NetworkProblem
    training : Training
        Changed in place.
    plan : TrainingPlan
        Its batch size may be 'auto'.
    observer : Observer
    records_all : bool
        Whether to evaluate the objective on all training rows after every epoch.

    Returns
    -------
    outcome : Outcome
    """
    objective, state = problem.objective, training.state
    training.prepare(plan.rule, objective.X.dtype)
    held_out = None
    if problem.validates:
        split = state.validation_rows
        held_out = held_out_rows(problem, state)
        if state.validation_rows is not split:
            training.patience.forget()  # its scores are those of other rows
    else:
        state.visit_only(problem.row_numbers)
    plan = _with_batch_size(plan, len(state.order))
    result = _without_validation_rows(objective, state.validation_rows)
    outcome = train(
        TrainingProblem(
            objective,
            held_out,
            whole=result if records_all else None,
            result=result,
            units=problem.units,
        ),
        training,
        plan,
        observer,
    )
    if not (plan.stream or outcome.converged or outcome.stopped or outcome.message):
        outcome = replace(
            outcome,
            message=f"Stochastic Optimizer: Maximum iterations ({plan.max_epochs}) "
            "reached and the optimization hasn't converged yet. Increase max_iter or "
            "learning_rate_init, or raise tol.",
        )
    return outcome


def _without_validation_rows(objective, validation_rows):
    """Return the objective on the training rows only: validation rows weigh zero."""
    if len(validation_rows) == 0:
        return objective
    weight = objective.sample_weight
    weight = np.ones(objective.n_rows) if weight is None else weight.copy()
    weight[validation_rows] = 0
    return replace(objective, sample_weight=weight)


def _with_batch_size(plan, n_rows):
    """Return the plan with a numeric batch size of at most `n_rows`."""
    batch_size = plan.batch_size
    if batch_size == "auto":
        return replace(plan, batch_size=min(_AUTO_BATCH, n_rows))
    if batch_size > n_rows:
        warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going "
            f"to be clipped to {n_rows}.",
        )
    return replace(plan, batch_size=min(batch_size, n_rows))
