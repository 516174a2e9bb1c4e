"""Predictions of a fitted perceptron, and its units as a network."""

from __future__ import annotations

from sklearn.utils.validation import check_is_fitted

from skmlp.base.linear_classifier import LinearScores
from skmlp.losses.hinge import PerceptronLoss
from skmlp.losses.one_hot import OneHotTargets
from skmlp.network import FittedNetwork
from skmlp.network.linear import linear_network

__all__ = ["PerceptronPredictions"]


class PerceptronPredictions(LinearScores):
    """Mixin that predicts from linear scores, with one unit for each class."""

    penalty: str | None
    alpha: float
    l1_ratio: float

    def fitted_network(self) -> FittedNetwork:
        """Return the units as a FittedNetwork, a network without hidden layers.

        Returns
        -------
        network : FittedNetwork
            It predicts scores from copies of `coef_` and `intercept_`. Its loss is that
            of the perceptron, max(0, −y·score) with y = ±1, summed over the units.
        """
        check_is_fitted(self)
        loss, (l2, l1) = PerceptronLoss(), self._strengths()
        several = self.coef_.shape[0] > 1
        return linear_network(
            self, OneHotTargets(loss) if several else loss, l1=l1, l2=l2
        )

    def _strengths(self):
        """Return the strengths of the l2 and of the l1 penalty."""
        if self.penalty is None:
            return 0.0, 0.0
        l1_ratio = {"l1": 1.0, "l2": 0.0}.get(self.penalty, self.l1_ratio)
        return self.alpha * (1 - l1_ratio), self.alpha * l1_ratio
