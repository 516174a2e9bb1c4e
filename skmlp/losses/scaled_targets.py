"""Loss of targets that the network has learnt in standardised form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skmlp._kernels.arrays import array_namespace
from skmlp.base.types import Array
from skmlp.losses.base import Loss

__all__ = ["ScaledTargets", "TargetScale"]


@dataclass(frozen=True, eq=False)
class TargetScale:
    """Mean and deviation of every target, by which targets are standardised.

    Parameters
    ----------
    array : ndarray of shape (2, n_targets)
        The means, then the deviations, which are positive.
    """

    array: Array

    @property
    def means(self) -> Array:
        """Means of the targets (n_targets,)."""
        return self.array[0]

    @property
    def deviations(self) -> Array:
        """Deviations of the targets (n_targets,)."""
        return self.array[1]

    def standardise(self, y: Array) -> Array:
        """Return (y − mean) / deviation for targets y (n, n_targets)."""
        xp = array_namespace(y)
        numbers = xp.astype(y, xp.float64, copy=False)
        return (numbers - xp.asarray(self.means)) / xp.asarray(self.deviations)

    def of_scores(self, loss: Loss) -> tuple[Array, Array]:
        """Return (factor, offset) from scores of `loss` to scores of y, each (K,)."""
        return loss.score_units(self.means, self.deviations)


@dataclass(eq=False, repr=False)
class ScaledTargets(Loss):
    """Loss of targets y whose scores are those of the standardised targets.

        ℓ = factor·loss((y − mean) / deviation, scores) + offset

    Predictions are in the units of y. Factor and offset are those of `loss_units` of
    the loss: for the squared error, the mean of the squared deviations and zero.

    Parameters
    ----------
    loss : Loss
        Loss of the standardised targets, with scores as its predictions.
    scale : TargetScale
        Mean and deviation of each target.
    """

    loss: Loss
    scale: TargetScale

    @property
    def inverse_link(self) -> str:
        """Name of the function from scores to means, that of the loss."""
        return self.loss.inverse_link

    @property
    def scores_per_target(self) -> int:
        """Number of scores per target, that of the loss."""
        return self.loss.scores_per_target

    @property
    def predicts_deviation(self) -> bool:
        """True if `deviation` returns the standard deviation of y."""
        return self.loss.predicts_deviation

    def formula(self, y: Array, scores: Array) -> Array:
        """Return the loss of each row (n,), computed by NumPy's functions."""
        factor, offset = self.loss.loss_units(self.scale.deviations)
        return factor * self.loss.formula(self.scale.standardise(y), scores) + offset

    def value_and_gradient(self, y: Array, scores: Array) -> tuple[Array, Array]:
        """Return each row's loss (n,), and the derivatives ∂loss/∂scores (n, K)."""
        xp = array_namespace(scores)
        targets = xp.astype(self.scale.standardise(y), scores.dtype)
        factor, offset = self.loss.loss_units(self.scale.deviations)
        values, gradient = self.loss.value_and_gradient(targets, scores)
        return factor * values + offset, factor * gradient

    def mean(self, scores: Array) -> Array:
        """Return the mean of y given the scores (n, T)."""
        return self.loss.mean(self._of_y(scores))

    def predictions(self, scores: Array) -> Array:
        """Return the prediction of each target, or several, in the units of y."""
        return self.loss.predictions(self._of_y(scores))

    def deviation(self, scores: Array) -> Array:
        """Return the standard deviation of y given the scores (n, T)."""
        return self.loss.deviation(self._of_y(scores))

    def _of_y(self, scores):
        """Return the scores of y, computed in float64, for those of its scaled form."""
        xp = array_namespace(scores)
        factor, offset = map(xp.asarray, self.scale.of_scores(self.loss))
        with np.errstate(over="ignore"):
            return xp.astype(
                xp.astype(scores, xp.float64) * factor + offset, scores.dtype
            )
