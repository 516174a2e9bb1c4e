"""The units of a fitted perceptron as a network without hidden layers."""

from skmlp.base.fitted_attributes import fitted_linear
from skmlp.losses.hinge import PerceptronLoss
from skmlp.losses.one_hot import OneHotTargets
from skmlp.network.linear import linear_network
from skmlp.perceptron.training import strengths

__all__ = ["network_of"]


def network_of(estimator):
    """Return the FittedNetwork of a fitted perceptron, with the perceptron's loss."""
    coef, intercept = fitted_linear(estimator, estimator.n_features_in_)
    loss, (l2, l1) = PerceptronLoss(), strengths(estimator)
    if coef.shape[0] > 1:
        loss = OneHotTargets(loss)
    return linear_network(coef, intercept, loss, l1=l1, l2=l2)
