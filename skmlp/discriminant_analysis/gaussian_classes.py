"""Gaussian classes of one covariance: their linear scores, and what separates them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse
from scipy.linalg.blas import dgemm

from skmlp._kernels import one_thread


def product(rows, columns):
    """Rows (n, d) times columns (d, m), of float64, on one thread.

    By SciPy's BLAS, as the kernels: the threads of NumPy's would wait for a processor
    at every block of rows.
    """
    with one_thread():
        return dgemm(1.0, columns.T, rows.T).T


@dataclass(frozen=True)
class GaussianClasses:
    """log πₖ + log N(x; mₖ, Σ), with Σ⁻¹ = W·Wᵀ (Hastie et al. 2009, section 4.3).

    A class without rows has no mean yet: its probability is zero, its row of `means` of
    no effect.
    """

    weights: np.ndarray  # (K,) of the rows of each class
    means: np.ndarray  # (K, d)
    priors: np.ndarray  # (K,) sum to 1
    basis: np.ndarray  # (d, r) W, or what multiplies like it

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

    @cached_property
    def log_priors(self):
        """Log π, −∞ for a class that is ruled out."""
        with np.errstate(divide="ignore"):
            return np.log(self.known_priors)

    def linear_scores(self, dtype, *, centred):
        """w, b of one score a class, or of the difference of two.

        Scores that are not centred are only had where these keep half of their digits.
        """
        coef, intercept = self._centred_scores()
        if len(self.means) == 2:
            return coef[1:] - coef[:1], intercept[1:] - intercept[:1]
        if centred:
            return coef, intercept
        # scoreₖ = mₖᵀΣ⁻¹x − ½·mₖᵀΣ⁻¹mₖ + log πₖ exceeds the centred one by x̄ᵀΣ⁻¹x −
        # ½·x̄ᵀΣ⁻¹x̄, the same for every class.
        common = self.basis @ (self.centre @ self.basis)
        sizes = np.abs(coef + common) * np.max(np.abs(self.means), axis=0)
        if float(np.max(np.sum(sizes, axis=1))) > np.finfo(dtype).eps ** -0.5:
            return coef, intercept
        return coef + common, intercept - 0.5 * (self.centre @ common)

    def _centred_scores(self):
        """w, b of scoreₖ = (mₖ − x̄)ᵀΣ⁻¹(x − x̄) − ½·‖Wᵀ(mₖ − x̄)‖² + log πₖ."""
        whitened = self.whitened_means
        coef = (self.basis @ whitened.T).T
        intercept = self.log_priors - 0.5 * np.sum(whitened**2, axis=1)
        return coef, intercept - coef @ self.centre

    def whitened(self, X):
        """Wᵀ(x − x̄) of rows X (n, d): (n, r)."""
        if scipy.sparse.issparse(X):
            return X @ self.basis - self.centre @ self.basis
        rows = X - self.centre
        if isinstance(self.basis, np.ndarray):
            return product(rows, self.basis)
        return rows @ self.basis

    def distances(self, X):
        """‖Wᵀ(x − mₖ)‖, Mahalanobis's distance of every row and class (n, K)."""
        with np.errstate(over="ignore"):
            rows = self.whitened(X)
            distances = [np.linalg.norm(rows - m, axis=1) for m in self.whitened_means]
        return np.where(self.weights > 0, np.stack(distances, axis=1), np.inf)

    def log_densities(self, X):
        """Log πₖ + log N(x; mₖ, Σ), less a constant: of every row and class (n, K)."""
        return self.log_priors - 0.5 * self.distances(X) ** 2

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
