"""Logistic regression by mini-batches: a network without hidden layers, trained."""

from dataclasses import replace

import numpy as np
from sklearn.utils import check_random_state

from skmlp.base.fitted_attributes import check_classes
from skmlp.base.label_encoding import require_two_classes
from skmlp.logistic_regression.penalty import SOLVERS
from skmlp.solvers import Schedule, UpdateRule
from skmlp.solvers.minimum import Minimum
from skmlp.solvers.training import (
    Observer,
    Patience,
    Training,
    TrainingPlan,
    TrainingProblem,
)
from skmlp.solvers.training_loop import train

__all__ = [
    "classes_of_stream",
    "mini_batch_plan_of",
    "minimize_by_epochs",
    "prepared_training",
    "refuse_partial_fit_without_mini_batches",
]

_EPOCHS_WITHOUT_PROGRESS = 10
_ROWS = 200  # in a batch, with batch_size='auto'


def refuse_partial_fit_without_mini_batches(estimator):
    """Return why there is no partial_fit, or None where there is."""
    if estimator.solver in SOLVERS:
        return (
            f"partial_fit is there with mini-batches only, not with solver="
            f"{estimator.solver!r}; use solver='sgd' or solver='adam'."
        )
    return None


def mini_batch_plan_of(estimator, *, stream=False):
    """Return the plan that parameters ask for; raise where they contradict.

    Its `batch_size` is the most rows in a batch, and None stands for all.
    """
    rule, most_rows = UpdateRule.resolve(estimator.solver), estimator.batch_size
    if rule.whole_batch:
        if most_rows != "auto":
            raise ValueError(
                f"solver={estimator.solver!r} takes all rows in every step; leave "
                "batch_size='auto', or use solver='sgd'."
            )
        most_rows = None
    return TrainingPlan(
        rule=rule,
        schedule=Schedule.resolve(estimator.learning_rate),
        learning_rate=estimator.learning_rate_init,
        batch_size=_ROWS if most_rows == "auto" else most_rows,
        max_epochs=1 if stream else estimator.max_iter,
        n_epochs=estimator.max_iter,
        tol=estimator.tol,
        n_iter_no_change=_EPOCHS_WITHOUT_PROGRESS,
        stream=stream,
    )


def prepared_training(objective, parameters, plan, random_state, last=None):
    """Return the training to go on with.

    It has the rule's state and the generator of the last one; without a last one it
    begins, with a generator made of `random_state`.
    """
    parameters = parameters.astype(objective.X.dtype)
    if last is None:
        generator = check_random_state(random_state)
        training = Training.begin(parameters, generator, tol=plan.tol)
    else:
        training = Training(Patience(plan.tol), last.state, last.rule)
        training.go_on_from(parameters)
    training.prepare(plan.rule, objective.X.dtype)
    weight = objective.sample_weight
    rows = np.arange(objective.n_rows) if weight is None else np.flatnonzero(weight > 0)
    training.state.order = rows
    return training


def minimize_by_epochs(objective, training, plan, l2, report=None):
    """Visit the rows in mini-batches, and keep the best epoch's parameters.

    Parameters
    ----------
    objective : EmpiricalRisk
        With the penalty of all rows; its value and gradient are those of the minimum.
        Training takes the penalty of a batch in its place.
    training : Training
        Changed in place.
    plan : TrainingPlan
        As `mini_batch_plan_of` returns it. Of a stream, the last parameters are kept.
    l2 : float
        The penalty's strength for a row of a batch.
    report : callable, optional
        Called as ``report(parameters, value)`` after every epoch; a true answer stops.

    Returns
    -------
    minimum : Minimum
    """
    n_rows = len(training.state.order)
    # Equal batches: in a smaller last one the penalty would weigh more.
    batch_size = -(-n_rows // -(-n_rows // (plan.batch_size or n_rows)))
    outcome = train(
        TrainingProblem(replace(objective, l2=l2 * batch_size)),
        training,
        replace(plan, batch_size=batch_size),
        Observer() if report is None else _Reporter(report),
    )
    values = training.losses[:-1] if outcome.diverged else training.losses
    parameters = outcome.parameters.astype(np.float64)
    value, gradient = objective.value_and_gradient(parameters)
    return Minimum(
        parameters=parameters,
        value=value,
        gradient_norm=objective.gradient_size(gradient),
        n_iter=len(values),
        converged=outcome.converged or outcome.stopped,
        message=outcome.message
        or "The epochs ran out before convergence. Increase max_iter "
        f"(={plan.max_epochs}) or tol, or raise learning_rate_init "
        f"(={plan.learning_rate:g}).",
        values=values,
    )


class _Reporter(Observer):
    """Reports every epoch that did not diverge, as other solvers their iterations."""

    def __init__(self, report):
        self.report = report

    def end(self, parameters, epoch):
        """Report an epoch; return whether to stop."""
        return epoch.finite and self.report(parameters, epoch.loss)


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
