"""Likelihoods, as losses on raw scores; each owns its inverse link.

A loss takes scores, not means, so the gradient with respect to the scores is its own
affair and is right for every pair of likelihood and link, canonical or not.
"""

from abc import abstractmethod
from typing import ClassVar

from skmlp import _kernels
from skmlp._compat import array_namespace
from skmlp._components import Component

__all__ = ["BinaryLogLoss", "CurvedLoss", "Loss", "MultinomialLogLoss"]
__all__ += ["PoissonDeviance", "SquaredError"]


class Loss(Component):
    """ℓ(y, scores), summed over the outputs of a row.

    Scores are (n, K). A new loss is one class with these methods; ``name="..."`` among
    its class keywords lets a string name it.
    """

    kind = "loss"
    table: ClassVar[dict] = {}

    inverse_link: ClassVar[str]
    """What turns scores into means: identity, logistic, softmax or exp."""

    @abstractmethod
    def value_and_gradient(self, y, scores):
        """Loss of every row (n,), and its gradient by the scores (n, K)."""

    @abstractmethod
    def mean(self, scores):
        """Expected y given the scores: the inverse link."""

    def check_targets(self, y):
        """Raise ValueError where y is outside the likelihood's range."""


class CurvedLoss(Loss):
    """A loss with a second derivative, for Newton's method."""

    shift_invariant: ClassVar[bool] = False
    """Whether adding one number to all scores of a row changes nothing."""

    @abstractmethod
    def curvature(self, y, scores):
        """Second derivative of every row's loss by its scores (n, K, K)."""

    def curvature_product(self, y, scores):
        """Steps of the scores (n, K) -> curvature · steps (n, K)."""
        curvature = self.curvature(y, scores)
        return lambda steps: (curvature @ steps[:, :, None])[:, :, 0]


class BinaryLogLoss(CurvedLoss, name="binary_log_loss"):
    """−log Bernoulli(y | logistic(score)), one per output; y is 0 or 1."""

    kernel: ClassVar[str] = "binary_log_loss"
    inverse_link = "logistic"

    def value_and_gradient(self, y, scores):
        """log(1 + e^s) − y·s, and logistic(s) − y."""
        xp = array_namespace(scores)
        values = xp.sum(_kernels.softplus(scores) - y * scores, axis=1)
        return values, self.mean(scores) - y

    def mean(self, scores):
        """P(y = 1)."""
        return _kernels.logistic(scores)

    def curvature(self, y, scores):
        """p·(1 − p) on the diagonal."""
        p = self.mean(scores)
        return _diagonal(p * (1 - p))


class MultinomialLogLoss(CurvedLoss, name="multinomial_log_loss"):
    """−log Categorical(y | softmax(scores)); y is the index of the class (n,).

    y may also be a distribution over the classes (n, K): then it is the mean under it.
    """

    kernel: ClassVar[str] = "multinomial_log_loss"
    inverse_link = "softmax"
    shift_invariant = True

    def value_and_gradient(self, y, scores):
        """−log softmax(s)_y, and softmax(s) − one_hot(y)."""
        xp = array_namespace(scores)
        log_p = _kernels.log_softmax(scores)
        if y.ndim == 2:
            return -xp.sum(y * log_p, axis=1), xp.exp(log_p) - y
        chosen = (xp.arange(scores.shape[0]), y)
        gradient = xp.exp(log_p)
        gradient[chosen] -= 1
        return -log_p[chosen], gradient

    def mean(self, scores):
        """P(y = k) for each class k."""
        return _kernels.softmax(scores)

    def curvature(self, y, scores):
        """diag(p) − p·pᵀ."""
        p = self.mean(scores)
        return _diagonal(p) - p[:, :, None] * p[:, None, :]

    def curvature_product(self, y, scores):
        """p·(steps − pᵀsteps)."""
        xp = array_namespace(scores)
        p = self.mean(scores)
        return lambda steps: p * (steps - xp.sum(p * steps, axis=1, keepdims=True))


class SquaredError(CurvedLoss, name="squared_error"):
    """½·(y − score)², one per output."""

    kernel: ClassVar[str] = "squared_error"
    inverse_link = "identity"

    def value_and_gradient(self, y, scores):
        """½·(s − y)², and s − y."""
        error = scores - y
        return 0.5 * array_namespace(scores).sum(error * error, axis=1), error

    def mean(self, scores):
        """The score itself."""
        return scores

    def curvature(self, y, scores):
        """The identity."""
        return _diagonal(array_namespace(scores).ones_like(scores))


class PoissonDeviance(CurvedLoss, name="poisson"):
    """Half the Poisson deviance with mean e^score, one per output; y ≥ 0."""

    kernel: ClassVar[str] = "poisson"
    inverse_link = "exp"

    def value_and_gradient(self, y, scores):
        """e^s − y·s + y·log y − y, and e^s − y."""
        xp = array_namespace(scores)
        mean = self.mean(scores)
        saturated = y * xp.log(xp.where(y > 0, y, xp.ones_like(y))) - y
        return xp.sum(mean - y * scores + saturated, axis=1), mean - y

    def mean(self, scores):
        """e^s."""
        return array_namespace(scores).exp(scores)

    def curvature(self, y, scores):
        """e^s on the diagonal."""
        return _diagonal(self.mean(scores))

    def check_targets(self, y):
        """Counts cannot be negative."""
        if array_namespace(y).any(y < 0):
            raise ValueError(
                "loss='poisson' needs y >= 0, but y holds negative values; use "
                "loss='squared_error' or shift y."
            )


def _diagonal(values):
    """(n, K) -> (n, K, K) with the values on the diagonals."""
    xp = array_namespace(values)
    return values[:, :, None] * xp.eye(values.shape[1], dtype=values.dtype)[None]
