"""Gaussian classes of one covariance: their linear scores, and what separates them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class GaussianClasses:
    """log πₖ + log N(x; mₖ, Σ), with Σ⁻¹ = W·Wᵀ (Hastie et al. 2009, section 4.3).

    A class without rows has no mean yet: its probability is zero, its row of `means` of
    no effect.
    """

    weights: np.ndarray  # (K,) of the rows of each class
    means: np.ndarray  # (K, d)
    priors: np.ndarray  # (K,) sum to 1
    basis: np.ndarray  # (d, r) W

    @cached_property
    def known_priors(self):
        """π without the classes that have no rows."""
        known = np.where(self.weights > 0, self.priors, 0.0)
        return known if known.any() else self.weights / self.weights.sum()

    @cached_property
    def shares(self):
        """π over the classes that have rows, summing to 1."""
        return self.known_priors / self.known_priors.sum()

    @cached_property
    def centre(self):
        """x̄ = Σₖ πₖ·mₖ (d,)."""
        return self.shares @ self.means

    @cached_property
    def whitened_means(self):
        """Wᵀ(mₖ − x̄), one row a class (K, r)."""
        centred = self.means - self.centre
        return np.where(self.weights[:, np.newaxis] > 0, centred, 0.0) @ self.basis

    def centred_scores(self):
        """w, b of scoreₖ = (mₖ − x̄)ᵀΣ⁻¹(x − x̄) − ½·‖Wᵀ(mₖ − x̄)‖² + log πₖ."""
        whitened = self.whitened_means
        with np.errstate(divide="ignore"):
            log_priors = np.log(self.known_priors)
        coef = whitened @ self.basis.T
        intercept = log_priors - 0.5 * np.sum(whitened**2, axis=1)
        return coef, intercept - coef @ self.centre

    def scores(self):
        """w, b of scoreₖ = mₖᵀΣ⁻¹x − ½·mₖᵀΣ⁻¹mₖ + log πₖ.

        They exceed the centred ones by x̄ᵀΣ⁻¹x − ½·x̄ᵀΣ⁻¹x̄, the same for every class.
        """
        coef, intercept = self.centred_scores()
        common = self.basis @ (self.centre @ self.basis)
        return coef + common, intercept - 0.5 * (self.centre @ common)

    def scores_are_exact(self, dtype):
        """Whether `scores()·x` near the means keeps half of the digits of its type."""
        coef, _ = self.scores()
        sizes = np.abs(coef) * np.max(np.abs(self.means), axis=0)
        largest = float(np.max(np.sum(sizes, axis=1)))
        return largest <= np.finfo(dtype).eps ** -0.5

    def difference_of_scores(self):
        """w, b of the log-odds of the second class of two."""
        coef, intercept = self.centred_scores()
        return coef[1:] - coef[:1], intercept[1:] - intercept[:1]

    def directions(self, tol):
        """The directions (d, rank) that separate the means, and their shares of it.

        Principal axes of the whitened means (Fisher 1936), the widest first; an axis
        shorter than `tol` times the longest is left out.
        """
        _, spreads, axes = np.linalg.svd(
            np.sqrt(self.shares)[:, np.newaxis] * self.whitened_means,
            full_matrices=False,
        )
        rank = np.count_nonzero(spreads > tol * np.max(spreads, initial=0.0))
        directions = self.basis @ axes[:rank].T
        if directions.size:
            # Else the order of the rows would decide the sign, which is free.
            largest = np.argmax(np.abs(directions), axis=0)
            directions *= np.sign(directions[largest, np.arange(rank)])
        total = np.sum(spreads**2)
        return directions, spreads**2 / total if total > 0 else spreads
