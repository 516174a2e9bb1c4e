"""Logistic regression by epochs of mini-batches, as for a network."""

from contextlib import closing
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from skmlp.base.fitted_attributes import check_classes
from skmlp.base.label_encoding import require_two_classes
from skmlp.logistic_regression.penalty import SOLVERS
from skmlp.solvers import Schedule, TrainingState, UpdateRule, epochs
from skmlp.solvers.minimum import Minimum
from skmlp.solvers.stopping import Patience

__all__ = [
    "EpochPlan",
    "classes_of_stream",
    "minimize_by_epochs",
    "plan_of",
    "prepared_state",
    "refuse_partial_fit",
    "run_epochs",
]

_EPOCHS_WITHOUT_PROGRESS = 10
_ROWS = 200  # in a batch, with batch_size='auto'


def refuse_partial_fit(estimator):
    """Return why there is no partial_fit, or None where there is."""
    if estimator.solver in SOLVERS:
        return (
            f"partial_fit is there with mini-batches only, not with solver="
            f"{estimator.solver!r}; use solver='sgd' or solver='adam'."
        )
    return None


def minimize_by_epochs(
    objective,
    state,
    *,
    l2,
    rule,
    schedule,
    learning_rate,
    batch_size,
    tol,
    max_iter,
    n_epochs,
    report=None,
):
    """Visit the rows in mini-batches, and keep the best epoch's parameters.

    Parameters
    ----------
    objective : EmpiricalRisk
        With the penalty that is meant for all rows.
    state : TrainingState
        Changed in place.
    l2 : float
        The penalty's strength in a batch: what is divided by its Σᵢ sᵢ.
    rule, schedule, learning_rate, batch_size
        As `epochs` takes them.
    tol : float
        Stops after ten epochs in a row whose loss is not lower by this, at a rate that
        the schedule lowers no more.
    max_iter : int
        At most so many epochs.
    n_epochs : int
        How many the schedule is told there will be.
    report : callable, optional
        Called as ``report(parameters, value)`` after every epoch; a true answer stops.

    Returns
    -------
    minimum : Minimum
    """
    training = epochs(
        replace(objective, l2=l2),
        state,
        rule,
        schedule,
        learning_rate=learning_rate,
        batch_size=batch_size,
        shuffle=True,
        n_epochs=n_epochs,
    )
    patience, values, converged = Patience(tol), [], False
    message = (
        f"The epochs ran out before convergence. Increase max_iter (={max_iter}) or "
        f"tol, or raise learning_rate_init (={learning_rate:g})."
    )
    with closing(training):
        for _ in range(max_iter):
            epoch = next(training)
            if not epoch.finite:
                message = _diverged(len(values) + 1, epoch.learning_rate)
                if patience.best_parameters is None:
                    raise ValueError(message)
                message = f"{message} The weights of the best epoch are kept."
                break
            values.append(epoch.loss)
            patience.observe(epoch.loss, epoch.loss, state.parameters)
            if report is not None and report(state.parameters, epoch.loss):
                converged = True
                break
            if patience.exhausted(_EPOCHS_WITHOUT_PROGRESS):
                factor = schedule.patience_factor
                if factor is None or epoch.learning_rate <= schedule.lowest:
                    converged = True
                    break
                state.rate_factor *= factor
                patience.waited = 0
    best = patience.best_parameters
    parameters = (state.parameters if best is None else best).astype(np.float64)
    value, gradient = objective.value_and_gradient(parameters)
    return Minimum(
        parameters=parameters,
        value=value,
        gradient_norm=objective.gradient_size(gradient),
        n_iter=len(values),
        converged=converged,
        message=message,
        values=values,
    )


class EpochPlan(NamedTuple):
    """What is asked of the epochs; `most_rows` is the most in a batch, None: all."""

    rule: UpdateRule
    schedule: Schedule
    learning_rate: float
    most_rows: int | None
    n_epochs: int


def plan_of(estimator):
    """Return the plan that parameters ask for; raise where they contradict."""
    rule, most_rows = UpdateRule.resolve(estimator.solver), estimator.batch_size
    if rule.whole_batch:
        if most_rows != "auto":
            raise ValueError(
                f"solver={estimator.solver!r} takes all rows in every step; leave "
                "batch_size='auto', or use solver='sgd'."
            )
        most_rows = None
    return EpochPlan(
        rule=rule,
        schedule=Schedule.resolve(estimator.learning_rate),
        learning_rate=estimator.learning_rate_init,
        most_rows=_ROWS if most_rows == "auto" else most_rows,
        n_epochs=estimator.max_iter,
    )


def prepared_state(objective, parameters, plan, random_state, last=None):
    """Return the state to train from, with the rule and the generator of the last one.

    Without a last one it begins with a generator made of `random_state`; else the last
    one is changed in place.
    """
    parameters, rule = parameters.astype(objective.X.dtype), plan.rule
    state = last
    if state is None:
        generator = check_random_state(random_state)
        state = TrainingState(parameters, rule.init(parameters), generator)
    elif state.extras.get("rule") is not type(rule):
        state.rule_state = rule.init(parameters)
    state.extras["rule"] = type(rule)
    state.parameters = parameters
    rows = np.arange(objective.n_rows)
    if objective.sample_weight is not None:
        rows = rows[objective.sample_weight > 0]
    state.order = rows
    state.prepare(objective.X.dtype)
    return state


def run_epochs(objective, state, plan, l2, **settings):
    """Minimise by a plan; l2 is the penalty's strength for a row of a batch."""
    n_rows = len(state.order)
    # Equal batches: in a smaller last one the penalty would weigh more.
    batch_size = -(-n_rows // -(-n_rows // (plan.most_rows or n_rows)))
    return minimize_by_epochs(
        objective,
        state,
        l2=l2 * batch_size,
        rule=plan.rule,
        schedule=plan.schedule,
        learning_rate=plan.learning_rate,
        batch_size=batch_size,
        n_epochs=plan.n_epochs,
        **settings,
    )


def classes_of_stream(estimator, y, classes):
    """Return the classes of the first call, after a check that no others come."""
    known = getattr(estimator, "classes_", None)
    if known is not None or hasattr(estimator, "classes_"):
        check_classes(known, in_order=True)
    given = None if classes is None else np.unique(classes)
    if known is None and given is None:
        raise ValueError(
            "classes must be passed on the first call to partial_fit: all labels "
            "that will ever come."
        )
    if known is None:
        known = given
        require_two_classes(known)
    elif given is not None and not np.array_equal(known, given):
        raise ValueError(
            f"classes={classes} is not the same as on the last call to "
            f"partial_fit, which was {known}."
        )
    unknown = np.setdiff1d(y, known)
    if len(unknown):
        raise ValueError(
            f"y holds labels that were not among classes: {unknown}; name all that "
            "will ever come in the first call."
        )
    return known


def _diverged(epoch, learning_rate):
    """Return the message about weights that are not finite."""
    return (
        "Solver produced non-finite parameter weights in epoch "
        f"{epoch}, with a learning rate of {learning_rate:g}. Scale X (sklearn."
        "preprocessing.StandardScaler), or lower learning_rate_init, say to a tenth."
    )
