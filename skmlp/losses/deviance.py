"""Poisson and gamma deviance, losses of non-negative targets with the mean e^score."""

from __future__ import annotations

from math import log
from typing import ClassVar

import numpy as np
from scipy.special import xlogy

from skmlp._kernels.arrays import array_namespace
from skmlp.base.types import Array
from skmlp.losses.base import CurvedLoss, Loss, diagonal

__all__ = ["GammaDeviance", "PoissonDeviance"]


class PoissonDeviance(CurvedLoss, name="poisson", regression=True):
    """Half the Poisson deviance of targets y ≥ 0, with one score per target.

    ℓ = e^s − y·s + y·log y − y, with the mean e^s
    """

    kernel: ClassVar[str] = "poisson"
    inverse_link = "exp"

    def formula(self, y: Array, scores: Array) -> Array:
        """Return the loss of each row (n,), computed by NumPy's functions."""
        saturated = xlogy(y, y) - y
        return np.sum(np.exp(scores) - y * scores + saturated, axis=1)

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Return the loss of each row, and its gradient e^s − y."""
        xp = array_namespace(scores)
        mean = xp.exp(scores)
        saturated = y * xp.log(xp.where(y > 0, y, xp.ones_like(y))) - y
        return xp.sum(mean - y * scores + saturated, axis=1), mean - y

    def mean(self, scores: Array) -> Array:
        """Return the mean of y, e^s (n, T), at most the largest number."""
        return _bounded_exp(scores)

    def curvature(self, y: Array, scores: Array) -> Array:
        """Return each row's Hessian (n, K, K), diagonal matrices of e^s."""
        return diagonal(array_namespace(scores).exp(scores))

    def of_best_constant(
        self, y: Array, sample_weight: Array | None = None
    ) -> float | None:
        """Return half the mean deviance of the mean of y."""
        return _loss_of_mean(self, y, sample_weight)

    def check_targets(self, y: Array) -> None:
        """Raise ValueError if y has negative values."""
        if array_namespace(y).any(y < 0):
            raise ValueError(
                "loss='poisson' needs y >= 0, but y holds negative values; use "
                "loss='squared_error' or shift y."
            )


class GammaDeviance(Loss, name="gamma", regression=True):
    """Half the gamma deviance of targets y > 0, with one score per target.

    ℓ = s − log y + y·e^−s − 1, with the mean e^s
    """

    kernel: ClassVar[str] = "gamma"
    inverse_link = "exp"
    needs_positive_targets: ClassVar[bool] = True

    def formula(self, y: Array, scores: Array) -> Array:
        """Return the loss of each row (n,), computed by NumPy's functions."""
        return np.sum(scores - np.log(y) + y * np.exp(-scores) - 1, axis=1)

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Return the loss of each row, and its gradient 1 − y·e^−s."""
        xp = array_namespace(scores)
        ratio = y * xp.exp(-scores)
        return xp.sum(scores - xp.log(y) + ratio - 1, axis=1), 1 - ratio

    def mean(self, scores: Array) -> Array:
        """Return the mean of y, e^s (n, T), at most the largest number."""
        return _bounded_exp(scores)

    def of_best_constant(
        self, y: Array, sample_weight: Array | None = None
    ) -> float | None:
        """Return half the mean deviance of the mean of y."""
        return _loss_of_mean(self, y, sample_weight)

    def check_targets(self, y: Array) -> None:
        """Raise ValueError unless all y are positive: the loss is infinite at zero."""
        if not array_namespace(y).all(y > 0):
            raise ValueError(
                "loss='gamma' needs y > 0, but y holds values that are zero or "
                "negative; use loss='poisson' for y >= 0, loss='squared_error' or "
                "shift y."
            )


def _bounded_exp(scores):
    """Return e^s, or about the largest number where e^s is beyond it."""
    xp = array_namespace(scores)
    # A little less than the logarithm of the largest number, so that rounding is safe.
    limit = log(float(xp.finfo(scores.dtype).max)) - 1e-5
    return xp.exp(xp.clip(scores, None, limit))


def _loss_of_mean(loss, y, sample_weight):
    """Return the mean loss of scores whose mean is that of y, in every row."""
    y = y.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.log(np.average(y, axis=0, weights=sample_weight))
        values, _ = loss.value_and_gradient(y, np.broadcast_to(scores, y.shape))
    return float(np.average(values, weights=sample_weight))
