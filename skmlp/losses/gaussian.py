"""Loss that learns the mean and the variance of normally distributed targets."""

from __future__ import annotations

from math import log, pi
from typing import ClassVar

import numpy as np

from skmlp._kernels.arrays import array_namespace
from skmlp.base.types import Array
from skmlp.losses.base import Loss

__all__ = ["GaussianNLL"]


class GaussianNLL(Loss, name="gaussian_nll", regression=True):
    """Negative log-likelihood of normal targets with unknown mean and variance.

        ℓ = −log N(y | m, e^v)

    Each target has two scores: its mean m and its log-variance v (Nix and Weigend
    1994). Scale y to a standard deviation of about one, as v is near zero at first:
    ``MLPRegressor(loss="gaussian_nll", scale_target=True)`` does it.

    References
    ----------
    Nix, D. A. and Weigend, A. S. (1994). Estimating the mean and variance of the target
    probability distribution. IEEE International Conference on Neural Networks.
    """

    kernel: ClassVar[str] = "gaussian"
    inverse_link = "identity"
    scores_per_target: ClassVar[int] = 2
    predicts_deviation: ClassVar[bool] = True

    def formula(self, y: Array, scores: Array) -> Array:
        """Return the loss of each row (n,), computed by NumPy's functions."""
        error, log_variance = scores[:, 0::2] - y, scores[:, 1::2]
        square = error**2 * np.exp(-log_variance)
        return 0.5 * np.sum(log_variance + square + log(2 * pi), axis=1)

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Return the loss of each row, and its gradient with respect to the scores.

        The loss is ½·(v + (m − y)²·e^−v + log 2π), its derivative by m is
        (m − y)·e^−v, and its derivative by v is ½·(1 − (m − y)²·e^−v).
        """
        xp = array_namespace(scores)
        error, log_variance = scores[:, 0::2] - y, scores[:, 1::2]
        precision = xp.exp(-log_variance)
        square = error * error * precision
        gradient = xp.empty_like(scores)
        gradient[:, 0::2] = error * precision
        gradient[:, 1::2] = 0.5 * (1 - square)
        values = 0.5 * (log_variance + square) + 0.5 * log(2 * pi)
        return xp.sum(values, axis=1), gradient

    def score_units(self, means: Array, deviations: Array) -> tuple[Array, Array]:
        """Return (factor, offset) of the scores of y: v has no factor.

        The log-variance of y is v + 2·log deviation.
        """
        factor, offset = super().score_units(means, deviations)
        factor[1::2], offset[1::2] = 1.0, 2 * np.log(deviations)
        return factor, offset

    def loss_units(self, deviations: Array) -> tuple[float, float]:
        """Return (factor, offset) of the loss: 1, and the sum of log deviations."""
        return 1.0, float(np.sum(np.log(deviations)))

    def mean(self, scores: Array) -> Array:
        """Return the mean m of each target (n, T)."""
        return scores[:, 0::2]

    def deviation(self, scores: Array) -> Array:
        """Return the standard deviation e^(v/2) of each target (n, T)."""
        return array_namespace(scores).exp(0.5 * scores[:, 1::2])
