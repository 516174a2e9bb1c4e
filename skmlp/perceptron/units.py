"""The units of a perceptron while they learn."""

from dataclasses import dataclass

import numpy as np

from skmlp import _kernels
from skmlp.base.label_encoding import n_scores

__all__ = ["Units"]

# Less work than this, in multiplications, is not shared between threads.
_WORTH_A_THREAD = 2_000_000


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
        """One visit of the rows: weighted losses and numbers of mistakes.

        They are those of every unit, or of all together where units learn jointly.
        """
        losses = np.zeros(len(self.weights))
        mistakes = np.zeros(len(self.weights), dtype=np.int64)
        ranges = [slice(0, len(self.weights))]

        def visit_part(part):
            units = ranges[part]
            _kernels.perceptron_epoch(
                **{
                    name: None if array is None else array[units]
                    for name, array in self._arrays().items()
                },
                **rows.arrays,
                labels=rows.labels,
                order=rows.order,
                sample_weight=rows.sample_weight,
                positive=rows.positive[units],
                negative=rows.negative[units],
                joint=self.joint,
                losses=losses[units],
                mistakes=mistakes[units],
                **settings,
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

    def _arrays(self):
        """What a kernel takes of the units, by its names."""
        names = ("weights", "intercepts", "l1_due", "l1_paid", "weight_sums")
        names += ("intercept_sums", "active", "classes")
        return {name: getattr(self, name) for name in names}

    def _ranges(self, n_parts):
        """Consecutive units, with as many active ones in every part."""
        places = np.flatnonzero(self.active)
        cuts = [part[0] for part in np.array_split(places, n_parts) if len(part)]
        ends = [*cuts[1:], len(self.weights)]
        return [slice(*ends) for ends in zip([0, *cuts[1:]], ends, strict=True)]

    def finish(self, done):
        """Units that are done learn no more."""
        self.active[np.broadcast_to(done, self.active.shape)] = False

    def accuracy(self, rows, aside):
        """Weighted share of the rows set aside that are classified rightly."""
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

    def attributes(self):
        """What makes an estimator with these units predict."""
        return dict(zip(("coef_", "intercept_"), self.learnt(), strict=True))
