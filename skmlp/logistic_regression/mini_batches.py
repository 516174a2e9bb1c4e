"""Logistic regression by mini-batches, trained as a network with no hidden layer."""

from dataclasses import replace
from math import isfinite

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from skmlp.base.fit_context import unless_it_raises
from skmlp.base.fitted_attributes import check_classes
from skmlp.base.label_encoding import require_two_classes
from skmlp.base.warn import warn
from skmlp.logistic_regression.penalty import SOLVERS
from skmlp.solvers import Schedule, UpdateRule
from skmlp.solvers.divergence import (
    NON_FINITE,
    SCALE_DATA,
    Diverged,
    advice_after_divergence,
)
from skmlp.solvers.minimum import Minimum
from skmlp.solvers.patience import Costs
from skmlp.solvers.training import (
    Observer,
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
_AUTO_BATCH_SIZE = 200  # maximum number of rows in a batch, with batch_size='auto'


def refuse_partial_fit_without_mini_batches(estimator):
    """Return the reason why partial_fit is unavailable, or None if it is available."""
    if estimator.solver in SOLVERS:
        return (
            f"partial_fit is available with mini-batches only, not with solver="
            f"{estimator.solver!r}; use solver='sgd' or solver='adam'."
        )
    return None


def mini_batch_plan_of(estimator, *, stream=False):
    """Return the TrainingPlan that the parameters of an estimator ask for.

    Its `batch_size` is the maximum number of rows in a batch, None for all rows. Raise
    ValueError if the solver takes all rows and `batch_size` is a number. With `stream`
    the plan is that of `partial_fit`: one epoch.
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
        batch_size=_AUTO_BATCH_SIZE if most_rows == "auto" else most_rows,
        max_epochs=1 if stream else estimator.max_iter,
        n_epochs=estimator.max_iter,
        tol=estimator.tol,
        n_iter_no_change=_EPOCHS_WITHOUT_PROGRESS,
        stream=stream,
        keeps_interrupted=True,
    )


def prepared_training(objective, parameters, plan, random_state, last=None):
    """Return the Training from which `minimize_by_epochs` continues.

    It takes the state of the update rule and the generator of `last`, the last
    Training. If `last` is None, it is a new one, with a generator from `random_state`.
    Rows of weight zero are left out of the epochs.
    """
    parameters = parameters.astype(objective.X.dtype)
    if last is None:
        generator = check_random_state(random_state)
        training = Training.begin(parameters, generator, tol=plan.tol)
    else:
        # A copy: a fit that raises must leave the last training as it was.
        training = last.copy().resumed(parameters, Costs(), stream=True)
    training.prepare(plan.rule, objective.X.dtype)
    weight = objective.sample_weight
    rows = np.arange(objective.n_rows) if weight is None else np.flatnonzero(weight > 0)
    training.state.order = rows
    return training


def minimize_by_epochs(objective, training, plan, l2, report=None, *, advise):
    """Minimise by mini-batches; return the parameters of the best epoch.

    Parameters
    ----------
    objective : EmpiricalRisk
        Mean log loss plus the penalty of all rows, which gives the value and gradient
        of the result. Training replaces the penalty by that of a batch.
    training : Training
        State of the training, as `prepared_training` returns it; changed in place.
    plan : TrainingPlan
        As `mini_batch_plan_of` returns it. With ``plan.stream`` the parameters after
        the last epoch are returned, not those of the best.
    l2 : float
        Strength of the l2 penalty of all rows of `training` together, of which each
        has an equal share in its batch.
    report : callable, optional
        Called as ``report(parameters, value)`` after every epoch; the training stops if
        it returns True.
    advise : callable
        Returns advice on the data, for an error, or the warning of a stream.

    Returns
    -------
    minimum : Minimum
        Parameters in float64, with the value and gradient norm of `objective` there.
    """
    n_rows = len(training.state.order)
    # Batches of equal size: in a smaller last batch the penalty would weigh more.
    batch_size = -(-n_rows // -(-n_rows // (plan.batch_size or n_rows)))
    with unless_it_raises(training.state.generator), advice_after_divergence(advise):
        outcome = train(
            TrainingProblem(
                replace(objective, l2=l2 * (batch_size / n_rows)), result=objective
            ),
            training,
            replace(plan, batch_size=batch_size),
            Observer() if report is None else _Reporter(report),
        )
    values = list(filter(isfinite, training.losses))
    parameters = outcome.parameters.astype(np.float64)
    moderate, _ = objective.with_moderate_weights()
    with np.errstate(over="ignore", invalid="ignore"):
        value, gradient = moderate.value_and_gradient(parameters)
    if not (isfinite(value) and np.isfinite(gradient).all()):
        message = f"{NON_FINITE}: the objective is not finite. {SCALE_DATA}"
        raise Diverged(f"{message}{advise()}")
    if plan.stream and outcome.message:
        warn(f"{outcome.message}{advise()}", ConvergenceWarning)
    return Minimum(
        parameters=parameters,
        value=value,
        gradient_norm=objective.gradient_size(gradient),
        n_iter=len(values),
        converged=outcome.converged or (outcome.stopped and not outcome.interrupted),
        interrupted=outcome.interrupted,
        message=outcome.message
        or "The epochs ran out before convergence. Increase max_iter "
        f"(={plan.max_epochs}) or tol, or raise learning_rate_init "
        f"(={plan.learning_rate:g}).",
        values=values,
    )


class _Reporter(Observer):
    """Observer that passes every epoch that did not diverge to `report`."""

    def __init__(self, report):
        self.report = report

    def end(self, parameters, epoch):
        """Report an epoch; return True if the training has to stop."""
        return epoch.finite and self.report(parameters, epoch.loss)


def classes_of_stream(estimator, y, classes):
    """Return the classes given in the first call of partial_fit.

    Raise ValueError if `classes` are different ones, or if `y` holds another label.
    """
    known = getattr(estimator, "classes_", None)
    if known is not None or hasattr(estimator, "classes_"):
        check_classes(known, in_order=True)
    given = None if classes is None else np.unique(classes)
    if known is None and given is None:
        raise ValueError(
            "classes must be passed on the first call to partial_fit: all labels "
            "that any call will hold."
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
            f"y has labels that are not among the classes: {unknown}; name all "
            "classes in the first call to partial_fit."
        )
    return known
