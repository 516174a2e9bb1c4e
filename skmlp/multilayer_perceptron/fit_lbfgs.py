"""A network's fit over all rows at once."""

from math import isfinite
from time import perf_counter

import numpy as np

from skmlp.multilayer_perceptron.history import EpochRecord
from skmlp.objective import ALL_ROWS, Objective
from skmlp.solvers import minimize_lbfgs
from skmlp.solvers.stopping import Diverged

__all__ = ["LbfgsFit"]


class LbfgsFit:
    """The part of a multi-layer perceptron that minimises by L-BFGS."""

    def _fit_lbfgs(self, objective, given, observer, generator):
        """Minimise; what there is to warn of, and whether someone stopped it."""
        dtype = objective.X.dtype
        start = self._parameters(objective, generator)
        held_out = None if given is None else self._held_out(given, objective)
        recording = RecordingObjective(objective)
        good, stop_requested, began = None, False, perf_counter()
        self.diverged_ = self.converged_ = False
        self.validation_scores_ = None if held_out is None else []

        def report(parameters, value):
            nonlocal good, stop_requested, began
            good = (parameters.copy(), value) if isfinite(value) else good
            self._note_iteration(parameters.astype(dtype), recording, held_out, began)
            stop_requested = observer.end(lambda: self._attributes(parameters))
            stop = stop_requested or self.converged_
            if not stop:
                began = perf_counter()
                observer.begin(lambda: self._attributes(parameters))
            return stop

        observer.begin(lambda: self._attributes(start))
        with np.errstate(over="ignore", invalid="ignore"):
            minimum = minimize_lbfgs(
                recording,
                start,
                tol=self.tol,
                max_iter=self.max_iter,
                max_fun=self.max_fun,
                function_tol=2.2e-9,
                report=report,
            )
        warning_text = None
        parameters, value = minimum.parameters, minimum.value
        if not (isfinite(value) and np.isfinite(parameters).all()):
            warning_text = self._answer_infinity(good, minimum.n_iter)
            parameters, value = good
        elif not minimum.converged:
            warning_text = (
                f"lbfgs failed to converge after {minimum.n_iter} iteration(s): "
                f"{minimum.message}. Increase max_iter (={self.max_iter}) or max_fun "
                f"(={self.max_fun}), or scale X (sklearn.preprocessing.StandardScaler)."
            )
        else:
            self.converged_ = not stop_requested
        self.n_iter_ = minimum.n_iter
        self._keep_minimum(parameters.astype(dtype), value, held_out)
        return warning_text, stop_requested

    def _note_iteration(self, parameters, recording, held_out, began):
        """Note down an iteration, and see whether validation tells to stop."""
        loss = score = None
        self.loss_curve_.append(recording.value)
        if held_out is not None:
            loss, score = held_out.assess(parameters)
            self.validation_scores_.append(score)
        self._note(
            EpochRecord(
                recording.value,
                training_loss=recording.value,
                validation_loss=loss,
                validation_score=score,
                gradient_norm=recording.gradient_norm,
                seconds=perf_counter() - began,
            )
        )
        if self._stops_early(held_out):
            self._patience.observe(-score, recording.value, parameters)
            self.converged_ = self._patience.exhausted(self.n_iter_no_change)

    def _stops_early(self, held_out):
        """Whether rows that were given decide when to stop; none are set aside."""
        return self.early_stopping and held_out is not None

    def _answer_infinity(self, good, n_iter):
        """Say what to warn of, or raise."""
        self.diverged_ = True
        message = (
            "Solver produced non-finite parameter weights. The input data may contain "
            "large values and need to be preprocessed (sklearn.preprocessing."
            f"StandardScaler). It was in iteration {n_iter + 1} of lbfgs."
        )
        if good is None or self.on_divergence == "raise":
            raise Diverged(message)
        return f"{message} The weights of the last finite iteration are kept."

    def _keep_minimum(self, parameters, value, held_out):
        """Take the weights where it ended, or those that did best on given rows."""
        self.loss_ = self.best_loss_ = value
        self.best_validation_score_ = None
        patience = self._patience
        if self._stops_early(held_out) and patience.best_parameters is not None:
            self.best_loss_, self.best_validation_score_ = None, -patience.best
            if self.restore_best:
                parameters, self.loss_ = patience.best_parameters, patience.best_loss
        self._set_attributes(parameters)


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
