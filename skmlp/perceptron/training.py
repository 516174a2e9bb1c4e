"""The epochs of a perceptron: what ends them, and what they leave on record."""

from dataclasses import dataclass, field

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skmlp.base.warn import warn

__all__ = ["Epochs", "warn_of_mistakes"]


@dataclass
class Epochs:
    """Visits of the rows, until no mistake or no progress is made."""

    rows: object
    units: object
    generator: np.random.RandomState
    observer: object
    shuffle: bool
    verbose: int
    rule: dict  # what all epochs have in common, by the kernel's names
    l2: float = 0.0
    l1: float = 0.0
    mistakes: list = field(default_factory=list)
    converged: bool = False

    @property
    def penalised(self):
        """Whether weights move without a mistake."""
        return self.l2 > 0 or self.l1 > 0

    def run(self, max_iter, *, tol, n_iter_no_change, validation=None):
        """Visit the rows again and again; why it ended.

        The answer is 'no mistakes', 'no progress', 'max_iter', or 'callback'.
        """
        progress = Progress(1 if self.units.joint else len(self.units.active), tol)
        clean = np.zeros(len(progress.best), dtype=bool)
        for _ in range(max_iter):
            learning = self.units.active[: len(clean)] > 0
            mistakes, objectives, stop = self.visit()
            clean[learning] = mistakes[learning] == 0
            self.converged = bool(clean.all())
            if not self.penalised:
                self.units.finish(mistakes == 0)
            scale = progress.scale(objectives)
            if validation is not None:
                accuracy = self.units.accuracy(self.rows, validation)
                if self.verbose:
                    print(f"{'':13}validation accuracy {accuracy:.6f}")
                objectives, scale = np.full(len(objectives), -accuracy), 1
            self.units.finish(progress.exhausted(objectives, scale, n_iter_no_change))
            if not self.penalised and self.converged:
                return "no mistakes"
            if not self.units.active.any():
                return "no progress"
            if stop:
                return "callback"
        return "max_iter"

    def visit(self):
        """One epoch: mistakes and mean objective of every unit, whether to stop."""
        rows, units, rate = self.rows, self.units, self.rule["rate"]
        if self.shuffle:
            rows.shuffle(self.generator)
        self.observer.begin(units.attributes)
        with np.errstate(over="ignore", invalid="ignore"):
            losses, mistakes = units.visit(
                rows,
                decay=max(0.0, 1 - rate * self.l2),
                l1_step=rate * self.l1,
                **self.rule,
            )
            objectives = losses / max(1, len(rows.order))
            if self.penalised:
                W = units.weights
                penalties = self.l2 / 2 * np.sum(W**2, axis=1, dtype=np.float64)
                penalties += self.l1 * np.sum(np.abs(W), axis=1, dtype=np.float64)
                objectives += penalties.sum() if units.joint else penalties
        self.mistakes.append(int(mistakes.sum()))
        # Scores beyond the range show in the objectives.
        learnt = (units.weights, units.intercepts, objectives)
        if not all(np.isfinite(array).all() for array in learnt):
            raise ValueError(
                "Floating-point under-/overflow occurred at epoch "
                f"#{len(self.mistakes)}. Scaling input data with StandardScaler or "
                "MinMaxScaler might help."
            )
        if self.verbose:
            print(
                f"epoch {len(self.mistakes):5d}   mistakes {mistakes.sum():8d}   "
                f"objective {objectives.sum():.8g}"
            )
        return mistakes, objectives, self.observer.end(units.attributes)


class Progress:
    """Counts epochs in a row without progress, of every unit."""

    def __init__(self, n_units, tol):
        self.tol = tol
        self.best = np.full(n_units, np.inf)
        self.waited = np.zeros(n_units, dtype=int)
        self.first = None

    def scale(self, objectives):
        """What `tol` is relative to: the objectives of the first epoch."""
        if self.first is None:
            self.first = objectives
        return self.first

    def exhausted(self, costs, scale, n_iter_no_change):
        """Whether each unit has waited long enough; lower costs are progress."""
        if self.tol is None:
            return np.zeros(len(costs), dtype=bool)
        worse = costs > self.best - self.tol * scale
        self.waited = np.where(worse, self.waited + 1, 0)
        self.best = np.minimum(self.best, costs)
        return self.waited >= n_iter_no_change


def warn_of_mistakes(epochs, *, ended, max_iter):
    """Say once that the classes are not separated, and what to try."""
    message = (
        "Maximum number of iteration reached before convergence: "
        if ended == "max_iter"
        else "No progress any more before convergence: "
    )
    warn(
        f"{message}the last of {len(epochs.mistakes)} epochs made "
        f"{epochs.mistakes[-1]} mistakes. Consider increasing max_iter (={max_iter}), "
        "or tol=None, where a hyperplane separates the classes. Where none does, "
        "average=True takes the mean of the weights, early_stopping=True ends on rows "
        "set aside, and AssociationUnits before the perceptron, or an MLPClassifier, "
        "separate more.",
        ConvergenceWarning,
    )
