"""Scores of every row by the fit to all other rows, in closed form.

Without row x of weight w, class k has the weight wₖ − w, its mean is
mₖ − w·r / (wₖ − w) with r = x − mₖ, and the scatter within classes loses a·r·rᵀ with
a = w·wₖ / (wₖ − w): a change of rank one, of which the inverse is known (Sherman and
Morrison 1950; for discriminants Lachenbruch 1967, Biometrics 23, 639-645).
"""

from dataclasses import dataclass

import numpy as np

from skmlp.base.rows import cache_blocks
from skmlp.discriminant_analysis.class_statistics import ClassStatistics
from skmlp.discriminant_analysis.gaussian_classes import GaussianClasses, product
from skmlp.discriminant_analysis.whitening import eigenvectors

__all__ = ["LeftOut", "scores_by_other_rows"]

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
    spreads: np.ndarray | None = None

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
        for label in range(n_classes):
            places = np.flatnonzero(labels == label)
            for block in cache_blocks(len(places), X.shape[1]):
                some = places[block]
                of_some = self._scores_of(X[some], label, weights[some])
                scores[some], alone[some] = of_some
        return scores, alone

    def _scores_of(self, X, label, weights):
        """The same of rows of one class."""
        class_weights = np.tile(self.statistics.weights, (len(weights), 1))
        own_weight = class_weights[:, label].copy()
        only_row = (self.statistics.counts[label] == 1) & (weights > 0)
        left = np.where(only_row, 0.0, own_weight - weights)
        class_weights[:, label] = left
        growth = np.divide(own_weight, left, out=np.ones_like(left), where=left > 0)
        lost = np.where(only_row, 0.0, weights * growth)  # a

        # From another mean a row is by the step between the means farther than from
        # its own.
        own = self.gaussians.whitened(X) - self.gaussians.whitened_means[label]
        steps = self.gaussians.whitened_means[label] - self.gaussians.whitened_means
        rank_one = (1 - self.shrinkage) * lost
        with np.errstate(divide="ignore", invalid="ignore"):
            inverse = self._inverse(own, lost)
            metric = own * inverse if self.shrinkage else own
            length = np.einsum("ij,ij->i", own, metric)
            alone = ~(rank_one * length <= 1 - _ALONE)
            projections = length[:, np.newaxis] + product(metric, steps.T)
            distances = 2 * projections - length[:, np.newaxis]
            distances += product(inverse, (steps**2).T)
            rest = np.where(alone, 1.0, 1 - rank_one * length)
            distances += (rank_one / rest)[:, np.newaxis] * projections**2
        distances[:, label] *= growth**2
        n_left = np.count_nonzero(class_weights, axis=1)
        divisors = class_weights.sum(axis=1) - self.ddof * n_left
        with np.errstate(divide="ignore"):
            log_priors = np.log(self._priors(class_weights))
        return log_priors - 0.5 * divisors[:, np.newaxis] * distances, alone

    def _inverse(self, own, lost):
        """The inverse of the shrunk scatter before it loses a·r·rᵀ, on its axes."""
        if not self.shrinkage:
            return np.ones((1, own.shape[1]))
        trace = self.spreads.sum() - lost * np.sum(own**2, axis=1)
        shared = self.shrinkage * trace[:, np.newaxis] / own.shape[1]
        return 1 / ((1 - self.shrinkage) * self.spreads + shared)

    def _priors(self, class_weights):
        """π of every fit (n, K); a class that has lost its only row has none."""
        priors = class_weights
        if self.given_priors:
            priors = np.where(class_weights > 0, self.gaussians.priors, 0.0)
        return priors / priors.sum(axis=1, keepdims=True)


def scores_by_other_rows(
    rows, statistics, gaussians, *, given_priors, ddof, shrinkage, refit
):
    """Return the scores (n, K) of every row by the fit to all other rows.

    Parameters
    ----------
    rows : LabelledRows
        The rows of a fit.
    statistics : ClassStatistics or None
        Their statistics, if the fit kept any.
    gaussians : GaussianClasses
        What was fitted to them.
    given_priors : bool
        Whether the priors were given, and are not the shares of the classes.
    ddof, shrinkage : float
        Those of the fit; shrinkage is towards the identity.
    refit : callable
        Takes rows and the classes that are left, and returns the GaussianClasses of a
        fit; called for each row that has no closed form.
    """
    if rows.n_present == len(rows.classes) + 1:
        raise ValueError(
            "Without one row, the number of samples would be no more than the "
            "number of classes."
        )
    if len(rows.classes) == 2 and np.any(rows.counts == 1):
        lonely = rows.classes[np.argmin(rows.counts)]
        raise ValueError(
            f"Without its only row the class {lonely!r} would be gone, and a "
            "single class is left; give it a second row."
        )
    n_features, rank = gaussians.basis.shape
    if statistics is None or (shrinkage and rank < n_features):
        scores = np.empty((len(rows.labels), len(rows.classes)))
        alone = np.ones(len(rows.labels), bool)
    else:
        left_out = LeftOut.of(statistics, gaussians, given_priors, ddof, shrinkage)
        scores, alone = left_out.scores(rows.X, rows.labels, rows.weights)
    for i in np.flatnonzero(alone):
        others, kept = rows.without(i)
        scores[i] = -np.inf
        scores[i, kept] = refit(others, kept).log_densities(rows.X[[i]])[0]
    return scores
