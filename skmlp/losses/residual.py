"""Losses of the error score − y: squared error, absolute error and Huber loss."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import numpy as np

from skmlp._kernels.arrays import array_namespace
from skmlp.base.compat import Interval
from skmlp.base.types import Array
from skmlp.losses.base import CurvedLoss, Loss, diagonal, mean_power

__all__ = ["AbsoluteError", "Huber", "SquaredError"]


class SquaredError(CurvedLoss, name="squared_error", regression=True):
    """Half the squared error, with one score per target.

    ℓ = ½·(s − y)²
    """

    kernel: ClassVar[str] = "squared_error"
    inverse_link = "identity"

    def formula(self, y: Array, scores: Array) -> Array:
        """Return the loss of each row (n,), computed by NumPy's functions."""
        return 0.5 * np.sum((scores - y) ** 2, axis=1)

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Return the loss of each row, and its gradient s − y."""
        error = scores - y
        return 0.5 * array_namespace(scores).sum(error * error, axis=1), error

    def loss_units(self, deviations: Array) -> tuple[float, float]:
        """Return (factor, offset) of the loss: the mean squared deviation, and 0."""
        return mean_power(deviations, 2), 0.0

    def mean(self, scores: Array) -> Array:
        """Return the scores, which are the means (n, T)."""
        return scores

    def curvature(self, y: Array, scores: Array) -> Array:
        """Return each row's Hessian (n, K, K), identity matrices."""
        return diagonal(array_namespace(scores).ones_like(scores))

    def of_best_constant(
        self, y: Array, sample_weight: Array | None = None
    ) -> float | None:
        """Return half the sum of the variances of all targets."""
        error = y - np.average(y.astype(np.float64), axis=0, weights=sample_weight)
        return 0.5 * float(np.average((error**2).sum(axis=1), weights=sample_weight))


class AbsoluteError(Loss, name="absolute_error", regression=True):
    """Absolute error, minimised by the median of y, with one score per target.

    ℓ = |s − y|
    """

    kernel: ClassVar[str] = "absolute_error"
    inverse_link = "identity"

    def formula(self, y: Array, scores: Array) -> Array:
        """Return the loss of each row (n,), computed by NumPy's functions."""
        return np.sum(np.abs(scores - y), axis=1)

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Return the loss of each row, and its gradient sign(s − y)."""
        xp = array_namespace(scores)
        error = scores - y
        return xp.sum(xp.abs(error), axis=1), xp.sign(error)

    def loss_units(self, deviations: Array) -> tuple[float, float]:
        """Return (factor, offset) of the loss: the mean deviation, and 0."""
        return mean_power(deviations, 1), 0.0

    def mean(self, scores: Array) -> Array:
        """Return the scores, which are the means (n, T)."""
        return scores

    def of_best_constant(
        self, y: Array, sample_weight: Array | None = None
    ) -> float | None:
        """Return the sum of the mean distances from the medians, without weights."""
        if sample_weight is not None:
            return None
        return float(np.abs(y - np.median(y, axis=0)).sum(axis=1).mean(dtype=float))


@dataclass(eq=False, repr=False)
class Huber(Loss, name="huber", regression=True):
    """Huber loss, a squared error that limits the influence of outliers (Huber 1964).

        ℓ = ½·e² where |e| ≤ delta, else delta·(|e| − ½·delta), with e = s − y

    The gradient of an outlier is no larger than that of an error of delta.

    Parameters
    ----------
    delta : float, default=1.0
        Error beyond which the loss is linear; positive. It is in the units of y, or
        where a network standardises y (`scale_target`), in deviations of y.

    References
    ----------
    Huber, P. J. (1964). Robust estimation of a location parameter. Annals of
    Mathematical Statistics, 35, 73-101.
    """

    kernel: ClassVar[str] = "huber"
    inverse_link = "identity"
    _parameter_constraints: ClassVar[dict] = {
        "delta": [Interval(Real, 0, None, closed="neither")]
    }

    delta: float = 1.0

    @property
    def settings(self) -> tuple[float, ...]:
        """Value of `delta`, passed to the compiled kernel of the loss."""
        return (self.delta,)

    def formula(self, y: Array, scores: Array) -> Array:
        """Return the loss of each row (n,), computed by NumPy's functions."""
        error, delta = scores - y, self.delta
        size = np.abs(error)
        inner, outer = 0.5 * error**2, delta * (size - 0.5 * delta)
        return np.sum(np.where(size <= delta, inner, outer), axis=1)

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Return the loss of each row, and its gradient: e clipped to ± delta."""
        xp = array_namespace(scores)
        error = scores - y
        clipped = xp.clip(error, -self.delta, self.delta)
        return xp.sum(clipped * (error - 0.5 * clipped), axis=1), clipped

    def loss_units(self, deviations: Array) -> tuple[float, float]:
        """Return (factor, offset) of the loss: the mean squared deviation, and 0."""
        return mean_power(deviations, 2), 0.0

    def mean(self, scores: Array) -> Array:
        """Return the scores, which are the means (n, T)."""
        return scores
