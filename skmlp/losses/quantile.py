"""Quantile loss, which is minimised by quantiles of y."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skmlp._kernels.arrays import array_namespace
from skmlp.base.types import Array
from skmlp.losses.base import Loss, mean_power

__all__ = ["Quantile"]


@dataclass(eq=False, repr=False)
class Quantile(Loss, name="quantile", regression=True):
    """Quantile loss, also called pinball loss (Koenker and Bassett 1978).

        ℓ = q·e where e > 0, else (q − 1)·e, with e = y − score

    With several quantiles, each has its own score, and the loss is the sum over the
    quantiles. Predictions are the scores of a target in ascending order, so that no
    quantile exceeds a higher one. Sorting never increases the estimation error
    (Chernozhukov, Fernández-Val and Galichon 2010).

    Parameters
    ----------
    quantiles : float or sequence of float, default=0.5
        The quantile q in (0, 1), or several in ascending order.

    References
    ----------
    Koenker, R. and Bassett, G. (1978). Regression quantiles. Econometrica, 46, 33-50.

    Chernozhukov, V., Fernández-Val, I. and Galichon, A. (2010). Quantile and
    probability curves without crossing. Econometrica, 78, 1093-1125.
    """

    kernel: ClassVar[str] = "quantile"
    inverse_link = "identity"

    quantiles: float | Sequence[float] = 0.5

    @property
    def settings(self) -> tuple[float, ...]:
        """Quantiles, passed to the compiled kernel of the loss."""
        return tuple(np.ravel(self.quantiles).tolist())

    @property
    def scores_per_target(self) -> int:
        """Number of quantiles: each has its own score."""
        return np.size(self.quantiles)

    def check_targets(self, y: Array) -> None:
        """Raise ValueError unless `quantiles` are valid; y may be any numbers."""
        q = np.ravel(self.quantiles)
        numbers = q.size and q.dtype.kind in "iuf"
        if not (numbers and q[0] > 0 and q[-1] < 1 and (np.diff(q) > 0).all()):
            raise ValueError(
                f"Quantile(quantiles={self.quantiles!r}): give one number between 0 "
                "and 1, or several in ascending order, such as [0.05, 0.5, 0.95]."
            )

    def formula(self, y: Array, scores: Array) -> Array:
        """Return the loss of each row (n,), computed by NumPy's functions."""
        q = np.array(self.settings)
        m = self.scores_per_target
        error = y[:, :, None] - np.reshape(scores, (len(y), y.shape[1], m))
        return np.sum(np.where(error > 0, q * error, (q - 1) * error), axis=(1, 2))

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Return the loss of each row, and its gradient with respect to the scores.

        The gradient is −q where e > 0, 1 − q where e < 0, and 0 where e = 0.
        """
        xp = array_namespace(scores)
        q = xp.asarray(self.settings, dtype=scores.dtype)
        error = y[:, :, None] - self._by_target(scores)
        below, zero = xp.broadcast_to(q - 1, error.shape), xp.zeros_like(error)
        above = xp.broadcast_to(q, error.shape)
        slope = xp.where(error > 0, above, xp.where(error < 0, below, zero))
        values = xp.sum(slope * error, axis=(1, 2))
        return values, -xp.reshape(slope, scores.shape)

    def loss_units(self, deviations: Array) -> tuple[float, float]:
        """Return (factor, offset) of the loss: the mean deviation, and 0."""
        return mean_power(deviations, 1), 0.0

    def of_best_constant(
        self, y: Array, sample_weight: Array | None = None
    ) -> float | None:
        """Return the mean loss of the quantiles of all y, without weights."""
        if sample_weight is not None:
            return None
        scores = np.quantile(y, self.settings, axis=0).T.reshape(1, -1)
        values, _ = self.value_and_gradient(y, np.repeat(scores, len(y), axis=0))
        return float(values.mean(dtype=float))

    def mean(self, scores: Array) -> Array:
        """Return the predicted quantile nearest to the median of each target (n, T)."""
        nearest = int(np.argmin(np.abs(np.array(self.settings) - 0.5)))
        return self._sorted(scores)[:, :, nearest]

    def predictions(self, scores: Array) -> Array:
        """Return the predicted quantiles of each target, in ascending order.

        They are an array (n, T, m) for m quantiles, and (n, T) if `quantiles` is a
        number.
        """
        by_target = self._sorted(scores)
        return by_target if np.ndim(self.quantiles) else by_target[:, :, 0]

    def _sorted(self, scores):
        """Return the scores of each target in ascending order (n, T, m)."""
        return array_namespace(scores).sort(self._by_target(scores), axis=2)

    def _by_target(self, scores):
        """Return the scores (n, T·m) with one axis for the quantiles (n, T, m)."""
        xp = array_namespace(scores)
        m = self.scores_per_target
        return xp.reshape(scores, (scores.shape[0], scores.shape[1] // m, m))
