"""Training of a network by L-BFGS, with all rows in every iteration."""

from dataclasses import dataclass
from math import isfinite
from time import perf_counter

import numpy as np

from skmlp.base.warn import warn
from skmlp.multilayer_perceptron.held_out_rows import validation_rows
from skmlp.multilayer_perceptron.parameters import early_stopping_of
from skmlp.objective import ALL_ROWS, Objective
from skmlp.solvers import minimize_lbfgs
from skmlp.solvers.divergence import NON_FINITE, SCALE_DATA, Diverged
from skmlp.solvers.epoch import EpochRecord
from skmlp.solvers.interruption import INTERRUPTED, loss_after_interruption
from skmlp.solvers.minimum import Minimum
from skmlp.solvers.reported_units import ReportedUnits
from skmlp.solvers.too_early import stopped_too_early
from skmlp.solvers.training import Outcome

__all__ = ["LbfgsPlan", "fit_lbfgs", "lbfgs_plan_of"]

_FUNCTION_TOL = 2.2e-9  # scikit-learn's, which is SciPy's default


@dataclass(frozen=True)
class LbfgsPlan:
    """Settings of a fit by L-BFGS: limits of its work, and rules for stopping."""

    max_iter: int
    max_fun: int
    tol: float
    n_iter_no_change: float
    early_stopping: bool
    restore_best: bool
    on_divergence: str


def lbfgs_plan_of(estimator):
    """Return the LbfgsPlan of the estimator's parameters."""
    stopping = early_stopping_of(estimator)
    return LbfgsPlan(
        max_iter=estimator.max_iter,
        max_fun=estimator.max_fun,
        tol=estimator.tol,
        n_iter_no_change=stopping.n_iter_no_change,
        early_stopping=stopping.asked,
        restore_best=estimator.restore_best,
        on_divergence=estimator.on_divergence,
    )


def fit_lbfgs(problem, training, plan, observer):
    """Train a network by L-BFGS; return its Outcome.

    Parameters
    ----------
    problem : NetworkProblem
    training : Training
        Changed in place, except its state, which only other solvers use.
    plan : LbfgsPlan
    observer : Observer

    Returns
    -------
    outcome : Outcome

    Raises
    ------
    Diverged
        If training diverged and no iteration had finite weights, or if
        ``plan.on_divergence`` is 'raise'.
    """
    held_out = None
    if problem.validation_data is not None:
        held_out = validation_rows(problem, problem.validation_data)
    iterations = _Iterations(problem, training, plan, observer, held_out)
    start = training.kept
    observer.begin(start)
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            minimum = minimize_lbfgs(
                iterations.objective,
                start,
                tol=plan.tol,
                max_iter=plan.max_iter,
                max_fun=plan.max_fun,
                function_tol=_FUNCTION_TOL,
                report=iterations.report,
            )
    except KeyboardInterrupt:
        minimum = iterations.interrupted(start)
    return iterations.outcome(minimum)


class _Iterations:
    """Records of the iterations of one fit, and its Outcome."""

    def __init__(self, problem, training, plan, observer, held_out):
        self.objective = RecordingObjective(problem.objective)
        self.dtype = problem.objective.X.dtype
        self.training, self.plan = training, plan
        self.observer, self.held_out = observer, held_out
        self.units = problem.units or ReportedUnits()
        # Early stopping needs validation rows from the user: L-BFGS holds none out.
        self.stops_early = plan.early_stopping and held_out is not None
        self.last_finite = None  # (parameters, value) of the last finite iteration
        self.stopped = self.converged = False
        self.n_iter = 0
        training.patience.tol = plan.tol
        training.validation_scores = None if held_out is None else []
        self.started_at = perf_counter()

    def interrupted(self, start):
        """Return the Minimum of the iterations before an interruption by the user."""
        self.stopped = True
        if self.last_finite is not None:
            warn(INTERRUPTED)
            parameters, value = self.last_finite
        else:
            risk, parameters = self.objective.objective, start
            value = loss_after_interruption(risk, start, np.arange(risk.n_rows))
        return Minimum(
            parameters=parameters,
            value=value,
            gradient_norm=np.nan,
            n_iter=self.n_iter,
            converged=True,
            message="",
            values=[],
            interrupted=True,
        )

    def report(self, parameters, value):
        """Record an iteration; return True if the fit should stop."""
        self.n_iter += 1
        if isfinite(value):
            self.last_finite = parameters, value
        self._record(parameters.astype(self.dtype, copy=False))
        self.stopped = self.observer.end(parameters, None)
        stop = self.stopped or self.converged
        if not stop:
            self.started_at = perf_counter()
            self.observer.begin(parameters)
        return stop

    def _record(self, parameters):
        """Append an EpochRecord of the iteration, and update the patience."""
        training, objective = self.training, self.objective
        loss = score = None
        if self.held_out is not None:
            loss, score = self.held_out.assess(parameters)
        record = EpochRecord(
            objective.value,
            training_loss=objective.value,
            validation_loss=loss,
            validation_score=score,
            gradient_norm=objective.gradient_norm,
            seconds=perf_counter() - self.started_at,
        )
        record = self.units.of_record(record)
        training.losses.append(record.loss)
        if self.held_out is not None:
            training.validation_scores.append(record.validation_score)
        training.records.append(record)
        self.observer.record(record)
        if self.stops_early:
            patience = training.patience
            patience.observe(-score, objective.value, parameters)
            self.converged = patience.exhausted(self.plan.n_iter_no_change)

    def outcome(self, minimum):
        """Return the Outcome: the last parameters, or those of the best score."""
        plan, patience, message = self.plan, self.training.patience, None
        ended_early = self.converged
        parameters, value = minimum.parameters, minimum.value
        diverged = not (isfinite(value) and np.isfinite(parameters).all())
        if diverged:
            message = (
                f"{NON_FINITE}. {SCALE_DATA} This happened in iteration "
                f"{minimum.n_iter + 1} of lbfgs."
            )
            if self.last_finite is None or plan.on_divergence == "raise":
                raise Diverged(message)
            message += " The weights of the last finite iteration are kept."
            parameters, value = self.last_finite
        elif not minimum.converged:
            message = (
                f"lbfgs failed to converge after {minimum.n_iter} iteration(s): "
                f"{minimum.message}. Increase max_iter (={plan.max_iter}) or max_fun "
                f"(={plan.max_fun}), or scale X (sklearn.preprocessing.StandardScaler)."
            )
        else:
            self.converged = not self.stopped
        if ended_early and message is None:
            own_records = self.training.records[-self.n_iter :]
            message = stopped_too_early(own_records, plan.n_iter_no_change)
        parameters = parameters.astype(self.dtype)
        loss = best_loss = value
        best_score = None
        if self.stops_early and patience.best_parameters is not None:
            best_loss, best_score = None, -patience.best
            if plan.restore_best:
                parameters, loss = patience.best_parameters.copy(), patience.best_loss
        self.training.kept = parameters
        if self.training.state is not None:  # a later fit by epochs starts from here
            self.training.state.parameters = parameters.copy()
            self.training.state.rule_state = None
        self.training.stream_converged = False
        return Outcome(
            training=self.training,
            parameters=parameters,
            loss=self.units.loss.of(loss),
            best_loss=self.units.loss.of(best_loss),
            best_validation_score=self.units.score.of(best_score),
            n_iter=minimum.n_iter,
            converged=self.converged,
            diverged=diverged,
            stopped=self.stopped,
            message=message,
            interrupted=minimum.interrupted,
        )


class RecordingObjective(Objective):
    """Objective that stores its last value and the last size of a gradient.

    The last evaluation in an iteration of L-BFGS is at the point where it ends.
    """

    def __init__(self, objective):
        self.objective = objective

    @property
    def n_rows(self):
        """Number of rows of the wrapped objective."""
        return self.objective.n_rows

    def value_and_gradient(self, parameters, rows=ALL_ROWS):
        """Return the value and gradient of the wrapped objective; store the value."""
        value, gradient = self.objective.value_and_gradient(parameters, rows)
        self.value = float(value)
        return value, gradient

    def gradient_size(self, gradient):
        """Return the largest absolute value in `gradient`, and store it."""
        self.gradient_norm = super().gradient_size(gradient)
        return self.gradient_norm

    def threads(self):
        """Return the context manager of the wrapped objective for its threads."""
        return self.objective.threads()
