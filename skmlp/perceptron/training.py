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
from skmlp.base.rows import all_finite, blocks_of_scores, dense
from skmlp.solvers.divergence import Diverged

__all__ = ["PerceptronTrainer", "Units", "last_weights"]

# Minimum number of multiplications for each thread.
_WORTH_A_THREAD = 2_000_000


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

    def visit(self, rows, **settings):
        """Run one epoch; return the weighted loss and the mistakes of every unit.

        Both have shape (n_units,), or (1,) with `joint`.
        """
        losses = np.zeros(len(self.weights))
        mistakes = np.zeros(len(self.weights), dtype=np.int64)
        ranges = [slice(0, len(self.weights))]
        visited = _kernels.PerceptronRows(
            **rows.arrays,
            labels=rows.labels,
            order=rows.order,
            sample_weight=rows.sample_weight,
        )
        rule = _kernels.PerceptronRule(joint=self.joint, **settings)

        def visit_part(part):
            units = ranges[part]
            _kernels.perceptron_epoch(
                visited,
                self._part(units, rows.positive, rows.negative),
                rule,
                losses[units],
                mistakes[units],
            )

        n_parts = int(self.active.sum() * rows.n_products // _WORTH_A_THREAD)
        if self.joint or n_parts < 2 or self.active.sum() < 2:
            visit_part(0)
        else:  # units are independent: the parts do not change the result
            with _kernels.one_thread() as n_threads:
                ranges = self._ranges(min(n_threads, n_parts))
                _kernels.run_parts(len(ranges), visit_part)
        if self.weight_sums is not None:
            self.visits += rows.sample_weight[rows.order].sum() * self.active
        if self.joint:
            return losses.sum(keepdims=True), mistakes.sum(keepdims=True)
        return losses, mistakes

    def _part(self, units, positive, negative):
        """Return the PerceptronUnits of a slice of the units: views of their arrays."""
        # Without an l1 penalty the kernel does not read l1_paid, only its shape.
        l1_paid = self.weights if self.l1_paid is None else self.l1_paid
        arrays = (self.weights, self.intercepts, self.l1_due, l1_paid)
        arrays += (self.weight_sums, self.intercept_sums, self.active, self.classes)
        arrays += (positive, negative)
        parts = (None if array is None else array[units] for array in arrays)
        return _kernels.PerceptronUnits(*parts)

    def _ranges(self, n_parts):
        """Return slices that cover all units, with nearly equally many active units."""
        active = np.flatnonzero(self.active)
        cuts = [part[0] for part in np.array_split(active, n_parts) if len(part)]
        ends = [*cuts[1:], len(self.weights)]
        return [slice(*ends) for ends in zip([0, *cuts[1:]], ends, strict=True)]

    def finish(self, done):
        """Deactivate the units where `done` is True: they are not updated any more."""
        self.active[np.broadcast_to(done, self.active.shape)] = False

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

    def are_sound(self, sample_weight):
        """Return True if all numbers of the units are finite, and no average vanishes.

        An l1 penalty can set weights that have overflowed to zero, but not what it took
        from them, nor their sums. An average sums products of weights of two kinds.
        """
        arrays = (self.weights, self.intercepts, self.l1_paid)
        arrays += (self.weight_sums, self.intercept_sums)
        if self.weight_sums is not None:
            largest = max(float(self.weights.max()), -float(self.weights.min()))
            if 0 < largest * 2.0**500 * float(sample_weight.max()) < 2.0**-522:
                return False
        return all(array is None or all_finite(array) for array in arrays)

    def penalties(self, l2, l1):
        """Return the penalty of the weights of every unit (n_units,)."""
        penalties = np.zeros(len(self.weights))
        for units in blocks_of_scores(self.weights):
            W = self.weights[units]
            penalties[units] = l2 / 2 * np.sum(W**2, axis=1, dtype=np.float64)
            penalties[units] += l1 * np.sum(np.abs(W), axis=1, dtype=np.float64)
        return penalties


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
    generator: np.random.RandomState
    observer: object
    shuffle: bool
    verbose: int
    rule: dict  # settings of all epochs, by the kernel's names
    l2: float = 0.0
    l1: float = 0.0
    earlier_mistakes: np.ndarray | tuple = ()  # of earlier calls of partial_fit
    earlier_t: float = 1.0
    mistakes: list = field(default_factory=list)
    objective: float = np.inf  # of the last epoch, of all units

    def __post_init__(self):
        """Count no unit as one without mistakes, before the first epoch."""
        n_counts = 1 if self.units.joint else len(self.units.active)
        self.no_mistakes = np.zeros(n_counts, dtype=bool)

    @property
    def converged(self):
        """True if each unit made no mistake in its last epoch."""
        return bool(self.no_mistakes.all())

    @property
    def penalised(self):
        """True if there is a penalty: weights then change without a mistake, too."""
        return self.l2 > 0 or self.l1 > 0

    @property
    def only_ties(self):
        """True if all mistakes of the last epoch were scores of (nearly) zero."""
        tiny = np.finfo(self.units.weights.dtype).smallest_normal
        return self.mistakes[-1] > 0 and self.objective < tiny

    def attributes(self, fitted=None):
        """Return the fitted attributes if the fit ended now, but without a margin.

        `fitted` are the weights and intercepts; None means copies of the units'.
        """
        coef, intercept = fitted or map(np.copy, self.units.fitted_weights())
        curve = np.r_[self.earlier_mistakes, self.mistakes].astype(np.int64)
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

    def run(self, max_iter, *, tol, n_iter_no_change, validation=None):
        """Run epochs until a stopping rule applies; return the name of that rule.

        It is 'no mistakes', 'no progress', 'callback' or 'max_iter'.
        """
        patience = UnitPatience(len(self.no_mistakes), tol)
        for _ in range(max_iter):
            mistakes, objectives, stop = self.visit()
            if not self.penalised:
                self.units.finish(mistakes == 0)
            scale = patience.first_costs(objectives)
            if validation is not None:
                accuracy = self.units.accuracy(self.rows, validation)
                if self.verbose:
                    print(f"{'':13}validation accuracy {accuracy:.6f}")
                objectives, scale = np.full(len(objectives), -accuracy), 1
            self.units.finish(patience.exhausted(objectives, scale, n_iter_no_change))
            if not self.penalised and self.converged:
                return "no mistakes"
            if not self.units.active.any():
                return "no progress"
            if stop:
                return "callback"
        return "max_iter"

    def visit(self):
        """Run one epoch; return the mistakes, the objectives, and True to stop.

        Mistakes and objectives have one entry for each unit, or one with joint units.
        True means that a callback asked to stop.
        """
        rows, units, rate = self.rows, self.units, self.rule["rate"]
        active = units.active[: len(self.no_mistakes)] > 0
        if self.shuffle:
            rows.shuffle(self.generator)
        self.observer.begin(self.attributes)
        with np.errstate(over="ignore", invalid="ignore"):
            losses, mistakes = units.visit(
                rows,
                decay=max(0.0, 1 - rate * self.l2),
                l1_step=rate * self.l1,
                **self.rule,
            )
            objectives = losses / max(1, len(rows.order))
            if self.penalised:
                penalties = units.penalties(self.l2, self.l1)
                objectives += penalties.sum() if units.joint else penalties
        self.mistakes.append(int(mistakes.sum()))
        self.no_mistakes[active] = mistakes[active] == 0
        finite = np.isfinite(objectives).all()  # False if scores overflow
        if not (finite and units.are_sound(rows.sample_weight)):
            raise Diverged(
                "Floating-point under-/overflow occurred at epoch "
                f"#{len(self.mistakes)}. Scaling input data with StandardScaler or "
                "MinMaxScaler might help, as might sample weights nearer to 1."
            )
        self.objective = objectives.sum()
        if self.verbose:
            print(
                f"epoch {len(self.mistakes):5d}   mistakes {mistakes.sum():8d}   "
                f"objective {self.objective:.8g}"
            )
        return mistakes, objectives, self.observer.end(self.attributes)


class UnitPatience:
    """Counter of consecutive epochs without progress, for every unit."""

    def __init__(self, n_units, tol):
        self.tol = tol
        self.best = np.full(n_units, np.inf)
        self.waited = np.zeros(n_units, dtype=int)
        self.first = None

    def first_costs(self, costs):
        """Return the costs of the first epoch (n_units,): `tol` is relative to them."""
        if self.first is None:
            self.first = costs
        return self.first

    def exhausted(self, costs, scale, n_iter_no_change):
        """Count an epoch; return True for units that should stop (n_units,).

        A unit should stop after `n_iter_no_change` consecutive epochs that do not lower
        its best cost by at least `tol`·`scale`.
        """
        if self.tol is None:
            return np.zeros(len(costs), dtype=bool)
        with np.errstate(over="ignore", invalid="ignore"):
            worse = costs > self.best - self.tol * scale
        self.waited = np.where(worse, self.waited + 1, 0)
        self.best = np.minimum(self.best, costs)
        return self.waited >= n_iter_no_change
