"""Training loop of the perceptron: rows, units and epochs.

`VisitedRows` draws the order of the rows, `Units` are updated in one epoch over them,
and `PerceptronTrainer` repeats epochs until no mistakes or no progress are made.
"""

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from skmlp import _kernels
from skmlp.base.label_encoding import n_scores
from skmlp.base.warn import warn

__all__ = ["PerceptronTrainer", "Units", "VisitedRows", "blockwise_permutation"]
__all__ += ["order_generator", "warn_of_mistakes"]

# X above this size does not fit the cache: rows visited one by one in a random order
# would each be read from main memory. Larger X is visited by blocks of rows.
_LARGE_BYTES = 2**23
# Neighbouring rows in a block. Longer blocks do not read memory faster, and learn worse
# if X is sorted by class.
_BLOCK = 16
# Blocks that are visited in turn, so that consecutive visits are not of neighbours.
_BLOCKS_AT_ONCE = 16
# Minimum number of multiplications for each thread.
_WORTH_A_THREAD = 2_000_000


@dataclass
class VisitedRows:
    """Rows with labels and weights, and the order of the last epoch."""

    X: object  # (n, d) dense or CSR
    labels: np.ndarray  # (n,) indices of the classes
    sample_weight: np.ndarray  # (n,)
    order: np.ndarray  # indices of the rows in the order of the visits
    positive: np.ndarray  # factor of a unit's update for rows of its class
    negative: np.ndarray  # factor of a unit's update for all other rows

    def __post_init__(self):
        """Set `arrays`, by the kernel's names: dense X, or the arrays of a CSR X."""
        self.csr_arrays, self.arrays = None, {"dense": None}
        if scipy.sparse.issparse(self.X):
            self.csr_arrays = _kernels.csr_arrays(self.X)
        else:
            self.arrays["dense"] = self.X = _kernels.contiguous(self.X)
        parts = self.csr_arrays or (None, None, None)
        self.arrays |= zip(("values", "indices", "starts"), parts, strict=True)
        self.n_bytes = sum(a.nbytes for a in self.arrays.values() if a is not None)
        self.sorted_order = self.permutation = None

    @property
    def n_products(self):
        """Number of multiplications for one score of every row."""
        return self.X.nnz if scipy.sparse.issparse(self.X) else self.X.size

    def shuffle(self, generator):
        """Draw a new random `order` for the next epoch."""
        if self.n_bytes <= _LARGE_BYTES:
            self.order = self.order[generator.permutation(len(self.order))]
            return
        if self.sorted_order is None:
            self.sorted_order = self.order  # the order in memory
            shape = (2, len(self.order))
            self.permutation, self.order = np.empty(shape, dtype=np.int64)
        blockwise_permutation(generator, self.permutation)
        np.take(self.sorted_order, self.permutation, out=self.order, mode="clip")

    def hold_out(self, fraction, generator):
        """Remove a stratified sample of rows from `order`; return its row indices."""
        from sklearn.model_selection import StratifiedShuffleSplit

        splitter = StratifiedShuffleSplit(
            n_splits=1, test_size=fraction, random_state=generator
        )
        indices = np.arange(self.X.shape[0])
        _, held_out = next(splitter.split(indices[:, np.newaxis], self.labels))
        if not np.any(self.sample_weight[held_out]):
            raise ValueError(
                "The sample weights for validation set are all zero, consider using a "
                "different random state."
            )
        self.order = np.setdiff1d(self.order, held_out)
        if len(self.order) == 0:
            raise ValueError(
                f"validation_fraction={fraction} leaves no row of positive weight to "
                "train on; lower it, or set early_stopping=False."
            )
        return held_out


def blockwise_permutation(generator, permutation):
    """Fill `permutation` with 0 to n − 1 in a random order with few cache misses.

    From a random first index on, the indices are cut into blocks of neighbours. Sixteen
    random blocks form a group; within a group, one index of each block is visited in
    turn. The indices outside all groups come first: as neighbours in X they would have
    too much influence on the last weights.
    """
    n, group_rows = len(permutation), _BLOCK * _BLOCKS_AT_ONCE
    # One group fewer than would fit, so that the first block can start anywhere.
    n_groups = max(0, n // group_rows - 1)
    n_grouped = n_groups * group_rows
    n_rest = n - n_grouped
    first = generator.randint(n_rest)
    starts = first + _BLOCK * generator.permutation(n_grouped // _BLOCK)
    permutation[:n_rest] = generator.permutation(np.r_[:first, first + n_grouped : n])
    np.add(
        starts.reshape(n_groups, 1, _BLOCKS_AT_ONCE),
        np.arange(_BLOCK)[:, np.newaxis],
        out=permutation[n_rest:].reshape(n_groups, _BLOCK, _BLOCKS_AT_ONCE),
    )


def order_generator(random_state):
    """Return the generator that draws the orders, seeded by a draw of random_state."""
    seed = check_random_state(random_state).randint(np.iinfo(np.int32).max)
    return np.random.RandomState(seed)


@dataclass
class Units:
    """State of the units during training: one for each class, or one for two classes.

    With `joint`, a mistake is a wrong prediction of all units together. `weight_sums`
    and `intercept_sums` are sums over all visits so far; None without averaging.
    """

    weights: np.ndarray
    intercepts: np.ndarray
    l1_due: np.ndarray
    l1_paid: np.ndarray
    weight_sums: np.ndarray | None
    intercept_sums: np.ndarray | None
    visits: np.ndarray  # (n_units,) sum of the sample weights over all visits
    active: np.ndarray  # (n_units,) 1 for units that are still trained
    classes: np.ndarray  # (n_units,) index of the class of each unit
    joint: bool

    @classmethod
    def start(
        cls, n_classes, n_features, dtype, *, joint=False, average=False, initial=None
    ):
        """Return units with the weights and intercepts in `initial`, or with zeros."""
        n_units = n_scores(n_classes)
        weights = np.zeros((n_units, n_features), dtype=dtype)
        intercepts = np.zeros(n_units, dtype=dtype)
        coef_init, intercept_init = (None, None) if initial is None else initial
        if coef_init is not None:
            coef_init = np.asarray(coef_init)
            flat_fits = n_units == 1 and coef_init.size == n_features
            if coef_init.shape != weights.shape and not flat_fits:
                raise ValueError(
                    "Provided coef_init does not match dataset: it has the shape "
                    f"{coef_init.shape}, expected {weights.shape}."
                )
            weights[:] = coef_init.reshape(weights.shape)
        if intercept_init is not None:
            intercept_init = np.asarray(intercept_init)
            if intercept_init.size != n_units or intercept_init.ndim > 1:
                raise ValueError(
                    "Provided intercept_init does not match dataset: it has the shape "
                    f"{intercept_init.shape}, expected {intercepts.shape}."
                )
            intercepts[:] = intercept_init
        return cls(
            weights,
            intercepts,
            l1_due=np.zeros(n_units, dtype=dtype),
            l1_paid=np.zeros_like(weights),
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
        arrays = (self.weights, self.intercepts, self.l1_due, self.l1_paid)
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
        weights, intercepts = self.fitted_weights()
        scores = rows.X[indices] @ weights.T + intercepts
        predicted = scores[:, 0] > 0 if scores.shape[1] == 1 else scores.argmax(axis=1)
        correct = predicted == rows.labels[indices]
        return float(np.average(correct, weights=rows.sample_weight[indices]))

    def fitted_weights(self):
        """Return copies of the last weights and intercepts, or of their averages."""
        if self.weight_sums is None or not self.visits.all():
            return self.weights.copy(), self.intercepts.copy()
        dtype = self.weights.dtype
        weights = self.weight_sums / self.visits[:, np.newaxis]
        intercepts = self.intercept_sums / self.visits
        return weights.astype(dtype), intercepts.astype(dtype)


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
    mistakes: list = field(default_factory=list)
    converged: bool = False

    @property
    def penalised(self):
        """True if there is a penalty: weights then change without a mistake, too."""
        return self.l2 > 0 or self.l1 > 0

    def attributes(self):
        """Return the fitted attributes for predictions: classes_, coef_, intercept_."""
        coef, intercept = self.units.fitted_weights()
        return {"classes_": self.classes, "coef_": coef, "intercept_": intercept}

    def run(self, max_iter, *, tol, n_iter_no_change, validation=None):
        """Run epochs until a stopping rule applies; return the name of that rule.

        It is 'no mistakes', 'no progress', 'callback' or 'max_iter'.
        """
        patience = UnitPatience(1 if self.units.joint else len(self.units.active), tol)
        no_mistakes = np.zeros(len(patience.best), dtype=bool)
        for _ in range(max_iter):
            active = self.units.active[: len(no_mistakes)] > 0
            mistakes, objectives, stop = self.visit()
            no_mistakes[active] = mistakes[active] == 0
            self.converged = bool(no_mistakes.all())
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
                W = units.weights
                penalties = self.l2 / 2 * np.sum(W**2, axis=1, dtype=np.float64)
                penalties += self.l1 * np.sum(np.abs(W), axis=1, dtype=np.float64)
                objectives += penalties.sum() if units.joint else penalties
        self.mistakes.append(int(mistakes.sum()))
        # Scores that overflow make the objectives infinite or NaN.
        results = (units.weights, units.intercepts, objectives)
        if not all(np.isfinite(array).all() for array in results):
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
        worse = costs > self.best - self.tol * scale
        self.waited = np.where(worse, self.waited + 1, 0)
        self.best = np.minimum(self.best, costs)
        return self.waited >= n_iter_no_change


def warn_of_mistakes(trainer, *, max_iter):
    """Warn that the fit ended before it converged, and name the cures."""
    n_epochs, mistakes = len(trainer.mistakes), trainer.mistakes[-1]
    ended = f"Stopped after {n_epochs} epoch{'' if n_epochs == 1 else 's'}"
    cure = f"raise max_iter (={max_iter})"
    if n_epochs < max_iter:
        ended, cure = f"{ended} without progress", "set tol=None"
    still = f"making {mistakes} mistakes per epoch" if mistakes else "making progress"
    warn(
        f"{ended}, still {still}. If the classes are separable, {cure}; otherwise try "
        "average=True, early_stopping=True, AssociationUnits or MLPClassifier.",
        ConvergenceWarning,
    )
