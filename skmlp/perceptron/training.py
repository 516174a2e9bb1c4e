"""How a perceptron learns: the rows that it visits, its units, and the epochs.

`VisitedRows` draws the order of the rows, `Units` visit them once, and `Epochs` repeat
that until no mistake or no progress is made.
"""

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from skmlp import _kernels
from skmlp.base.label_encoding import n_scores
from skmlp.base.warn import warn

__all__ = ["Epochs", "Units", "VisitedRows", "blockwise_places", "order_generator"]
__all__ += ["warn_of_mistakes"]

# Rows that take more than this are not visited one by one in a random order: each would
# have to come from memory.
_LARGE_BYTES = 2**23
# More rows in a row read memory no faster, but learn less where X is sorted by class.
_BLOCK = 16
# Taken in turn, so that neighbours in X are not neighbours in time.
_BLOCKS_AT_ONCE = 16
# Less work than this, in multiplications, is not shared between threads.
_WORTH_A_THREAD = 2_000_000


@dataclass
class VisitedRows:
    """Rows with labels and weights, and the order of the last visit."""

    X: object
    labels: np.ndarray
    sample_weight: np.ndarray
    order: np.ndarray
    positive: np.ndarray
    negative: np.ndarray

    def __post_init__(self):
        """Take dense rows, or the three arrays of a CSR matrix."""
        self.csr_arrays, self.arrays = None, {"dense": None}
        if scipy.sparse.issparse(self.X):
            self.csr_arrays = _kernels.csr_arrays(self.X)
        else:
            self.arrays["dense"] = self.X = _kernels.contiguous(self.X)
        parts = self.csr_arrays or (None, None, None)
        self.arrays |= zip(("values", "indices", "starts"), parts, strict=True)
        self.n_bytes = sum(a.nbytes for a in self.arrays.values() if a is not None)
        self.numbered = self.places = None

    @property
    def n_products(self):
        """Multiplications for one score of every row."""
        return self.X.nnz if scipy.sparse.issparse(self.X) else self.X.size

    def shuffle(self, generator):
        """Draw the order of the next visit."""
        if self.n_bytes <= _LARGE_BYTES:
            self.order = self.order[generator.permutation(len(self.order))]
            return
        if self.numbered is None:
            self.numbered = self.order  # as they lie in memory
            self.places, self.order = np.empty((2, len(self.order)), dtype=np.int64)
        blockwise_places(generator, self.places)
        np.take(self.numbered, self.places, out=self.order, mode="clip")

    def set_aside(self, fraction, generator):
        """Take rows out of the order, the same share of every class; return them."""
        from sklearn.model_selection import StratifiedShuffleSplit

        splitter = StratifiedShuffleSplit(
            n_splits=1, test_size=fraction, random_state=generator
        )
        everything = np.arange(self.X.shape[0])
        _, aside = next(splitter.split(everything[:, np.newaxis], self.labels))
        if not np.any(self.sample_weight[aside]):
            raise ValueError(
                "The sample weights for validation set are all zero, consider using a "
                "different random state."
            )
        self.order = np.setdiff1d(self.order, aside)
        if len(self.order) == 0:
            raise ValueError(
                f"validation_fraction={fraction} leaves no row of positive weight to "
                "train on; lower it, or set early_stopping=False."
            )
        return aside


def blockwise_places(generator, places):
    """Fill in a random order, 0 to n − 1, in which memory is read in runs.

    From a random place on, the places are cut into blocks. Blocks are drawn by the
    sixteen, of which one row each is taken in turn. What is left of the places comes
    first: being neighbours they would leave their mark on the last weights.
    """
    n, group_rows = len(places), _BLOCK * _BLOCKS_AT_ONCE
    # One group less than there is room for: that they can begin anywhere.
    n_groups = max(0, n // group_rows - 1)
    n_grouped = n_groups * group_rows
    n_rest = n - n_grouped
    first = generator.randint(n_rest)
    starts = first + _BLOCK * generator.permutation(n_grouped // _BLOCK)
    places[:n_rest] = generator.permutation(np.r_[:first, first + n_grouped : n])
    np.add(
        starts.reshape(n_groups, 1, _BLOCKS_AT_ONCE),
        np.arange(_BLOCK)[:, np.newaxis],
        out=places[n_rest:].reshape(n_groups, _BLOCK, _BLOCKS_AT_ONCE),
    )


def order_generator(random_state):
    """Return the generator of the orders, from a seed that random_state draws."""
    seed = check_random_state(random_state).randint(np.iinfo(np.int32).max)
    return np.random.RandomState(seed)


@dataclass
class Units:
    """The units while they learn: one a class, or one for two classes.

    With `joint`, they learn from the same mistakes. Sums are those of the weights over
    all visits so far, or None.
    """

    weights: np.ndarray
    intercepts: np.ndarray
    l1_due: np.ndarray
    l1_paid: np.ndarray
    weight_sums: np.ndarray | None
    intercept_sums: np.ndarray | None
    visits: np.ndarray
    active: np.ndarray
    classes: np.ndarray
    joint: bool

    @classmethod
    def start(
        cls, n_classes, n_features, dtype, *, joint=False, average=False, first=None
    ):
        """Units with weights and intercepts of `first`, or with zeros."""
        n_units = n_scores(n_classes)
        weights = np.zeros((n_units, n_features), dtype=dtype)
        intercepts = np.zeros(n_units, dtype=dtype)
        coef_init, intercept_init = (None, None) if first is None else first
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
            # One unit tells two classes apart: there is nothing to join.
            joint=joint and n_units > 1,
        )

    def visit(self, rows, **settings):
        """Visit the rows once; return weighted losses and numbers of mistakes.

        They are those of every unit, or of all together where units learn jointly.
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
        else:  # a unit learns the same in any part: they may be as many as threads
            with _kernels.one_thread() as n_threads:
                ranges = self._ranges(min(n_threads, n_parts))
                _kernels.run_parts(len(ranges), visit_part)
        if self.weight_sums is not None:
            self.visits += rows.sample_weight[rows.order].sum() * self.active
        if self.joint:
            return losses.sum(keepdims=True), mistakes.sum(keepdims=True)
        return losses, mistakes

    def _part(self, units, positive, negative):
        """Return a slice of the units for the kernels, with views of their arrays."""
        arrays = (self.weights, self.intercepts, self.l1_due, self.l1_paid)
        arrays += (self.weight_sums, self.intercept_sums, self.active, self.classes)
        arrays += (positive, negative)
        parts = (None if array is None else array[units] for array in arrays)
        return _kernels.PerceptronUnits(*parts)

    def _ranges(self, n_parts):
        """Consecutive units, with as many active ones in every part."""
        places = np.flatnonzero(self.active)
        cuts = [part[0] for part in np.array_split(places, n_parts) if len(part)]
        ends = [*cuts[1:], len(self.weights)]
        return [slice(*ends) for ends in zip([0, *cuts[1:]], ends, strict=True)]

    def finish(self, done):
        """Mark units as done: they learn no more."""
        self.active[np.broadcast_to(done, self.active.shape)] = False

    def accuracy(self, rows, aside):
        """Return the weighted share of right classes among the rows set aside."""
        weights, intercepts = self.learnt()
        scores = rows.X[aside] @ weights.T + intercepts
        winners = scores[:, 0] > 0 if scores.shape[1] == 1 else scores.argmax(axis=1)
        right = winners == rows.labels[aside]
        return float(np.average(right, weights=rows.sample_weight[aside]))

    def learnt(self):
        """Weights and intercepts: the last ones, or their averages."""
        if self.weight_sums is None or not self.visits.all():
            return self.weights.copy(), self.intercepts.copy()
        dtype = self.weights.dtype
        weights = self.weight_sums / self.visits[:, np.newaxis]
        intercepts = self.intercept_sums / self.visits
        return weights.astype(dtype), intercepts.astype(dtype)


@dataclass
class Epochs:
    """Visits of the rows, until no mistake or no progress is made."""

    rows: object
    units: object
    classes: np.ndarray
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

    def attributes(self):
        """Return what makes an estimator predict as the units do."""
        coef, intercept = self.units.learnt()
        return {"classes_": self.classes, "coef_": coef, "intercept_": intercept}

    def run(self, max_iter, *, tol, n_iter_no_change, validation=None):
        """Visit the rows again and again; return why it ended.

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
        """Run one epoch; return the units' mistakes and objectives, whether to stop."""
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
        return mistakes, objectives, self.observer.end(self.attributes)


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
        """Count an epoch; return which units have waited long enough."""
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
