"""The log loss as a function of contrasts between classes, which data identify."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse

from skmlp.base.label_encoding import n_scores
from skmlp.base.rows import ALL_ROWS, dense, scale
from skmlp.losses import BinaryLogLoss, MultinomialLogLoss
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk, TwiceDifferentiable
from skmlp.solvers import minimize_newton

__all__ = ["ContrastRisk", "minimum_near"]


@dataclass(frozen=True, eq=False)
class ContrastRisk(TwiceDifferentiable):
    """Mean log loss plus ridge penalty as a function of contrasts γ.

    γ (n_outputs, n_terms) holds, for every class but the reference, the weights of its
    score minus those of the reference class; with two classes γ are the coefficients of
    the log-odds. Adding a constant to the weights of all classes changes no
    probability; the constant that minimises the penalty gives ½·Σₜ aₜ·γₜᵀ(I − 1/K)γₜ,
    with the strengths a = `l2_per_term`.
    """

    terms: object  # (n, n_terms): columns of X, after a column of ones for an intercept
    y: np.ndarray  # (n, 1) of 0 and 1 for two classes, else (n,) class indices
    n_classes: int
    reference: int  # index of the reference class
    l2_per_term: np.ndarray  # (n_terms,): strengths for the sum of the losses
    sample_weight: np.ndarray | None = None
    offset: np.ndarray | None = None

    @cached_property
    def class_risk(self):
        """Unpenalised mean log loss as a function of the weights of all classes."""
        K = n_scores(self.n_classes)
        return EmpiricalRisk(
            network=Network((self.terms.shape[1], K), has_intercepts=False),
            loss=BinaryLogLoss() if K == 1 else MultinomialLogLoss(),
            X=self.terms,
            y=self.y,
            sample_weight=self.sample_weight,
            offset=self.offset,
        )

    @property
    def n_rows(self):
        """Number of rows of X, over which the mean is taken."""
        return self.terms.shape[0]

    @property
    def n_outputs(self):
        """Number of contrasts: n_classes − 1."""
        return self.n_classes - 1

    @property
    def n_parameters(self):
        """Number of entries of γ."""
        return self.n_outputs * self.terms.shape[1]

    @property
    def total_weight(self):
        """Sum of the sample weights Σᵢ sᵢ."""
        return self.class_risk.total_weight

    @property
    def precision(self):
        """Relative rounding error of one evaluation of the loss."""
        return self.class_risk.precision

    @cached_property
    def contrast_classes(self):
        """Columns of the scores to which the rows of γ belong."""
        if self.n_classes == 2:
            return np.array([0])
        return np.delete(np.arange(self.n_classes), self.reference)

    @cached_property
    def _contrast_indices(self):
        """Indices of the entries of γ in the flat weights of all classes."""
        K = self.class_risk.network.layer_sizes[-1]
        rows = np.arange(self.terms.shape[1]) * K
        return (rows + self.contrast_classes[:, np.newaxis]).ravel()

    @cached_property
    def penalty_hessian(self):
        """Hessian of the penalty that is added to the sum of the losses."""
        between_outputs = np.eye(self.n_outputs)
        if self.n_classes > 2:
            between_outputs -= 1 / self.n_classes
        return np.kron(between_outputs, np.diag(self.l2_per_term))

    def embed(self, contrasts):
        """Return flat weights of all classes for γ; zero for the reference class."""
        weights = np.zeros(self.class_risk.network.n_parameters)
        weights[self._contrast_indices] = contrasts.ravel()
        return weights

    def value_and_gradient(self, parameters, rows=ALL_ROWS):
        """Return the penalised mean loss and its gradient (flat)."""
        value, gradient = self.class_risk.value_and_gradient(
            self.embed(parameters), rows
        )
        penalty_gradient = self.penalty_hessian @ parameters / self.total_weight
        value += 0.5 * float(penalty_gradient @ parameters)
        return value, gradient[self._contrast_indices] + penalty_gradient

    def hessian(self, parameters):
        """Return the Hessian over all rows (n_parameters, n_parameters)."""
        whole = self.class_risk.hessian(self.embed(parameters))
        return (
            whole[np.ix_(self._contrast_indices, self._contrast_indices)]
            + self.penalty_hessian / self.total_weight
        )

    def scores(self, parameters):
        """Return the raw scores (n, K), or (n, 1) with two classes."""
        return self.class_risk.scores(self.embed(parameters))

    def score_gradients(self, parameters):
        """Return the derivatives ∂loss/∂scores of every row (n, n_outputs)."""
        _, score_gradient = self.class_risk.loss.value_and_gradient(
            self.y, self.scores(parameters)
        )
        return score_gradient[:, self.contrast_classes]

    def outer_products(self, parameters):
        """Return the sum of outer products of row gradients gᵢ: Σᵢ sᵢ·gᵢ·gᵢᵀ."""
        score_gradients = self.score_gradients(parameters)
        n_terms = self.terms.shape[1]
        total = np.empty((self.n_outputs, n_terms, self.n_outputs, n_terms))
        for k in range(self.n_outputs):
            for m in range(self.n_outputs):
                factors = score_gradients[:, k] * score_gradients[:, m]
                if self.sample_weight is not None:
                    factors = factors * self.sample_weight
                weighted = scale(self.terms, factors)
                total[k, :, m] = dense(self.terms.T @ weighted)
        return total.reshape(self.n_parameters, self.n_parameters)

    def group_sums(self, parameters, groups):
        """Return the sum Σᵢ sᵢ·gᵢ of each group of rows (n_groups, n_parameters)."""
        score_gradients = self.score_gradients(parameters)
        if self.sample_weight is not None:
            score_gradients = score_gradients * self.sample_weight[:, np.newaxis]
        n_groups, rows = groups.max() + 1, np.arange(self.n_rows)
        sums = []
        for score_gradient in score_gradients.T:
            members = scipy.sparse.csr_array(
                (score_gradient, (groups, rows)), shape=(n_groups, self.n_rows)
            )
            sums.append(dense(members @ self.terms))
        return np.hstack(sums)

    def without_terms(self, columns):
        """Return the risk without the terms `columns`, and indices of the others."""
        kept = np.setdiff1d(np.arange(self.terms.shape[1]), columns)
        return replace(
            self, terms=self.terms[:, kept], l2_per_term=self.l2_per_term[kept]
        ), kept


_MAX_NEWTON_STEPS = 100


def minimum_near(risk, start):
    """Minimise `risk` to machine precision by Newton's method; return its Minimum.

    It starts from `start`, and if that does not converge, from zeros.
    """
    settings = {"tol": 1e-13, "max_iter": _MAX_NEWTON_STEPS}
    found = minimize_newton(risk, start, **settings)
    if not found.converged and start.any():
        # Far from the minimum the curvature vanishes and steps get too long; from zeros
        # they do not.
        found = minimize_newton(risk, np.zeros_like(start), **settings)
    return found
