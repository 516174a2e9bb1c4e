"""A network's fit over all rows at once."""

from math import isfinite
from time import perf_counter

import numpy as np

from skmlp.multilayer_perceptron.held_out_rows import validation_rows
from skmlp.objective import ALL_ROWS, Objective
from skmlp.solvers import minimize_lbfgs
from skmlp.solvers.divergence import NON_FINITE, SCALE_DATA, Diverged
from skmlp.solvers.training import EpochRecord, Outcome

__all__ = ["fit_lbfgs"]

_FUNCTION_TOL = 2.2e-9  # scikit-learn's, which is SciPy's default


def fit_lbfgs(problem, training, plan, observer):
    """Train a network by L-BFGS.

    Parameters
    ----------
    problem : NetworkProblem
    training : Training
        Changed in place; its state, if there is one, is that of other solvers.
    plan : LbfgsPlan
    observer : Observer

    Returns
    -------
    outcome : Outcome

    Raises
    ------
    Diverged
        If no iteration had finite weights, or if the plan says so.
    """
    held_out = None
    if problem.validation_data is not None:
        held_out = validation_rows(problem, problem.validation_data)
    iterations = _Iterations(problem, training, plan, observer, held_out)
    start = training.kept
    observer.begin(start)
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
    return iterations.outcome(minimum)


class _Iterations:
    """The iterations of one fit."""

    def __init__(self, problem, training, plan, observer, held_out):
        self.objective = RecordingObjective(problem.objective)
        self.dtype = problem.objective.X.dtype
        self.training, self.plan = training, plan
        self.observer, self.held_out = observer, held_out
        # Rows that were given may decide when to stop; none are set aside.
        self.stops_early = plan.early_stopping and held_out is not None
        self.last_finite = None  # the last finite parameters, and their value
        self.stopped = self.converged = False
        training.patience.tol = plan.tol
        training.validation_scores = None if held_out is None else []
        self.started_at = perf_counter()

    def report(self, parameters, value):
        """Record an iteration; return whether to stop."""
        if isfinite(value):
            self.last_finite = parameters.copy(), value
        self._record(parameters.astype(self.dtype))
        self.stopped = self.observer.end(parameters, None)
        stop = self.stopped or self.converged
        if not stop:
            self.started_at = perf_counter()
            self.observer.begin(parameters)
        return stop

    def _record(self, parameters):
        """Record the figures of an iteration."""
        training, objective = self.training, self.objective
        loss = score = None
        training.losses.append(objective.value)
        if self.held_out is not None:
            loss, score = self.held_out.assess(parameters)
            training.validation_scores.append(score)
        record = EpochRecord(
            objective.value,
            training_loss=objective.value,
            validation_loss=loss,
            validation_score=score,
            gradient_norm=objective.gradient_norm,
            seconds=perf_counter() - self.started_at,
        )
        training.records.append(record)
        self.observer.record(record)
        if self.stops_early:
            patience = training.patience
            patience.observe(-score, objective.value, parameters)
            self.converged = patience.exhausted(self.plan.n_iter_no_change)

    def outcome(self, minimum):
        """Return the weights where it ended, or those that did best on given rows."""
        plan, patience, message = self.plan, self.training.patience, None
        parameters, value = minimum.parameters, minimum.value
        diverged = not (isfinite(value) and np.isfinite(parameters).all())
        if diverged:
            message = (
                f"{NON_FINITE}. {SCALE_DATA} It was in iteration {minimum.n_iter + 1} "
                "of lbfgs."
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
        parameters = parameters.astype(self.dtype)
        loss = best_loss = value
        best_score = None
        if self.stops_early and patience.best_parameters is not None:
            best_loss, best_score = None, -patience.best
            if plan.restore_best:
                parameters, loss = patience.best_parameters.copy(), patience.best_loss
        self.training.kept = None  # epochs that follow go on from the estimator's
        self.training.stream_converged = False
        return Outcome(
            training=self.training,
            parameters=parameters,
            loss=loss,
            best_loss=best_loss,
            best_validation_score=best_score,
            n_iter=minimum.n_iter,
            converged=self.converged,
            diverged=diverged,
            stopped=self.stopped,
            message=message,
        )


class RecordingObjective(Objective):
    """An objective that remembers its last value and how large its gradient was.

    L-BFGS evaluates last where its iteration ends.
    """

    def __init__(self, objective):
        self.objective = objective

    @property
    def n_rows(self):
        """The number of rows there are."""
        return self.objective.n_rows

    def value_and_gradient(self, parameters, rows=ALL_ROWS):
        """The objective's."""
        value, gradient = self.objective.value_and_gradient(parameters, rows)
        self.value, self.gradient_norm = float(value), self.gradient_size(gradient)
        return value, gradient

    def threads(self):
        """The objective's."""
        return self.objective.threads()
