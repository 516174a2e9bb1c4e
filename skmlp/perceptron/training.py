"""Training of the perceptron: its units, and epochs until a stopping rule applies.

`VisitedRows` draws the order of the rows, `Units` are updated in one epoch over them,
and `PerceptronTrainer` repeats epochs until no mistakes or no progress are made.
Weights can be many, classes times columns, so that nothing here copies them in vain.
"""

from dataclasses import dataclass, field

import numpy as np

from skmlp import _kernels
from skmlp.base.fitted_attributes import fitted_linear
from skmlp.base.label_encoding import n_scores
from skmlp.base.linear_classifier import linear_scores
from skmlp.base.rows import all_finite, dense
from skmlp.solvers.divergence import Diverged

__all__ = ["PerceptronTrainer", "Units", "last_weights", "strengths"]

# Minimum number of multiplications for each thread.
_WORTH_A_THREAD = 2_000_000
# Maximum number of epochs of one call of a kernel, which counts the mistakes of each.
_EPOCHS_AT_ONCE = 1000


@dataclass
class Units:
    """State of the units during training: one for each class, or one for two classes.

    With `joint`, a mistake is a wrong prediction of all units together. `weight_sums`
    and `intercept_sums` are sums over all visits so far; None without averaging.
    `first` are the weights and intercepts before the first visit; None means zeros.
    """

    weights: np.ndarray
    intercepts: np.ndarray
    first: tuple
    l1_due: np.ndarray
    l1_paid: np.ndarray | None  # None without an l1 penalty
    weight_sums: np.ndarray | None
    intercept_sums: np.ndarray | None
    visits: np.ndarray  # (n_units,) sum of the sample weights over all visits
    active: np.ndarray  # (n_units,) 1 for units that are still trained
    classes: np.ndarray  # (n_units,) index of the class of each unit
    joint: bool

    @classmethod
    def start(
        cls,
        n_classes,
        n_features,
        dtype,
        *,
        joint=False,
        average=False,
        has_l1=False,
        initial=(None, None),
        cure="",
    ):
        """Return units with the weights and intercepts in `initial`; None means zeros.

        Raises ValueError if these have another shape, or are not finite.
        """
        n_units = n_scores(n_classes)
        weights = np.zeros((n_units, n_features), dtype=dtype)
        intercepts = np.zeros(n_units, dtype=dtype)
        coef_init, intercept_init = initial
        if coef_init is not None:
            coef_init = np.asarray(coef_init)
            flat_fits = n_units == 1 and coef_init.size == n_features
            if coef_init.shape != weights.shape and not flat_fits:
                raise ValueError(
                    "Provided coef_init does not match dataset: it has the shape "
                    f"{coef_init.shape}, expected {weights.shape}{cure}."
                )
            coef_init = coef_init.reshape(weights.shape)
            weights[:] = coef_init
        if intercept_init is not None:
            intercept_init = np.asarray(intercept_init)
            if intercept_init.size != n_units or intercept_init.ndim > 1:
                raise ValueError(
                    "Provided intercept_init does not match dataset: it has the shape "
                    f"{intercept_init.shape}, expected {intercepts.shape}."
                )
            intercepts[:] = intercept_init
        if not (all_finite(weights) and all_finite(intercepts)):
            raise ValueError(
                "The weights to start from (coef_init and intercept_init, or those of "
                f"the last fit) are not finite as {np.dtype(dtype)}; give finite ones."
            )
        return cls(
            weights,
            intercepts,
            first=(coef_init, intercept_init),
            l1_due=np.zeros(n_units, dtype=dtype),
            l1_paid=np.zeros_like(weights) if has_l1 else None,
            weight_sums=np.zeros(weights.shape) if average else None,
            intercept_sums=np.zeros(n_units) if average else None,
            visits=np.zeros(n_units),
            active=np.ones(n_units, dtype=np.uint8),
            classes=np.array([1]) if n_units == 1 else np.arange(n_units),
            # Two classes have one unit, so both rules are equal.
            joint=joint and n_units > 1,
        )

    def n_parts(self, rows):
        """Return the number of parts of the units that are worth a thread each."""
        n_active = int(np.count_nonzero(self.active))
        if self.joint or n_active < 2:
            return 1
        return max(1, n_active * rows.n_products // _WORTH_A_THREAD)

    def run(self, rows, rule, plan, progress, words=None):
        """Run the epochs of a plan, by one thread.

        Returns the number of epochs, and False if they diverged.
        """
        return _kernels.perceptron_epochs(
            rows.for_kernel(words),
            self._part(slice(None), rows),
            rule,
            plan,
            progress,
        )

    def visit(self, rows, rule, plan, progress):
        """Run one epoch by several threads; return 1, and False if it diverged.

        The units are independent: the parts do not change the result.
        """
        visited = rows.for_kernel()
        with _kernels.one_thread() as n_threads:
            ranges = self._ranges(min(n_threads, self.n_parts(rows)))
            curves, sound = np.zeros((len(ranges), 1), dtype=np.int64), [True]

            def visit_part(part):
                """Run the epoch for some of the units."""
                units = ranges[part]
                fields = (None if f is None else f[units] for f in progress[1:])
                _, is_sound = _kernels.perceptron_epochs(
                    visited,
                    self._part(units, rows),
                    rule,
                    plan,
                    _kernels.PerceptronProgress(curves[part], *fields),
                )
                sound.append(is_sound)

            _kernels.run_parts(len(ranges), visit_part)
        progress.curve[0] = curves.sum()
        return 1, all(sound)

    def _part(self, units, rows):
        """Return the PerceptronUnits of a slice of the units: views of their arrays."""
        # Without an l1 penalty the kernel does not read l1_paid, only its shape.
        l1_paid = self.weights if self.l1_paid is None else self.l1_paid
        arrays = (self.weights, self.intercepts, self.l1_due, l1_paid)
        arrays += (self.weight_sums, self.intercept_sums, self.active, self.classes)
        arrays += (rows.positive, rows.negative)
        if units != slice(None):
            arrays = (None if array is None else array[units] for array in arrays)
        return _kernels.PerceptronUnits(*arrays)

    def progress(self, max_epochs):
        """Return the `PerceptronProgress` of at most `max_epochs` epochs."""
        n_units = len(self.weights)
        n_counts = 1 if self.joint else n_units
        return _kernels.PerceptronProgress(
            curve=np.zeros(max_epochs, dtype=np.int64),
            losses=np.zeros(n_units),
            mistakes=np.zeros(n_units, dtype=np.int64),
            objectives=np.zeros(n_counts),
            first=np.full(n_counts, np.nan),
            best=np.full(n_counts, np.inf),
            waited=np.zeros(n_counts, dtype=np.int64),
            faultless=np.zeros(n_counts, dtype=np.uint8),
            visits=None if self.weight_sums is None else self.visits,
        )

    def _ranges(self, n_parts):
        """Return slices that cover all units, with nearly equally many active units."""
        active = np.flatnonzero(self.active)
        cuts = [part[0] for part in np.array_split(active, n_parts) if len(part)]
        ends = [*cuts[1:], len(self.weights)]
        return [slice(*ends) for ends in zip([0, *cuts[1:]], ends, strict=True)]

    def accuracy(self, rows, indices):
        """Return the weighted accuracy of predictions for the rows at `indices`."""
        scores = linear_scores(rows.X[indices], *self.fitted_weights())
        predicted = scores[:, 0] > 0 if scores.shape[1] == 1 else scores.argmax(axis=1)
        correct = predicted == rows.labels[indices]
        return float(np.average(correct, weights=rows.sample_weight[indices]))

    def fitted_weights(self):
        """Return the last weights and intercepts themselves, or new averages."""
        if self.weight_sums is None:
            return self.weights, self.intercepts
        if not self.visits.all():
            return self.weights.copy(), self.intercepts.copy()
        weights, visits = np.empty_like(self.weights), self.visits[:, np.newaxis]
        np.divide(self.weight_sums, visits, out=weights, casting="same_kind")
        return weights, (self.intercept_sums / self.visits).astype(weights.dtype)

    def have_averages(self, coef, intercept):
        """Return True if these are the averages of the units, and not other weights."""
        pairs = zip(self.fitted_weights(), (coef, intercept), strict=True)
        return all(np.array_equal(*pair) for pair in pairs)


def strengths(estimator):
    """Return the strengths of the l2 and of the l1 penalty of an estimator."""
    if estimator.penalty is None:
        return 0.0, 0.0
    l1_ratio = {"l1": 1.0, "l2": 0.0}.get(estimator.penalty, estimator.l1_ratio)
    return estimator.alpha * (1 - l1_ratio), estimator.alpha * l1_ratio


def last_weights(estimator, n_features, cure=""):
    """Return the last weights, the last intercepts, and the `Units` of their sums.

    With `average` they are not `coef_` and `intercept_`, which are averages, unless
    these were assigned since. Without sums that go on, None takes the place of the
    units. An error ends with `cure`.
    """
    try:
        coef, intercept = fitted_linear(estimator, n_features)
    except ValueError as error:
        raise ValueError(f"{error}{cure}") from None
    coef, intercept = dense(coef), np.broadcast_to(intercept, coef.shape[:1])
    units = getattr(estimator, "_averaging_units", None)
    if units is None or not units.have_averages(coef, intercept):
        return coef, intercept, None
    return units.weights, units.intercepts, units


@dataclass
class PerceptronTrainer:
    """Trainer that runs epochs until there are no mistakes or no progress."""

    rows: object
    units: object
    classes: np.ndarray
    generator: object  # OrderGenerator
    observer: object
    shuffle: bool
    verbose: int
    rule: object  # PerceptronRule of all epochs
    l2: float = 0.0
    l1: float = 0.0
    earlier_mistakes: np.ndarray | tuple = ()  # of earlier calls of partial_fit
    earlier_t: float = 1.0
    mistakes: list = field(default_factory=list)
    progress: object = None  # PerceptronProgress

    @property
    def n_counts(self):
        """Number of units whose mistakes are counted apart; 1 for joint units."""
        return len(self.progress.faultless)

    @property
    def objective(self):
        """Objective of the last epoch, of all units."""
        return self.progress.objectives.sum()

    @property
    def converged(self):
        """True if each unit made no mistake in its last epoch."""
        return bool(self.progress.faultless.all())

    @property
    def penalised(self):
        """True if there is a penalty: weights then change without a mistake, too."""
        return self.l2 > 0 or self.l1 > 0

    @property
    def only_ties(self):
        """True if all mistakes of the last epoch were scores of (nearly) zero."""
        if self.mistakes[-1] == 0:
            return False
        return self.objective < np.finfo(self.units.weights.dtype).smallest_normal

    def attributes(self, fitted=None):
        """Return the fitted attributes if the fit ended now, but without a margin.

        `fitted` are the weights and intercepts; None means copies of the units'.
        """
        coef, intercept = fitted or map(np.copy, self.units.fitted_weights())
        curve = np.array(self.mistakes, dtype=np.int64)
        if len(self.earlier_mistakes):
            curve = np.r_[self.earlier_mistakes, curve].astype(np.int64)
        return {
            "classes_": self.classes,
            "coef_": coef,
            "intercept_": intercept,
            "n_iter_": len(self.mistakes),
            "t_": self.earlier_t + len(self.mistakes) * len(self.rows.order),
            "mistakes_curve_": curve,
            "n_mistakes_": int(curve.sum()),
            "converged_": self.converged,
        }

    def run(self, max_iter, *, tol=None, n_iter_no_change=1, validation=None):
        """Run epochs until a stopping rule applies; return the name of that rule.

        It is 'no mistakes', 'no progress', 'callback' or 'max_iter'. The rows at the
        indices `validation` take the place of the objective.
        """
        patience = ValidationPatience(tol, n_iter_no_change)
        several = not (self.observer.watches or self.verbose or validation is not None)
        at_once = min(max_iter, _EPOCHS_AT_ONCE) if several else 1
        self.progress = self.units.progress(at_once)
        plan = _kernels.PerceptronPlan(
            max_epochs=at_once,
            tol=tol if validation is None else None,
            n_iter_no_change=n_iter_no_change,
            l2=self.l2,
            l1=self.l1,
        )
        while len(self.mistakes) < max_iter:
            left = min(at_once, max_iter - len(self.mistakes))
            stop = self.visit(plan._replace(max_epochs=left))
            if validation is not None:
                accuracy = self.units.accuracy(self.rows, validation)
                if self.verbose:
                    print(f"{'':13}validation accuracy {accuracy:.6f}")
                if patience.exhausted(-accuracy):
                    self.units.active[:] = 0
            if not self.penalised and self.converged:
                return "no mistakes"
            if not self.units.active.any():
                return "no progress"
            if stop:
                return "callback"
        return "max_iter"

    def visit(self, plan):
        """Run the epochs of a plan, at least one; return True if a callback stops.

        Several epochs run at once if nobody watches them. If there is work for several
        threads, or X is large, only one epoch runs.
        """
        rows, units = self.rows, self.units
        has_parts, words = units.n_parts(rows) > 1, None
        if has_parts or rows.are_large:
            plan = plan._replace(max_epochs=1)
            if self.shuffle:
                rows.shuffle(self.generator.random_state)
        elif self.shuffle:
            words = self.generator.words
        self.observer.begin(self.attributes)
        with np.errstate(over="ignore", invalid="ignore"):
            if has_parts:
                found = units.visit(rows, self.rule, plan, self.progress)
            else:
                found = units.run(rows, self.rule, plan, self.progress, words)
        n_epochs, is_sound = found
        self.mistakes += self.progress.curve[:n_epochs].tolist()
        if not is_sound:
            raise Diverged(
                "Floating-point under-/overflow occurred at epoch "
                f"#{len(self.mistakes)}. Scaling input data with StandardScaler or "
                "MinMaxScaler might help, as might sample weights nearer to 1."
            )
        if self.verbose:
            print(
                f"epoch {len(self.mistakes):5d}   mistakes {self.mistakes[-1]:8d}   "
                f"objective {self.objective:.8g}"
            )
        return self.observer.end(self.attributes)


class ValidationPatience:
    """Counter of consecutive epochs that do not lower a cost of validation rows."""

    def __init__(self, tol, n_iter_no_change):
        self.tol, self.n_iter_no_change = tol, n_iter_no_change
        self.best, self.waited = np.inf, 0

    def exhausted(self, cost):
        """Count an epoch; return True after `n_iter_no_change` that lower no cost."""
        if self.tol is None:
            return False
        self.waited = self.waited + 1 if cost > self.best - self.tol else 0
        self.best = min(self.best, cost)
        return self.waited >= self.n_iter_no_change
