"""Leave-one-out scores: for every row by the fit to all other rows, in closed form.

Without row x of class k and weight w, the class has the weight wₖ − w and the mean
mₖ − w·r / (wₖ − w), where r = x − mₖ, and the scatter within classes decreases by
a·r·rᵀ, where a = w·wₖ / (wₖ − w). For this change of rank one, the inverse has a closed
form (Sherman and Morrison 1950; for discriminants Lachenbruch 1967, Biometrics 23,
639-645).
"""

from dataclasses import dataclass

import numpy as np

from skmlp.base.rows import cache_blocks
from skmlp.discriminant_analysis.class_statistics import ClassStatistics
from skmlp.discriminant_analysis.gaussian_classes import GaussianClasses, product
from skmlp.discriminant_analysis.whitening import eigenvectors

__all__ = ["LeaveOneOutFits", "leave_one_out_scores"]

# A row has no closed form if the other rows have at most this share of the scatter in
# its direction: it is "alone".
_ALONE = 1e-6


@dataclass(frozen=True)
class LeaveOneOutFits:
    """Statistics of a fit to all rows, from which fits without one row are computed.

    For the scatter S, the basis W of `gaussians` satisfies WᵀSW = I if `shrinkage` is
    zero; otherwise W is orthogonal and WᵀSW = diag(eigenvalues).
    """

    statistics: ClassStatistics
    gaussians: GaussianClasses
    given_priors: bool  # True if the user gave priors; else they are class shares
    ddof: float
    shrinkage: float = 0.0  # towards the identity
    eigenvalues: np.ndarray | None = None  # (d,) of the scatter

    @classmethod
    def of(cls, statistics, gaussians, given_priors, ddof, shrinkage):
        """Convert a fit whose basis W whitens the covariance to `LeaveOneOutFits`."""
        if shrinkage:
            eigenvalues, axes = eigenvectors(statistics.scatter)
            gaussians = GaussianClasses(
                gaussians.weights, gaussians.means, gaussians.priors, axes
            )
            return cls(
                statistics, gaussians, given_priors, ddof, shrinkage, eigenvalues
            )
        present = np.count_nonzero(statistics.weights)
        divisor = statistics.total - ddof * present
        whitens_scatter = gaussians.basis / np.sqrt(divisor)
        gaussians = GaussianClasses(
            gaussians.weights, gaussians.means, gaussians.priors, whitens_scatter
        )
        return cls(statistics, gaussians, given_priors, ddof)

    def scores(self, X, labels, weights):
        """Return the scores (n, K), and a mask of the rows without a closed form (n,).

        The latter are alone in a direction, and their scores are not valid. A row that
        is the only one of its class has the score −∞ for that class.
        """
        n_rows, n_classes = X.shape[0], len(self.statistics.weights)
        scores, alone = np.empty((n_rows, n_classes)), np.empty(n_rows, bool)
        for label in range(n_classes):
            indices = np.flatnonzero(labels == label)
            for block in cache_blocks(len(indices), X.shape[1]):
                rows = indices[block]
                scores_and_alone = self._scores_of(X[rows], label, weights[rows])
                scores[rows], alone[rows] = scores_and_alone
        return scores, alone

    def _scores_of(self, X, label, weights):
        """Return the results of `scores` for rows X, which are all of class `label`."""
        class_weights = np.tile(self.statistics.weights, (len(weights), 1))
        own_weight = class_weights[:, label].copy()
        only_row = (self.statistics.counts[label] == 1) & (weights > 0)
        remaining = np.where(only_row, 0.0, own_weight - weights)
        class_weights[:, label] = remaining
        growth = np.divide(
            own_weight, remaining, out=np.ones_like(remaining), where=remaining > 0
        )
        factor = np.where(only_row, 0.0, weights * growth)  # a of the module's formula

        # The residual from the mean of another class is the residual from the own mean
        # plus the difference of the two means.
        residuals = self.gaussians.whitened(X) - self.gaussians.whitened_means[label]
        differences = (
            self.gaussians.whitened_means[label] - self.gaussians.whitened_means
        )
        rank_one = (1 - self.shrinkage) * factor
        with np.errstate(divide="ignore", invalid="ignore"):
            inverse = self._inverse(residuals, factor)
            scaled = residuals * inverse if self.shrinkage else residuals
            square_norms = np.einsum("ij,ij->i", residuals, scaled)
            alone = ~(rank_one * square_norms <= 1 - _ALONE)
            projections = square_norms[:, np.newaxis] + product(scaled, differences.T)
            distances = 2 * projections - square_norms[:, np.newaxis]
            distances += product(inverse, (differences**2).T)
            denominator = np.where(alone, 1.0, 1 - rank_one * square_norms)
            distances += (rank_one / denominator)[:, np.newaxis] * projections**2
        distances[:, label] *= growth**2
        n_classes = np.count_nonzero(class_weights, axis=1)
        divisors = class_weights.sum(axis=1) - self.ddof * n_classes
        with np.errstate(divide="ignore"):
            log_priors = np.log(self._priors(class_weights))
        return log_priors - 0.5 * divisors[:, np.newaxis] * distances, alone

    def _inverse(self, residuals, factor):
        """Return the diagonal of the inverse shrunk scatter of every row (n, d).

        Without shrinkage it is all ones (1, r). The scatter is shrunk towards the
        identity, on the axes W. The term a·r·rᵀ is not yet subtracted from the scatter;
        the trace, which scales the identity, excludes it.
        """
        if not self.shrinkage:
            return np.ones((1, residuals.shape[1]))
        trace = self.eigenvalues.sum() - factor * np.sum(residuals**2, axis=1)
        identity = self.shrinkage * trace[:, np.newaxis] / residuals.shape[1]
        return 1 / ((1 - self.shrinkage) * self.eigenvalues + identity)

    def _priors(self, class_weights):
        """Return the priors of every fit (n, K); zero for a class without rows."""
        priors = class_weights
        if self.given_priors:
            priors = np.where(class_weights > 0, self.gaussians.priors, 0.0)
            # Without the only row of positive prior, the classes have their shares.
            priors = np.where(priors.any(axis=1, keepdims=True), priors, class_weights)
        return priors / priors.sum(axis=1, keepdims=True)


def leave_one_out_scores(
    rows, statistics, gaussians, *, given_priors, ddof, shrinkage, refit
):
    """Return the scores (n, K) of every row by the fit to all other rows.

    Parameters
    ----------
    rows : LabelledRows
        Rows of the fit.
    statistics : ClassStatistics or None
        Statistics of the rows, if the fit kept any.
    gaussians : GaussianClasses
        Gaussian classes fitted to the rows.
    given_priors : bool
        True if the user gave the priors; False if they are the shares of the classes.
    ddof, shrinkage : float
        Parameters of the fit; shrinkage is towards the identity.
    refit : callable
        Function of the `LabelledRows` without one row and of the indices of their
        classes, which returns the GaussianClasses of a new fit. It is called for each
        row that has no closed form.
    """
    if rows.n_present == rows.n_classes_present + 1:
        raise ValueError(
            "Without one row, the number of samples would be no more than the "
            "number of classes; give more rows."
        )
    if rows.n_classes_present == 2 and np.any(rows.counts == 1):
        label = rows.classes[rows.counts == 1][0]
        raise ValueError(
            f"Without its only row, class {label!r} would be empty, and only one class "
            "would be left; give it a second row."
        )
    n_features, rank = gaussians.basis.shape
    if statistics is None or (shrinkage and rank < n_features):
        scores = np.empty((len(rows.labels), len(rows.classes)))
        alone = np.ones(len(rows.labels), bool)
    else:
        left_out = LeaveOneOutFits.of(
            statistics, gaussians, given_priors, ddof, shrinkage
        )
        scores, alone = left_out.scores(rows.X, rows.labels, rows.weights)
    for i in np.flatnonzero(alone):
        others, kept = rows.without_row(i)
        scores[i] = -np.inf
        scores[i, kept] = refit(others, kept).log_densities(rows.X[[i]])[0]
    return scores
