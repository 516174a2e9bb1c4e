"""Gaussian classes with one common covariance: linear scores and directions."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse
from scipy.linalg.blas import dgemm

from skmlp._kernels import one_thread


def product(rows, columns):
    """Return the matrix product of float64 rows (n, d) and columns (d, m).

    It runs on one thread of SciPy's BLAS, which the kernels use too: the threads of
    NumPy's BLAS would compete for a processor at every block of rows.
    """
    with one_thread():
        return dgemm(1.0, columns.T, rows.T).T


def round_to(array, dtype):
    """Return the array as numbers of type `dtype`, or unchanged if these overflow."""
    with np.errstate(over="ignore"):
        rounded = array.astype(dtype)
    return rounded if np.isfinite(rounded).all() else array


@dataclass(frozen=True)
class GaussianClasses:
    """Prior probabilities, means and whitening basis of Gaussian classes.

    The log-density of class k with its prior is log πₖ + log N(x; mₖ, Σ), where
    Σ⁻¹ = W·Wᵀ (Hastie et al. 2009, section 4.3). A class without rows has no mean yet:
    its prior is zero, and its row of `means` has no effect.
    """

    weights: np.ndarray  # (K,) total weight of the rows of each class
    means: np.ndarray  # (K, d)
    priors: np.ndarray  # (K,) sum to 1
    basis: np.ndarray  # (d, r) W, or a `SparseRowsBasis` that multiplies like it

    @cached_property
    def known_priors(self):
        """Priors (K,), with zero for classes without rows; they may not sum to 1.

        If all of them are zero, they are the shares of the classes among the rows.
        """
        known = np.where(self.weights > 0, self.priors, 0.0)
        return known if known.any() else self.weights / self.weights.sum()

    @cached_property
    def shares(self):
        """Priors (K,), with zero for classes without rows; they sum to 1."""
        return self.known_priors / self.known_priors.sum()

    @cached_property
    def centre(self):
        """Mean of the class means, weighted by the priors: x̄ = Σₖ πₖ·mₖ (d,)."""
        return self.shares @ self.means

    @cached_property
    def whitened_means(self):
        """Whitened and centred class means Wᵀ(mₖ − x̄), as rows (K, r)."""
        centred = self.means - self.centre
        return np.where(self.weights[:, np.newaxis] > 0, centred, 0.0) @ self.basis

    @cached_property
    def log_priors(self):
        """Logarithms of the priors (K,); −∞ for a class of probability zero."""
        with np.errstate(divide="ignore"):
            return np.log(self.known_priors)

    def linear_scores(self, dtype, *, centred):
        """Return weights (K, d) and intercepts (K,) of the scores of the classes.

        With two classes they are those of the score difference, (1, d) and (1,). If
        `centred`, the scores of K > 2 classes are those of rows minus `centre`; they
        are centred, too, if others would lose more than half of their digits.

        A class whose prior is zero has half of the lowest number of the type as its
        intercept: no row has a score so low. Numbers that overflow `dtype` are float64.
        """
        unit = self._linear_scores(dtype, centred=centred)
        rounded = [round_to(array, dtype) for array in unit]
        if all(array.dtype == dtype for array in rounded):
            return tuple(rounded)
        return self._linear_scores(np.float64, centred=centred)

    def _linear_scores(self, dtype, *, centred):
        """Return the results of `linear_scores` as float64, for scores of `dtype`."""
        coef, intercept = self._centred_scores(dtype)
        if len(self.means) == 2:
            return coef[1:] - coef[:1], intercept[1:] - intercept[:1]
        if centred:
            return coef, intercept
        # scoreₖ = mₖᵀΣ⁻¹x − ½·mₖᵀΣ⁻¹mₖ + log πₖ exceeds the centred score by the term
        # x̄ᵀΣ⁻¹x − ½·x̄ᵀΣ⁻¹x̄, which does not depend on the class.
        common = self.basis @ (self.centre @ self.basis)
        sizes = np.abs(coef + common) * np.max(np.abs(self.means), axis=0)
        if float(np.max(np.sum(sizes, axis=1))) > np.finfo(dtype).eps ** -0.5:
            return coef, intercept
        return coef + common, intercept - 0.5 * (self.centre @ common)

    def _centred_scores(self, dtype):
        """Return weights (K, d) and intercepts (K,) of the centred scores.

        They are scoreₖ = (mₖ − x̄)ᵀΣ⁻¹(x − x̄) − ½·‖Wᵀ(mₖ − x̄)‖² + log πₖ.
        """
        whitened = self.whitened_means
        coef = (self.basis @ whitened.T).T
        log_priors = np.maximum(self.log_priors, float(np.finfo(dtype).min) / 2)
        intercept = log_priors - 0.5 * np.sum(whitened**2, axis=1)
        return coef, intercept - coef @ self.centre

    def whitened(self, X):
        """Return the whitened and centred rows Wᵀ(x − x̄) (n, r) of X (n, d)."""
        if scipy.sparse.issparse(X):
            return X @ self.basis - self.centre @ self.basis
        rows = X - self.centre
        if isinstance(self.basis, np.ndarray):
            return product(rows, self.basis)
        return rows @ self.basis

    def distances(self, X):
        """Return the Mahalanobis distances ‖Wᵀ(x − mₖ)‖ of rows from classes (n, K)."""
        with np.errstate(over="ignore"):
            rows = self.whitened(X)
            distances = [np.linalg.norm(rows - m, axis=1) for m in self.whitened_means]
        return np.where(self.weights > 0, np.stack(distances, axis=1), np.inf)

    def log_densities(self, X):
        """Return the log-densities of rows X in the classes, plus log-priors (n, K).

        They are log πₖ + log N(x; mₖ, Σ), up to a constant.
        """
        return self.log_priors - 0.5 * self.distances(X) ** 2

    def directions(self, tol):
        """Return the discriminant directions (d, rank), and their shares of variance.

        The directions are the principal axes of the whitened means (Fisher 1936), in
        descending order of the variance between classes; axes with a standard deviation
        of at most `tol` times the largest are left out. The shares are those of the
        variance between classes, also of directions left out.
        """
        _, deviations, axes = np.linalg.svd(
            np.sqrt(self.shares)[:, np.newaxis] * self.whitened_means,
            full_matrices=False,
        )
        rank = np.count_nonzero(deviations > tol * np.max(deviations, initial=0.0))
        directions = self.basis @ axes[:rank].T
        if directions.size:
            # The sign of a direction is arbitrary: without this rule it would depend on
            # the order of the rows.
            largest = np.argmax(np.abs(directions), axis=0)
            directions *= np.sign(directions[largest, np.arange(rank)])
        total = np.sum(deviations**2)
        return directions, deviations**2 / total if total > 0 else deviations
