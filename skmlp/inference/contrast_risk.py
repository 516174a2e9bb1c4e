"""A log loss in the contrasts of its classes, which are all that data can tell."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.linalg
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
    """Mean log loss plus ridge penalty as a function of γ (n_outputs, n_terms).

    γ holds, for every class but the reference, the weights of its score less those of
    the reference's; with two classes those of the log-odds. The penalty of the weights
    of all classes, at the shift of all classes that makes it least, is
    ½·Σₜ aₜ·γₜᵀ(I − 1/K)γₜ.
    """

    terms: object  # (n, n_terms): the columns, the intercept's among them
    y: np.ndarray  # as the loss takes it
    n_classes: int
    reference: int
    strengths: np.ndarray  # (n_terms,) of the penalty on the sum of the losses
    sample_weight: np.ndarray | None = None
    offset: np.ndarray | None = None

    @cached_property
    def risk(self):
        """The same in the weights of every class, without the penalty."""
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
        """The number of rows there are."""
        return self.terms.shape[0]

    @property
    def n_outputs(self):
        """The number of contrasts."""
        return self.n_classes - 1

    @property
    def n_parameters(self):
        """The size of γ."""
        return self.n_outputs * self.terms.shape[1]

    @property
    def total_weight(self):
        """Σᵢ sᵢ."""
        return self.risk.total_weight

    @property
    def precision(self):
        """The relative rounding error of one evaluation."""
        return self.risk.precision

    @cached_property
    def free(self):
        """The classes that γ tells of, as columns of the scores."""
        if self.n_classes == 2:
            return np.array([0])
        return np.delete(np.arange(self.n_classes), self.reference)

    @cached_property
    def _positions(self):
        """Where γ lies in the weights of all classes, which are (n_terms, K)."""
        K = self.risk.network.layer_sizes[-1]
        rows = np.arange(self.terms.shape[1]) * K
        return (rows + self.free[:, np.newaxis]).ravel()

    @cached_property
    def penalty(self):
        """Second derivative of the penalty on the sum of the losses."""
        among = np.eye(self.n_outputs)
        if self.n_classes > 2:
            among -= 1 / self.n_classes
        return np.kron(among, np.diag(self.strengths))

    def embed(self, contrasts):
        """Γ -> the weights of all classes, flat; zero for the reference."""
        weights = np.zeros(self.risk.network.n_parameters)
        weights[self._positions] = contrasts.ravel()
        return weights

    def value_and_gradient(self, parameters, rows=ALL_ROWS):
        """The penalised mean loss, and its gradient (flat)."""
        value, gradient = self.risk.value_and_gradient(self.embed(parameters), rows)
        penalty_gradient = self.penalty @ parameters / self.total_weight
        value += 0.5 * float(penalty_gradient @ parameters)
        return value, gradient[self._positions] + penalty_gradient

    def hessian(self, parameters):
        """Second derivative over all rows (n_parameters, n_parameters)."""
        whole = self.risk.hessian(self.embed(parameters))
        return (
            whole[np.ix_(self._positions, self._positions)]
            + self.penalty / self.total_weight
        )

    def scores(self, parameters):
        """Raw scores (n, K), or (n, 1) of the second of two classes."""
        return self.risk.scores(self.embed(parameters))

    def score_gradients(self, parameters):
        """Derivatives of every row's loss by its scores (n, n_outputs)."""
        _, score_gradient = self.risk.loss.value_and_gradient(
            self.y, self.scores(parameters)
        )
        return score_gradient[:, self.free]

    def outer_products(self, parameters):
        """Σᵢ sᵢ·gᵢ·gᵢᵀ of the rows' gradients."""
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
        """Σᵢ sᵢ·gᵢ over the rows of every group (n_groups, n_parameters)."""
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

    def without(self, columns):
        """The same with those terms left out."""
        kept = np.setdiff1d(np.arange(self.terms.shape[1]), columns)
        return replace(
            self, terms=self.terms[:, kept], strengths=self.strengths[kept]
        ), kept


_MOST_STEPS = 100


def minimum_near(risk, start):
    """Where it is least, to the last digits, by Newton's method."""
    settings = {"tol": 1e-13, "max_iter": _MOST_STEPS}
    found = minimize_newton(risk, start, **settings)
    if not found.converged and start.any():
        # Far from it the curvature vanishes; from zeros the steps are never wild.
        found = minimize_newton(risk, np.zeros_like(start), **settings)
    return found
