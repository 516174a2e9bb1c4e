"""Scores of every row by the fit to all other rows, in closed form.

Without row x of weight w, class k has the weight wₖ − w, its mean is
mₖ − w·r / (wₖ − w) with r = x − mₖ, and the scatter within classes loses a·r·rᵀ with
a = w·wₖ / (wₖ − w): a change of rank one, of which the inverse is known (Sherman and
Morrison 1950; for discriminants Lachenbruch 1967, Biometrics 23, 639-645).
"""

from dataclasses import dataclass

import numpy as np

from skmlp.class_statistics import ClassStatistics, row_blocks
from skmlp.gaussian_classes import GaussianClasses
from skmlp.within_covariance import eigenvectors

__all__ = ["LeftOut"]

# A row is alone in its direction if so little of the scatter there is left without it.
_ALONE = 1e-6


@dataclass(frozen=True)
class LeftOut:
    """What the fits without one row have in common.

    Of `gaussians`, W has WᵀSW = I for the scatter S, if `shrinkage` is zero; else W is
    orthogonal and WᵀSW = diag(spreads).
    """

    statistics: ClassStatistics
    gaussians: GaussianClasses
    given_priors: bool  # and not the shares of the classes among the rows
    ddof: float
    shrinkage: float = 0.0  # towards the identity
    spreads: np.ndarray = None

    @classmethod
    def of(cls, statistics, gaussians, given_priors, ddof, shrinkage):
        """From a fit to all rows, whose W whitens the covariance."""
        if shrinkage:
            spreads, axes = eigenvectors(statistics.scatter)
            gaussians = GaussianClasses(
                gaussians.weights, gaussians.means, gaussians.priors, axes
            )
            return cls(statistics, gaussians, given_priors, ddof, shrinkage, spreads)
        present = np.count_nonzero(statistics.weights)
        divisor = statistics.total - ddof * present
        whitens_scatter = gaussians.basis / np.sqrt(divisor)
        gaussians = GaussianClasses(
            gaussians.weights, gaussians.means, gaussians.priors, whitens_scatter
        )
        return cls(statistics, gaussians, given_priors, ddof)

    def scores(self, X, labels, weights):
        """Scores (n, K), and which rows are alone in a direction (n,): theirs are not.

        A row that is alone in its class is scored by the other classes.
        """
        n_rows, n_classes = X.shape[0], len(self.statistics.weights)
        scores, alone = np.empty((n_rows, n_classes)), np.empty(n_rows, bool)
        for block in row_blocks(*X.shape):
            of_block = self._block_scores(X[block], labels[block], weights[block])
            scores[block], alone[block] = of_block
        return scores, alone

    def _block_scores(self, X, labels, weights):
        rows = np.arange(len(labels))
        own_class = weights[:, np.newaxis] * (
            labels[:, np.newaxis] == np.arange(len(self.statistics.weights))
        )
        single = (self.statistics.counts[labels] == 1) & (weights > 0)
        class_weights = self.statistics.weights - own_class
        class_weights[rows[single], labels[single]] = 0.0
        left = class_weights[rows, labels]
        growth = np.divide(
            self.statistics.weights[labels],
            left,
            out=np.ones(len(rows)),
            where=left > 0,
        )
        lost = np.where(single, 0.0, weights * growth)  # a

        residuals = list(self.gaussians.whitened_residuals(X))
        own = np.stack(residuals)[labels, rows]
        with np.errstate(divide="ignore", invalid="ignore"):
            inverse = self._inverse(own, lost)
            metric = own * inverse
            leverage = (1 - self.shrinkage) * lost * np.sum(own * metric, axis=1)
        alone = ~(leverage <= 1 - _ALONE)
        rest = np.where(alone, 1.0, 1 - leverage)
        distances = np.empty(class_weights.shape)
        for k, residual in enumerate(residuals):
            projection = np.sum(residual * metric, axis=1)
            distances[:, k] = np.sum(residual**2 * inverse, axis=1)
            distances[:, k] += (1 - self.shrinkage) * lost * projection**2 / rest
        distances[rows, labels] *= growth**2
        divisors = class_weights.sum(axis=1) - self.ddof * np.count_nonzero(
            class_weights, axis=1
        )
        with np.errstate(divide="ignore"):
            log_priors = np.log(self._priors(class_weights))
        return log_priors - 0.5 * divisors[:, np.newaxis] * distances, alone

    def _inverse(self, own, lost):
        """The inverse of the shrunk scatter before it loses a·r·rᵀ, on its axes."""
        if not self.shrinkage:
            return np.ones_like(own)
        trace = self.spreads.sum() - lost * np.sum(own**2, axis=1)
        shared = self.shrinkage * trace[:, np.newaxis] / own.shape[1]
        return 1 / ((1 - self.shrinkage) * self.spreads + shared)

    def _priors(self, class_weights):
        """π of every fit (n, K); a class that has lost its only row has none."""
        priors = class_weights
        if self.given_priors:
            priors = np.where(class_weights > 0, self.gaussians.priors, 0.0)
        return priors / priors.sum(axis=1, keepdims=True)
